"""A model a year: what the tables say follows from the rows, and no forecast knows its future."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import date_of, day_of
from payrisk.cash.intervals.naive import seasonal_naive
from payrisk.errors import InputError
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.ledger import Ledger
from payrisk.simulate import simulate
from payrisk_pipelines.backtests.cash_judged import OURS
from payrisk_pipelines.backtests.cash_replay import Arrivals

with pytest.MonkeyPatch.context() as _patch:
    _patch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    receipts = importlib.import_module("_yearly_receipts")

MODELS, YearlyReceipts = receipts.MODELS, receipts.YearlyReceipts
yearly_receipts = receipts.yearly_receipts


@pytest.fixture(scope="module")
def made():
    """A made-up company of four years, and the year tested."""
    tables = simulate(12, 48, 5, ends_on=day_of("2025-02-28")).tables
    return tables, 2024


def run(tables, year):
    return yearly_receipts(Ledger.from_tables(tables)[0], [year], fit_shrunk_ecdf)


@pytest.fixture(scope="module")
def found(made):
    return run(*made)


def test_every_day_is_told_by_every_model_beside_what_came(made, found):
    ledger = Ledger.from_tables(made[0])[0]
    arrivals = Arrivals.of_history(ledger.as_of(ledger.default_as_of))
    for model in MODELS:
        own = found.rows[(found.rows["model"] == model) & (found.rows["currency"] == "EUR")]
        assert own["day"].tolist() == list(range(day_of("2024-01-01"), day_of("2024-12-30")))
        came = arrivals.total(["EUR"], day_of("2024-01-01"), 364)[0]
        assert own["actual"].to_numpy() == pytest.approx(came)
    ours = found.rows[found.rows["model"] == OURS]
    assert ours["expected"].to_numpy() == pytest.approx(ours["from_open"] + ours["not_issued"])
    both = ours["from_open_actual"] + ours["not_issued_actual"]
    assert ours["actual"].to_numpy() == pytest.approx(both)


def test_seasonal_naive_is_the_day_364_days_earlier(made, found):
    ledger = Ledger.from_tables(made[0])[0]
    arrivals = Arrivals.of_history(ledger.as_of(ledger.default_as_of))
    morning = day_of("2024-04-01")
    before = arrivals.total(["EUR"], morning - 364, 364)[0]
    rows = found.rows[
        (found.rows["model"] == "seasonal-naive") & (found.rows["currency"] == "EUR")
    ]
    own = rows[rows["landmark"] == morning]
    assert own["expected"].to_numpy() == pytest.approx(seasonal_naive(before, 91))


def test_no_forecast_reads_what_comes_after_its_morning(made, found):
    tables, year = made
    later = day_of(f"{year}-04-01")
    cut = dict(tables)
    for name in ("credits", "allocations"):
        # What came from April on comes twice as much in another world, the links with it.
        twice = (tables[name]["happened_on"] >= later).to_numpy()
        cut[name] = tables[name].assign(
            amount=np.where(twice, tables[name]["amount"] // 2, tables[name]["amount"])
        )
    other = run(cut, year)
    early = found.rows["landmark"] <= later
    assert (found.rows.loc[early, "expected"] == other.rows.loc[early, "expected"]).all()
    assert not (found.rows["actual"] == other.rows["actual"]).all()


def by_hand():
    """Two weeks of one landmark: ours misses by 1 a day, seasonal naive by 3, recent by 0."""
    days = np.arange(14)
    miss = {OURS: 1.0, "seasonal-naive": -3.0, "mean-of-last-4-weeks": 0.0}
    return YearlyReceipts(
        pd.concat(
            [
                pd.DataFrame(
                    {"year": 2004, "landmark": 0, "day": days, "currency": "EUR", "model": model,
                     "expected": 10.0 + miss[model], "actual": 10.0, "from_open": 4.0,
                     "from_open_actual": 5.0, "not_issued": 7.0, "not_issued_actual": 5.0}
                )
                for model in MODELS
            ]
        )
    )  # fmt: skip


def test_measures_and_intervals_by_hand():
    table = by_hand().table().set_index(["year", "model"])
    assert table.loc[("2004", OURS), "daily_wape"] == pytest.approx(0.1)
    assert table.loc[("2004", OURS), "bias"] == pytest.approx(0.1)
    assert table.loc[("all", "seasonal-naive"), "weekly_wape"] == pytest.approx(0.3)
    assert table.loc[("all", "seasonal-naive"), "daily_mae"] == pytest.approx(0.03)
    better = by_hand().better(draws=50).set_index(["year", "beside", "grain"])
    sure = better.loc[("all", "seasonal-naive", "daily")]
    assert sure[["wape_less", "low", "high"]].tolist() == pytest.approx([0.2, 0.2, 0.2])
    assert (sure["blocks"], sure["won"]) == (2, 1.0)
    lost = better.loc[("2004", "mean-of-last-4-weeks", "weekly")]
    assert (lost["wape_less"], lost["won"]) == (pytest.approx(-0.1), 0.0)
    layers = by_hand().layers().set_index(["year", "layer"])
    assert layers.loc[("all", "from_open"), "bias"] == pytest.approx(-0.2)
    assert layers.loc[("all", "not_issued"), "daily_wape"] == pytest.approx(0.4)


def test_a_year_the_ledger_does_not_tell_is_refused(made):
    for year in (2021, 2025):
        with pytest.raises(InputError, match=f"{year} need facts .* leave the year out"):
            run(made[0], year)
    assert date_of(Ledger.from_tables(made[0])[0].first_day).year == 2021
