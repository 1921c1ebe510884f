"""Money keeps every cent: decimals by ISO 4217, and back again."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.credit.reasons.policy_reasons import money_text
from payrisk.errors import InputError
from payrisk.ledger.importing.reading.cells import exponent
from payrisk.money import cents_of, decimal_of, decimal_text, decimals, is_currency
from payrisk.simulate.written.csv_files import decimal_texts

CURRENCIES = ["EUR", "JPY", "KWD", "CLF", "RSD", "IQD", "???", None]
CENTS = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize(
    ("currency", "expected"),
    [("EUR", 2), ("JPY", 0), ("KWD", 3), ("IQD", 3), ("CLF", 4), ("XOF", 0), ("HUF", 2)],
)
def test_decimals_are_those_of_iso_4217(currency, expected):
    assert decimals(currency) == expected


@pytest.mark.parametrize(
    "currency",
    ["AFN", "ALL", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "SYP", "YER"],
)
def test_ledgers_keep_the_cents_that_shops_do_not_show(currency):
    assert decimals(currency) == exponent(currency) == 2


@pytest.mark.parametrize("unknown", ["???", "", None, float("nan"), pd.NA])
def test_an_unknown_currency_is_taken_to_have_two(unknown):
    assert decimals(unknown) == 2


def test_withdrawn_currencies_are_known_and_what_is_no_code_is_not():
    assert [is_currency(code) for code in ("EUR", "DEM", "ZZZ", "eur")] == [True] * 2 + [False] * 2
    assert exponent("ZZZ") is None


def test_amounts_by_hand():
    assert decimal_text(-5, "RSD") == "-0.05"
    assert decimal_text(1_234_567, "IQD", grouped=True) == "1,234.567"
    assert decimal_text(1_234_567, "JPY", grouped=True) == "1,234,567"
    assert decimal_text(1250.4, "USD") == "12.50"
    assert decimal_text(-0.4, "USD") == "0.00"
    assert cents_of("12.3", "RSD") == 1230
    assert cents_of(Decimal("1e3"), "JPY") == 1000
    assert cents_of("0.001", "IQD") == 1
    assert money_text(-1_234_567, "KWD") == "-1,234.567 KWD"


def test_reasons_say_amounts_beyond_floats_exactly():
    assert money_text(10**17 + 1, "EUR") == "1,000,000,000,000,000.01 EUR"


@pytest.mark.parametrize("amount", ["0.5", "1.001", "1,5", "", "nan", "inf"])
def test_what_the_currency_cannot_say_is_refused(amount):
    with pytest.raises(InputError, match="at most 0 decimals"):
        cents_of(amount, "JPY")


@given(CENTS, st.sampled_from(CURRENCIES))
def test_cents_come_back_from_decimals_and_text(cents, currency):
    assert cents_of(decimal_of(cents, currency), currency) == cents
    assert cents_of(decimal_text(cents, currency), currency) == cents


@given(st.lists(st.tuples(CENTS, st.sampled_from(CURRENCIES)), max_size=8))
def test_a_column_says_what_each_of_its_amounts_says(rows):
    cents = pd.Series([cents for cents, _ in rows], dtype="int64")
    currency = pd.Series([currency for _, currency in rows], dtype="str")
    assert decimal_texts(cents, currency).to_pylist() == [decimal_text(*row) for row in rows]
