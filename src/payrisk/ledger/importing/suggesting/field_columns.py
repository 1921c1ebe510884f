"""FieldColumn: the column that seems to fill a field."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FieldColumn:
    """A column for a field: its place in the sheet, how sure, and why.

    minus: the place of the column of the other side, -1 where there is none.
    """

    position: int
    confidence: float
    why: str
    minus: int = -1
