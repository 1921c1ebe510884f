"""The pages of receivables say what the API says, in the reader's words, linked together."""

from __future__ import annotations

import html
import re

import pytest

from api.pages.test_frame import HTML, assert_strict

PATHS = (
    "/receivables",
    "/receivables?by=country&age_by=issued&buckets=10,20",
    "/receivables?by=currency&base=EUR&close_of=2025-03-31",
    "/receivables/documents",
    "/receivables/kpis?now=1",
    "/receivables/kpis?now=1&unapplied=netted&credit_notes=gross",
    "/receivables/behaviour",
    "/receivables/roll-rates",
)


@pytest.mark.parametrize("path", PATHS)
def test_each_page_is_strict_and_says_its_evening(reader, path):
    page = reader.client.get(path, headers=HTML)
    assert page.status_code == 200, page.text
    assert_strict(page)
    assert "2025" in page.text


def test_the_totals_are_those_of_the_api_to_the_cent(reader):
    answered = reader.client.get("/v1/receivables/documents").json()
    page = reader.client.get("/receivables/documents", headers=HTML).text
    for line in answered["documents"]:
        assert line["document"] in page
        assert f"{line['amount'] // 100:,}.{line['amount'] % 100:02d}" in page


def test_every_cell_of_a_customer_leads_to_the_documents_that_make_it_up(reader):
    page = reader.client.get("/receivables", headers=HTML).text
    links = re.findall(r'href="(/receivables/documents\?customer_id=[^"]*bucket=[^"]*)"', page)
    assert links
    for link in links:
        path = link.replace("&amp;", "&")
        shown = reader.client.get(path, headers=HTML)
        assert shown.status_code == 200
        assert 'scope="row"' in shown.text


def test_an_empty_field_of_the_form_asks_nothing(reader):
    page = reader.client.get("/receivables?by=&close_of=&base=&buckets=", headers=HTML)
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/receivables?by=colour", 422),
        ("/receivables?close_of=yesterday", 422),
        ("/receivables?buckets=30,20", 422),
        ("/receivables/kpis?now=1&currency=XXX", 422),
        ("/receivables/kpis?now=1&vat=excluded&unapplied=netted", 422),
        ("/receivables/documents?bucket=days_7_9", 422),
    ],
)
def test_a_question_that_cannot_be_answered_gets_a_page_that_says_so(reader, path, status):
    page = reader.client.get(path, headers=HTML)
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert_strict(page)


@pytest.mark.parametrize("close_of", ["1990-01-01", "2035-01-01"])
@pytest.mark.parametrize("path", ["/receivables", "/receivables/kpis", "/receivables/documents"])
def test_evenings_long_before_and_after_the_facts_have_a_page_too(reader, path, close_of):
    page = reader.client.get(f"{path}?now=1&close_of={close_of}", headers=HTML)
    assert page.status_code == (409 if close_of < "2000" else 200)
    assert_strict(page)


def test_the_next_documents_are_asked_as_the_first_were(reader):
    page = reader.client.get("/receivables/documents?age_by=issued&limit=2", headers=HTML).text
    address = html.unescape(re.search(r'href="([^"]*offset=2[^"]*)"', page)[1])
    assert "age_by=issued" in address
    assert reader.client.get(address, headers=HTML).status_code == 200
