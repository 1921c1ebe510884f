"""Several currencies in one, by named rates, to the cent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cash.forecasting.test_forecast import make
from payrisk.cash.published.variance import PARTS
from payrisk.cash.views.fx import BaseRates, base_records, convert, convert_parts, variance_in_base
from payrisk.errors import InputError


def rates(*rows: tuple[str, str, int, float]) -> BaseRates:
    table = pd.DataFrame(list(rows), columns=["from", "to", "valid_on", "rate"])
    return BaseRates.of(table.assign(type="spot"), "EUR")


def test_the_latest_rate_by_the_day_and_the_inverse_where_there_is_none():
    known = rates(("USD", "EUR", 10, 0.9), ("USD", "EUR", 20, 0.8), ("EUR", "GBP", 5, 0.5))
    assert known.at("USD", 19) == (0.9, 10)
    assert known.at("USD", 25) == (0.8, 20)
    assert known.at("GBP", 25) == (2.0, 5)
    assert known.at("EUR", 25) == (1.0, 25)
    with pytest.raises(InputError, match="No spot rate from USD to EUR is known by"):
        known.at("USD", 9)


def test_minor_units_differ_between_currencies():
    assert convert(1000, "JPY", "EUR", 0.0061) == 610
    assert convert(610, "EUR", "JPY", 1 / 0.0061) == 1000


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20), st.floats(0.001, 500))
def test_converted_parts_sum_to_the_converted_total(parts, rate):
    done = convert_parts(np.array(parts), "USD", "EUR", rate)
    assert done.sum() == convert(sum(parts), "USD", "EUR", rate)


def test_the_base_view_sums_to_the_open_balance_converted():
    cash = make(n=80, seed=5)
    known = rates(("USD", "EUR", 10, 0.9))
    table = base_records(cash, "week", known)
    balance = cash.balance().set_index("currency")["open_balance"]
    whole = balance["EUR"] + convert(int(balance["USD"]), "USD", "EUR", 0.9)
    assert table["expected"].sum() == whole
    assert (base_records(cash, "day", known)["expected"].sum()) == whole
    inside = table[table["part"] == "week"]
    assert (inside["p10"] <= inside["p50"]).all()
    assert (inside["p50"] <= inside["p90"]).all()


def test_a_shock_moves_one_currency():
    known = rates(("USD", "EUR", 10, 0.9)).shocked("USD", -10)
    assert known.at("USD", 20)[0] == pytest.approx(0.81)
    with pytest.raises(InputError, match="is the base"):
        known.shocked("EUR", 5)


def test_what_the_rates_moved_is_fx_and_the_parts_still_sum():
    totals = pd.DataFrame(
        [{"currency": "USD", "expected": 1000, **dict.fromkeys(PARTS, 0), "timing": -333,
          "actual": 667, "variance": -333}]
    )  # fmt: skip
    table = variance_in_base(totals, PARTS, {"USD": 0.9}, {"USD": 1.0}, "EUR")
    row = table.iloc[0]
    assert (row["expected"], row["actual"], row["timing"]) == (900, 667, -300)
    assert row["fx"] == 667 - 900 + 300
    assert (table["expected"] + table[list(PARTS)].sum(axis=1) == table["actual"]).all()
