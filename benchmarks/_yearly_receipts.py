"""Receipts by day, forecast with a model a year, beside what anyone would say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.calendar import date_of, day_of, iso
from payrisk.cash.intervals.measures import bias, wape
from payrisk.cash.intervals.naive import NAIVE
from payrisk.errors import InputError
from payrisk.ledger import History, Ledger
from payrisk.scoring import CurveModel
from payrisk_pipelines.backtests.cash_judged import OURS
from payrisk_pipelines.backtests.cash_replay import Arrivals, ReplayedWeek

YEAR_DAYS = 364
DRAWS = 4_000
MODELS = (OURS, *NAIVE)
GRAINS = {"daily": 1, "weekly": 7}
LAYERS = ("from_open", "not_issued")


@dataclass(frozen=True)
class YearlyReceipts:
    """rows: year, landmark, day, currency, model, expected, actual; days as numbers, cents.

    Ours also says and knows its layers apart: `LAYERS` and their `_actual`, 0 for the others.
    """

    rows: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """A row a year (then all of them) and model: WAPE by day and week, MAE by day, bias."""
        found = []
        for year, own in self._years():
            for model in MODELS:
                one = own[own["model"] == model]
                told: dict[str, Any] = {"year": year, "model": model}
                for grain, size in GRAINS.items():
                    told[f"{grain}_wape"] = wape(*(summed(one, n, size) for n in _BOTH))
                expected, actual = (summed(one, name, 1) for name in _BOTH)
                told["daily_mae"] = float(np.abs(expected - actual).mean()) / 100.0
                found.append(told | {"bias": bias(expected, actual)})
        return pd.DataFrame(found)

    def layers(self) -> pd.DataFrame:
        """Ours, a row a year and layer: WAPE by day and week, and bias."""
        found = []
        for year, own in self._years():
            one = own[own["model"] == OURS]
            for layer in LAYERS:
                both = (layer, f"{layer}_actual")
                told: dict[str, Any] = {"year": year, "layer": layer}
                for grain, size in GRAINS.items():
                    told[f"{grain}_wape"] = wape(*(summed(one, n, size) for n in both))
                found.append(told | {"bias": bias(*(summed(one, n, 1) for n in both))})
        return pd.DataFrame(found)

    def better(self, *, weeks: int = 1, seed: int = 0, draws: int = DRAWS) -> pd.DataFrame:
        """WAPE of each baseline less ours, with the 95 % interval of paired draws of blocks.

        weeks: length of a block; blocks never reach over a landmark. Drawn with replacement from
        those of the year, the same ones for both.
        """
        found = []
        for year, own in self._years():
            for name in NAIVE:
                for grain, size in GRAINS.items():
                    ours, theirs, came = _blocks(own, name, size, 7 * weeks)
                    g = np.random.default_rng(seed)
                    picked = g.integers(0, len(came), (draws, len(came)))
                    gain = (theirs - ours)[picked].sum(axis=1) / came[picked].sum(axis=1)
                    low, high = np.quantile(gain, [0.025, 0.975])
                    found.append(
                        {
                            "year": year,
                            "beside": name,
                            "grain": grain,
                            "wape_less": float((theirs - ours).sum() / came.sum()),
                            "low": float(low),
                            "high": float(high),
                            "blocks": len(came),
                            "won": float((theirs > ours).mean()),
                        }
                    )
        return pd.DataFrame(found)

    def _years(self) -> Iterator[tuple[str, pd.DataFrame]]:
        for year, own in self.rows.groupby("year"):
            yield str(year), own
        yield "all", self.rows


_BOTH = ("expected", "actual")


def summed(rows: pd.DataFrame, column: str, size: int) -> Floats:
    """(n,) totals of so many days from each landmark on, a currency each; rows of one model."""
    bucket = (rows["day"] - rows["landmark"]) // size
    totals = rows.groupby([rows["currency"], rows["landmark"], bucket], sort=True)[column].sum()
    return np.asarray(totals, dtype=np.float64)


def _blocks(rows: pd.DataFrame, name: str, size: int, days: int) -> tuple[Floats, Floats, Floats]:
    """(blocks,) absolute misses of ours and of a baseline, and what came."""
    found = []
    for model in (OURS, name):
        one = rows[rows["model"] == model]
        bucket = (one["day"] - one["landmark"]) // size
        keys = [one["landmark"], one["currency"], bucket.rename("bucket")]
        totals = one.groupby(keys)[list(_BOTH)].sum()
        block = totals.index.get_level_values("bucket") * size // days
        missed = (totals["expected"] - totals["actual"]).abs()
        landmark = totals.index.get_level_values("landmark")
        found.append(missed.groupby([landmark, block]).sum().to_numpy(np.float64))
        came = totals["actual"].groupby([landmark, block]).sum().to_numpy(np.float64)
    return found[0], found[1], came


def yearly_receipts(
    ledger: Ledger,
    years: Sequence[int],
    fit: Callable[[History], CurveModel],
    *,
    every: int = 91,
    weeks: int = 13,
    say: Callable[[str], None] = lambda _: None,
) -> YearlyReceipts:
    """Fit on each 1 January, then forecast receipts in all from every so many days of that year.

    weeks: ahead of each morning. Nothing after a morning is read for its forecast, and nothing
    after 1 January for its model. Raises InputError for a year that the ledger does not tell.
    """
    known = ledger.as_of(ledger.default_as_of)
    arrivals = Arrivals.of_history(known)
    parts: list[pd.DataFrame] = []
    for year in years:
        first = day_of(f"{year}-01-01")
        mornings = list(range(first, first + YEAR_DAYS, every))
        if first <= ledger.first_day or mornings[-1] + 7 * weeks > arrivals.known_before:
            raise InputError(
                f"The forecasts of {year} need facts from before it until"
                f" {iso(mornings[-1] + 7 * weeks)}, and the ledger tells"
                f" {date_of(ledger.first_day)} to {iso(arrivals.known_before)}; leave"
                " the year out."
            )
        model = fit(ledger.as_of(first))
        for morning in mornings:
            say(f"{iso(morning)} ...")
            parts += _told(ledger.as_of(morning), model, arrivals, weeks, year)
    return YearlyReceipts(pd.concat(parts, ignore_index=True))


def _told(
    then: History, model: CurveModel, arrivals: Arrivals, weeks: int, year: int
) -> Iterator[pd.DataFrame]:
    one = ReplayedWeek.at(then, model, arrivals, weeks)
    layer, ready, days = one.layer, one.ready, 7 * weeks
    assert layer is not None
    currencies = list(layer.currencies)
    actual = arrivals.total(currencies, then.as_of, days)
    code = pd.Index(currencies).get_indexer(ready.rows["currency"].to_numpy(dtype=object))
    open_, came = np.zeros((2, len(currencies), days))
    mass = np.diff(ready.paid_by[:, :-1], axis=1, prepend=0.0)
    np.add.at(open_, code, mass * ready.rows["expected_from"].to_numpy(np.float64)[:, None])
    np.add.at(came, code, arrivals.on(ready.rows, then.as_of, days).astype(np.float64))
    start = int(then.known_rows("credits")["happened_on"].min())
    before = Arrivals.of_history(then).total(currencies, start, then.as_of - start)
    said = {OURS: open_ + layer.expected} | {
        name: np.stack([method(own, days) for own in before]) for name, method in NAIVE.items()
    }
    for name, expected in said.items():
        mine = name == OURS
        columns = {
            "from_open": open_ * mine,
            "from_open_actual": came * mine,
            "not_issued": layer.expected * mine,
            "not_issued_actual": (actual - came) * mine,
            "expected": expected,
            "actual": actual,
        }
        yield pd.DataFrame(
            {
                "year": year,
                "landmark": then.as_of,
                "day": np.tile(then.as_of + np.arange(days), len(currencies)),
                "currency": np.repeat(currencies, days),
                "model": name,
                **{column: values.ravel() for column, values in columns.items()},
            }
        )
