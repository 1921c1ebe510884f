"""Tables and values as JSON knows them: null where nothing could be measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A dict a row."""
    return [plains(row) for row in table.to_dict("records")]


def plains(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The values of a dict, each by its name."""
    return {str(name): plain(value) for name, value in row.items()}


def plain(value: Any) -> Any:
    """A value of Python's own; None for a number that is none or infinite."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
