"""payrisk aging, payrisk kpis: where the receivables stand on an evening."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.context import AsOf, CloseOf, Json, current_settings
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


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk aging` and `payrisk kpis`."""

    @app.command()
    def aging(
        ctx: typer.Context,
        close_of: CloseOf = None,
        as_of: AsOf = None,
        by: Annotated[
            str, typer.Option(help="customer, entity, both ('customer,entity') or currency.")
        ] = "currency",
        between: Annotated[
            tuple[str, str] | None,
            typer.Option(
                "--rollforward",
                metavar="FROM TO",
                help="How the balance of one evening became that of another, to the cent.",
            ),
        ] = None,
        out: Out = None,
        as_json: Json = False,
    ) -> None:
        """Age what is owed: true at an evening (--close-of) or as known one morning (--as-of)."""
        if between:
            _roll_forward(current_settings(ctx), between, out, as_json=as_json)
            return
        from payrisk.answers import groups
        from payrisk.receivables.aging import AMOUNTS
        from payrisk.receivables.aging import aging as age

        keys = groups.group_columns(by, groups.RECEIVABLES)
        _, books = _books(current_settings(ctx), as_of, close_of)
        aged = age(books)
        table = aged.by(*keys)
        _give(table, f"Receivables {aged.title}", books, set(AMOUNTS), out, as_json)

    @app.command()
    def kpis(
        ctx: typer.Context,
        close_of: CloseOf = None,
        as_of: AsOf = None,
        window: Annotated[int, typer.Option(help="Days the measures look back.", max=3650)] = 90,
        out: Out = None,
        as_json: Json = False,
    ) -> None:
        """DSO and its family per currency; days unless said otherwise."""
        from payrisk.receivables.kpis import AMOUNTS, opening_books
        from payrisk.receivables.kpis import kpis as measure

        ledger, books = _books(current_settings(ctx), as_of, close_of)
        measured = measure(books, opening_books(ledger, books, window), window)
        table = measured.rows.round(2)
        _give(table, f"Measures {measured.title}", books, set(AMOUNTS), out, as_json)


def _roll_forward(
    settings: Settings, between: tuple[str, str], out: Path | None, *, as_json: bool
) -> None:
    """Print what lies between two evenings, one row an entity and currency."""
    from payrisk.calendar import day_of
    from payrisk.ledger.stored.storage import load
    from payrisk.receivables.rollforward import AMOUNTS, rollforward

    ledger = load(settings.home)
    starts_on, ends_on = map(day_of, between)
    rolled = rollforward(ledger, starts_on, ends_on, ledger.default_as_of)
    table = rolled.rows
    if out:
        from payrisk.files import write_tables

        (path,) = write_tables(out, {"rollforward": table}, set(AMOUNTS))
        typer.echo(f"Wrote {path}", err=True)
    show(table, as_json=as_json, title=f"Receivables {rolled.title}", money=set(AMOUNTS))


def _books(
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


def _give(
    table: pd.DataFrame,
    title: str,
    books: Books,
    money: set[str],
    out: Path | None,
    as_json: bool,
) -> None:
    """Print for people, or with both dates in every record for programs and files."""
    dated = table.copy()
    dated.insert(0, "close_of", books.close_of)
    dated.insert(1, "known_before", books.known_before)
    if out:
        from payrisk.files import write_tables

        (path,) = write_tables(out, {"receivables": dated}, money)
        typer.echo(f"Wrote {path}", err=True)
    show(dated if as_json else table, as_json=as_json, title=title, money=money)
