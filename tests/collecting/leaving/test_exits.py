"""The exit list by hand: what a year earned, lost, tied up and cost to ask."""

from __future__ import annotations

import pytest

from payrisk.calendar import day_of
from payrisk.collecting.leaving.exits import exit_list
from payrisk.collecting.leaving.margins import Margins, read_margins
from payrisk.collecting.worklist.policy import CollectingPolicy
from payrisk.errors import InputError
from payrisk.predictions import DefaultRisk
from support.ledgers.by_hand import credit, event, invoice, ledger, link

AS_OF = day_of("2026-01-01")
POLICY = CollectingPolicy.read()


def exits(margins, chance=0.1, customers=("c1",), **tables):
    history = ledger(**tables).as_of(AS_OF)
    risks = {who: DefaultRisk(who, AS_OF, 365, chance) for who in customers}
    return exit_list(
        history, risks, margins, POLICY, currency="EUR", loss_rate=0.5, names={"c1": "One"}
    )


def year(due="2025-01-31", **more):
    """10,000.00 issued on 2025-01-01, of which 1,600.00 is tax; it is still owed: 365 days."""
    return {
        "invoices": [invoice("A", 1_000_000, due_on=due, tax_amount=160_000, **more)],
        "events": [
            event("reminder", "A", "2025-03-01", subject_kind="invoice", channel="telephone"),
            event("reminder", "A", "2025-04-01", subject_kind="invoice", channel="e-mail"),
            event("reminder", "c1", "2025-04-01", subject_kind="customer", channel="e-mail"),
        ],
    }


def test_a_year_by_hand():
    (row,) = exits(Margins("a test", 0.08), **year()).rows.to_dict("records")
    assert (row["sales"], row["margin"]) == (840_000, 67_200)
    assert row["expected_loss"] == 50_000  # .1 x 10,000.00 owed all year x .5
    assert row["carrying_cost"] == 60_000  # at 6 %
    assert row["collecting_cost"] == 450  # a call and one e-mail, for two on one day are one
    assert row["result"] == 67_200 - 50_000 - 60_000 - 450
    assert row["keeps_at_margin_percent"] == pytest.approx(100 * 110_450 / 840_000, abs=0.05)
    assert (row["name"], row["would_keep"]) == ("One", "paying when due")


@pytest.mark.parametrize(
    ("margin", "due", "would_keep"),
    [(0.08, "2026-06-30", "paying in advance"), (-0.01, "2025-01-31", "higher prices alone")],
)
def test_what_would_keep_a_customer(margin, due, would_keep):
    (row,) = exits(Margins("a test", margin), **year(due)).rows.to_dict("records")
    assert row["would_keep"] == would_keep


def test_who_earns_enough_is_not_named_and_who_cannot_be_judged_is_counted():
    assert exits(Margins("a test", 0.2), **year()).n_judged == 1
    assert not len(exits(Margins("a test", 0.2), **year()).rows)
    tables = {
        "invoices": [
            invoice("A", customer_id="c1"),
            invoice("B", customer_id="c2"),
            invoice("C", customer_id="c3", issued_on="2024-01-01", due_on="2024-02-01"),
            invoice("D", customer_id="c4", currency="XAU"),
        ]
    }
    made = exits(Margins("a test", None, {"c2": 0.1}), customers=(), **tables)
    assert dict(made.not_judged) == {
        "no sales in the year": 1,
        "no margin known": 1,
        "no chance of default known": 1,
        "no rate to EUR": 1,
    }
    assert (made.n_judged, len(made.rows)) == (0, 0)


def test_a_credit_note_takes_its_sales_back():
    tables = year() | {
        "credits": [credit("N", 840_000, "2025-06-01", kind="credit_note")],
        "allocations": [link("N", "A", 840_000, "2025-06-01")],
    }
    assert exits(Margins("a test", 0.08), **tables).not_judged == {"no sales in the year": 1}


def test_margins_come_from_a_file_line_by_line(tmp_path):
    path = tmp_path / "margins.csv"
    path.write_text("customer_id,margin_rate\nc1,0.25\nc2,-0.1\n")
    made = read_margins(path, 0.18)
    assert [made.rate(who) for who in ("c1", "c2", "c3")] == [0.25, -0.1, 0.18]
    for text in ("customer_id,rate\nc1,0.2\n", "customer_id,margin_rate\nc1,25 %\n", ""):
        path.write_text(text)
        with pytest.raises(InputError):
            read_margins(path)
    for rows, where in (
        (b"c1,0.2\nc1,0.3\n", "Line 3 of .*a second time"),
        (b"c1,0.2\nc2,abc\n", "Line 3 of .*a share"),
        (b"c1,nan\n", "Line 2 of .*a share"),
        (b"c1,0.2\nM\xfcller,0.2\n", "Line 3 of .*UTF-8"),
    ):
        path.write_bytes(b"customer_id,margin_rate\n" + rows)
        with pytest.raises(InputError, match=where) as refused:
            read_margins(path)
        assert path.name in str(refused.value)
