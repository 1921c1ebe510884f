"""What an insurer has to be told, and by when, counted from the day an invoice was first due."""

from __future__ import annotations

from typing import Any

from payrisk.calendar import day_of, iso
from payrisk.credit.insurance.clock import insurer_duties
from payrisk.credit.insurance.cover import InsuredBook, Insurers
from payrisk.credit.insurance.insurers import InsurerTerms
from payrisk.credit.rules.rules import CreditRules
from support.credit.deciders import POLICY
from support.ledgers.by_hand import event, invoice, ledger

ATLAS = InsurerTerms(
    name="Atlas", most_extension_days=30, notify_days=45, hand_over_days=60, claim_days=150
)
COVER = [
    {"customer_id": "c1", "name": name, "value": value, "valid_on": "2025-01-01"}
    | {"recorded_on": "2025-01-01"}
    for name, value in (("insured_amount", "90000"), ("insurer", "Atlas"))
]
BILL = invoice("A", 500_00, issued_on="2025-01-02", due_on="2025-02-01")


def duties(morning: str, *events: dict[str, Any], attributes: Any = COVER) -> dict[str, tuple]:
    facts = {"invoices": [BILL], "attributes": attributes, "events": list(events)}
    history = ledger(**{name: rows for name, rows in facts.items() if rows}).as_of(day_of(morning))
    book = InsuredBook(history, Insurers((ATLAS,)), {"c1": "EUR"})
    frame = insurer_duties(book, history)
    return {row["what"]: (iso(row["by_on"]), row["state"]) for row in frame.to_dict("records")}


def test_days_count_from_the_original_due_day():
    assert duties("2025-02-02") == {
        "stop": ("2025-03-04", "later"),
        "notify": ("2025-03-18", "later"),
        "hand over": ("2025-04-02", "later"),
        "claim by": ("2025-07-01", "later"),
    }


def test_nothing_is_asked_of_an_invoice_that_is_not_due():
    assert duties("2025-01-20") == {}


def test_a_deadline_is_an_alert_ten_days_ahead_and_missed_after_its_day():
    states = [duties(day)["notify"][1] for day in ("2025-03-07", "2025-03-08", "2025-03-18")]
    assert states == ["later", "due", "due"]
    assert duties("2025-03-19")["notify"][1] == "missed"
    assert duties("2025-03-03")["stop"][1] == "due"
    assert duties("2025-03-04")["stop"][1] == "in force"


def test_what_was_done_is_done():
    told = event("handed_over", "A", "2025-03-10", stage="notified")
    after = duties("2025-04-10", told)
    assert (after["notify"][1], after["hand over"][1]) == ("done", "missed")
    given = event("handed_over", "A", "2025-03-20", reason="collection agency")
    after = duties("2025-04-10", given)
    assert (after["notify"][1], after["hand over"][1]) == ("done", "done")
    claimed = event("handed_over", "A", "2025-03-20", stage="claimed")
    assert {s for _, s in duties("2025-04-10", claimed).values()} == {"done", "in force"}


def test_a_date_beyond_the_longest_extension_needs_the_insurers_consent():
    within = event("due_date_change", "A", "2025-01-20", refers_on="2025-03-03")
    assert "needs consent" not in duties("2025-01-25", within)
    beyond = event("due_date_change", "A", "2025-01-20", refers_on="2025-03-04")
    assert duties("2025-01-25", beyond)["needs consent"] == ("2025-03-04", "missed")
    plan = event("promise", "A", "2025-02-20", refers_on="2025-06-30")
    assert duties("2025-02-25", plan)["needs consent"] == ("2025-06-30", "missed")
    agreed = event("promise", "A", "2025-02-20", refers_on="2025-06-30", stage="insurer agreed")
    assert duties("2025-02-25", agreed)["needs consent"] == ("2025-06-30", "done")


def test_a_cover_that_ends_is_an_alert_ten_days_ahead():
    end = {"customer_id": "c1", "name": "insured_until", "value": "2025-01-30"}
    cover = [*COVER, end | {"valid_on": "2025-01-01", "recorded_on": "2025-01-01"}]
    assert duties("2025-01-19", attributes=cover) == {}
    assert duties("2025-01-20", attributes=cover) == {"cover ends": ("2025-01-30", "due")}


def test_an_insurer_is_data_of_the_policy_and_one_without_keeps_its_hash(tmp_path):
    from payrisk.credit.deciding.policy import HOUSE, CreditPolicy

    more = '\n[[insurers]]\nname = "Atlas"\nvalid_from = 2025-01-01\nmost_extension_days = 30\n'
    path = tmp_path / "policy.toml"
    path.write_text(HOUSE.read_text() + more)
    policy = CreditPolicy.read(path)
    (atlas,) = policy.insurers
    assert (atlas.most_extension_days, iso(atlas.first_on)) == (30, "2025-01-01")
    assert isinstance(policy, CreditRules)
    assert POLICY.insurers == ()
    assert policy.measures.insurers.policies == (atlas,)
