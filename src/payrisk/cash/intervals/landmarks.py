"""PastWeeks: what past forecasts expected of each week, and the cash that then came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.calendar import day_of, iso
from payrisk.errors import ModelError

OPEN, UNBILLED = "open", "unbilled"
"""Layers of cash: from invoices open that morning, and from those not yet issued."""

COLUMNS = ("as_of", "week", "currency", "layer", "expected", "sd", "actual", "open")
_NUMBERS = ("week", "expected", "sd", "actual", "open")


def _empty() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})


@dataclass(frozen=True)
class PastWeeks:
    """Closed weeks of past landmarks, one row a landmark, week ahead, currency and layer.

    table: `COLUMNS`; as_of in days, week 1 = the seven days from as_of, money in cents: the
    `expected` cash of that week, the `sd` of its joint draws before any stretching, the `actual`
    cash, and what was `open` that morning (for the unbilled layer: its usual week's billing).
    """

    table: pd.DataFrame = field(default_factory=_empty)

    def __len__(self) -> int:
        """How many weeks are told."""
        return len(self.table)

    def closed_before(self, morning: int) -> PastWeeks:
        """Those whose seven days had ended by the eve of a morning."""
        ended = self.table["as_of"] + 7 * self.table["week"]
        return PastWeeks(self.table[(ended <= morning).to_numpy(dtype=bool)])

    def of(self, currency: str, layer: str = OPEN) -> pd.DataFrame:
        """The rows of a currency and layer, oldest landmark first."""
        rows = self.table[(self.table["currency"] == currency) & (self.table["layer"] == layer)]
        return rows.sort_values(["as_of", "week"], kind="stable", ignore_index=True)

    def with_more(self, others: Sequence[PastWeeks]) -> PastWeeks:
        """These and others; of two rows on the same week the later given counts."""
        tables = [p.table for p in (self, *others) if len(p)]
        if not tables:
            return PastWeeks()
        both = pd.concat(tables, ignore_index=True)
        key = ["as_of", "week", "currency", "layer"]
        return PastWeeks(both.drop_duplicates(key, keep="last").reset_index(drop=True))

    def to_json(self) -> list[dict[str, Any]]:
        """One object a row: dates as text, cents as whole numbers."""
        return [
            {
                "as_of": iso(int(row["as_of"])),
                "currency": row["currency"],
                "layer": row["layer"],
                **{name: round(float(row[name])) for name in _NUMBERS},
            }
            for row in self.table.to_dict("records")
        ]

    @classmethod
    def from_json(cls, rows: Sequence[Mapping[str, Any]]) -> PastWeeks:
        """What `to_json` said; raises ModelError when it is something else."""
        try:
            records = [
                {
                    "as_of": day_of(row["as_of"]),
                    "currency": str(row["currency"]),
                    "layer": str(row["layer"]),
                    **{name: float(row[name]) for name in _NUMBERS},
                }
                for row in rows
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"The landmarks of this model cannot be read ({error}); train a new version."
            ) from None
        if not records:
            return cls()
        return cls(pd.DataFrame(records)[list(COLUMNS)].astype({"week": np.int64}))


def past_weeks(
    as_of: int,
    currency: str,
    layer: str,
    expected: Floats,
    sd: Floats,
    actual: Floats,
    open_: float,
) -> PastWeeks:
    """One landmark's weeks 1, 2 … of one currency and layer; the arrays are (weeks,) cents."""
    weeks = np.arange(1, len(expected) + 1)
    return PastWeeks(
        pd.DataFrame(
            {
                "as_of": as_of,
                "week": weeks,
                "currency": currency,
                "layer": layer,
                "expected": expected,
                "sd": sd,
                "actual": actual,
                "open": open_,
            }
        )
    )
