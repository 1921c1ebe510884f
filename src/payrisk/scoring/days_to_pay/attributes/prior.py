"""The prior of a customer hardly known: what its terms expect, moved by what it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Floats, Probabilities, Singles
from payrisk.receivables.days_late import EARLIEST, LATEST
from payrisk.scoring.days_to_pay.attributes.categories import CategoryTable
from payrisk.scoring.days_to_pay.attributes.columns import AttributeColumn
from payrisk.scoring.days_to_pay.curve import LagHazards
from payrisk.scoring.trees.asking import mean_raw_score

BY_LAGS = np.array([-30, -14, -7, -3, -1, 0, 1, 2, 3, 5, 7, 10, 15, 30, 60, 120])
"""Days late by which the chance to be paid is moved; between them the move is drawn straight."""
LAGS = np.arange(EARLIEST, LATEST + 1)
LEAST = 1e-9


class ChancesFromStart(NamedTuple):
    """(n, days late) chance to be paid, and closed without cash, by each day since the start."""

    paid: Probabilities
    closed: Probabilities

    @classmethod
    def of(cls, usual: LagHazards, start: Days) -> ChancesFromStart:
        """What hazards of n groups say of invoices open on the morning of days late `start`."""
        before = np.exp(np.hstack([np.zeros((len(start), 1)), usual.log_open[:, :-1]]))
        place = np.clip(start, EARLIEST, LATEST) - EARLIEST
        is_open = before[np.arange(len(start)), place][:, None]
        counts = (place[:, None] <= np.arange(len(LAGS))) / is_open
        paid, closed = (
            np.cumsum(before * hazard * counts, axis=1) for hazard in (usual.cash, usual.other)
        )
        return cls(np.clip(paid, 0.0, 1.0), np.clip(closed, 0.0, 1.0))


@dataclass(frozen=True)
class AttributePrior:
    """Boosted trees that move the log-odds of being paid by some days late.

    Where the trees say 0 the hazards stay those of the terms (Kaplan–Meier per terms, shrunk to
    the ledger's): a prior without trees is that method. columns: what is read; tables: one a text
    column, in order. boosters: LightGBM texts; they read the columns and the days late.
    backdated: attributes without date history that are read as if known since ever.
    """

    columns: tuple[AttributeColumn, ...]
    tables: tuple[CategoryTable, ...]
    boosters: tuple[str, ...]
    backdated: tuple[str, ...] = ()

    @cached_property
    def _models(self) -> list[Any]:
        import lightgbm

        return [lightgbm.Booster(model_str=text) for text in self.boosters]

    def matrix(self, attributes: pd.DataFrame) -> Singles:
        """(n, columns) what the trees read, of columns as `read_columns` gives them."""
        return as_numbers(self.columns, self.tables, attributes)

    def scores(self, values: Singles) -> Floats:
        """(n, BY_LAGS) by how much the log-odds of being paid by each are moved."""
        n = len(values)
        rows = np.empty((n * len(BY_LAGS), values.shape[1] + 1), dtype=np.float32)
        rows[:, :-1] = np.repeat(values, len(BY_LAGS), axis=0)
        rows[:, -1] = np.tile(BY_LAGS, n)
        return mean_raw_score(self._models, rows).reshape(n, len(BY_LAGS))

    def hazards(self, usual: LagHazards, start: Days, values: Singles) -> LagHazards:
        """The hazards of n invoices: those of their terms (n groups), moved by their columns.

        start: days late at issue, from which on chances are moved. Of those not paid by a day as
        many are closed without cash as the terms have it.
        """
        if not self.boosters:
            return usual
        paid, closed = ChancesFromStart.of(usual, start)
        inner = np.clip(paid, LEAST, 1.0 - LEAST)
        odds = np.log(inner) - np.log1p(-inner) + between(self.scores(values))
        now = np.where(paid > LEAST, 1.0 / (1.0 + np.exp(-odds)), 0.0)
        now = np.maximum.accumulate(now, axis=1)
        lost = closed * (1.0 - now) / np.maximum(1.0 - paid, LEAST)
        lost = np.minimum(np.maximum.accumulate(lost, axis=1), 1.0 - now)
        lost = np.maximum.accumulate(lost, axis=1)
        still = np.maximum(1.0 - now - lost, LEAST)
        before = np.hstack([np.ones((len(now), 1)), still[:, :-1]])
        cash, other = (np.diff(chance, axis=1, prepend=0.0) / before for chance in (now, lost))
        cash = np.clip(cash, 0.0, 1.0 - LEAST)
        other = np.clip(other, 0.0, 1.0 - LEAST - cash)
        is_before = start[:, None] > LAGS
        return LagHazards(
            np.where(is_before, usual.cash, cash),
            np.where(is_before, usual.other, other),
            usual.tail,
        )


def between(scores: Floats) -> Floats:
    """(n, days late) scores at BY_LAGS drawn straight from one to the next, level outside."""
    after = np.clip(np.searchsorted(BY_LAGS, LAGS), 1, len(BY_LAGS) - 1)
    width = BY_LAGS[after] - BY_LAGS[after - 1]
    part = np.clip((LAGS - BY_LAGS[after - 1]) / width, 0.0, 1.0)
    low, high = scores[:, after - 1], scores[:, after]
    return np.asarray(low + part * (high - low))


def as_numbers(
    columns: tuple[AttributeColumn, ...],
    tables: tuple[CategoryTable, ...],
    attributes: pd.DataFrame,
) -> Singles:
    """(n, columns) the columns as numbers: texts by their tables, in order."""
    values = np.empty((len(attributes), len(columns)), dtype=np.float32)
    of_texts = iter(tables)
    for place, column in enumerate(columns):
        name = column.feature.name
        values[:, place] = (
            next(of_texts).numbers(attributes[name].to_numpy(dtype=object))
            if column.is_text
            else attributes[name].to_numpy(dtype=np.float64)
        )
    return values
