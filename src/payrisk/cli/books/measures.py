"""payrisk kpis: DSO and its family, month by month, and who moved it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.books.reading_books import (
    Base,
    Out,
    read_books,
    with_reading_dates,
    write_and_tell,
)
from payrisk.cli.context import AsOf, CloseOf, Json, current_settings, date_option, day_or_none
from payrisk.cli.show import show, show_json

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from payrisk.ledger import Books
    from payrisk.receivables.measures.choices import KpiChoices

Since = Annotated[
    dt.date | None,
    date_option("--who-moved-since", "Each customer's days in the change of the DSO since."),
]


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk kpis`."""

    @app.command()
    def kpis(  # noqa: PLR0913, PLR0917 - one argument an option of the command
        ctx: typer.Context,
        close_of: CloseOf = None,
        as_of: AsOf = None,
        by: Annotated[
            str, typer.Option(help="As in aging: customer, segment, entity, …; currency.")
        ] = "currency",
        window: Annotated[int, typer.Option(help="Days the measures look back.", max=3650)] = 90,
        base: Base = None,
        credit_notes: Annotated[
            str, typer.Option("--credit-notes", help="netted: off the sales; gross: left in.")
        ] = "netted",
        vat: Annotated[
            str, typer.Option(help="included in both terms, or excluded.")
        ] = "included",
        unapplied: Annotated[
            str, typer.Option(help="Cash on account: apart, or netted with the receivable.")
        ] = "apart",
        history: Annotated[
            int | None, typer.Option(metavar="MONTHS", help="A row a month, with a benchmark.")
        ] = None,
        since: Annotated[
            dt.date | None,
            date_option(
                "--who-moved-since", "Each customer's part in the change of the DSO since."
            ),
        ] = None,
        out: Out = None,
        as_json: Json = False,
    ) -> None:
        """DSO and its family per currency: formula, unit and source of each are in --json."""
        from payrisk.answers import groups
        from payrisk.receivables.measures.choices import read_kpi_choices
        from payrisk.receivables.measures.history import kpi_history
        from payrisk.receivables.measures.measured import kpis as measure

        choices = read_kpi_choices(credit_notes, vat, unapplied)
        keys = groups.read_group_columns(by, groups.RECEIVABLES)
        ledger, books = read_books(current_settings(ctx), as_of, close_of)
        if (begun_on := day_or_none(since)) is not None:
            then = ledger.balance_at(begun_on, books.known_before)
            _who_moved(then, books, window, choices, base, out, as_json=as_json)
            return
        measured = measure(
            ledger, books, *keys, window_days=window, choices=choices, base=base, named=True
        )
        table = measured.rows
        if history is not None:
            table = kpi_history(
                ledger,
                books,
                *keys,
                n_months=history,
                window_days=window,
                choices=choices,
                base=base,
                named=True,
            )
        title = f"Measures {measured.title}"
        _give(table, title, books, out, as_json=as_json, is_history=history is not None)


def _who_moved(
    then: Books,
    now: Books,
    window: int,
    choices: KpiChoices,
    base: str | None,
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    from payrisk.calendar import iso
    from payrisk.receivables.measures.contributions import dso_contributions

    table = dso_contributions(then, now, window_days=window, choices=choices, base=base)
    write_and_tell({"contributions": with_reading_dates(table, now)}, (), out)
    title = f"Days in the change of DSO from {iso(then.close_of)} to {iso(now.close_of)}"
    show(table.round(2), as_json=as_json, title=f"{title}; {choices.text}", money=())


def _give(
    table: pd.DataFrame,
    title: str,
    books: Books,
    out: Path | None,
    *,
    as_json: bool,
    is_history: bool,
) -> None:
    """Print a panel a kind of measure; programs get all rows and what each measure is."""
    from payrisk.files import plain_rows
    from payrisk.receivables.measures.amounts import MONEY
    from payrisk.receivables.measures.benchmark import SOURCE
    from payrisk.receivables.measures.described import measure_rows, panels

    write_and_tell({"receivables": with_reading_dates(table, books)}, set(MONEY), out)
    if as_json:
        rows = plain_rows(with_reading_dates(table.round(4), books), set(MONEY))
        document = {"title": title, "rows": rows, "measures": measure_rows()}
        show_json(document | ({"benchmark": SOURCE} if is_history else {}))
        return
    shown = [c for c in table.columns if c in KEYS]
    tables = {title: table[[*shown, *MONEY]]}
    for panel, columns in panels().items():
        beside = [f"uk_{c}" for c in columns if f"uk_{c}" in table.columns]
        tables[panel] = table[[*shown, *columns, *beside]].round(2)
    missing = table[table["not_given"] != ""]
    if len(missing):
        tables["Not given"] = missing[[*shown, "not_given"]]
    show(tables, as_json=False, money=set(MONEY))
    if is_history:
        typer.echo(f"\nuk_…: {SOURCE}.")


KEYS = (
    "ends_on", "customer_id", "customer_name", "parent_id", "parent_name", "country", "segment",
    "entity_id", "currency",
)  # fmt: skip
"""Columns that say whose row it is."""
