"""Statements, exit lists, contacts and trials over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from payrisk.collecting.recording.contacts import read_contacts
from payrisk.errors import InputError
from support.ledgers.by_hand import invoice, ledger

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
    refused = client.get(f"{ROUTE}/exits")
    assert (refused.status_code, "margins.csv needs a header" in refused.json()["detail"]) == (
        422,
        True,
    )


def test_contacts_are_kept_replaced_and_opted_out(opened):
    client = opened().client
    body = {"contacts": [{"customer_id": "c1", "name": "Ann", "phone": "+49 1", "role": "ap"}]}
    for unseen in ("An\0n", "An\u202en", "Ann\u2066"):
        hidden = {"contacts": [body["contacts"][0] | {"name": unseen}]}
        assert client.post(f"{ROUTE}/contacts", json=hidden).status_code == 422
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
    late = [
        invoice(f"I{n}", 10_000, customer_id=f"c{n}", issued_on="2025-04-20", due_on="2025-05-20")
        for n in range(40)
    ]
    return opened(ledger=ledger(invoices=late)).client


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


def test_two_trials_begun_at_the_same_instant_share_no_customer(trying, tmp_path):
    def begin(name):
        return trying.post(f"{ROUTE}/holdouts", json={"name": name, "share": 0.5})

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(begin, [f"t{n}" for n in range(4)]))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]


def test_a_trial_is_refused_with_what_it_lacks_and_stopped(trying, tmp_path):
    small = {"name": "small", "share": 0.9, "steps": ["call", "plan", "reminder"]}
    refused = trying.post(f"{ROUTE}/holdouts", json=small)
    assert (refused.status_code, "needs 8" in refused.json()["detail"]) == (422, True)
    twice = trying.post(f"{ROUTE}/holdouts", json={"name": "twice", "steps": ["call", "call"]})
    assert "each named once" in twice.json()["detail"]
    assert trying.get(f"{ROUTE}/holdouts").json()["arms"] == []
    body = {"name": "spring", "share": 0.5}
    assert trying.post(f"{ROUTE}/holdouts", json=body).json()["left_out"] == 0
    again = trying.post(f"{ROUTE}/holdouts", json=body | {"name": "more"})
    assert "40 customers under a running trial" in again.json()["detail"]
    stopped = trying.post(f"{ROUTE}/holdouts/spring/stop")
    assert stopped.json()["arms"][0]["stopped_on"]
    assert trying.post(f"{ROUTE}/holdouts/spring/stop").status_code == 409
    (tmp_path / "holdouts" / "spring.json").write_text("{}")
    worklist = trying.get(f"{ROUTE}/worklist")
    assert worklist.status_code == 422
    assert "holdouts/spring.json" in worklist.json()["detail"]


@pytest.mark.parametrize("unseen", ["An\0n", "Ann \u202e", "\u2067Ann"])
def test_a_list_of_contacts_with_a_sign_that_nobody_sees_is_refused_by_its_line(tmp_path, unseen):
    path = tmp_path / "contacts.csv"
    path.write_text(f"customer_id,name\nc1,Ann\nc2,{unseen}\n")
    with pytest.raises(InputError, match=r"Line 3 .* name holds a sign .* \(U\+"):
        read_contacts(path)
