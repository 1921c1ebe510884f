"""payrisk technical-file: what Annex IV of the EU AI Act asks, from run, card and monitor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from payrisk.cli.context import AsOf, Json, current_settings, day_or_none
from payrisk.cli.show import show_json


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk technical-file`."""

    @app.command("technical-file")
    def technical_file(
        ctx: typer.Context,
        name: Annotated[
            str, typer.Argument(help="NAME (what answers, else the candidate), NAME/VERSION, run.")
        ],
        out: Annotated[
            Path | None,
            typer.Option(metavar="DIR", help="Write technical-file.md and .json here."),
        ] = None,
        monitor: Annotated[
            bool, typer.Option("--monitor/--no-monitor", help="Ask the monitor of what answers.")
        ] = True,
        as_of: AsOf = None,
        as_json: Json = False,
    ) -> None:
        """Write a model's technical file (EU AI Act, Annex IV); what nobody knows stays open."""
        from payrisk_pipelines.technical_file import technical_file, write_technical_file

        settings = current_settings(ctx, as_of=as_of)
        day = day_or_none(settings.as_of)
        file = technical_file(settings, name, as_of=day, with_monitor=monitor)
        if out is not None:
            written = write_technical_file(file, out)
            typer.echo(f"Wrote {', '.join(str(path) for path in written)}.")
            typer.echo(f"Open points: {', '.join(file.open_points) or 'none'}.")
        elif as_json:
            show_json(file.to_json())
        else:
            typer.echo(file.markdown())
