"""The frame of every page: its policy, its language, its choices, and what is said of failures."""

from __future__ import annotations

import re

import pytest

from payrisk.languages import LANGUAGES
from payrisk_api.pages.frame.assets import FOLDER, asset
from payrisk_api.pages.frame.rendering import environment
from support.pages import assert_strict, policy_of

HTML = {"Accept": "text/html,*/*;q=0.8"}


def test_the_first_page_is_strict_and_its_nonce_is_never_the_same(reader):
    pages = [reader.client.get("/") for _ in range(2)]
    for page in pages:
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["cache-control"] == "no-store"
        assert_strict(page)
    assert policy_of(pages[0])["script-src"] != policy_of(pages[1])["script-src"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_written_in_the_language_that_the_browser_asks_for(reader, language):
    page = reader.client.get("/", headers={"Accept-Language": language})
    assert f'<html lang="{language}"' in page.text
    assert page.headers["vary"] == "Cookie, Accept-Language"


def test_a_chosen_language_and_colours_stay_in_the_browser(reader):
    chosen = reader.client.get(
        "/preferences?language=el&colours=dark&back=/?x=1", follow_redirects=False
    )
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/?x=1")
    cookies = chosen.headers.get_list("set-cookie")
    assert len(cookies) == 2
    assert all("HttpOnly" in cookie and "SameSite=strict" in cookie for cookie in cookies)
    page = reader.client.get("/", headers={"Accept-Language": "de"})
    assert '<html lang="el" data-colours="dark">' in page.text


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example", "/\\evil", "/a\nb"])
def test_choices_lead_back_to_this_service_alone(reader, back):
    answer = reader.client.get("/preferences", params={"back": back}, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_choices_that_are_not_known_are_not_kept(reader):
    answer = reader.client.get("/preferences?language=xx&colours=red", follow_redirects=False)
    assert answer.headers.get_list("set-cookie") == []


def test_a_browser_gets_a_page_for_what_is_not_there_and_a_program_a_problem(reader):
    page = reader.client.get("/nowhere<script>", headers=HTML)
    assert page.status_code == 404
    assert_strict(page)
    assert "<script>" not in page.text
    for path, headers in (("/nowhere", {}), ("/v1/nowhere", HTML)):
        answer = reader.client.get(path, headers=headers)
        assert answer.json()["type"] == "urn:payrisk:problem:not-found"


def test_files_of_the_pages_are_kept_by_a_browser_and_change_their_address_with_their_bytes(
    reader,
):
    text = reader.client.get("/").text
    addresses = re.findall(r'"(/static/[^"]+)"', text)
    assert len(addresses) == 3
    for address in addresses:
        answer = reader.client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        stamp = address.split("/")[2]
        assert reader.client.get(address.replace(stamp, "0" * 12)).status_code == 404
    assert reader.client.get("/static/0/..%2Fapp.py").status_code == 404


def test_one_small_stylesheet_and_a_few_scripts_serve_all_pages():
    assert [path.name for path in FOLDER.glob("*.css")] == ["style.css"]
    assert len(asset("style.css")[0]) <= 15_000
    assert sum(len(path.read_bytes()) for path in FOLDER.glob("*.js")) <= 12_000


def test_every_template_of_the_pages_compiles():
    made = environment("en")
    names = made.list_templates()
    assert "frame/base.html" in names
    for name in names:
        made.get_template(name)


def test_pages_stay_out_of_the_interface_for_programs(reader):
    paths = reader.client.get("/openapi.json").json()["paths"]
    assert all(path.startswith(("/v1/", "/livez", "/readyz", "/metrics")) for path in paths)
