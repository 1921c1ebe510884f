"""Several entities and currencies in one ledger, worked by hand."""

from __future__ import annotations

from payrisk.calendar import day_of
from payrisk.receivables.aging import aging
from support.ledgers.by_hand import credit, invoice, ledger, link


def two_houses():
    """A German house bills euros, a Swiss one francs, to the same customer."""
    return ledger(
        entities=[
            {"entity_id": "de", "country": "DE", "base_currency": "EUR"},
            {"entity_id": "ch", "country": "CH", "base_currency": "CHF"},
        ],
        invoices=[
            invoice("A", 100_00, entity_id="de"),
            invoice("B", 80_00, entity_id="ch", currency="CHF"),
        ],
        credits=[credit("p", 30_00, "2025-01-20", entity_id="ch", currency="CHF")],
        allocations=[link("p", "B", 30_00, "2025-01-20")],
    )


def test_currencies_are_never_added_up():
    total = two_houses().balance_at(day_of("2025-01-31")).control_total()
    assert total[["currency", "invoiced", "credited", "net"]].to_numpy().tolist() == [
        ["CHF", 80_00, 30_00, 50_00],
        ["EUR", 100_00, 0, 100_00],
    ]


def test_each_entity_ages_its_own_books():
    aged = aging(two_houses().balance_at(day_of("2025-02-15"))).by("entity_id")
    assert aged[["entity_id", "currency", "days_1_30"]].to_numpy().tolist() == [
        ["ch", "CHF", 50_00],
        ["de", "EUR", 100_00],
    ]


def test_an_entity_is_known_from_its_first_document():
    one = two_houses()
    assert one.tables["entities"]["recorded_on"].tolist() == [day_of("2025-01-01")] * 2
