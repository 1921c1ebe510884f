"""payrisk simulate: a made-up company's ledger, with the truth that drives it beside it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from payrisk.cli.context import Json, current_settings, date_option
from payrisk.cli.show import show
from payrisk.errors import InputError


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk simulate`."""

    @app.command()
    def simulate(
        ctx: typer.Context,
        customers: Annotated[int, typer.Option(help="How many customers.")] = 150,
        months: Annotated[int, typer.Option(help="How many months of books.")] = 24,
        seed: Annotated[int, typer.Option(help="The same seed makes the same company.")] = 1,
        ends_on: Annotated[
            dt.date | None,
            date_option("--ends-on", "Evening on which the ledger ends (2025-12-31)."),
        ] = None,
        csv: Annotated[
            Path | None,
            typer.Option("--csv", help="Folder to write the facts to as generic CSV files, too."),
        ] = None,
        as_json: Json = False,
    ) -> int:
        """Make up a company and keep its ledger, the truth beside it under HOME/truth.

        The ledger replaces a simulated one; a home with real facts is left alone.
        """
        import pandas as pd

        from payrisk.calendar import day_of, iso
        from payrisk.ledger import Ledger
        from payrisk.ledger.stored import storage
        from payrisk.simulate import simulate as make
        from payrisk.simulate.truth.stored import save_truth, truth_sha
        from payrisk.simulate.written.csv_files import write_csv

        home = current_settings(ctx).home
        before = storage.current_sha(home)
        if before and before != truth_sha(home):
            raise InputError(
                f"{home} holds a ledger that was not simulated; give the simulation a home of its"
                " own with 'payrisk --home DIR simulate'."
            )
        made = make(customers, months, seed, day_of(ends_on) if ends_on else None)
        if not len(made.tables["invoices"]):
            raise InputError(
                f"A company of {customers} customers bills nothing in {months} months; ask for"
                " more --customers or --months."
            )
        ledger, _ = Ledger.from_tables(made.tables)
        sha = storage.save(ledger, home, replaces=before)
        truth = save_truth(made.truth_tables(), home, sha)
        files = write_csv(made.tables, csv) if csv else []
        tables = ledger.tables
        totals = ledger.balance_at(ledger.last_day).control_total()
        places = {"ledger": sha, "truth": str(truth), "csv": str(csv) if files else None}
        span = {"first_day": iso(ledger.first_day), "last_day": iso(ledger.last_day)}
        shown = {
            "Facts": pd.DataFrame(
                {"table": list(tables), "rows": [len(frame) for frame in tables.values()]}
            ),
            "Money": totals,
            "Outcome": pd.DataFrame([places | span]),
        }
        if as_json:
            shown = {name.lower(): table for name, table in shown.items()}
        show(shown, as_json=as_json, money=[c for c in totals.columns if c != "currency"])
        return 0
