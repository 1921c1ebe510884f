"""The truth is found: what is learned agrees with the simulator's true curves, mistakes do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import NEVER, day_of
from payrisk.learning.days_to_pay import fit_hazard, person_period
from payrisk.learning.days_to_pay.person_period import PersonPeriod
from payrisk.learning.days_to_pay.sampling import Sampling
from payrisk.ledger import History, Ledger
from payrisk.ledger.books.settling import BY_CASH, BY_LOSS, BY_NOTHING, WITHOUT_CASH
from payrisk.predictions import CurveMeaning
from payrisk.scoring import CurveModel
from payrisk.scoring.days_to_pay.curve import stack_curves
from payrisk.simulate import World, simulate, true_curves
from payrisk.simulate.behaviour import causes, paying
from support.full import at_size

pytestmark = pytest.mark.long

CALM = World(shock_common=0.0, shock_customer=0.0, shock_date=0.0)
"""No shock is shared, so that thousands of invoices tell their mean chance well."""
MIDYEAR = day_of("2025-06-30")  # neither August nor December, in which all pay later
ASKED = ["customer_id", "issued_on", "due_on", "amount", "currency"]
READINGS: tuple[CurveMeaning, ...] = ("settled", "money")
UPTO = np.array([5, 14, 20, 30, 35, 40, 50, 60, 90, 120])
"""Days from issue at which chances are compared."""
WITHIN, FAILS = 0.025, 0.04
"""How far the mean chance may be from the truth, and how far each mistake must take it."""


@dataclass(frozen=True, eq=False)
class Company:
    """A simulated company as known on the morning after its last fact, and its truth.

    billed: the truth of a third of the invoices issued since the books began, a day in three.
    true: reading → (n, h) its true curves of those not prepaid, for whom nothing is waited for.
    """

    history: History
    billed: pd.DataFrame
    true: dict[CurveMeaning, np.ndarray]

    @classmethod
    def of(cls, customers: int, months: int, seed: int, world: World) -> Company:
        made = simulate(customers, months, seed, MIDYEAR, world)
        ledger = Ledger.from_tables(made.tables)[0]
        truth = made.truth[made.truth["in_ledger"]].sort_values(["issued_on", "invoice_id"])
        since = truth["issued_on"] - ledger.first_day
        billed = truth[(since >= 0) & (since % 3 == 0)].reset_index(drop=True)
        who = made.customers_truth
        waits = 1.0 - billed[["probability_prepaid"]].to_numpy()
        true = {}
        for reading in READINGS:
            paid = true_curves(billed, who, reading=reading).matrix
            true[reading] = (paid - paid[:, :1]) / waits  # only a prepayment comes by the issue
        return cls(ledger.as_of(ledger.default_as_of), billed, true)

    def true_mean(self, reading: CurveMeaning) -> np.ndarray:
        """(h,) mean chance by days from issue, of those not prepaid."""
        waits = 1.0 - self.billed["probability_prepaid"].to_numpy()
        return np.asarray(np.average(self.true[reading], axis=0, weights=waits))


@pytest.fixture(scope="module")
def credited() -> Company:
    """A company that credits, offsets and is paid in parts five times as often as usual."""
    own = paying.cause_probabilities

    def more_often(who: Any) -> Any:
        chance = own(who)
        chance[:, [causes.OFFSET, causes.CREDITED, causes.PARTS]] *= 5.0
        return chance / chance.sum(axis=1, keepdims=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paying, "cause_probabilities", more_often)
        return Company.of(700, 7, 8, replace(CALM, warm_up_months=0, coverage_lag_months=0))


@pytest.fixture(scope="module")
def taken_over() -> Company:
    """A company whose books began four months ago, with a quarter of its invoices taken over."""
    return Company.of(800, 4, 8, CALM)


# -- mistakes to plant ------------------------------------------------------------------------


def filtered(
    patch: pytest.MonkeyPatch, keep: Callable[[History, PersonPeriod], np.ndarray]
) -> None:
    """Let only some of the rows be learned from."""
    own = person_period.person_period

    def some(history: History, *given: Any, **named: Any) -> PersonPeriod:
        rows = own(history, *given, **named)
        kept = keep(history, rows)
        columns = {name: column[kept] for name, column in vars(rows).items() if name != "moments"}
        return replace(rows, **columns)

    for module in (person_period, fit_hazard):
        patch.setattr(module, "person_period", some)


@dataclass(frozen=True, eq=False)
class Lying:
    """A history that tells another position of its invoices."""

    history: History
    position: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.history, name)


def credits_are_payments(patch: pytest.MonkeyPatch) -> None:
    own = person_period.person_period

    def lied_to(history: History, *given: Any, **named: Any) -> PersonPeriod:
        stand = history.position
        closed = np.where(stand.closed_by == BY_NOTHING, BY_NOTHING, BY_CASH)
        states = replace(stand.states, cash=stand.states.reduction)
        lie = Lying(history, replace(stand, closed_by=closed, states=states))
        return own(lie, *given, **named)  # type: ignore[arg-type]

    for module in (person_period, fit_hazard):
        patch.setattr(module, "person_period", lied_to)


def credits_are_censoring(patch: pytest.MonkeyPatch) -> None:
    def keep(history: History, rows: PersonPeriod) -> np.ndarray:
        stand = history.position
        without = np.isin(stand.closed_by, [WITHOUT_CASH, BY_LOSS])
        ends = np.where(without, stand.settled_on, NEVER)
        return rows.day < ends[rows.moments.invoice[rows.row]]

    filtered(patch, keep)


def at_risk_since_issue(patch: pytest.MonkeyPatch) -> None:
    own = person_period._rows

    def rows(history: History, moments: Any, first: Any, *others: Any) -> PersonPeriod:
        return own(history, moments, moments.as_of, *others)

    patch.setattr(person_period, "_rows", rows)


def open_ones_are_dropped(patch: pytest.MonkeyPatch) -> None:
    def keep(history: History, rows: PersonPeriod) -> np.ndarray:
        return (history.position.settled_on < NEVER)[rows.moments.invoice[rows.row]]

    filtered(patch, keep)


MISTAKES = {
    credits_are_payments: "credited",
    credits_are_censoring: "credited",
    at_risk_since_issue: "taken_over",
    open_ones_are_dropped: "taken_over",
}


# -- what the rows say ------------------------------------------------------------------------


def bias_of_rows(company: Company, reading: CurveMeaning) -> float:
    """Largest error of the mean chance that the rows of invoices at issue tell by themselves."""
    every_day = Sampling(issues=10**6, snapshots=0, unpaid_rate=1.0)
    rows = person_period.person_period(company.history, sampling=every_day)
    since = rows.day - rows.moments.issued_on[rows.row]
    n = int(UPTO[-1]) + 1
    near = since < n
    weight = rows.weight(reading)
    arrived = np.bincount(since[near], (weight * rows.paid)[near], n)
    out = np.bincount(since[near], weight[near], n)
    paid = 1.0 - np.cumprod(1.0 - arrived / out)
    return float(np.abs(paid - company.true_mean(reading)[:n])[UPTO].max())


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("company", ["credited", "taken_over"])
def test_the_rows_to_learn_from_tell_the_truth(company, reading, request):
    assert bias_of_rows(request.getfixturevalue(company), reading) < WITHIN


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_in_the_rows_shows(mistake, reading, request, monkeypatch):
    company = request.getfixturevalue(MISTAKES[mistake])
    mistake(monkeypatch)
    assert bias_of_rows(company, reading) > FAILS


# -- what the model says ----------------------------------------------------------------------

PLAIN = (
    "invoice__terms__days__now",
    "customer__days_late__shrunk__all",
    "customer__settled__n__all",
)
"""Enough to read of a moment where means are compared, and quick to learn from."""
AFTER_DUE = np.array([-5, 0, 3, 7, 14, 30, 60, 120])
"""Days after the due date at which chances are compared."""
MODEL_WITHIN, MODEL_FAILS = 0.045, 0.06


def learned(company: Company) -> CurveModel:
    """Trees alone, of every day of a sample of the moments."""
    return fit_hazard.fit_daily_hazard(
        company.history,
        seeds=1,
        inputs=fit_hazard.EVERY._replace(moment=PLAIN),
        weight=1.0,
        rounds=50,
        learning_rate=0.2,
        sampling=Sampling(issues=3_000, snapshots=600, unpaid_rate=1.0),
    )


honestly_learned = cache(learned)


def bias_of_model(company: Company, model: CurveModel, reading: CurveMeaning) -> float:
    """Largest error of the mean chance that a model says of the last month's invoices at issue."""
    rows, ledger = company.billed, company.history.ledger
    chosen = np.flatnonzero(rows["issued_on"].isin(np.unique(rows["issued_on"])[-12:]))
    parts = [
        model.curves(ledger.as_of(int(day)), today[ASKED], reading)
        for day, today in rows.iloc[chosen].groupby("issued_on")
    ]
    wait = (rows["due_on"] - rows["issued_on"]).to_numpy()[chosen]
    column = np.maximum(wait[:, None] + AFTER_DUE, 0)
    said = np.take_along_axis(stack_curves(parts).matrix, column, axis=1)
    true = np.take_along_axis(company.true[reading][chosen], column, axis=1)
    return float(np.abs((said - true).mean(axis=0)).max())


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("company", ["credited", "taken_over"])
def test_the_model_tells_the_truth(company, reading, request):
    company = request.getfixturevalue(company)
    assert bias_of_model(company, honestly_learned(company), reading) < MODEL_WITHIN


@at_size  # those that the rows themselves show are tried above
@pytest.mark.parametrize("mistake", [m for m in MISTAKES if m is not at_risk_since_issue])
def test_a_planted_mistake_shows_in_the_model(mistake, request, monkeypatch):
    company = request.getfixturevalue(MISTAKES[mistake])
    mistake(monkeypatch)
    assert bias_of_model(company, learned(company), "settled") > MODEL_FAILS
