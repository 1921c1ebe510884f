"""Inputs of a table that are of one unit, as their numbers tell: their ratios are inputs, too."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd

from payrisk.learning.new_customer.applications import ApplicationTable

LEAST_AGREEMENT = 0.8
"""Correlation of ranks from which two amounts are taken for parts of one another."""
MOST_APART = 10.0
"""Times that the medians of two of one unit lie apart at most."""
MOST_PAIRS = 6
"""Pairs beyond which a table is one of ratios already, and gets none."""


def with_ratios(table: ApplicationTable) -> ApplicationTable:
    """The table whose numbers of like unit are divided by one another, the smaller by the larger.

    Of like unit: none below 0, neither with special values, ranks that agree by LEAST_AGREEMENT
    and medians at most MOST_APART times apart: money beside money, and nothing is guessed from
    names. The house's own applications have their ratios already (`features.application`).
    """
    numbers = {} if table.is_own else _amounts(table)
    agreement = pd.DataFrame(numbers).corr("spearman") if len(numbers) > 1 else pd.DataFrame()
    pairs = []
    for one, other in itertools.combinations(sorted(numbers), 2):
        low, high = sorted((one, other), key=lambda name: (np.nanmedian(numbers[name]), name))
        apart = np.nanmedian(numbers[high]) / np.nanmedian(numbers[low])
        if agreement.loc[one, other] >= LEAST_AGREEMENT and apart <= MOST_APART:
            pairs.append((low, high))
    if not pairs or len(pairs) > MOST_PAIRS:
        return table
    inputs = tuple(
        replace(column, over=tuple(high for low, high in pairs if low == column.name))
        for column in table.inputs
    )
    return replace(table, inputs=inputs)


def _amounts(table: ApplicationTable) -> dict[str, pd.Series]:
    """The numbers that are none below 0 and mostly above it, by name."""
    amounts = {}
    for column in table.inputs:
        if column.kind == "number" and not column.specials:
            values = table.frame[column.name].astype(np.float64)
            if values.min() >= 0.0 and values.median() > 0.0:
                amounts[column.name] = values
    return amounts
