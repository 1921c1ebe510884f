"""The truth of payment: the exact chance of every invoice to be paid by each day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Floats, Ints
from payrisk.predictions import CurveMeaning, PaymentCurves
from payrisk.simulate.behaviour import causes
from payrisk.simulate.behaviour.stress import (
    CURE,
    CURE_AFTER,
    CURE_SPAN,
    KIND_SHARES,
    TransitionRates,
    chance_still_paying,
)
from payrisk.simulate.world.months import RunDays
from payrisk.simulate.world.world import RUNS

Knowing = Literal["parameters", "shocks"]

_BLOCK = 1000  # rows evaluated at once: some ten megabytes


def true_curves(
    truth: pd.DataFrame,
    customers_truth: pd.DataFrame,
    *,
    knowing: Knowing = "parameters",
    reading: CurveMeaning = "settled",
    days_beyond_due: int = 120,
) -> PaymentCurves:
    """The exact payment curves of these rows of a simulation's truth, from their issue day on.

    The curve of an invoice is what one who knows every true parameter would say on its issue day:
    the customer's habits and rates and its state (healthy or stressed) in the month of issue, for
    a bust-out also its plan. knowing: 'parameters' integrates over the common, customer and date
    shocks; 'shocks' also knows these. reading: 'settled' = the last cash has come, so that the
    invoice counts as settled by cash; 'money' = expected share of the amount that came in cash.
    Selling an invoice and recoveries after a write-off are left out: the curve is the customer's.

    `probability_never` is the chance that by the horizon it is certain that no (more) cash comes:
    the causes without cash, and stops without a cure.
    """
    parts = list(_blocks(truth, customers_truth, knowing, reading, days_beyond_due))
    lengths = (truth["due_on"] - truth["issued_on"]).to_numpy(dtype=np.int64) + days_beyond_due + 1
    width = int(lengths.max()) if len(truth) else 1
    matrix = np.empty((len(truth), width))
    never = np.zeros(len(truth))
    filled = 0
    for curve, lost in parts:
        rows = slice(filled, filled + len(curve))
        matrix[rows, : curve.shape[1]] = curve
        matrix[rows, curve.shape[1] :] = curve[:, -1:]
        last_column = lengths[rows] - 1
        never[rows] = lost[np.arange(len(curve)), last_column]
        filled += len(curve)
    beyond = np.arange(width) >= lengths[:, None]
    last = matrix[np.arange(len(truth)), lengths - 1]
    matrix = np.where(beyond, last[:, None], matrix)
    never = np.clip(never, 0.0, 1.0 - last)
    return PaymentCurves(truth["issued_on"].to_numpy(dtype=np.int64), matrix, lengths, never)


def _blocks(
    truth: pd.DataFrame,
    customers_truth: pd.DataFrame,
    knowing: Knowing,
    reading: CurveMeaning,
    days_beyond_due: int,
) -> Iterator[tuple[Floats, Floats]]:
    if not len(truth):
        return
    place = pd.Index(customers_truth["customer_id"]).get_indexer(truth["customer_id"])
    countries, country = np.unique(customers_truth["country"].astype(str), return_inverse=True)
    run = pd.Index(RUNS).get_indexer(customers_truth["payment_run"])
    first, last = int(truth["issued_on"].min()), int(truth["due_on"].max())
    runs = RunDays.of(tuple(countries), first - 40, last + days_beyond_due + 40)
    for begin in range(0, len(truth), _BLOCK):
        rows = truth.iloc[begin : begin + _BLOCK]
        who = place[begin : begin + _BLOCK]
        law = _Law(rows, customers_truth.iloc[who], country[who], run[who], runs)
        width = int(law.wait.max()) + days_beyond_due + 1
        yield law.curve(width, knowing, reading)


class _Law:
    """The law of payment of some rows."""

    def __init__(
        self, rows: pd.DataFrame, who: pd.DataFrame, country: Ints, run: Ints, runs: RunDays
    ) -> None:
        def own(name: str) -> Any:
            return rows[name].to_numpy()

        def theirs(name: str) -> Any:
            return who[name].to_numpy()

        self.issued_on, self.due_on = own("issued_on"), own("due_on")
        self.location = own("location")
        self.spread = own("spread")
        self.window = own("discount_days")
        self.first_share, self.withholding = own("first_share"), own("withholding_rate")
        self.discount_rate, self.amount = own("discount_rate"), own("amount")
        self.shock, self.own, self.state = own("shock"), own("own_variance"), own("is_stressed")
        self.probability = rows[[f"probability_{name}" for name in causes.NAMES]].to_numpy()
        self.off_run = theirs("off_run_share")
        self.country, self.run, self.runs = country, run, runs
        years = own("years_of_drift")
        self.rates = TransitionRates(
            theirs("onset_rate") * np.exp(theirs("default_drift") * years),
            theirs("relief_rate"),
            theirs("stop_rate_healthy"),
            theirs("stop_rate_stressed"),
            theirs("default_drift"),
            np.where(theirs("is_bust_out"), theirs("stops_on"), 2**31 - 1),
        )
        self.is_planned = theirs("is_bust_out").astype(bool)

    @property
    def wait(self) -> Days:
        """(n,) days from issue to due."""
        return np.asarray(self.due_on - self.issued_on)

    def curve(self, width: int, knowing: Knowing, reading: CurveMeaning) -> tuple[Floats, Floats]:
        """(n, width) chance paid by issue + column, and chance that it is then lost for good."""
        shock = self.shock if knowing == "shocks" else np.zeros(len(self.shock))
        own_variance = self.own if knowing == "shocks" else np.ones(len(self.own))
        days = self.issued_on[:, None] + np.arange(width)
        country = self.country[:, None]
        business = self.runs.last(country, 0, days)
        by_run = self.runs.last(country, self.run[:, None], days)
        before = self.runs.next(country, 0, days + 1) - 1
        weight = self._cash_weights(reading)
        planned = np.repeat((self.probability * weight)[:, [causes.PREPAID]], width, axis=1)

        def by(law: causes.Delay, how: str) -> Floats:
            if how == "before":
                return law.ready_by(before, shock, own_variance)
            at_once = law.ready_by(business, shock, own_variance)
            if how == "business":
                return at_once
            off = self.off_run[:, None]
            return np.asarray(
                (1 - off) * law.ready_by(by_run, shock, own_variance) + off * at_once
            )

        for number, cause in enumerate(causes.CAUSES):
            if cause.paid in ("advance", "never"):
                continue
            rows = np.full(len(self.shock), number)
            law = causes.delay_law(
                rows, self.issued_on, self.due_on, self.location, self.spread, self.window
            )
            mass = by(law, cause.paid)
            if number == causes.PARTS and reading == "money":
                first = causes.first_part_delay(
                    self.issued_on, self.due_on, self.location, self.spread
                )
                share = self.first_share[:, None]
                mass = share * np.maximum(by(first, "run"), mass) + (1 - share) * mass
            planned += (self.probability[:, number] * weight[:, number])[:, None] * mass
        return self._with_stops(planned, days, business, weight)

    def _cash_weights(self, reading: CurveMeaning) -> Floats:
        """(n, causes) what counts as paid: ending settled by cash, or the share in cash."""
        shape = self.probability.shape
        if reading == "settled":
            settles = np.zeros(shape) + (causes.CASH_SHARE > 0)
            settles[:, causes.SHORT_PAY] = 1.0 - causes.chance_left_open(self.amount)
            return settles
        held = np.where(causes.CASH_SHARE > 0, self.withholding[:, None], 0.0)
        discount = np.zeros(shape)
        discount[:, causes.DISCOUNT] = np.where(self.window > 0, self.discount_rate, 0.0)
        return np.asarray(causes.CASH_SHARE - held - discount)

    def _with_stops(
        self, planned: Floats, days: Days, business: Days, weight: Floats
    ) -> tuple[Floats, Floats]:
        """The planned curve as it is when the customer may stop paying, and be cured or not."""
        width = planned.shape[1]
        paying = chance_still_paying(self.rates, self.state, self.issued_on, days)
        curve = np.cumsum(np.diff(planned, axis=1, prepend=0.0) * paying, axis=1)
        stops = np.diff(paying, axis=1, prepend=1.0) * -1.0  # (n, days) chance to stop that day
        missed = np.diff(planned, axis=1, prepend=0.0)
        paid_before = planned - missed  # by the eve of each day
        p_cure = np.where(self.is_planned, 0.0, KIND_SHARES[CURE])[:, None]
        column = np.clip(business - self.issued_on[:, None], -1, width - 1)
        curve = curve + p_cure * (
            planned * _cured_by(stops, column) - _cured_by(stops * paid_before, column)
        )
        total = (self.probability * weight).sum(axis=1, keepdims=True)
        lost = np.cumsum(stops * (total - paid_before), axis=1) * (1 - p_cure)
        return np.clip(curve, 0.0, 1.0), np.asarray(1.0 - total + lost)


def _cured_by(stops: Floats, column: Ints) -> Floats:
    """(n, days) Σ over stop days t of stops[t] · P(t + cure delay ≤ column), the delay uniform."""
    twice = np.cumsum(np.cumsum(stops, axis=1), axis=1)

    def at(shift: int) -> Floats:
        place = column - shift
        return np.where(place >= 0, np.take_along_axis(twice, np.maximum(place, 0), axis=1), 0.0)

    return np.asarray((at(CURE_AFTER) - at(CURE_AFTER + CURE_SPAN)) / CURE_SPAN)
