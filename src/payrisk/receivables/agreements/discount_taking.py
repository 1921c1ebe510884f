"""How likely a customer takes a discount for paying early, and on which day it pays then.

The idea: of the invoices that were offered one and whose days are over, each customer took a
share; few of its own are filled up with the usual share, by as much as customers differ. Who takes
it pays within its days, mostly at their end; who does not pays later, as the model says for later
days. So a curve gets a spike before the discount day and keeps its own shape behind it.
Example: usually half take it, and a customer counts as if it had four usual ones: of one that took
none of four a quarter is expected, of one that was never offered any a half.
Biased where an offer dearer or cheaper than past ones is made: its rate is no input.

Source: a beta law of the customers' shares, its width by moments (Kleinman 1973).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Floats, Ints, Probabilities, Texts
from payrisk.calendar import NEVER
from payrisk.ledger import Books
from payrisk.ledger.books.settling import BY_CASH
from payrisk.predictions import PaymentCurves
from payrisk.receivables.agreements.promise_keeping import (
    UNBOOKED_DAYS,
    shares_to_come,
    unbooked_shares,
)
from payrisk.receivables.booking_lag import FOR_LEARNING, booking_lag

STATED_TAKEN = 0.5
"""Of what is offered a discount half take it before any past offer is over: our own assumption."""
STATED_COUNTS, STATED_OFFERS = 4.0, 4.0
"""Usual offers by which a customer's own are filled up where no past tells how far customers
differ, and how many offers the stated share counts for."""
LEAST_COUNTS, MOST_COUNTS = 0.5, 100.0
SOONEST = -14
"""The earliest day before the last of a discount that is told apart; further ones count there."""
AROUND_COUNTS = 10.0


def _stated_days() -> Probabilities:
    before = 0.5 ** np.arange(1, -SOONEST + 2)[::-1]
    return np.asarray(before / before.sum())


@dataclass(frozen=True)
class DiscountTaking:
    """What offers that are over tell of those that are not.

    n, n_taken: offers it learnt from, and those taken. usual: the share of a customer not known;
    counts: of how many usual offers it counts as if it had them. own: by customer_id, `taken` and
    `n`. around: (15,) chances that who takes it pays SOONEST … 0 days from its last day. unbooked:
    as of `PromiseKeeping`.
    """

    n: int = 0
    n_taken: int = 0
    usual: float = STATED_TAKEN
    counts: float = STATED_COUNTS
    own: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"taken": [], "n": []}))
    around: Probabilities = field(default_factory=_stated_days)
    unbooked: Probabilities = field(default_factory=lambda: np.eye(1, UNBOOKED_DAYS)[0])

    @classmethod
    def of(cls, books: Books) -> DiscountTaking:
        """Learnt from the offers of the books that are over and whose cash is booked.

        Left out are invoices that were sold or closed without cash.
        """
        p, invoices = books.position, books.facts.arrays.invoices
        credits, morning = books.known_rows("credits"), books.close_of + 1
        lag = booking_lag(credits, morning, FOR_LEARNING)
        unbooked = unbooked_shares(credits, morning)
        last = invoices.discount_until
        rows = p.is_issued & (invoices.discount > 0) & (last > -NEVER) & (p.sold_on == NEVER)
        rows &= (last + lag <= books.close_of) & (
            (p.settled_on == NEVER) | (p.closed_by == BY_CASH)
        )
        rows &= last >= invoices.issued_on
        row = np.flatnonzero(rows)
        if not len(row):
            return cls(unbooked=unbooked)
        taken = p.settled_on[row] <= last[row]
        frame = pd.DataFrame({"customer": books.payers.array.take(row), "taken": taken, "n": 1})
        own = frame.groupby("customer", sort=True).sum().astype("float64")
        usual, counts = _beta(own["taken"].to_numpy(), own["n"].to_numpy())
        away = np.clip(p.settled_on[row][taken] - last[row][taken], SOONEST, 0)
        days = np.bincount(away - SOONEST, minlength=1 - SOONEST) + AROUND_COUNTS * _stated_days()
        own.index = own.index.astype(object)
        n_taken = int(taken.sum())
        return cls(len(row), n_taken, usual, counts, own, days / days.sum(), unbooked)

    @property
    def sentence(self) -> str:
        """What the chances stand on."""
        if not self.n:
            return f"no offer is over yet: {STATED_TAKEN:.0%} are assumed to take it"
        return (
            f"each customer as it took past offers, of which {self.n:,} are over and"
            f" {self.n_taken / self.n:.0%} were taken"
        )

    def probability(self, customers: Texts | pd.Series) -> Probabilities:
        """(n,) chance that each customer takes a discount it is offered."""
        own = self.own.reindex(pd.Series(customers, dtype=object)).fillna(0.0)
        taken, n = own["taken"].to_numpy(np.float64), own["n"].to_numpy(np.float64)
        return np.asarray((taken + self.counts * self.usual) / (n + self.counts))

    def still_taken(
        self, customers: Texts | pd.Series, issued_on: Ints, last_on: Ints, as_of: int
    ) -> Probabilities:
        """(n,) chance that each discount is taken, given that no cash of its invoice is known.

        last_on: the last day on which it may be taken. Who takes it pays by then, so each day of
        waiting speaks against it.
        """
        chance = self.probability(customers)
        waiting = chance * self._days(issued_on, last_on, as_of).sum(axis=1)
        return np.asarray(waiting / np.maximum(waiting + 1.0 - chance, 1e-12))

    def with_discounts(
        self,
        curves: PaymentCurves,
        customers: Texts | pd.Series,
        issued_on: Ints,
        last_on: Ints,
    ) -> PaymentCurves:
        """The curves with a spike where a discount may still be taken, each row as above.

        last_on: NEVER where none is offered; such a curve, and one whose discount is over, stays
        as it is to the bit. A curve never falls, and never is shared like what comes later.
        """
        matrix, never = curves.matrix.copy(), curves.never.copy()
        as_of = curves.as_of
        for morning in np.unique(as_of):
            is_offered: Flags = (as_of == morning) & (last_on < NEVER) & (last_on >= morning)
            rows = np.flatnonzero(is_offered)
            if not len(rows):
                continue
            who, issued = pd.Series(customers, dtype=object).iloc[rows], issued_on[rows]
            last, day = last_on[rows], int(morning)
            chance = self.still_taken(who, issued, last, day)
            column = np.minimum(last - day, matrix.shape[1] - 1)
            spike = np.zeros((len(rows), matrix.shape[1]))
            days = self._days(issued, last, day)
            place = np.clip(last[:, None] + SOONEST + np.arange(days.shape[1]) - day, 0, None)
            place = np.minimum(place, column[:, None])
            np.add.at(spike, (np.arange(len(rows))[:, None], place), days)
            whole = spike.sum(axis=1, keepdims=True)
            spike[whole[:, 0] == 0, 0] = 1.0
            taken = np.cumsum(spike / np.where(whole > 0, whole, 1.0), axis=1)
            before = matrix[rows, column][:, None]
            left = np.maximum(1.0 - before, 1e-12)
            later = np.maximum(matrix[rows] - before, 0.0) / left
            later[np.arange(matrix.shape[1]) <= column[:, None]] = 0.0
            matrix[rows] = np.clip(
                chance[:, None] * taken + (1.0 - chance[:, None]) * later, 0.0, 1.0
            )
            never[rows] = (1.0 - chance) * np.minimum(never[rows] / left[:, 0], 1.0)
        return PaymentCurves(as_of, matrix, curves.lengths, never)

    def _days(self, issued_on: Ints, last_on: Ints, as_of: int) -> Floats:
        """(n, 15) chances of each day up to the last, of those who take it and are not seen to."""
        return shares_to_come(self.around, SOONEST, last_on, issued_on, as_of, self.unbooked)


def _beta(taken: Floats, n: Floats) -> tuple[float, float]:
    """The usual share and the offers that it counts for, of customers' offers taken.

    Each customer weighs n ÷ (1 + (n − 1)ρ), ρ = 1 ÷ (counts + 1): its share is the surer the more
    offers, and no surer than customers differ.
    """
    share, counts, usual = taken / n, STATED_COUNTS, STATED_TAKEN
    for _ in range(20):
        weight = n / (1.0 + (n - 1.0) / (counts + 1.0))
        usual = float((weight * share).sum() + STATED_OFFERS * STATED_TAKEN)
        usual /= float(weight.sum() + STATED_OFFERS)
        several = n > 1
        if several.sum() < 3:
            break
        # the spread of shares beyond that of drawing n alone, which is that of customers
        w, s, m = weight[several], share[several], n[several]
        spread = float((w * (s - usual) ** 2).sum() / w.sum())
        drawn = float((w * usual * (1 - usual) / m).sum() / w.sum())
        of_one = max(usual * (1 - usual), 1e-9)
        alike = float((w * (1.0 - 1.0 / m)).sum() / w.sum())
        rho = np.clip((spread - drawn) / (of_one * alike), 1e-6, 1 - 1e-6)
        counts = float(np.clip(1.0 / rho - 1.0, LEAST_COUNTS, MOST_COUNTS))
    return usual, counts
