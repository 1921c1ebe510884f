from __future__ import annotations

from payrisk.features.streams.calendars import governing_countries, row_countries
from support.ledgers.by_hand import invoice, ledger


def books():
    one = ledger(
        invoices=[
            invoice("A"),
            invoice("B", customer_id="c2"),
            invoice("C", customer_id="c2", entity_id="north"),
            invoice("D", customer_id="c2", entity_id="south"),
        ],
        customers=[{"customer_id": "c1", "country": "FR", "recorded_on": "2025-01-01"}],
        entities=[
            {"entity_id": "north", "country": "DE", "bank_calendar": "AT"},
            {"entity_id": "south", "country": "PL"},
        ],
    )
    return one.as_of(one.default_as_of)


def test_the_customer_comes_first_then_our_bank_then_our_entity():
    known = books()
    assert governing_countries(known, known.invoices()).tolist() == ["FR", None, "AT", "PL"]


def test_a_quote_without_countries_has_none():
    known = books()
    quote = known.invoices()[["customer_id", "issued_on", "due_on"]]
    assert governing_countries(known, quote).tolist() == [None] * 4
    assert row_countries(quote).tolist() == [None] * 4
