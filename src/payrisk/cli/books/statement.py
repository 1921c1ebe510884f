"""payrisk customers statement: one customer's account, on screen, as a page or as a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from payrisk.cli.books.reading_books import read_books
from payrisk.cli.context import AsOf, CloseOf, Json, current_settings
from payrisk.errors import InputError


def statement(
    ctx: typer.Context,
    customer: Annotated[str, typer.Argument(metavar="ID", help="A customer's id.")],
    close_of: CloseOf = None,
    as_of: AsOf = None,
    language: Annotated[
        str, typer.Option(help="Of the page: en, de, fr, es, it, nl, pl, da, el or pt.")
    ] = "en",
    out: Annotated[
        Path | None, typer.Option("--out", help="Write a page (.html) or a workbook (.xlsx).")
    ] = None,
    as_json: Json = False,
) -> None:
    """State a customer's account: open items, ageing, credits on account, disputes, promises."""
    from payrisk.calendar import iso
    from payrisk.cli.show import show, show_json
    from payrisk.files import write_tables
    from payrisk.receivables.statement.page import statement_page
    from payrisk.receivables.statement.statement import MONEY, CustomerStatement

    _, books = read_books(current_settings(ctx), as_of, close_of)
    made = CustomerStatement.of(books, customer)
    totals = {*made.bands, "unapplied", "balance"}
    if out is not None and out.suffix == ".html":
        out.write_text(statement_page(made, language), "utf-8")
        typer.echo(f"Wrote {out}", err=True)
        return
    if out is not None:
        if out.suffix != ".xlsx":
            raise InputError(f"A statement is written as .html or .xlsx, not '{out.suffix}'.")
        tables = {"open items": made.items, "ageing": made.ageing}
        for path in write_tables(out, tables, {*MONEY, *totals}):
            typer.echo(f"Wrote {path}", err=True)
        return
    if as_json:
        show_json(made.document({*MONEY, *totals}))
        return
    title = f"{made.name} ({made.customer_id}) at the close of {iso(made.close_of)}"
    shown = made.items.drop(columns=["kind", "bucket"]).dropna(axis="columns", how="all")
    show(
        {f"Open items of {title}": shown, "Ageing": made.ageing},
        as_json=False,
        money={*MONEY, *totals},
    )
