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


def test_openapi_json_is_what_the_service_answers(reader):
    same_as_golden(OPENAPI, reader.client.get("/openapi.json").json())


def test_what_runs_on_the_loop_that_answers_health_is_named(reader):
    routes = reader.client.app.routes
    on_loop = {
        endpoint.__name__ for endpoint in endpoints(routes) if iscoroutinefunction(endpoint)
    }
    # one tells who asks, one reads a kept curve, the others hand their work to a thread
    assert on_loop == {"livez", "me", "readyz", "metrics", "mcp", "payment_curves"}


def endpoints(routes):
    for route in routes:
        inner = getattr(route, "original_router", None)
        yield from [route.endpoint] if inner is None else endpoints(inner.routes)


def test_the_documents_are_written_once(reader, monkeypatch):
    reader.client.get("/docs"), reader.client.get("/openapi.json")
    monkeypatch.setattr(reader.client.app, "openapi", lambda: 1 / 0)
    assert reader.client.get("/docs").status_code == 200
    assert reader.client.get("/openapi.json").json()["openapi"]


def test_no_two_threads_write_the_document_at_once(reader, monkeypatch):
    app, inside, most = reader.client.app, [], []

    def written(self):
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.02)
        inside.pop()
        self.openapi_schema = {"paths": {}}
        return self.openapi_schema

    monkeypatch.setattr(FastAPI, "openapi", written)
    monkeypatch.setattr(app, "openapi_schema", None)
    with ThreadPoolExecutor(4) as pool:
        documents = list(pool.map(lambda _: app.openapi(), range(4)))
    assert (most, documents) == ([1], [{"paths": {}}] * 4)


def test_every_refusal_is_documented_as_a_problem(reader):
    for routes in reader.client.get("/openapi.json").json()["paths"].values():
        for route in routes.values():
            assert list(route["responses"]["default"]["content"]) == ["application/problem+json"]
            assert "422" not in route["responses"]


def test_the_page_names_every_route_and_schema_and_loads_nothing_from_elsewhere(reader):
    document = reader.client.get("/openapi.json").json()
    answer = reader.client.get("/docs")
    for path in document["paths"]:
        assert path in answer.text
    for name in document["components"]["schemas"]:
        assert f'id="{name}"' in answer.text
    assert "://" not in answer.text
    assert "<script" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    linked = re.findall(r'(?:href|src)="([^"#][^"]*)"', answer.text)
    assert set(linked) == {"/docs.css", "/openapi.json"}
    assert all(reader.client.get(one).status_code == 200 for one in linked)


def test_every_link_within_the_page_leads_somewhere(reader):
    page = reader.client.get("/docs").text
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))
