"""Statements, exit lists, contacts and trials over HTTP."""

from __future__ import annotations

import pytest

ROUTE = "/v1/receivables"


def test_a_statement_ties_to_the_aging_and_is_a_page_where_a_language_is_asked(reader):
    client = reader.client
    lines = client.get(f"{ROUTE}/aging?by=customer").json()["lines"]
    line = next(row for row in lines if row["open"] and not row["settled_residuals"])
    made = client.get(f"{ROUTE}/statement?customer_id={line['customer_id']}").json()
    assert sum(row["balance"] for row in made["ageing"]) == line["net"]
    assert sum(row["open"] - row["unapplied"] for row in made["items"]) == line["net"]
    assert made["page"] is None
    query = f"customer_id={line['customer_id']}&language=de"
    page = client.get(f"{ROUTE}/statement?{query}").json()["page"]
    assert page.startswith("<!doctype html>")
    assert 'lang="de"' in page
    refused = client.get(f"{ROUTE}/statement?customer_id=nobody")
    assert (refused.status_code, refused.json()["type"][-16:]) == (404, "unknown-customer")


def test_an_exit_list_takes_margins_of_our_own(opened, tmp_path):
    client = opened().client
    none = client.get(f"{ROUTE}/exits").json()
    assert none["rows"] == []
    assert "margins.csv" in none["why_not_given"]
    (tmp_path / "margins.csv").write_text("customer_id,margin_rate\nc1,-0.5\n")
    made = client.get(f"{ROUTE}/exits").json()
    assert made["why_not_given"] is None
    assert made["margins"] == "margins.csv"
    assert [row["would_keep"] for row in made["rows"]] == ["higher prices alone"]
    (tmp_path / "margins.csv").write_text("nothing")
    assert client.get(f"{ROUTE}/exits").status_code == 422


def test_contacts_are_kept_replaced_and_opted_out(opened):
    client = opened().client
    body = {"contacts": [{"customer_id": "c1", "name": "Ann", "phone": "+49 1", "role": "ap"}]}
    assert client.post(f"{ROUTE}/contacts", json=body).status_code == 200
    body["contacts"][0]["name"] = "Bea"
    client.post(f"{ROUTE}/contacts", json=body)
    out = {"customer_id": "c1", "channel": "telephone", "reason": "asked for it"}
    assert client.post(f"{ROUTE}/contacts/opt-outs", json=out).json()["channel"] == "telephone"
    listed = client.get(f"{ROUTE}/contacts?customer_id=c1").json()
    assert [(row["name"], row["opted_out"]) for row in listed["contacts"]] == [
        ("Bea", ["telephone"])
    ]
    for wrong in (out | {"customer_id": "nobody"}, out | {"channel": "pigeon"}):
        assert client.post(f"{ROUTE}/contacts/opt-outs", json=wrong).status_code in (404, 422)


@pytest.fixture
def trying(opened):
    return opened().client


def test_a_trial_is_drawn_once_listed_and_read_only_when_it_is_over(trying):
    body = {"name": "spring", "share": 0.5, "seed": 3}
    drawn = trying.post(f"{ROUTE}/holdouts", json=body)
    assert drawn.status_code == 200, drawn.text
    assert [row["arm"] for row in drawn.json()["arms"]] == ["usual"]
    again = trying.post(f"{ROUTE}/holdouts", json=body)
    assert (again.status_code, again.json()["type"][-12:]) == (409, "trial-exists")
    arms = trying.get(f"{ROUTE}/holdouts").json()["arms"]
    assert [(row["name"], row["arm"]) for row in arms] == [
        ("spring", "control"),
        ("spring", "usual"),
    ]
    early = trying.get(f"{ROUTE}/holdouts/spring/effect")
    assert (early.status_code, early.json()["type"][-14:]) == (409, "trial-not-read")
    assert trying.get(f"{ROUTE}/holdouts/autumn/effect").status_code == 404
