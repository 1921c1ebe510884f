"""Which books a command reads, and how it gives the tables read from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.show import show
from payrisk.errors import InputError

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from payrisk.ledger import Books, Ledger
    from payrisk.settings import Settings

Out = Annotated[
    Path | None, typer.Option("--out", help="Also write a .csv, .parquet or .xlsx file.")
]
Base = Annotated[
    str | None,
    typer.Option(
        metavar="CURRENCY",
        help="In this currency, or 'entity' for each entity's own, at the rates of the evening.",
    ),
]


def read_books(
    settings: Settings, as_of: dt.date | None, close_of: dt.date | None
) -> tuple[Ledger, Books]:
    """The ledger and the reading asked for; without a date, all that is known."""
    from payrisk.ledger.stored.storage import load

    if as_of and close_of:
        raise InputError(
            "--as-of (what was known) and --close-of (what was true) are two readings; give one."
        )
    ledger = load(settings.home)
    if close_of:
        return ledger, ledger.balance_at(close_of, ledger.default_as_of)
    return ledger, ledger.as_of(as_of or settings.as_of or ledger.default_as_of)


def with_reading_dates(table: pd.DataFrame, books: Books) -> pd.DataFrame:
    """The table with both dates of the reading first, for programs and files."""
    out = table.copy()
    out.insert(0, "close_of", books.close_of)
    out.insert(1, "known_before", books.known_before)
    return out


def print_or_write(
    table: pd.DataFrame,
    title: str,
    books: Books,
    money: Collection[str],
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print for people, or with both dates in every record for programs and files."""
    write_and_tell({"receivables": with_reading_dates(table, books)}, money, out)
    shown = with_reading_dates(table, books) if as_json else table
    show(shown, as_json=as_json, title=title, money=money)


def write_and_tell(
    tables: Mapping[str, pd.DataFrame], money: Collection[str], out: Path | None
) -> None:
    """Write the tables where asked, and say where they are."""
    if out is None:
        return
    from payrisk.files import write_tables

    for path in write_tables(out, tables, money):
        typer.echo(f"Wrote {path}", err=True)
