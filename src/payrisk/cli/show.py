"""Tables for people and JSON for programs: money in its currency, days as dates."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

MONEY = frozenset({
    "amount", "residual", "disputed", "unapplied", "invoiced", "credited", "reversed", "sold",
    "interest", "net", "balance", "overdue", "exposure", "headroom", "limit",
})  # fmt: skip
"""Last words of the columns that hold minor units wherever a table has a `currency` column."""

FOLDED, GAP, MOST_LEADING = 16, 3, 3
"""Narrowest a long text folds to, space between columns, columns that may begin each block."""

Drawn = tuple[str, bool, list[str]]
"""A column to draw: its head, whether it holds numbers, its cells."""


def show(
    tables: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    as_json: bool,
    title: str = "",
    money: Collection[str] | None = None,
    limit: int = 60,
    width: int | None = None,
) -> None:
    """Print one table, or several by title, to stdout.

    `money` names the columns in minor units (default: those ending in a word of MONEY); they are
    written in the decimals of the row's `currency`. JSON is the list of all records (an object
    of lists for several tables): ISO dates, money as decimal text, null where nothing is known.
    A table for people stops after `limit` rows and says how many are left. width: columns of the
    screen at most, wherever it is printed; default: the terminal's, and none in a file or pipe.
    """
    named = tables if isinstance(tables, Mapping) else {title: tables}
    if as_json:
        lists = {name: _records(table, money) for name, table in named.items()}
        show_json(lists if named is tables else lists[title])
        return
    for position, (name, table) in enumerate(named.items()):
        if position:
            typer.echo()
        _print_table(table, name, money, limit, width)


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


def _records(table: pd.DataFrame, money: Collection[str] | None) -> list[dict[str, Any]]:
    from payrisk.files import plain_rows

    return plain_rows(table, _money_columns(table, money))


def _money_and_days_as_text(value: Any) -> Any:
    if isinstance(value, list):
        return [_money_and_days_as_text(item) for item in value]
    if isinstance(value, Decimal):
        return f"{value:,f}"
    if hasattr(value, "isoformat"):
        return value.isoformat().removesuffix("T00:00:00")
    return value


def _cell(value: Any) -> str:
    value = _money_and_days_as_text(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, int):
        return str(value) if abs(value) < 10_000 else f"{value:,}"
    return _visible(str(value))


def _visible(text: str) -> str:
    """The text with what would steer a terminal written out: an id may hold anything."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _print_table(
    table: pd.DataFrame,
    title: str,
    money: Collection[str] | None,
    limit: int,
    most_width: int | None = None,
) -> None:
    from rich.console import Console
    from rich.text import Text

    from payrisk.files import plain_columns

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 10_000  # a file or pipe has no edge to fold at
    if most_width is not None:
        console.width = min(console.width, most_width)
    if title:
        console.print(Text(_visible(title), style="bold"))
    head = table.head(limit)
    numeric = set(head.select_dtypes(["number", "bool"]).columns) | _money_columns(head, money)
    columns = [
        (str(name), name in numeric, [_cell(value) for value in cells])
        for name, cells in plain_columns(head, _money_columns(head, money)).items()
    ]
    for position, block in enumerate(_blocks(columns, console.width)):
        if position:
            console.print()
        _draw(console, block)
    if len(table) > limit:
        console.print(f"… {len(table) - limit:,} more rows; --json prints them all.")


def _blocks(columns: list[Drawn], room: int) -> list[list[Drawn]]:
    """The columns in as many tables as the width asks for: a number is never cut.

    Text may fold; the leading columns of text and days, which say whose row it is, begin each.
    """
    widths = [
        widest if is_number else min(FOLDED, widest)
        for name, is_number, cells in columns
        for widest in [max(len(word) for word in [name, *cells])]
    ]
    leading = [not is_number or name.endswith("_on") for name, is_number, _ in columns]
    lead = next((i for i, leads in enumerate(leading) if not leads), len(columns))
    lead = min(lead, MOST_LEADING)
    start = sum(width + GAP for width in widths[:lead])
    blocks = [columns[:lead]]
    used = start
    for column, width in zip(columns[lead:], widths[lead:], strict=True):
        if used + width > room and len(blocks[-1]) > lead:
            blocks.append(columns[:lead])
            used = start
        blocks[-1].append(column)
        used += width + GAP
    return blocks


def _draw(console: Console, columns: list[Drawn]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name, is_number, _ in columns:
        drawn.add_column(
            Text(name),
            justify="right" if is_number else "left",
            no_wrap=is_number,
            overflow="fold",
        )
    for row in zip(*(cells for _, _, cells in columns), strict=True):
        drawn.add_row(*(Text(cell) for cell in row))
    console.print(drawn)
