"""Potential outcomes: when an invoice's cash comes without an action, and when with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from payrisk.arrays import Flags, Floats, Ints
from payrisk.calendar import NEVER
from payrisk.simulate.reactions.law import ReactionLaw
from payrisk.simulate.world.months import RunDays
from payrisk.simulate.world.world import COUNTRIES, RUNS

PLAN_DAYS = (7, 37)
"""Days after a plan is agreed by which its two halves are paid."""
PLAN_RECOVERED = 0.4
"""Share of an invoice that a customer which stopped paying brings where it keeps a plan."""


@dataclass(frozen=True)
class PaymentsAfterAction:
    """(n,) when cash comes: `first_share` of it on `first_on`, the rest on `paid_on`.

    Days that do not come are NEVER. cash: minor units that come in all, where `paid_on` does.
    """

    first_on: Ints
    first_share: Floats
    paid_on: Ints
    cash: Floats

    def by(self, day: int) -> Floats:
        """(n,) minor units that have come by the end of a day."""
        first = self.first_share * (self.first_on <= day)
        return np.asarray(self.cash * (first + (1.0 - self.first_share) * (self.paid_on <= day)))

    def money_days_gained(self, without: PaymentsAfterAction, since: int, most: int) -> Floats:
        """(n,) minor units × days by which cash is held longer than without, up to a day.

        Divided by 30: the cash held a month earlier. What comes later than `most` days is not yet
        held in either; what would never have come counts from the day it does.
        """
        return np.asarray(self.money_days_held(since, most) - without.money_days_held(since, most))

    def money_days_held(self, since: int, most: int) -> Floats:
        """(n,) minor units × days for which cash is held within so many days of a day."""
        first = most - np.clip(self.first_on - since, 0, most)
        last = most - np.clip(self.paid_on - since, 0, most)
        days = self.first_share * first + (1.0 - self.first_share) * last
        return np.asarray(self.cash * days)


@dataclass(frozen=True)
class Company:
    """What potential outcomes are worked out from: rows of the truth, all of the same length (n).

    truth, reactions: rows of `Simulation.truth` and `reactions_truth`. country, run: places in
    COUNTRIES and RUNS of each row's customer.
    """

    truth: pd.DataFrame
    reactions: pd.DataFrame
    country: Ints
    run: Ints
    runs: RunDays

    @classmethod
    def of(
        cls,
        truth: pd.DataFrame,
        reactions: pd.DataFrame,
        customers_truth: pd.DataFrame,
        *,
        first_day: int,
        last_day: int,
    ) -> Company:
        """The rows of a simulation, with the run days between two days."""
        of_customer = customers_truth.set_index("customer_id")
        mine = of_customer.loc[truth["customer_id"].to_numpy()]
        codes = [country.code for country in COUNTRIES]
        country = pd.Index(codes).get_indexer(mine["country"].astype(object))
        run = pd.Index(RUNS).get_indexer(mine["payment_run"].astype(object))
        runs = RunDays.of(codes, first_day, last_day)
        return cls(truth, reactions, np.asarray(country), np.asarray(run), runs)

    def without(self) -> PaymentsAfterAction:
        """When cash comes if nothing is done: as the truth says."""
        truth = self.truth
        first_on = truth["first_part_on"].to_numpy(np.int64)
        share = np.where(first_on < NEVER, truth["first_share"].to_numpy(np.float64), 0.0)
        return PaymentsAfterAction(
            first_on,
            share,
            truth["paid_on"].to_numpy(np.int64),
            truth["cash_amount"].to_numpy(np.float64),
        )

    def payments_after_action(
        self,
        day: int,
        action: str,
        law: ReactionLaw,
        *,
        tone: str = "friendly",
        n_before: Ints | int = 0,
    ) -> PaymentsAfterAction:
        """When cash comes if the same action is done about every row on one day.

        n_before: actions about the row's customer in the days before. Rows whose cash has come
        before, and those that the action does not move, are as without it; the scores are the
        invoice's own, so what answers a reminder of some law answers a likelier call as well.
        """
        base = self.without()
        cause = self.truth["cause"].astype(object).to_numpy()
        names, code = np.unique(cause.astype(str), return_inverse=True)
        n_before = np.broadcast_to(np.asarray(n_before, dtype=np.int64), cause.shape)
        most = int(n_before.max(initial=0))
        shape = (len(names), most + 1)
        answers, resents = np.empty(shape), np.empty(shape)
        for place, name in enumerate(names):
            for n in range(most + 1):
                answers[place, n] = law.chance_of_answer(action, str(name), tone, n)
                resents[place, n] = law.chance_of_resentment(action, str(name), tone, n)
        is_waiting = self._is_waiting(base, day)
        answered = is_waiting & (self._score("answer", law) < answers[code, n_before])
        resented = is_waiting & ~answered
        resented &= self._score("resent", law) < resents[code, n_before]
        if action == "plan":
            return self._planned(base, day, answered, resented, law)
        wait = 1 + np.floor(law.answer_days * self.reactions["answer_wait"].to_numpy())
        ready = day + np.minimum(wait, 60).astype(np.int64)
        sooner = np.minimum(base.paid_on, self.runs.next(self.country, self.run, ready))
        paid = np.where(answered, sooner, base.paid_on)
        paid = np.where(resented, self._put_off(base.paid_on, law), paid)
        first = np.where(answered, np.minimum(base.first_on, paid), base.first_on)
        first = np.where(base.first_share > 0, first, base.first_on)
        return PaymentsAfterAction(first, base.first_share, paid, base.cash)

    def _planned(
        self,
        base: PaymentsAfterAction,
        day: int,
        answered: Flags,
        resented: Flags,
        law: ReactionLaw,
    ) -> PaymentsAfterAction:
        halves = [self.runs.next(self.country, 0, np.full(len(answered), day + d))
                  for d in PLAN_DAYS]  # fmt: skip
        amount = self.truth["amount"].to_numpy(np.float64)
        is_lost = answered & (base.paid_on == NEVER)
        cash = np.where(is_lost, PLAN_RECOVERED * amount, base.cash)
        helps = answered & (halves[1] < base.paid_on)
        first = np.where(helps, halves[0], base.first_on)
        share = np.where(helps, 0.5, base.first_share)
        paid = np.where(helps, halves[1], base.paid_on)
        paid = np.where(resented, self._put_off(base.paid_on, law), paid)
        return PaymentsAfterAction(first, share, paid, cash)

    def _put_off(self, paid_on: Ints, law: ReactionLaw) -> Ints:
        days = law.resentment_days + np.floor(7 * self.reactions["resent_wait"].to_numpy())
        later = np.minimum(paid_on, NEVER - 100) + days.astype(np.int64)
        return np.where(paid_on < NEVER, self.runs.next(self.country, self.run, later), NEVER)

    def _is_waiting(self, base: PaymentsAfterAction, day: int) -> Flags:
        closed_on = self.truth["closed_on"].to_numpy(np.int64)
        return np.asarray((base.paid_on > day) & (closed_on > day))

    def _score(self, kind: str, law: ReactionLaw) -> Floats:
        own = self.reactions[f"{kind}_own"].to_numpy()
        shared = self.reactions[f"{kind}_shared"].to_numpy()
        return np.asarray(ndtr(np.sqrt(1 - law.shared) * own + np.sqrt(law.shared) * shared))
