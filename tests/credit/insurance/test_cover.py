"""An insurer pays its share of what was delivered while it covered, and of nothing else."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrisk.calendar import day_of, iso
from payrisk.credit.insurance.cover import InsuredBook, Insurers
from payrisk.credit.insurance.insurers import InsurerTerms
from support.ledgers.by_hand import credit, event, invoice, ledger, link

FULL = Insurers(otherwise=InsurerTerms(insured_rate=1.0))


def attribute(name: str, value: str, on: str = "2025-01-01", **more: Any) -> dict[str, Any]:
    row = {"customer_id": "c1", "name": name, "value": value, "valid_on": on, "recorded_on": on}
    return row | more


def book(morning: str, insurers: Insurers = FULL, **tables: Any) -> InsuredBook:
    return InsuredBook(ledger(**tables).as_of(day_of(morning)), insurers, {"c1": "EUR"})


def insured(morning: str, insurers: Insurers = FULL, **tables: Any) -> int:
    return book(morning, insurers, **tables).insured_amounts.get("c1", 0)


def bill(name: str, amount: int, on: str, due: str, **more: Any) -> dict[str, Any]:
    return invoice(name, amount, issued_on=on, due_on=due, **more)


def test_the_insured_share_of_the_smaller_of_limit_and_invoices():
    bills = [bill("A", 900, "2025-01-02", "2025-03-01")]
    limit = [attribute("insured_amount", "500"), attribute("insured_rate", "0.9")]
    assert insured("2025-01-10", invoices=bills, attributes=limit) == 450
    high = [attribute("insured_amount", "5000"), attribute("insured_rate", "0.9")]
    assert insured("2025-01-10", invoices=bills, attributes=high) == 810


def test_one_late_invoice_takes_no_cover_from_what_was_delivered_before():
    bills = [bill("A", 900, "2025-01-02", "2025-01-10")]
    limit = [attribute("insured_amount", "500")]
    assert insured("2025-06-01", invoices=bills, attributes=limit) == 500


def test_overdue_beyond_the_maximum_extension_ends_cover_for_later_deliveries_alone():
    bills = [
        bill("A", 100, "2025-01-02", "2025-01-10"),
        bill("B", 200, "2025-02-09", "2025-03-01"),
        bill("C", 400, "2025-02-10", "2025-03-01"),
    ]
    limit = [attribute("insured_amount", "5000"), attribute("insured_extension_days", "30")]
    by_hand = book("2025-02-20", invoices=bills, attributes=limit)
    assert by_hand.invoices.set_index("invoice_id")["insured"].to_dict() == {
        "A": 100, "B": 200, "C": 0,
    }  # fmt: skip
    assert (by_hand.invoice_stopping_cover("c1", day_of("2025-02-09")),) == (None,)
    assert by_hand.invoice_stopping_cover("c1", day_of("2025-02-20")) == "A"
    paid = {
        "credits": [credit("p", 100, "2025-02-12")],
        "allocations": [link("p", "A", 100, "2025-02-12")],
    }
    later = [*bills, bill("D", 800, "2025-02-12", "2025-03-01")]
    again = book("2025-02-20", invoices=later, attributes=limit, **paid)
    assert again.invoices.set_index("invoice_id")["insured"].to_dict() == {
        "B": 200, "C": 0, "D": 800,
    }  # fmt: skip


def test_a_limit_cut_or_cancelled_holds_for_later_deliveries_alone():
    bills = [
        bill("A", 400, "2025-01-02", "2025-06-01"),
        bill("B", 400, "2025-02-02", "2025-06-01"),
    ]
    begun = attribute("insured_amount", "500")

    def by_invoice(other: str) -> dict[str, int]:
        limits = [begun, attribute("insured_amount", other, "2025-02-01")]
        rows = book("2025-03-01", invoices=bills, attributes=limits).invoices
        return dict(zip(rows["invoice_id"], rows["insured"], strict=True))

    assert by_invoice("0") == {"A": 400, "B": 0}
    assert by_invoice("300") == {"A": 400, "B": 0}
    assert by_invoice("600") == {"A": 400, "B": 200}


def test_cover_that_ended_still_covers_what_was_delivered_before_its_end():
    bills = [
        bill("A", 100, "2025-02-15", "2025-06-01"),
        bill("B", 200, "2025-02-16", "2025-06-01"),
    ]
    limit = [attribute("insured_amount", "500"), attribute("insured_until", "2025-02-15")]
    assert insured("2025-03-01", invoices=bills, attributes=limit) == 100
    assert book("2025-03-01", attributes=limit, invoices=bills).cover(
        "c1", day_of("2025-03-01")
    ).limit is None  # fmt: skip
    renewed = [*limit, attribute("insured_until", "2026-02-15", "2025-02-16")]
    assert insured("2025-03-01", invoices=bills, attributes=renewed) == 300


def test_the_day_of_delivery_decides_not_that_of_the_invoice():
    limit = [attribute("insured_amount", "500", "2025-02-01")]
    bills = [
        bill("A", 100, "2025-02-10", "2025-06-01", delivered_on=day_of("2025-01-20")),
        bill("B", 200, "2025-02-10", "2025-06-01", delivered_on=day_of("2025-02-05")),
    ]
    assert insured("2025-03-01", invoices=bills, attributes=limit) == 200


def test_terms_beyond_the_insurers_are_not_covered_and_an_invoice_may_bear_its_own_share():
    limit = [attribute("insured_amount", "5000"), attribute("insured_terms_days", "60")]
    bills = [
        bill("A", 100, "2025-01-02", "2025-03-03"),
        bill("B", 200, "2025-01-02", "2025-03-04"),
        bill("C", 400, "2025-01-02", "2025-02-01", insured_rate=0.5),
    ]
    assert insured("2025-01-10", invoices=bills, attributes=limit) == 100 + 200


def test_no_insurer_pays_what_is_disputed_and_a_dispute_of_unknown_amount_is_of_all():
    limit = [attribute("insured_amount", "5000")]
    bills = [
        bill("A", 500, "2025-01-02", "2025-03-03"),
        bill("B", 200, "2025-01-02", "2025-03-03"),
    ]
    disputes = [
        event("dispute_opened", "A", "2025-01-05", amount=100),
        event("dispute_opened", "B", "2025-01-05"),
    ]
    facts = {"invoices": bills, "attributes": limit, "events": disputes}
    assert insured("2025-01-10", **facts) == 400


def test_vat_is_left_out_where_the_insurers_policy_says_so():
    limit = [attribute("insured_amount", "5000"), attribute("insurer", "Atlas")]
    net = InsurerTerms(name="Atlas", insured_rate=1.0, covers_vat=False)
    bills = [
        bill("A", 1190, "2025-01-02", "2025-03-03", tax_amount=190),
        bill("B", 1190, "2025-01-02", "2025-03-03"),
    ]
    home = [{"customer_id": "c1", "country": "DE", "recorded_on": "2025-01-01"}]
    facts = {"invoices": bills, "attributes": limit, "customers": home}
    assert insured("2025-01-10", Insurers((net,), vat_rates={"DE": 0.19}), **facts) == 2000
    assert insured("2025-01-10", Insurers((net,)), **facts) == 2190


def test_what_is_on_account_is_taken_from_the_oldest_due_first():
    bills = [
        bill("A", 400, "2025-01-02", "2025-02-01"),
        bill("B", 400, "2025-01-03", "2025-03-01"),
    ]
    facts = {
        "invoices": bills,
        "attributes": [attribute("insured_amount", "300")],
        "credits": [credit("p", 500, "2025-01-05")],
    }
    rows = book("2025-01-10", **facts).invoices
    assert rows["insurable"].tolist() == [0, 300]


def test_a_customer_under_a_policy_without_a_limit_of_its_own_has_the_discretionary_one():
    old = InsurerTerms(name="Atlas", insured_rate=1.0, discretionary_limits={"EUR": 300})
    bills = [bill("A", 900, "2025-01-02", "2025-03-01")]
    named = [attribute("insurer", "Atlas")]
    assert insured("2025-01-10", Insurers((old,)), invoices=bills, attributes=named) == 300
    assert insured("2025-01-10", Insurers((old,)), invoices=bills) == 0


def test_a_policy_holds_from_its_day_on():
    def one_policy(begins: str, rate: float) -> InsurerTerms:
        day = pd.Timestamp(begins).date()
        return InsurerTerms(name="Atlas", valid_from=day, insured_rate=rate)

    two = Insurers((one_policy("2025-01-01", 0.9), one_policy("2025-02-01", 0.8)))
    bills = [
        bill("A", 100, "2025-01-31", "2025-03-01"),
        bill("B", 100, "2025-02-01", "2025-03-01"),
    ]
    limit = [attribute("insured_amount", "900")]
    rows = book("2025-02-10", two, invoices=bills, attributes=limit).invoices
    assert rows["insured"].tolist() == [90, 80]


@pytest.mark.parametrize("value", ["soon", "-4", "", "nan"])
def test_what_cannot_be_read_as_a_limit_covers_nothing(value):
    bills = [bill("A", 900, "2025-01-02", "2025-03-01")]
    limit = [attribute("insured_amount", value)]
    assert insured("2025-01-10", invoices=bills, attributes=limit) == 0


amounts = st.lists(st.tuples(st.integers(1, 5_000), st.integers(0, 80)), min_size=1, max_size=8)
limits = st.lists(st.tuples(st.integers(0, 9_000), st.integers(0, 80)), min_size=1, max_size=3)


@settings(max_examples=25, deadline=None)
@given(amounts, limits, st.sampled_from(["0.9", "1", "0.5"]))
def test_insured_never_exceeds_what_is_owed_nor_the_largest_limit(bills, limits, rate):
    first = day_of("2025-01-01")
    rows = [
        bill(f"I{i}", cents, iso(first + day), iso(first + day + 30))
        for i, (cents, day) in enumerate(bills)
    ]
    said = [attribute("insured_rate", rate)] + [
        attribute("insured_amount", str(cents), iso(first + day)) for cents, day in limits
    ]
    said = list({(row["name"], row["valid_on"]): row for row in said}.values())
    by_hand = book("2025-04-15", invoices=rows, attributes=said)
    covered = by_hand.invoices["covered"].sum()
    assert covered <= min(sum(c for c, _ in bills), max(c for c, _ in limits))
    assert abs(by_hand.insured_amounts["c1"] - covered * float(rate)) <= len(bills)
