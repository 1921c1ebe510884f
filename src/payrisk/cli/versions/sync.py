"""payrisk sync: MLflow's champions and those here brought together, once or now and then."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from payrisk.cli.context import Json, current_settings, utc_now
from payrisk.cli.show import show, show_json
from payrisk.errors import PayriskError


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk sync`."""

    @app.command()
    def sync(
        ctx: typer.Context,
        watch: Annotated[
            float | None,
            typer.Option(metavar="SECONDS", help="Go on, and look again after so long.", min=1),
        ] = None,
        as_json: Json = False,
    ) -> int:
        """Let MLflow's aliases follow what moved here, and what answers here what moved there.

        Exit code 1 when the two stay apart: both moved, or gates or duties forbid it.
        """
        settings = current_settings(ctx)
        from payrisk_pipelines.training.regate import regate
        from payrisk_pipelines.versions.syncing import sync as run

        if watch is None:
            synced = run(settings, moved_at=utc_now(), regate=regate)
            if as_json:
                show_json(synced.to_json())
            elif synced.models:
                show(synced.table(), as_json=False, title="champions here and in MLflow")
            else:
                typer.echo("No champion is here or in MLflow yet; `payrisk promote` makes one.")
            return 1 if synced.needs_a_person else 0
        last_lines: list[str] = []
        while True:
            try:
                lines = run(settings, moved_at=utc_now(), regate=regate).moved
            except PayriskError as error:
                lines = [str(error)]
            except Exception as error:  # the watch must outlive whatever a model can raise
                lines = [f"One look failed ({type(error).__name__}); the next comes as usual."]
            for sentence in lines:
                if sentence not in last_lines:  # what stays as it is is said once
                    typer.echo(sentence)
            last_lines = lines
            time.sleep(watch)
