"""Tables of a benchmark, for people."""

from __future__ import annotations

from typing import Any

import pandas as pd

Table = list[dict[str, Any]]


def shown(value: Any) -> str:
    """A cell for people: whole numbers as they are, others to three digits, '-' for nothing."""
    if value is None or isinstance(value, str):
        return value or "-"
    return f"{value:,.0f}" if isinstance(value, int) or value >= 100 else f"{value:.3f}"


def printed(title: str, rows: Table) -> None:
    """A table for people, a line a row."""
    frame = pd.DataFrame([{name: shown(v) for name, v in row.items()} for row in rows])
    print(f"\n{title}\n{frame.to_string(index=False)}")
