"""payrisk benchmark: the ledger as others can learn from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from payrisk.cli.context import Json, current_settings
from payrisk.cli.show import show


def add_commands(app: typer.Typer) -> None:
    """Register the `payrisk benchmark` commands."""
    benchmark_app = typer.Typer(help="The ledger as a benchmark that others can enter.")
    app.add_typer(benchmark_app, name="benchmark")
    benchmark_app.callback()(_group)
    benchmark_app.command("export")(export)


def _group() -> None:
    """The ledger as a benchmark that others can enter."""


def export(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="An empty or new folder.")],
    as_json: Json = False,
) -> None:
    """Write the ledger as numbered tables with three tasks, their labels and the SQL of these.

    Names, document numbers and free words stay at home. The layout is that of RelBench.
    """
    from payrisk.ledger.stored import storage
    from payrisk_pipelines.export.relational import export_relational

    ledger = storage.load(current_settings(ctx).home)
    show(export_relational(ledger, folder), as_json=as_json)
