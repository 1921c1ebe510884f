"""What cash we would have forecast on past mornings, beside every baseline and what then came."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.calendar import iso
from payrisk.cash.forecasting.forecast import CashForecast, quantile_name, widened_by_past_weeks
from payrisk.cash.intervals.dependence import INDEPENDENT
from payrisk.cash.intervals.landmarks import PastWeeks
from payrisk.cash.intervals.measures import crps
from payrisk.cash.intervals.receipts_spread import draw_multipliers
from payrisk.cash.intervals.rivals import rival_draws
from payrisk.cash.layers.unbilled import UnbilledCash, weeks_of
from payrisk.errors import InputError
from payrisk.learning.days_to_pay.baselines import BASELINES
from payrisk.learning.days_to_pay.collection_curve import fit_collection_curve
from payrisk.learning.measuring.splits import landmarks
from payrisk.ledger import History, Ledger
from payrisk.scoring import CurveModel
from payrisk.settings import Settings
from payrisk_models import spec
from payrisk_pipelines.backtests.cash_judged import LEVELS, OURS, CashBacktest
from payrisk_pipelines.backtests.cash_replay import (
    N_DRAWS,
    Arrivals,
    FittedPastWeeks,
    ReplayedWeek,
    replay_weeks,
)
from payrisk_pipelines.backtests.cash_spans import TOTALS

MOST_LANDMARKS = 200
OPEN_BASELINES: dict[str, Callable[[History], CurveModel]] = {
    "due-date": BASELINES["due-date"],
    "due-plus-mean": BASELINES["due-plus-mean"],
    "collection-curve": fit_collection_curve,
    "customer-ecdf": BASELINES["customer-ecdf"],
}
"""Name → fit; each draws its invoices independently."""


def backtest_cash(
    settings: Settings,
    *,
    train_as_of: int,
    landmark_range: tuple[int, int, int],
    weeks: int = 8,
    as_of: int | None = None,
    ledger: Ledger | None = None,
    recipe: str = "full",
) -> CashBacktest:
    """Fit `days-to-pay` on facts before `train_as_of`, forecast cash on later landmarks, judge it.

    landmark_range: (first, last, step). Actual cash is what is known before `as_of` (default:
    all); raises InputError when the weeks of a landmark do not end by then, or a landmark lies
    before training. recipe: full, or sketch for a quick look.
    """
    if ledger is None:
        from payrisk.ledger.stored.storage import load

        ledger = load(settings.home)
    known_before = ledger.default_as_of if as_of is None else as_of
    mornings = landmarks(*landmark_range)
    if not mornings or len(mornings) > MOST_LANDMARKS:
        raise InputError(
            "Landmarks are FIRST:LAST:STEP with LAST on or after FIRST and STEP a number of days"
            f" of at least 1, at most {MOST_LANDMARKS} mornings; such as 2025-01-06:2025-03-31:7."
        )
    if mornings[0] < train_as_of:
        raise InputError(
            f"The landmark {iso(mornings[0])} lies before the training date {iso(train_as_of)};"
            " begin on or after it."
        )
    if not 1 <= weeks <= 52:
        raise InputError("--weeks lies between 1 and 52.")
    if mornings[-1] + 7 * weeks > known_before:
        raise InputError(
            f"The {weeks} weeks from {iso(mornings[-1])} do not end by {iso(known_before)}, the"
            " last day known; end earlier or take fewer weeks."
        )
    chosen = spec("days-to-pay")
    train = ledger.as_of(train_as_of)
    fit = {"full": chosen.fit_as_served, "sketch": chosen.fit_sketch}[recipe]
    models: dict[str, CurveModel] = {OURS: fit(train)}
    models |= {name: baseline(train) for name, baseline in OPEN_BASELINES.items()}
    past = replay_weeks(ledger, train, chosen.fit_sketch, seed=chosen.seed, weeks=max(weeks, 8))
    arrivals = Arrivals.of_history(ledger.as_of(known_before))
    rows = list(_judged(ledger, models, past, arrivals, mornings, weeks))
    return CashBacktest(
        pd.concat(rows, ignore_index=True), train_as_of, weeks, past.dependence, len(past.weeks)
    )


def _judged(
    ledger: Ledger,
    models: Mapping[str, CurveModel],
    past: FittedPastWeeks,
    arrivals: Arrivals,
    mornings: list[int],
    weeks: int,
) -> Iterator[pd.DataFrame]:
    held = past.weeks
    for morning in mornings:
        then = ledger.as_of(morning)
        for name, model in models.items():
            landmark = ReplayedWeek.at(
                then, model, arrivals, weeks, with_layer=name == OURS, dependence=past.dependence
            )
            generator = np.random.default_rng(0)
            rule = past.dependence if name == OURS else INDEPENDENT
            cash = landmark.ready.forecast(
                landmark.ready.landing_columns(rule, N_DRAWS, generator)
            )
            came = arrivals.on(cash.invoices, morning, 7 * weeks)
            if name == OURS:
                # What had closed by this morning, landmarks of this very test included.
                closed = held.closed_before(morning - arrivals.lag)
                cash = widened_by_past_weeks(cash, closed)
                assert landmark.layer is not None
                layer = landmark.layer.widened_by(closed)
                yield from _total(cash, layer, arrivals, closed)
                weeks_so_far = landmark.past_weeks(landmark.draws(rule, N_DRAWS, 0))
                held = held.with_more(weeks_so_far)
            yield from _from_open(cash, came, name)
        yield from _naive(then, layer.currencies, arrivals, weeks)


def _from_open(cash: CashForecast, came: Ints, name: str) -> Iterator[pd.DataFrame]:
    groups, draws = cash.draws("day")
    code = pd.factorize(cash.invoices["currency"], sort=True)[0]
    n = len(groups)
    expected, actual = np.zeros((2, n, cash.horizon_days))
    np.add.at(expected, code, cash.expected[:, : cash.horizon_days].astype(np.float64))
    np.add.at(actual, code, came.astype(np.float64))
    currencies = groups["currency"].tolist()
    yield from _told(cash.as_of, currencies, name, expected, draws, actual, from_open=True)


def _total(
    cash: CashForecast, layer: UnbilledCash, arrivals: Arrivals, closed: PastWeeks
) -> Iterator[pd.DataFrame]:
    """Receipts in all: open invoices and those not yet issued."""
    # As drawn: all receipts are stretched by what all receipts missed.
    groups, draws = replace(cash, slips={}).draws("day")
    place = [layer.currencies.index(name) for name in groups["currency"]]
    whole = np.zeros((len(draws), len(layer.currencies), cash.horizon_days))
    # Draw by draw: both layers are late in the same ones.
    whole += layer.draws
    whole[:, place] += draws
    expected = layer.expected.copy()
    code = pd.factorize(cash.invoices["currency"], sort=True)[0]
    np.add.at(expected, np.asarray(place)[code], cash.expected[:, : cash.horizon_days])
    week = np.arange(cash.horizon_days) // 7
    for position, currency in enumerate(layer.currencies):
        weekly = weeks_of(whole[:, position])
        factors = draw_multipliers(closed, currency, weekly, weeks_of(expected[position]))
        whole[:, position] *= factors[:, week]
    actual = arrivals.total(layer.currencies, cash.as_of, cash.horizon_days)
    yield from _told(
        cash.as_of, list(layer.currencies), OURS, expected, whole, actual, from_open=False
    )


def _naive(
    then: History, currencies: tuple[str, ...], arrivals: Arrivals, weeks: int
) -> Iterator[pd.DataFrame]:
    first = int(then.known_rows("credits")["happened_on"].min())
    before = arrivals.total(currencies, first, then.as_of - first)
    actual = arrivals.total(currencies, then.as_of, 7 * weeks)
    told = [rival_draws(receipts, 7 * weeks, then.as_of) for receipts in before]
    for name in told[0] if told else ():
        parts = [by_name[name] for by_name in told]
        n = min(len(draws) for _, draws in parts)
        expected = np.stack([expected_days for expected_days, _ in parts])
        draws = np.stack([receipts[:n] for _, receipts in parts], axis=1)
        yield from _told(
            then.as_of, list(currencies), name, expected, draws, actual, from_open=False
        )


def _told(
    as_of: int,
    currencies: list[str],
    name: str,
    expected: Floats,
    draws: Floats,
    actual: Floats,
    *,
    from_open: bool,
) -> Iterator[pd.DataFrame]:
    """Rows of every grain; expected, actual: (currencies, h) cents, draws: (d, currencies, h)."""
    h = expected.shape[1]
    grains = {"day": (1, h), "week": (7, h)}
    if not from_open:
        grains |= {name: (7 * n, 7 * n) for name, n in TOTALS.items() if 7 * n <= h}
    for grain, (size, until) in grains.items():
        shape = (len(currencies), -1, size)
        expected_weeks, came = (
            x[:, :until].reshape(shape).sum(axis=2).ravel() for x in (expected, actual)
        )
        drawn_ = draws[..., :until].reshape(len(draws), *shape).sum(axis=3)
        drawn_ = drawn_.reshape(len(draws), -1)
        quantiles = np.quantile(drawn_, LEVELS, axis=0, method="inverted_cdf")
        n = len(expected_weeks) // max(len(currencies), 1)
        columns: dict[str, Any] = {
            "landmark": as_of,
            "grain": grain,
            "starts_on": np.tile(as_of + size * np.arange(n), len(currencies)),
            "currency": np.repeat(currencies, n),
            "model": name,
            "expected": np.rint(expected_weeks).astype(np.int64),
        }
        for level, values in zip(LEVELS, quantiles, strict=True):
            columns[quantile_name(level)] = np.rint(values).astype(np.int64)
        columns["actual"] = np.rint(came).astype(np.int64)
        columns["from_open"] = from_open
        columns["crps"] = crps(drawn_, came)
        yield pd.DataFrame(columns)
