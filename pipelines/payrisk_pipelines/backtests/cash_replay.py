"""Replay past weekly landmarks: what would have been forecast then, and what cash then came."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints, Texts
from payrisk.cash.forecasting.preparing import ForecastRows
from payrisk.cash.forecasting.totals import periods
from payrisk.cash.intervals.dependence import (
    GRID,
    LEAST_TOTALS,
    best_dependence,
    crps_and_coverage_miss,
)
from payrisk.cash.intervals.landmarks import OPEN, UNBILLED, PastWeeks, past_weeks
from payrisk.cash.layers.unbilled import UnbilledCash
from payrisk.learning.days_to_pay.daily_cash import Cash
from payrisk.learning.days_to_pay.fit_ecdf import YOUNG_BELOW
from payrisk.learning.measuring.splits import LEAST_TRAIN_DAYS, last_activity
from payrisk.ledger import History, Ledger
from payrisk.predictions import Dependence
from payrisk.receivables.booking_lag import FOR_REPLAY, booking_lag
from payrisk.receivables.days_late import SettlementHistory
from payrisk.scoring import CurveModel
from payrisk_pipelines.backtests.past_bands import plain_band_at, unbilled_at

WEEKS = 13
"""Weeks ahead that are told of each landmark, as far as they are closed."""
MOST_LANDMARKS = 34
"""Weekly landmarks replayed: 21 of them have closed their thirteenth week."""
ORIGIN_EVERY = 9
"""Landmarks that one model answers before the next is trained."""
MOST_ROWS = 150_000
"""Open invoices scored over all landmarks; a larger ledger is replayed over fewer of them."""
N_DRAWS = 300
MOST_CELLS = 30_000_000
"""Invoices × draws of all landmarks for each dependence tried; larger ledgers are drawn less."""


@dataclass(frozen=True)
class Arrivals:
    """Every cent that came on each invoice by the day it came, as known one morning.

    known: the morning before which what came is (nearly) all recorded; lag: days until it is.
    """

    cash: Cash
    keys: pd.MultiIndex
    currency: Texts
    known_before: int
    lag: int

    @classmethod
    def of_history(cls, history: History) -> Arrivals:
        """As known to a history."""
        table = history.ledger.tables["invoices"]
        keys = pd.MultiIndex.from_frame(table[["invoice_id", "instalment"]])
        currency = table["currency"].to_numpy(dtype=object)
        lag = booking_lag(history.known_rows("credits"), history.as_of, FOR_REPLAY)
        return cls(Cash.known(history), keys, currency, history.as_of - lag, lag)

    def total(self, currencies: Sequence[str], first: int, n_days: int) -> Floats:
        """(currencies, n_days) cents that came on any invoice from day `first` on."""
        place = pd.Index(currencies).get_indexer(self.currency)[self.cash.invoice]
        day = self.cash.day - first
        in_span = (place >= 0) & (day >= 0) & (day < n_days)
        totals = np.zeros((len(currencies), n_days))
        np.add.at(totals, (place[in_span], day[in_span]), self.cash.amount[in_span])
        return totals

    def on(self, invoices: pd.DataFrame, first: int, n_days: int) -> Ints:
        """(n, n_days) cents that came on each of these invoices from day `first` on."""
        rows = self.keys.get_indexer(
            pd.MultiIndex.from_frame(invoices[["invoice_id", "instalment"]])
        )
        place = np.full(len(self.keys), -1)
        place[rows] = np.arange(len(rows))
        row, day = place[self.cash.invoice], self.cash.day - first
        in_span = (row >= 0) & (day >= 0) & (day < n_days)
        cents = np.zeros((len(rows), n_days), dtype=np.int64)
        np.add.at(cents, (row[in_span], day[in_span]), self.cash.amount[in_span])
        return cents


@dataclass(frozen=True)
class FittedPastWeeks:
    """What a first forecast needs of the past: the dependence fitted and the closed weeks."""

    dependence: Dependence = field(default_factory=Dependence)
    weeks: PastWeeks = field(default_factory=PastWeeks)
    n_totals: int = 0

    def papers(self) -> dict[str, Any]:
        """The files of a bundle that say so, as plain values."""
        shares = {name: float(share) for name, share in asdict(self.dependence).items()}
        return {
            "dependence.json": shares | {"fitted_on_totals": self.n_totals},
            "landmarks.json": self.weeks.to_json(),
        }


def replay_weeks(
    ledger: Ledger,
    history: History,
    fit: Callable[[History], CurveModel],
    *,
    seed: int = 0,
    weeks: int = WEEKS,
) -> FittedPastWeeks:
    """Replay the weekly landmarks before history.as_of, each with the model of an earlier origin.

    fit: the recipe, cheap. Nothing is judged by facts that history does not know. A ledger too
    young for a model gives no landmark and the usual dependence.
    """
    mornings = landmark_mornings(history)
    arrivals = Arrivals.of_history(history)
    weeks_replayed: list[ReplayedWeek] = []
    model: CurveModel | None = None
    shares: Mapping[str, float] | None = None
    for number, morning in enumerate(mornings):
        then = ledger.as_of(morning)
        if model is None or number % ORIGIN_EVERY == 0:
            if SettlementHistory.of(then).n_paid < YOUNG_BELOW:
                continue
            model, shares = fit(then), None
        week = ReplayedWeek.at(then, model, arrivals, weeks, shares=shares, plain=True)
        if week.layer is not None:
            shares = week.layer.shares
        weeks_replayed.append(week)
    return past_weeks_of(weeks_replayed, seed)


def landmark_mornings(history: History) -> list[int]:
    """Weekly mornings before history.as_of, oldest first, so many as stay cheap."""
    end = last_activity(history)
    rows = history.invoices()
    # A model needs to have seen payments for a while, not only invoices.
    first = max(int(rows["recorded_on"].min()), int(rows["paid_on"].min())) + LEAST_TRAIN_DAYS
    most = min(MOST_LANDMARKS, max(8, MOST_ROWS // max(1, len(history.open_invoices()))))
    return [day for day in range(end - 7 * most, end - 6, 7) if day >= first]


@dataclass(frozen=True)
class ReplayedWeek:
    """One morning's invoices ready to be drawn, and what came of them: (currencies, weeks)."""

    ready: ForecastRows
    currencies: tuple[str, ...]
    expected: Floats
    actual: Floats
    open: Floats
    layer: UnbilledCash | None
    layer_actual: Floats

    @classmethod
    def at(
        cls,
        then: History,
        model: CurveModel,
        arrivals: Arrivals,
        weeks: int,
        *,
        with_layer: bool = True,
        shares: Mapping[str, float] | None = None,
        dependence: Dependence | None = None,
        plain: bool = False,
    ) -> ReplayedWeek:
        """Score a morning's open invoices; weeks not closed when arrivals were known are NaN.

        with_layer: whether what is not yet issued is forecast, too; shares, dependence: see
        `unbilled_at`; plain: whether by the band that bundles keep the misses of.
        """
        invoices = then.open_invoices()
        curves = model.curves(then, invoices, "money")
        ready = ForecastRows.of(
            invoices, curves, then.credit_balances(), as_of=then.as_of, horizon_days=7 * weeks
        )
        code, names = pd.factorize(ready.rows["currency"], sort=True)
        rest = ready.rows["expected_from"].to_numpy(np.float64)
        mass = np.diff(ready.paid_by[:, :-1], axis=1, prepend=0.0) * rest[:, None]
        came = arrivals.on(ready.rows, then.as_of, 7 * weeks).astype(np.float64)
        closed = then.as_of + 7 * np.arange(1, weeks + 1) <= arrivals.known_before
        actual = weekly_sums(came, code, len(names))
        layer: UnbilledCash | None = None
        if with_layer and plain:
            layer = plain_band_at(then, weeks, N_DRAWS, shares)
        elif with_layer:
            layer = unbilled_at(then, weeks, N_DRAWS, shares, dependence)
        rest_actual = np.zeros((0, weeks))
        if layer is not None:
            whole = arrivals.total(layer.currencies, then.as_of, 7 * weeks)
            rest_actual = whole.reshape(len(whole), weeks, 7).sum(axis=2)
            for position, name in enumerate(names):
                rest_actual[layer.currencies.index(name)] -= actual[position]
        actual[:, ~closed], rest_actual[:, ~closed] = np.nan, np.nan
        return cls(
            ready,
            tuple(str(name) for name in names),
            weekly_sums(mass, code, len(names)),
            actual,
            np.bincount(code, rest, minlength=len(names)).astype(np.float64),
            layer,
            rest_actual,
        )

    def draws(self, dependence: Dependence, n_draws: int, seed: int) -> Floats:
        """(n_draws, currencies, weeks) weekly totals of the joint draws."""
        landed = self.ready.landing_columns(dependence, n_draws, np.random.default_rng(seed))
        code = pd.factorize(self.ready.rows["currency"], sort=True)[0]
        weeks = self.expected.shape[1]
        period_of = periods(7 * weeks)
        cell, amount = code * (weeks + 2), self.ready.rows["expected_from"].to_numpy(np.float64)
        n = len(self.currencies) * (weeks + 2)
        totals = np.stack(
            [np.bincount(cell + period_of[row], amount, minlength=n) for row in landed]
        )
        shape = (n_draws, len(self.currencies), weeks + 2)
        return np.asarray(totals.reshape(shape)[:, :, :weeks], dtype=np.float64)

    def past_weeks(self, draws: Floats) -> list[PastWeeks]:
        """The closed weeks, with the spread of these draws."""
        parts = [(OPEN, self.currencies, self.expected, draws.std(axis=0), self.actual, self.open)]
        layer = self.layer
        if layer is not None:
            drawn = layer.draws.reshape(*layer.draws.shape[:2], -1, 7).sum(axis=3)
            layer_weeks = layer.expected.reshape(len(layer.expected), -1, 7).sum(axis=2)
            rest = (layer_weeks, drawn.std(axis=0), self.layer_actual, layer.usual)
            parts.append((UNBILLED, layer.currencies, *rest))
        found = []
        for name, currencies, expected, sd, actual, open_ in parts:
            for position, currency in enumerate(currencies):
                n = int(np.isfinite(actual[position]).sum())
                if n:
                    open_week = (
                        expected[position, :n],
                        sd[position, :n],
                        actual[position, :n],
                        float(open_[position]),
                    )
                    found.append(past_weeks(self.ready.as_of, currency, name, *open_week))
        return found


def weekly_sums(by_day: Floats, code: Ints, n: int) -> Floats:
    """(n, weeks) sums over the rows of each code of (rows, 7 × weeks) amounts."""
    whole = np.zeros((n, by_day.shape[1]))
    np.add.at(whole, code, by_day)
    return np.asarray(whole.reshape(n, -1, 7).sum(axis=2))


def past_weeks_of(landmarks: Sequence[ReplayedWeek], seed: int) -> FittedPastWeeks:
    """The dependence that fits the closed weeks of some landmarks, and their spread with it."""
    dependence, n_totals = fit_dependence(landmarks, seed)
    weeks = [
        part
        for number, week in enumerate(landmarks)
        for part in week.past_weeks(week.draws(dependence, N_DRAWS, seed + number))
    ]
    return FittedPastWeeks(dependence, PastWeeks().with_more(weeks), n_totals)


JUDGED_WEEKS = 4
"""Weeks ahead by which the dependence is chosen: later ones miss by their curves, not by it."""


def fit_dependence(landmarks: Sequence[ReplayedWeek], seed: int) -> tuple[Dependence, int]:
    """The dependence chosen on these landmarks' first weeks, and on how many totals."""
    n_totals = sum(int(np.isfinite(week.actual[:, :JUDGED_WEEKS]).sum()) for week in landmarks)
    if n_totals < LEAST_TOTALS:
        return Dependence(), n_totals
    rows = sum(len(week.ready.rows) for week in landmarks)
    n_draws = int(np.clip(MOST_CELLS // max(rows, 1), 60, N_DRAWS))
    scores = []
    for dependence in GRID:
        parts = []
        for number, week in enumerate(landmarks):
            draws = week.draws(dependence, n_draws, seed + number)[:, :, :JUDGED_WEEKS]
            actual = week.actual[:, :JUDGED_WEEKS]
            has_come = np.isfinite(actual)
            open_ = np.broadcast_to(week.open[:, None], actual.shape)
            parts.append((draws[:, has_come], actual[has_come], open_[has_come]))
        drawn, came, open_ = (np.concatenate(p, axis=-1) for p in zip(*parts, strict=True))
        scores.append((dependence, *crps_and_coverage_miss(drawn, came, open_)))
    return best_dependence(scores), n_totals
