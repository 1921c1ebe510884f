"""openapi.json in the repository is what the service answers, and the page shows all of it."""

from __future__ import annotations

import re
from pathlib import Path

from support.home.golden_files import same_as_golden

OPENAPI = Path(__file__).parents[2] / "api" / "openapi.json"


def test_openapi_json_is_what_the_service_answers(door):
    same_as_golden(OPENAPI, door.client.get("/openapi.json").json())


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
