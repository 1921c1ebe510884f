"""A forecast as files that people and programs open: flat records, assumptions, a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk.cash.forecast import LEVELS, quantile_name
from payrisk.files import Chart, write_tables

CENTS = ("expected", "open_balance", "settled_by_credits", "within_horizon", "beyond_horizon",
         "never")  # fmt: skip


def write_forecast(
    path: Path,
    records: pd.DataFrame,
    assumptions: Mapping[str, Any],
    *,
    drawn: pd.DataFrame | None = None,
    band: pd.DataFrame | None = None,
    levels: Sequence[float] = LEVELS,
) -> list[Path]:
    """Write flat records; .xlsx also holds the assumptions (second sheet) and a chart a currency.

    drawn: currency, starts_on, expected and quantiles of the totals to draw; band: the same of
    invoices not yet issued, a sheet of its own. Raises as `files.write_tables`.
    """
    names = tuple(quantile_name(level) for level in levels)
    tables, chart = {"forecast": records}, None
    if path.suffix.lower() == ".xlsx":
        tables["assumptions"] = told(assumptions)
        if drawn is not None and len(drawn):
            tables["chart"] = drawn[["currency", "starts_on", "ends_on", "expected", *names]]
            chart = Chart("chart", "currency", "starts_on", ("expected",), names)
        if band is not None:
            tables["not_yet_issued"] = band
    return write_tables(path, tables, (*CENTS, *names), chart)


def told(assumptions: Mapping[str, Any]) -> pd.DataFrame:
    """Assumptions as name and value."""
    return pd.DataFrame(
        {"name": list(assumptions), "value": [str(v) for v in assumptions.values()]}
    )
