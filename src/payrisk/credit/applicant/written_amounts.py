"""Amounts on file of customers, as their attributes write them; what cannot be read is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from payrisk.ledger import History

LARGEST = 1e17
"""Minor units; whatever is more is no amount of the trade."""
CHECKED = ("insured_amount", "insured_rate")
"""Read elsewhere; here only whether they can be."""


@dataclass(frozen=True)
class AttributeAmounts:
    """amounts: attribute → customer → minor units. unreadable: customer → attributes of none.

    An amount that nobody can read is not the same as none on file: it grants nothing by itself.
    """

    amounts: Mapping[str, Mapping[str, float]]
    unreadable: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, history: History, names: Sequence[str]) -> Self:
        """The attributes of these names as known that morning."""
        amounts: dict[str, dict[str, float]] = {}
        unreadable: dict[str, tuple[str, ...]] = {}
        for name in (*names, *CHECKED):
            written = history.attribute(name).dropna()
            written = written[(written.astype(str).str.strip() != "").to_numpy(dtype=bool)]
            values = pd.to_numeric(written, errors="coerce")
            is_amount = np.abs(values.to_numpy(dtype=np.float64)) <= LARGEST
            amounts[name] = values[is_amount].to_dict()
            for customer in values.index[~is_amount]:
                unreadable[str(customer)] = (*unreadable.get(str(customer), ()), name)
        return cls(amounts, unreadable)
