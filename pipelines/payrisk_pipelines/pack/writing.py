"""A Monday pack as a workbook, a page and JSON in one folder; the same pack is the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from payrisk.answers.cash.workbook.summary_sheets import summary_sheets
from payrisk.answers.cash.workbook.weekly_summary import LINES, WeeklySummary
from payrisk.calendar import date_of, iso
from payrisk.errors import InputError
from payrisk.files import json_bytes, plain_columns, plain_rows, write_tables
from payrisk.money import decimal_of
from payrisk_pipelines.pack.pack import MondayPack
from payrisk_pipelines.papers.charts import Series, lines
from payrisk_pipelines.papers.page import figure, page, paragraph, table

MONEY = (
    "amount", "expected", "p10", "p50", "p90", "before", "gone", "new", "revised", "after",
    "not_yet_issued_before", "not_yet_issued_after", "all_before", "all_after", "actual",
    "variance", "late_facts", "reversals", "default", "short_pay_credit", "timing",
    "new_invoices", "on_account", "fx", "lacking", "idle", "borrowing_cost", "idle_cost", "cost",
)  # fmt: skip
TITLES = {
    "changed": "What changed since the last forecast, over the days both look at",
    "moved_by": "Whose invoices moved it most, and why",
    "turned": "Who turned since then",
    "variance": "The last week: expected + parts = actual",
    "cost": "What the miss cost in money",
}


def write_pack(pack: MondayPack, folder: Path) -> list[Path]:
    """Write pack.xlsx, pack.html and pack.json into a folder and return their paths.

    Each is written aside and renamed, so a reader never meets half of one. Raises InputError for
    a folder that cannot be written.
    """
    book = folder / "pack.xlsx"
    tables = {"receipts": pack.summary.table, **pack.tables}
    front = summary_sheets(pack.summary, pack.title, pack.sentences)
    written = write_tables(book, tables, MONEY, front=front)
    for name, content in (("pack.html", _html(pack).encode()), ("pack.json", _json(pack))):
        path, aside = folder / name, folder / f".{name}.partial"
        try:
            aside.write_bytes(content)
            aside.replace(path)
        except OSError as error:
            raise InputError(
                f"'{path}' cannot be written ({error.strerror}); choose another folder."
            ) from None
        written.append(path)
    return written


def _json(pack: MondayPack) -> bytes:
    document: dict[str, Any] = {
        "as_of": iso(pack.as_of),
        "forecast": pack.name,
        "before": pack.before or None,
        "title": pack.title,
        "in_sample": pack.receipts.outlook.is_in_sample,
        "verified": pack.receipts.cash.verified,
        "sentences": pack.sentences,
        "receipts": plain_rows(pack.summary.table, MONEY),
        **{name: plain_rows(each, MONEY) for name, each in pack.tables.items()},
    }
    return json_bytes(document) + b"\n"


def _html(pack: MondayPack) -> str:
    sections: list[tuple[str, list[str]]] = [
        (f"Receipts, {currency}", _of_currency(pack.summary, currency))
        for currency in pack.summary.currencies
    ]
    for name, title in TITLES.items():
        frame = pack.tables.get(name)
        if frame is None:
            continue
        if len(frame):
            sections.append((title, [table(title, _shown(frame))]))
        else:
            sections.append((title, [paragraph("Nothing.")]))
    sections.append(("What it stands on", [paragraph(text) for text in pack.sentences]))
    return page(f"Monday pack of {iso(pack.as_of)}", pack.title, sections)


def _of_currency(summary: WeeklySummary, currency: str) -> list[str]:
    told, weeks = summary.of(currency), summary.weeks
    starts = [int(day) for day in weeks["starts_on"]]
    names = [f"{date_of(day):%d %b}".lstrip("0") for day in starts]
    shown = pd.DataFrame({"line": [LINES[line] for line in told]})
    for start, name, is_partial in zip(starts, names, weeks["is_partial"], strict=True):
        head = f"{name} (part)" if is_partial else name
        shown[head] = [
            f"{decimal_of(cents[start], currency):,.0f}" if start in cents else ""
            for cents in told.values()
        ]
    pieces = [table(f"Weeks of {currency}, in whole units", shown)]
    coming = [day for day in starts if day in told.get("expected", {})]
    if coming:
        series = [
            Series(
                LINES[line].split(":")[0],
                list(range(len(coming))),
                [float(decimal_of(told[line][day], currency)) for day in coming],
            )
            for line in ("expected", "p10", "p90")
        ]
        labels = [f"{date_of(day):%d %b}".lstrip("0") for day in coming]
        drawn = lines(
            f"Receipts to come, {currency}",
            f"Expected receipts of {len(coming)} weeks with their tenth and ninetieth percentile.",
            series, x="week from", y=currency, x_names=labels,
        )  # fmt: skip
        pieces.insert(0, figure(f"Receipts to come, {currency}", drawn, shown))
        pieces.pop()
    return pieces


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    columns = plain_columns(frame, MONEY)
    texts = {
        name: [f"{c:,f}" if hasattr(c, "as_tuple") else c for c in cells]
        for name, cells in columns.items()
    }
    return pd.DataFrame(texts)
