"""A forecast as files that people and programs open: flat records, assumptions, a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk.answers.cash.receipts import Receipts
from payrisk.cash.forecasting.forecast import LEVELS, quantile_name
from payrisk.cash.views import dilution
from payrisk.files import Chart, write_tables

CENTS = (
    "expected", "intercompany", "open_balance", "settled_by_credits", "within_horizon",
    "beyond_horizon", "never", "billed", *dilution.BECAME, "discount_offered", "discount_taken",
    "disputed", "held_back",
)  # fmt: skip


def tables_beside_open_invoices(
    receipts: Receipts, by: str, levels: Sequence[float] = LEVELS
) -> dict[str, pd.DataFrame]:
    """What is told beside the open invoices' cash, by name; by currency, whatever the cuts."""
    return {
        "not_yet_issued": receipts.not_yet_issued(by, levels=levels).drop(columns="layer"),
        "booked_before": receipts.booked_before(by, levels=levels).drop(columns="layer"),
        "receipts_in_all": receipts.in_all(by, levels=levels),
        "intercompany": receipts.from_own_group(by, levels=levels),
        "became": receipts.became,
        "disputes": receipts.disputes,
    }


def write_forecast(
    path: Path,
    receipts: Receipts,
    by: str,
    cuts: Sequence[str] = (),
    levels: Sequence[float] = LEVELS,
) -> list[Path]:
    """Write flat records of every layer; .xlsx also holds sheets of all that is told beside.

    The assumptions are its second sheet, a chart a currency its third. Raises as
    `files.write_tables`.
    """
    names = tuple(quantile_name(level) for level in levels)
    records = receipts.records(by, *cuts, levels=levels)
    version = receipts.outlook.grounds()["model_version"]
    tables = {"forecast": records.assign(model_version=version)}
    chart = None
    if path.suffix.lower() == ".xlsx":
        tables["assumptions"] = assumption_rows(receipts.assumptions())
        drawn = receipts.open_invoices(by, levels=levels)
        if len(drawn):
            tables["chart"] = drawn[["currency", "starts_on", "ends_on", "expected", *names]]
            chart = Chart("chart", "currency", "starts_on", ("expected",), names)
        tables |= tables_beside_open_invoices(receipts, by, levels)
    return write_tables(path, tables, (*CENTS, *names), chart)


def assumption_rows(assumptions: Mapping[str, Any]) -> pd.DataFrame:
    """Assumptions as name and value."""
    return pd.DataFrame(
        {"name": list(assumptions), "value": [str(v) for v in assumptions.values()]}
    )
