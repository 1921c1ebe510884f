"""Categories as numbers: how much more was paid in each than expected, drawn to one level up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Texts

PREFIX = 2
"""Leading digits of a code that name its division, as NACE, CNAE, NAF and SIC codes do."""
LEAST_DIGITS = 4


def levels_of(texts: Texts) -> list[Texts]:
    """The levels of some categories, from the widest to the texts themselves.

    A code of digits has its division above it; any other text only everyone.

    >>> [list(level) for level in levels_of(np.array(["4781400", "retail", ""], dtype=object))]
    [['47', '', ''], ['4781400', 'retail', '']]
    """
    codes = pd.Series(texts, dtype=object).astype(str)
    is_code = codes.str.isdigit() & (codes.str.len() >= LEAST_DIGITS)
    above = codes.str.zfill(LEAST_DIGITS).str[:PREFIX].where(is_code, "")
    return [above.to_numpy(dtype=object), codes.to_numpy(dtype=object)]


@dataclass(frozen=True)
class CategoryTable:
    """Log ratio of what was paid to what was expected, by category, one table a level.

    levels: from the widest level down. A category that is in no table falls back to the level
    above, and above the widest to 0: as everyone.
    """

    levels: tuple[Mapping[str, float], ...]

    @classmethod
    def of(cls, texts: Texts, paid: Floats, expected: Floats, strength: float) -> CategoryTable:
        """Counted from (n,) rows; each level drawn to the one above by so many expected payments.

        The shrinkage is the posterior mean of a gamma prior over the ratio (Efron & Morris 1973).
        """
        above = np.ones(len(texts))
        tables = []
        for level in levels_of(texts):
            rows = pd.DataFrame({"text": level, "paid": paid, "due": expected, "above": above})
            rows = rows[rows["text"] != ""]
            sums = rows.groupby("text", sort=True).agg(
                paid=("paid", "sum"), due=("due", "sum"), above=("above", "first")
            )
            ratio = (sums["paid"] + strength * sums["above"]) / (sums["due"] + strength)
            mapped = pd.Series(level).map(ratio)
            above = np.where(mapped.isna(), above, mapped.fillna(1.0)).astype(np.float64)
            tables.append({str(name): float(value) for name, value in np.log(ratio).items()})
        return cls(tuple(tables))

    def numbers(self, texts: Texts) -> Floats:
        """(n,) each text's number: its own, else that of the level above, else 0."""
        out = np.zeros(len(texts))
        for level, table in zip(levels_of(texts), self.levels, strict=True):
            own = pd.Series(level, dtype=object).map(table).to_numpy(dtype=np.float64)
            out = np.where(np.isnan(own), out, own)
        return out

    def to_json(self) -> list[dict[str, float]]:
        """Plain values."""
        return [dict(table) for table in self.levels]

    @classmethod
    def from_json(cls, body: Any) -> CategoryTable:
        """The table that `to_json` gave."""
        return cls(tuple({str(k): float(v) for k, v in table.items()} for table in body))
