"""Kept decisions as a table for a spreadsheet: a line each, whose it is and who overrode it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

MONEY = ("amount",)
"""Columns in minor units of `currency`."""
COLUMNS = (
    "decided_at", "decision_id", "kind", "customer_id", "name", "order_id", "outcome", "currency",
    "amount", "band", "probability", "overridden_to", "overridden_by", "review_on", "as_of",
)  # fmt: skip


def decision_table(lines: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Lines of a list of decisions, each with its `name`, in the order they come."""
    return pd.DataFrame([[line[name] for name in COLUMNS] for line in lines], columns=COLUMNS)
