"""payrisk ledger undo: the ledger from before the last import answers again."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from payrisk.cli.context import Json, current_settings


def add_commands(ledger_app: typer.Typer) -> None:
    """Register `payrisk ledger undo`."""

    @ledger_app.command("undo")
    def undo(
        ctx: typer.Context,
        reason: Annotated[str, typer.Option(help="Why; it is recorded.")] = "",
        as_json: Json = False,
    ) -> int:
        """Take the last import back: the ledger from before it answers again.

        The ledger it had made stays kept, and its files may be imported again.
        """
        from payrisk.calendar import day_of
        from payrisk.cli.show import show_json
        from payrisk.ledger.importing.undoing import undo_import

        line = undo_import(current_settings(ctx).home, day_of(dt.date.today()), reason)
        if as_json:
            show_json(line)
            return 0
        files = ", ".join(line["files"])
        typer.echo(f"Undone: {files}. The ledger is {line['ledger_after'][:12]} again.")
        return 0
