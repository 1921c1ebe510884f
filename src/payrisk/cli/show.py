"""Tables for people and JSON for programs: money in its currency, days as dates."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import typer

from payrisk.money import decimal_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["decimal_text", "show", "show_json"]

MONEY = frozenset({
    "amount", "residual", "disputed", "unapplied", "invoiced", "credited", "reversed", "sold",
    "interest", "net", "balance", "overdue", "exposure", "headroom", "limit",
})  # fmt: skip
"""Last words of the columns that hold minor units wherever a table has a `currency` column."""


def show(
    tables: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    as_json: bool,
    title: str = "",
    money: Collection[str] | None = None,
    limit: int = 60,
) -> None:
    """Print one table, or several by title, to stdout.

    `money` names the columns in minor units (default: those ending in a word of MONEY); they are
    written in the decimals of the row's `currency`. JSON is the list of all records (an object
    of lists for several tables): ISO dates, money as decimal text, null where nothing is known.
    A table for people stops after `limit` rows and says how many are left.
    """
    named = tables if isinstance(tables, Mapping) else {title: tables}
    if as_json:
        lists = {name: _records(table, money) for name, table in named.items()}
        show_json(lists if named is tables else lists[title])
        return
    for position, (name, table) in enumerate(named.items()):
        if position:
            typer.echo()
        _print_table(table, name, money, limit)


def show_json(document: Any) -> None:
    """Print a document of plain values as JSON."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def _money_columns(table: pd.DataFrame, money: Collection[str] | None) -> set[str]:
    if money is not None:
        return set(money) & set(table.columns)
    if "currency" not in table.columns:
        return set()
    numeric = table.select_dtypes("number").columns
    return {name for name in numeric if str(name).rpartition("_")[2] in MONEY}


def _columns(
    table: pd.DataFrame, money: Collection[str] | None, *, grouped: bool
) -> dict[str, list[Any]]:
    from payrisk.files import plain_columns

    columns = plain_columns(table, _money_columns(table, money))
    return {
        name: [_said(cell, grouped=grouped) for cell in cells] for name, cells in columns.items()
    }


def _said(value: Any, *, grouped: bool) -> Any:
    """A plain value as JSON knows it: money and days as text."""
    if isinstance(value, list):
        return [_said(item, grouped=grouped) for item in value]
    if isinstance(value, Decimal):
        return f"{value:{',' if grouped else ''}f}"
    if hasattr(value, "isoformat"):
        return value.isoformat().removesuffix("T00:00:00")
    return value


def _records(table: pd.DataFrame, money: Collection[str] | None) -> list[dict[str, Any]]:
    columns = _columns(table, money, grouped=False)
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, int):
        return str(value) if abs(value) < 10_000 else f"{value:,}"
    return str(value)


def _print_table(
    table: pd.DataFrame, title: str, money: Collection[str] | None, limit: int
) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 10_000  # a file or pipe has no edge to fold at
    if title:
        console.print(Text(title, style="bold"))
    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    head = table.head(limit)
    columns = _columns(head, money, grouped=True)
    in_money = _money_columns(head, money)
    numeric = set(head.select_dtypes(["number", "bool"]).columns) | in_money
    for name in head.columns:
        drawn.add_column(Text(str(name)), justify="right" if name in numeric else "left")
    for row in zip(*columns.values(), strict=True):
        drawn.add_row(*(Text(_cell(value)) for value in row))
    console.print(drawn)
    if len(table) > limit:
        console.print(f"… {len(table) - limit:,} more rows; --json prints them all.")
