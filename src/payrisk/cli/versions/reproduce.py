"""payrisk reproduce: train a version anew and say which of its files are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from payrisk.cli.context import Json, current_settings
from payrisk.cli.show import show, show_json


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk reproduce`."""

    @app.command()
    def reproduce(
        ctx: typer.Context,
        run: Annotated[
            str, typer.Argument(help="A run's id, NAME (what answers) or NAME/VERSION.")
        ],
        applications: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="The table a new-customer model was trained on."),
        ] = None,
        mapping: Annotated[
            Path | None, typer.Option(metavar="FILE", help="The mapping of that table.")
        ] = None,
        as_json: Json = False,
    ) -> int:
        """Train a version anew on its own ledger and compare every model file byte for byte."""
        from payrisk_pipelines.training.reproduce import reproduce as anew

        comparison = anew(current_settings(ctx), run, applications=applications, mapping=mapping)
        if as_json:
            show_json(comparison.to_json())
        else:
            show(
                comparison.table(),
                as_json=False,
                title=f"{comparison.name} version {comparison.version}",
            )
            typer.echo(comparison.sentence)
        return int(bool(comparison.different))
