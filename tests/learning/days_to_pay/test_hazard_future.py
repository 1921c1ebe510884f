"""What is trained on and what is scored see no future, not even that of a day asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import NEVER
from payrisk.features import (
    DAILY,
    FrozenMoments,
    Matrix,
    Moments,
    build_days_from_frozen,
)
from payrisk.features.computing.batch import MomentBatch
from payrisk.learning.days_to_pay import fit_hazard as learning
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.days_to_pay.fit_hazard import STATIC, training_matrix
from payrisk.learning.days_to_pay.person_period import PersonPeriod
from payrisk.ledger import Ledger
from payrisk.ledger.facts.completing import with_defaults
from payrisk.scoring.days_to_pay import daily_hazard as scoring
from payrisk.scoring.days_to_pay.daily_hazard import DailyHazard
from support.ledgers.messier import messier_tables
from support.oracle.guarding import AHEAD, FUTURES, bills_of, days_to_try

SEED = 15
"""Of a messy ledger in which disputes are told late enough to be missed."""
PLACE = list(DAILY).index("day__holiday__is__now")
"""Whose column the planted covariate takes."""


def disputes_as_of_the_day(patch: pytest.MonkeyPatch) -> None:
    """In training and scoring alike: 1 from the day on which a dispute of the invoice is told."""
    told_of: dict[int, Any] = {}
    own = FrozenMoments.of_batch.__func__

    def frozen(cls: type[FrozenMoments], batch: MomentBatch, moments: Moments) -> FrozenMoments:
        found, known = own(cls, batch, moments), batch.streams
        opened = known.facts.arrays.events["dispute_opened:invoice"]
        told = np.full(len(known.facts.arrays.invoices.amount), NEVER)
        np.minimum.at(told, opened.row, opened.recorded_on)
        on = np.where(moments.invoice < 0, NEVER, told[moments.invoice])
        told_of[id(found)] = found, on  # the first keeps the id its own
        return found

    def days(found: FrozenMoments, row: Any, day: Any, names: Any = None) -> Matrix:
        matrix = build_days_from_frozen(found, row, day, names)
        values = matrix.values.copy()
        values[PLACE] = told_of[id(found)][1][row] < day
        return replace(matrix, values=values)

    patch.setattr(FrozenMoments, "of_batch", classmethod(frozen))
    for module in (learning, scoring):
        patch.setattr(module, "build_days_from_frozen", days)


def reader_of(column: int, width: int) -> str:
    """A booster that reads one column alone: a chance of 2 % below a half, 30 % above."""
    values = np.zeros((4_000, width))
    values[::2, column] = 1.0
    paid = np.arange(4_000) % 100 < np.where(values[:, column] > 0.5, 30, 2)
    quiet = {"objective": "binary", "verbose": -1, "num_threads": 1, "learning_rate": 1.0}
    data = lightgbm.Dataset(values, paid.astype(float))
    return str(lightgbm.train(quiet, data, 1).model_to_string())


def model_of(one: Ledger, t: int) -> DailyHazard:
    """Trees that read the column where the mistake is planted, beside an ECDF."""
    booster = reader_of(len(STATIC) + PLACE, len(STATIC) + len(DAILY))
    return DailyHazard((booster,), STATIC, tuple(DAILY), fit_shrunk_ecdf(one.as_of(t)), 0.9)


def trained_on(one: Ledger, t: int, bills: pd.DataFrame) -> bytes:
    """The training matrix of moments up to the morning t, and days that come later."""
    at_issue = Moments.of(one, bills, np.minimum(bills["issued_on"].to_numpy(), t))
    moments = at_issue.append(Moments.open_invoices(one, [t - 40, t - 1, t]))
    row = np.repeat(np.arange(len(moments)), len(AHEAD))
    day = moments.as_of[row] + np.tile(AHEAD, len(moments))
    nothing = np.zeros(len(row))
    matrix = training_matrix(
        one.as_of(t), PersonPeriod(moments, row, day, nothing > 0, nothing, nothing)
    )
    return np.where(np.isnan(matrix), np.float32(np.nan), matrix).tobytes()


def scored(one: Ledger, t: int, model: DailyHazard) -> bytes:
    """The curves of what is open on the morning t."""
    history = one.as_of(t)
    rows = history.open_invoices().sort_values(["invoice_id", "instalment"])
    curves = model.curves(history, rows)
    return curves.matrix.tobytes() + curves.never.tobytes()


def moved(days: slice, futures: tuple[str, ...]) -> set[str]:
    """Which of the two another future moves."""
    found = set()
    tables = with_defaults(messier_tables(SEED, 40))
    one = Ledger.from_tables(tables)[0]
    for t in days_to_try(tables)[days]:
        bills, model = bills_of(one, t), model_of(one, t)
        told = trained_on(one, t, bills), scored(one, t, model)
        for name in futures:
            other = Ledger.from_tables(FUTURES[name](tables, t, SEED))[0]
            said = trained_on(other, t, bills), scored(other, t, model)
            pairs = zip(("trained on", "scored"), told, said)
            found |= {what for what, a, b in pairs if a != b}
    return found


def test_another_future_moves_neither_training_nor_curves():
    assert moved(slice(2), ("noise", "cut", "grown")) == set()


def test_a_dispute_read_on_the_day_is_caught_in_both(monkeypatch):
    disputes_as_of_the_day(monkeypatch)
    assert moved(slice(1), ("cut",)) == {"trained on", "scored"}
