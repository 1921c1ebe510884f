"""payrisk pack: the Monday pack of a treasurer, into a folder, from a timer or by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from payrisk.cli.cash.what_if import InSample
from payrisk.cli.context import AsOf, Json, current_settings, day_or_none
from payrisk.cli.show import show

Rate = typer.Option(min=0.0, max=1.0, help="A year, of 1: 0.06 is 6 %.")
MONEY = (
    "before", "gone", "new", "revised", "after", "not_yet_issued_before", "not_yet_issued_after",
    "all_before", "all_after", "expected", "actual", "lacking", "idle", "borrowing_cost",
    "idle_cost", "cost",
)  # fmt: skip


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk pack`."""

    @app.command()
    def pack(
        ctx: typer.Context,
        as_of: AsOf = None,
        out: Annotated[
            Path | None,
            typer.Option("--out", help="Folder to write into; default HOME/packs/MORNING."),
        ] = None,
        borrowing_rate: Annotated[float, Rate] = 0.06,
        deposit_rate: Annotated[float, Rate] = 0.02,
        in_sample: InSample = False,
        as_json: Json = False,
    ) -> None:
        """Publish the forecast and write what comes, changed, turned and what the miss cost."""
        from payrisk.calendar import iso
        from payrisk_pipelines.pack.pack import LendingRates, monday_pack
        from payrisk_pipelines.pack.writing import TITLES, write_pack

        settings = current_settings(ctx)
        made = monday_pack(
            settings,
            as_of=day_or_none(as_of or settings.as_of),
            rates=LendingRates(borrowing_rate, deposit_rate),
            in_sample=in_sample,
            now=dt.datetime.now(dt.UTC),
        )
        folder = out or settings.home / "packs" / iso(made.as_of)
        folder.mkdir(parents=True, exist_ok=True)
        for path in write_pack(made, folder):
            typer.echo(f"Wrote {path}", err=True)
        tables = {name: made.tables[name] for name in TITLES if name in made.tables}
        if as_json:
            show(tables, as_json=True, money=MONEY)
            return
        typer.echo(f"{made.title}; forecast {made.name}, before it {made.before or 'none'}.")
        if doubt := made.receipts.cash.doubt:
            typer.echo(f"Not verified: {doubt}.")
        for note in made.notes:
            typer.echo(note)
        shown = {TITLES[name]: t for name, t in tables.items() if name != "variance" and len(t)}
        show(shown, as_json=False, money=MONEY, limit=20, width=100)
