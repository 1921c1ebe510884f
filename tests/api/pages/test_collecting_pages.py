"""The pages of collecting: the list says what the API says, and what is recorded is kept once."""

from __future__ import annotations

import re

import pytest

from api.pages.test_frame import HTML, assert_strict
from payrisk.languages import Wording
from payrisk_api.pages.words import BOOK


def key_on(page) -> str:
    return re.search(r'name="key" value="(page-[0-9a-f]+)"', page.text)[1]


@pytest.mark.parametrize("path", ["/collecting", "/collecting?limit=1", "/collecting/promises"])
def test_each_page_is_strict(reader, path):
    page = reader.client.get(path, headers=HTML)
    assert page.status_code == 200
    assert_strict(page)


def test_the_worklist_is_that_of_the_api_row_by_row(reader):
    answered = reader.client.get("/v1/receivables/worklist").json()
    page = reader.client.get("/collecting", headers=HTML).text
    order = [page.index(f"/collecting/customers/{row['customer_id']}") for row in answered["rows"]]
    assert order == sorted(order)


def test_why_somebody_is_asked_or_left_alone_is_said_in_the_readers_language(reader):
    answered = reader.client.get("/v1/receivables/worklist").json()
    assert answered["rows"] or answered["waiting"]
    page = reader.client.get("/collecting", headers=HTML | {"accept-language": "de"}).text
    assert not re.search(r'<small><span lang="en">', page)
    catalogue = Wording("de").catalogue
    for reason in [row["reason"] for row in answered["rows"]]:
        for part in reason.split("; "):
            assert BOOK.translate(part, catalogue) in page
    sentence = "likely to pay within 2 days: wait for its payment run"
    assert BOOK.translate(sentence, catalogue).startswith("zahlt wohl binnen 2 Tagen")


def test_a_promise_is_recorded_once_shown_and_taken_back(door):
    customer = door.client.get("/v1/receivables/aging").json()["lines"][0]["customer_id"]
    path = f"/collecting/customers/{customer}"
    page = door.client.get(path, headers=HTML)
    assert page.status_code == 200
    assert_strict(page)
    form = {
        "key": key_on(page),
        "kind": "promise",
        "amount": "1,250.50",
        "currency": "EUR",
        "refers_on": "2025-06-20",
        "actor": "Ann Lee",
        "text": "<script>said</script> he will",
    }
    for _ in range(2):
        sent = door.client.post(path, data=form, headers=HTML, follow_redirects=False)
        assert sent.status_code == 303, sent.text
    kept = door.client.get("/v1/receivables/actions", params={"customer_id": customer}).json()
    assert [line["amount"] for line in kept["actions"]] == ["1250.50"]
    shown = door.client.get(path, headers=HTML)
    assert_strict(shown)
    assert "1250.50 EUR" in shown.text
    assert "<script>said" not in shown.text
    undone = door.client.post(
        path,
        data={
            "key": key_on(shown),
            "undoes": kept["actions"][0]["action_id"],
            "reason": "wrong customer",
            "actor": "Ann Lee",
        },
        headers=HTML,
        follow_redirects=False,
    )
    assert undone.status_code == 303, undone.text
    assert "taken back" in door.client.get(path, headers=HTML).text


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "promise", "key": "k1"},
        {"kind": "promise", "amount": "much", "currency": "EUR", "key": "k2"},
        {"kind": "shout", "key": "k3"},
        {"kind": "note", "text": "x", "key": "two words"},
        {"undoes": "act_0000000000000000", "reason": "x", "key": "k4"},
    ],
)
def test_what_cannot_be_recorded_is_said_and_nothing_is_kept(door, form):
    customer = door.client.get("/v1/receivables/aging").json()["lines"][0]["customer_id"]
    page = door.client.post(f"/collecting/customers/{customer}", data=form, headers=HTML)
    assert 400 <= page.status_code < 500
    assert 'role="alert"' in page.text
    assert door.client.get("/v1/receivables/actions").json()["n_actions"] == 0


@pytest.mark.parametrize("key", ["", "two words", "k\u00e9y", "k" * 256])
def test_a_form_whose_key_the_api_would_refuse_records_nothing(door, key):
    customer = door.client.get("/v1/receivables/aging").json()["lines"][0]["customer_id"]
    path = f"/collecting/customers/{customer}"
    form = {"kind": "note", "text": "rang back", "actor": "Ann Lee", "key": key}
    page = door.client.post(path, data=form, headers=HTML)
    assert page.status_code == 422
    assert "nothing was recorded" in page.text
    assert door.client.get("/v1/receivables/actions").json()["n_actions"] == 0
    form["key"] = key_on(page)
    again = door.client.post(path, data=form, headers=HTML, follow_redirects=False)
    assert again.status_code == 303


def test_a_statement_is_previewed_in_the_language_of_the_customer(reader):
    desk = reader.client.get("/collecting/customers/c1", headers=HTML | {"accept-language": "fr"})
    assert '<option value="de" selected>' in desk.text  # the customer's country, not the reader's
    asked = {"customer_id": "c1", "language": "el"}
    page = reader.client.get("/receivables/statement", params=asked, headers=HTML)
    assert page.text == reader.client.get("/v1/receivables/statement", params=asked).json()["page"]
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'sha256-" in policy
    assert reader.client.get("/receivables/statement?customer_id=nobody").status_code == 404


def test_a_customer_that_is_not_there_has_no_desk(door):
    assert door.client.get("/collecting/customers/nobody", headers=HTML).status_code == 404


def test_a_currency_no_rate_leads_to_is_no_all_clear(reader):
    page = reader.client.get("/collecting?currency=XAF", headers=HTML)
    assert page.status_code == 422
    assert "No rate leads" in page.text
