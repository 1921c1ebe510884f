"""Expectation-maximisation over the days between two lists: on which of them it was paid.

A payment known to have come between two lists came on some day in between. Given the chance h of
each day that what is unpaid is paid that day, day d of the interval has the weight h(d) times the
product of 1 − h over the days before (the E step); given the weights, h of a cell of days is the
payments expected in it over the invoices expected to be at risk in it (the M step, the
product-limit estimate). Each turn can only raise the likelihood of the intervals (Dempster, Laird
& Rubin 1977; for interval-censored days this is Turnbull 1976, with delayed entry by counting
nobody at risk before it was watched).

An example: two payments between days 1 and 2, one exactly on day 2, no one censored. Even weights
expect one payment on day 1 of three at risk, so h(1) = 1/3, and all that are left on day 2, so
h(2) = 1; that gives weights (1/3, 2/3). Then h(1) = 2/9, the weights are (2/9, 7/9), and so on to
(0, 1): with nothing on day 1 for sure, day 2 explains everything.

When it is biased: where lists always come on one weekday and nothing else tells days apart, the
data cannot choose among them and the start does, which spreads payments evenly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Days, Floats, Ints
from payrisk.ledger.facts.segments import expand_spans

LEAST = 1e-12
_GOLDEN = (5.0**0.5 - 1.0) / 2.0


@dataclass(frozen=True)
class CandidateDays:
    """(k,) every day on which each of n payments may have come: item sorted, days rising.

    start, stop: (n,) where the days of each payment lie.
    """

    item: Ints
    day: Days
    start: Ints
    stop: Ints

    @classmethod
    def between(cls, earliest: Days, latest: Days) -> CandidateDays:
        """All days from the earliest to the latest, both included."""
        item, day = expand_spans(earliest, latest + 1)
        stop = np.cumsum(latest + 1 - earliest)
        return cls(item, day, stop - (latest + 1 - earliest), stop)

    def __len__(self) -> int:
        return len(self.start)

    def chances(self, hazard: Floats) -> Floats:
        """(k,) chance that it is paid on each day, given unpaid before the first of them.

        hazard: (k,) chance of each day that what is unpaid then is paid.
        """
        out = np.zeros(len(hazard))
        widths = self.stop - self.start
        order = np.argsort(-widths, kind="stable")
        start, widths = self.start[order], widths[order]
        still = np.ones(len(start))
        for nth in range(int(widths.max(initial=0))):
            # day by day, for as many as have so many days: no exponential, so the bits hold
            here = start[: np.searchsorted(-widths, -nth)] + nth
            still = still[: len(here)]
            out[here] = still * hazard[here]
            still = still * (1.0 - hazard[here])
        return out

    def weights(self, hazard: Floats) -> Floats:
        """(k,) chance of each day given that it was one of them; even where all chances are 0."""
        chance = self.chances(np.clip(hazard, 0.0, 1.0))
        total = np.bincount(self.item, chance, len(self))[self.item]
        even = 1.0 / (self.stop - self.start)[self.item]
        return np.where(total > 0, chance / np.where(total > 0, total, 1.0), even)

    def even_weights(self) -> Floats:
        """(k,) the same weight for each day of a payment."""
        return np.asarray(1.0 / (self.stop - self.start)[self.item])

    def before(self, weight: Floats) -> Floats:
        """(k,) weight of the payment's days before each of its days."""
        running = np.concatenate([[0.0], np.cumsum(weight)])
        return np.asarray(np.clip(running[:-1] - running[self.start][self.item], 0.0, 1.0))

    def sampled_weights(self, weight: Floats, draws: int = 1) -> Floats:
        """(k,) the weights as so many equal draws of each payment: 0 on the days not drawn.

        weight: 1 in all for a payment. The draws lie evenly over its days; where the first of
        them lies moves on by the golden section from one payment to the next, so that many
        payments together have the weights' shares. Nothing is random.
        """
        offset = (np.arange(1, len(self) + 1) * _GOLDEN) % 1.0
        before = self.before(weight)
        upto = np.append(before[1:], 1.0)
        upto[self.stop[self.stop > self.start] - 1] = 1.0

        def passed(share: Floats) -> Floats:
            place = np.floor(share * draws - offset[self.item]) + 1.0
            return np.where(share >= 1.0, draws, np.clip(place, 0.0, draws))

        return np.asarray((passed(upto) - passed(before)) / draws)

    def log_likelihood(self, hazard: Floats) -> float:
        """Log chance of all intervals, each given unpaid before it."""
        total = np.bincount(self.item, self.chances(hazard), len(self))
        return float(np.log(np.maximum(total, 1e-300)).sum())


@dataclass(frozen=True)
class CertainDayCounts:
    """(cells,) payments and days at risk that are known for sure, interval days left out.

    A prior of so many invoices may be counted in.
    """

    paid: Floats
    at_risk: Floats


def expected_hazard(
    days: CandidateDays, cell: Ints, weight: Floats, sure: CertainDayCounts
) -> Floats:
    """(cells,) the M step: payments expected in each cell over those expected at risk in it."""
    n = len(sure.paid)
    paid = sure.paid + np.bincount(cell, weight, n)
    at_risk = sure.at_risk + np.bincount(cell, 1.0 - days.before(weight), n)
    return np.asarray(np.clip(paid / np.maximum(at_risk, LEAST), 0.0, 1.0))


def fit_hazard_and_weights(
    days: CandidateDays,
    cell: Ints,
    sure: CertainDayCounts,
    rounds: int,
    weight: Floats | None = None,
) -> tuple[Floats, Floats]:
    """So many rounds from even weights, or those given: (cells,) hazard, (k,) weights of days."""
    weight = days.even_weights() if weight is None else weight
    hazard = expected_hazard(days, cell, weight, sure)
    for _ in range(rounds):
        weight = days.weights(hazard[cell])
        hazard = expected_hazard(days, cell, weight, sure)
    return hazard, weight
