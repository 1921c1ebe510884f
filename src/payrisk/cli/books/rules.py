"""payrisk ledger interest: the rate for paying late that was agreed; and undo, of an import."""

from __future__ import annotations

from typing import Annotated

import typer

from payrisk.cli.books.undoing import add_commands as add_undo
from payrisk.cli.context import Json, current_settings
from payrisk.cli.show import show
from payrisk.errors import InputError

HIGHEST = 1.0


def add_commands(app: typer.Typer) -> None:
    """Add `interest` and `undo` to the commands of `payrisk ledger`."""
    add_undo(app)

    @app.command("interest")
    def interest(
        ctx: typer.Context,
        rate: Annotated[
            float | None, typer.Argument(help="The year's rate agreed; 0 = none, 0.09 = 9 %.")
        ] = None,
        as_json: Json = False,
    ) -> int:
        """Show the rate of interest agreed for paying late, or agree on another.

        Up to it the excess of a late payment is interest; without a rate all of it is on account.
        Ledgers that began with an earlier release hold 12 %. The facts stay as they are; the
        ledger has another name, since its books are others.
        """
        from dataclasses import replace

        import pandas as pd

        from payrisk.ledger import Ledger
        from payrisk.ledger.stored import storage

        home = current_settings(ctx).home
        if rate is not None and not 0 <= rate <= HIGHEST:
            raise InputError(
                f"A rate of {rate:g} cannot be meant; give a share, such as 0.09 or 0."
            )
        with storage.import_lock(home):
            before = storage.current_sha(home)
            ledger = storage.load(home)
            now, sha = ledger.rules.interest_rate, before
            if rate is not None and rate != now:
                agreed = Ledger(ledger.tables, replace(ledger.rules, interest_rate=rate))
                sha, now = storage.save(agreed, home, replaces=before), rate
        status = "unchanged" if sha == before else "new"
        line = {"interest_rate": now, "ledger": sha, "status": status}
        show(pd.DataFrame([line]), as_json=as_json, title="Interest agreed")
        return 0
