"""Fit the prior: what became of invoices from their issue on, beside what their terms expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Floats, Ints, Singles
from payrisk.receivables.days_late import EARLIEST, PAID, STILL_OPEN
from payrisk.scoring.days_to_pay.attributes.categories import CategoryTable
from payrisk.scoring.days_to_pay.attributes.columns import INVOICE, AttributeColumn
from payrisk.scoring.days_to_pay.attributes.prior import (
    BY_LAGS,
    AttributePrior,
    ChancesFromStart,
    as_numbers,
)
from payrisk.scoring.days_to_pay.curve import LagHazards

ROUNDS = 100
LEAST_CHANCE = 1e-5
TABLE_STRENGTH = 10.0
"""Expected payments for which the level above a category counts."""
GAPS = 0.05
"""Share of customers of whom a number is left out while learning."""
PARTS = 5
"""Parts of the customers whose categories are counted without themselves."""
SPAN_WEIGHTS = np.sqrt(np.diff(np.append(BY_LAGS, BY_LAGS[-1] + 1)))
"""What a question weighs: the root of the days up to the next one."""


class PriorQuestions(NamedTuple):
    """(k,) an invoice, the days late asked about, the chance expected, whether it was paid."""

    row: Ints
    which: Ints
    chance: Floats
    paid: Flags


@dataclass(frozen=True)
class PriorRows:
    """n invoices as they stood at issue, and what became of them by a morning.

    known: the columns. start: days late at issue; end: days late when it was paid, closed or last
    known open; reached: by the morning, whatever became of it; outcome: as `SettlementHistory`
    has it. customer: codes. usual: the hazards of the terms, a group an invoice. Each customer
    weighs alike: it is customers that are new.
    """

    known: pd.DataFrame
    start: Ints
    end: Ints
    reached: Ints
    outcome: Ints
    customer: Ints
    usual: LagHazards

    def __len__(self) -> int:
        return len(self.start)

    def take(self, rows: Ints) -> PriorRows:
        """Some of the invoices."""
        return PriorRows(
            self.known.iloc[rows].reset_index(drop=True),
            self.start[rows],
            self.end[rows],
            self.reached[rows],
            self.outcome[rows],
            self.customer[rows],
            self.usual.take(rows),
        )

    @cached_property
    def weight(self) -> Floats:
        """(n,) one a customer, shared by its invoices; 1 in the mean."""
        n = np.bincount(self.customer)[self.customer]
        weight = 1.0 / n
        return np.asarray(weight / weight.mean())

    def questions(self) -> PriorQuestions:
        """Whether each invoice was paid by each of `BY_LAGS` after its issue.

        Only of days that all invoices due alike have reached: else the quick ones alone answer.
        """
        expected = ChancesFromStart.of(self.usual, self.start).paid
        row = np.repeat(np.arange(len(self)), len(BY_LAGS))
        which = np.tile(np.arange(len(BY_LAGS)), len(self))
        late = BY_LAGS[which]
        was_watched = (self.outcome[row] != STILL_OPEN) | (late <= self.end[row])
        used = was_watched & (late <= self.reached[row]) & (late >= self.start[row])
        row, which, late = row[used], which[used], late[used]
        chance = np.clip(expected[row, late - EARLIEST], LEAST_CHANCE, 1.0 - LEAST_CHANCE)
        paid = (self.outcome[row] == PAID) & (self.end[row] <= late)
        return PriorQuestions(row, which, chance, paid)


def fit_prior(
    rows: PriorRows,
    columns: Sequence[AttributeColumn],
    *,
    seed: int = 0,
    seeds: int = 1,
    backdated: Sequence[str] = (),
) -> AttributePrior:
    """The prior that rows teach, one booster a seed."""
    columns = tuple(columns)
    asked = rows.questions()
    tables, values = _encoded(rows, columns, asked, seed)
    boosters = _boosters(rows, values, asked, seed, seeds)
    return AttributePrior(columns, tables, boosters, tuple(sorted(backdated)))


def _encoded(
    rows: PriorRows, columns: tuple[AttributeColumn, ...], questions: PriorQuestions, seed: int
) -> tuple[tuple[CategoryTable, ...], Singles]:
    """The tables of all rows, and the columns as numbers that never saw their own customer."""
    share = rows.weight / len(BY_LAGS)
    paid = np.bincount(questions.row, questions.paid, len(rows)) * share
    due = np.bincount(questions.row, questions.chance, len(rows)) * share
    texts = [rows.known[c.feature.name].to_numpy(dtype=object) for c in columns if c.is_text]

    def tables_of(used: Flags) -> tuple[CategoryTable, ...]:
        return tuple(
            CategoryTable.of(text[used], paid[used], due[used], TABLE_STRENGTH) for text in texts
        )

    every = tables_of(np.ones(len(rows), dtype=bool))
    values = as_numbers(columns, every, rows.known)
    if texts:
        part = np.random.default_rng([seed, 11]).integers(PARTS, size=rows.customer.max() + 1)
        for nth in range(PARTS):
            mine = part[rows.customer] == nth
            values[mine] = as_numbers(columns, tables_of(~mine), rows.known[mine])
    return every, _with_gaps(rows, columns, values, seed)


def _with_gaps(
    rows: PriorRows, columns: tuple[AttributeColumn, ...], values: Singles, seed: int
) -> Singles:
    """The values without each number of a customer for some customers, drawn by the seed.

    So trees learn what is usual where a number is not known, though all had it in the past.
    """
    rng = np.random.default_rng([seed, 17])
    n = int(rows.customer.max()) + 1
    for place, column in enumerate(columns):
        if column.source != INVOICE and not column.is_text:
            lacks = rng.random(n) < GAPS
            values[lacks[rows.customer], place] = np.nan
    return values


def _boosters(
    rows: PriorRows, values: Singles, questions: PriorQuestions, seed: int, seeds: int
) -> tuple[str, ...]:
    import lightgbm

    parameters: dict[str, Any] = {
        "objective": "binary",
        "learning_rate": 0.05,
        "num_leaves": 7,
        "min_data_in_leaf": 200,
        "lambda_l2": 10.0,
        "feature_fraction": 0.7,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "max_bin": 63,
        "boost_from_average": False,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
    }
    matrix = np.column_stack([values[questions.row], BY_LAGS[questions.which]]).astype(np.float32)
    weight = rows.weight[questions.row] * SPAN_WEIGHTS[questions.which]
    data = lightgbm.Dataset(
        matrix,
        questions.paid.astype(np.float64),
        weight=weight / max(float(weight.mean()), LEAST_CHANCE),
        init_score=np.log(questions.chance) - np.log1p(-questions.chance),
        params=parameters,
    )
    return tuple(
        lightgbm.train(parameters | {"seed": seed * 1000 + nth}, data, ROUNDS).model_to_string()
        for nth in range(seeds)
    )
