"""Tables and values of judgements as JSON knows them: null where nothing could be measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A dict a row."""
    return [
        {str(name): plain(value) for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def plain(value: Any) -> Any:
    """A value of Python's own; None for NaN."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and np.isnan(value) else value
