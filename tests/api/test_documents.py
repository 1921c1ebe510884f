"""openapi.json in the repository is what the service answers, and the page shows all of it."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from inspect import iscoroutinefunction
from pathlib import Path

from fastapi import FastAPI

from support.home.golden_files import same_as_golden

OPENAPI = Path(__file__).parents[2] / "api" / "openapi.json"


def test_openapi_json_is_what_the_service_answers(door):
    same_as_golden(OPENAPI, door.client.get("/openapi.json").json())


def test_what_runs_on_the_loop_that_answers_health_is_named(door):
    routes = door.client.app.routes
    on_loop = {
        endpoint.__name__ for endpoint in endpoints(routes) if iscoroutinefunction(endpoint)
    }
    # one tells who asks, one reads a kept curve, the others hand their work to a thread
    assert on_loop == {"livez", "me", "readyz", "metrics", "mcp", "payment_curves"}


def endpoints(routes):
    for route in routes:
        inner = getattr(route, "original_router", None)
        yield from [route.endpoint] if inner is None else endpoints(inner.routes)


def test_the_documents_are_written_once(door, monkeypatch):
    door.client.get("/docs"), door.client.get("/openapi.json")
    monkeypatch.setattr(door.client.app, "openapi", lambda: 1 / 0)
    assert door.client.get("/docs").status_code == 200
    assert door.client.get("/openapi.json").json()["openapi"]


def test_no_two_threads_write_the_document_at_once(door, monkeypatch):
    inside, most = [], []
    written = FastAPI.openapi

    def watched(self):
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.02)
        inside.pop()
        return written(self)

    monkeypatch.setattr(FastAPI, "openapi", watched)
    door.client.app.openapi_schema = None
    with ThreadPoolExecutor(4) as pool:
        documents = list(pool.map(lambda _: door.client.app.openapi(), range(4)))
    assert most == [1]
    assert all(document == documents[0] for document in documents)


def test_every_refusal_is_documented_as_a_problem(door):
    for routes in door.client.get("/openapi.json").json()["paths"].values():
        for route in routes.values():
            assert list(route["responses"]["default"]["content"]) == ["application/problem+json"]
            assert "422" not in route["responses"]


def test_the_page_names_every_route_and_schema_and_loads_nothing_from_elsewhere(door):
    document = door.client.get("/openapi.json").json()
    answer = door.client.get("/docs")
    for path in document["paths"]:
        assert path in answer.text
    for name in document["components"]["schemas"]:
        assert f'id="{name}"' in answer.text
    assert "://" not in answer.text
    assert "<script" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    linked = re.findall(r'(?:href|src)="([^"#][^"]*)"', answer.text)
    assert set(linked) == {"/docs.css", "/openapi.json"}
    assert all(door.client.get(one).status_code == 200 for one in linked)


def test_every_link_within_the_page_leads_somewhere(door):
    page = door.client.get("/docs").text
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))
