"""payrisk customers changes: who began paying later, who always does, who has gone quiet."""

from __future__ import annotations

from typing import Annotated

import typer

from payrisk.cli.books.reading_books import Out, with_reading_dates, write_and_tell
from payrisk.cli.context import AsOf, Json, current_settings
from payrisk.cli.show import show
from payrisk.errors import InputError


def changes(
    ctx: typer.Context,
    as_of: AsOf = None,
    finding: Annotated[
        str | None, typer.Option(help="Only one finding, for example 'began paying later'.")
    ] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Name the customers whose paying stands out, as known on a morning, and by how much."""
    from payrisk.calendar import iso
    from payrisk.ledger.stored.storage import load
    from payrisk.receivables.behaviour.findings import (
        FINDINGS,
        count_customers_not_judged,
        findings,
    )

    if finding is not None and finding not in FINDINGS:
        raise InputError(f"'{finding}' is no finding; use {', '.join(FINDINGS)}.")
    settings = current_settings(ctx)
    ledger = load(settings.home)
    history = ledger.as_of(as_of or settings.as_of or ledger.default_as_of)
    table = findings(history)
    table = table if finding is None else table[table["finding"] == finding]
    shown = with_reading_dates(table, history)
    write_and_tell({"customers": shown}, (), out)
    title = f"Customers as of {iso(history.as_of)}"
    show(shown if as_json else table.round(3), as_json=as_json, title=title, money=())
    if not as_json:
        n = count_customers_not_judged(history)
        typer.echo(f"\nToo few payments to tell a change: {n} customers.")
