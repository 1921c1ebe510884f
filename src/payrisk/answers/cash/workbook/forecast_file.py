"""A forecast as files that people and programs open: flat records, assumptions, a chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk.answers.cash.promised_receipts import cash_with_promises
from payrisk.answers.cash.receipts import Receipts
from payrisk.answers.cash.workbook.said_in_words import sentences_of, title_of
from payrisk.answers.cash.workbook.summary_sheets import summary_sheets
from payrisk.answers.cash.workbook.weekly_summary import PAST_WEEKS, weekly_summary
from payrisk.cash.forecasting.forecast import LEVELS, quantile_name
from payrisk.cash.published.snapshots import Snapshot
from payrisk.cash.views import dilution
from payrisk.files import Chart, write_tables
from payrisk.receivables.dimensions import customer_descriptions, with_names

CENTS = (
    "expected", "intercompany", "open_balance", "settled_by_credits", "within_horizon",
    "beyond_horizon", "never", "billed", *dilution.BECAME, "discount_offered", "discount_taken",
    "disputed", "held_back", "with_promises",
)  # fmt: skip


def tables_beside_open_invoices(
    receipts: Receipts, by: str, levels: Sequence[float] = LEVELS
) -> dict[str, pd.DataFrame]:
    """What is told beside the open invoices' cash, by name; by currency, whatever the cuts."""
    return {
        "not_yet_issued": receipts.not_yet_issued(by, levels=levels).drop(columns="layer"),
        "booked_before": receipts.booked_before(by, levels=levels).drop(columns="layer"),
        "from_factor": receipts.from_factor(by, levels=levels).drop(columns="layer"),
        "receipts_in_all": receipts.in_all(by, levels=levels),
        "intercompany": receipts.from_own_group(by, levels=levels),
        "with_promises": cash_with_promises(receipts, by),
        "became": receipts.became,
        "disputes": receipts.disputes,
    }


def write_forecast(
    path: Path,
    receipts: Receipts,
    by: str,
    cuts: Sequence[str] = (),
    levels: Sequence[float] = LEVELS,
    *,
    published: Iterable[Snapshot] = (),
    choice: str = "",
) -> list[Path]:
    """Write flat records of every layer; .xlsx also holds sheets of all that is told beside.

    Its first sheets are for the printer: a summary with weeks as columns, and a chart a currency.
    published: earlier forecasts, oldest first, that it is compared with; choice: whose receipts
    these are, in words. Raises as `files.write_tables`.
    """
    names = tuple(quantile_name(level) for level in levels)
    customers = customer_descriptions(receipts.outlook.history)
    records = with_names(receipts.records(by, *cuts, levels=levels), customers)
    version = receipts.outlook.grounds()["model_version"]
    tables = {"forecast": records.assign(model_version=version)}
    chart, front = None, []
    if path.suffix.lower() == ".xlsx":
        tables["assumptions"] = assumption_rows(receipts.assumptions())
        drawn = receipts.open_invoices(by, levels=levels)
        if len(drawn):
            tables["chart"] = drawn[["currency", "starts_on", "ends_on", "expected", *names]]
            chart = Chart("chart", "currency", "starts_on", ("expected",), names)
        beside = tables_beside_open_invoices(receipts, by, levels)
        if not len(beside["with_promises"]):
            del beside["with_promises"]
        tables |= beside
        # What came in past weeks is of everybody, and so are earlier forecasts.
        is_of_all = not choice and receipts.entities is None
        summary = weekly_summary(
            receipts, published if is_of_all else (), PAST_WEEKS if is_of_all else 0
        )
        front = summary_sheets(summary, title_of(receipts, choice), sentences_of(receipts))
    return write_tables(path, tables, (*CENTS, *names), chart, front)


def assumption_rows(assumptions: Mapping[str, Any]) -> pd.DataFrame:
    """Assumptions as name and value."""
    return pd.DataFrame(
        {"name": list(assumptions), "value": [str(v) for v in assumptions.values()]}
    )
