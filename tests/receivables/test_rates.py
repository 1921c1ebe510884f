"""Rates of a morning: the latest known, either way round or over one third currency."""

from __future__ import annotations

import pytest

from payrisk.calendar import day_of
from payrisk.ledger import Ledger
from payrisk.receivables.rates import KnownRates
from support.ledgers.by_hand import frame, invoice


def rate(base, quote, value, on, **more):
    return {"from": base, "to": quote, "rate": value, "valid_on": on, "type": "spot"} | more


def known(as_of, *rates):
    tables = {"invoices": frame([invoice("A")]), "rates": frame(list(rates))}
    return KnownRates(Ledger.from_tables(tables)[0].as_of(day_of(as_of)))


USD = (rate("USD", "EUR", 0.90, "2025-01-10"), rate("USD", "EUR", 0.80, "2025-02-10"))


@pytest.mark.parametrize(
    ("as_of", "cents"), [("2025-01-11", 90), ("2025-02-10", 90), ("2025-02-11", 80)]
)
def test_the_latest_rate_known_that_morning_counts(as_of, cents):
    assert known(as_of, *USD).rate("USD", "EUR").convert(100) == cents


def test_before_the_first_rate_none_is_known():
    assert known("2025-01-10", *USD).rate("USD", "EUR") is None


def test_a_rate_recorded_later_is_not_known_before():
    late = rate("USD", "EUR", 0.5, "2025-01-10", recorded_on="2025-03-01")
    assert known("2025-02-01", late).rate("USD", "EUR") is None


def test_a_rate_serves_both_ways():
    assert known("2025-03-01", *USD).rate("EUR", "USD").convert(80) == 100


def test_two_rates_lead_over_a_third_currency():
    rates = known("2025-03-01", *USD, rate("GBP", "USD", 1.25, "2025-01-20"))
    found = rates.rate("GBP", "EUR")
    assert found.convert(100_00) == 100_00
    assert (found.type, found.valid_on) == ("spot over USD", day_of("2025-01-20"))


def test_minor_units_differ_between_currencies():
    rates = known("2025-03-01", rate("JPY", "EUR", 0.00625, "2025-01-20"))
    assert rates.rate("JPY", "EUR").convert(16_000) == 100_00
    assert rates.rate("EUR", "JPY").convert(100_00) == 16_000
