"""payrisk mlflow: MLflow's own pages over this home's runs and versions."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Annotated

import typer

from payrisk.cli.context import current_settings


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk mlflow`."""

    @app.command()
    def mlflow(
        ctx: typer.Context,
        port: Annotated[
            int,
            typer.Option(help="Port to answer on; 0 takes a free one.", min=0, max=65535),
        ] = 5000,
    ) -> None:
        """Open MLflow on this home's runs, for this machine only, until stopped."""
        settings = current_settings(ctx)
        from payrisk.registry.connecting import address_of, is_server
        from payrisk.registry.pages import serve_pages

        if is_server(settings.mlflow_uri):
            address = address_of(settings.mlflow_uri)
            typer.echo(f"This home keeps its runs at {address}/; open that address.")
            return
        # asked to end, it ends its child first
        signal.signal(signal.SIGTERM, _leave)
        with (
            suppress(KeyboardInterrupt),
            serve_pages(settings.home, settings.mlflow_uri, settings.mlflow_artifacts, port) as (
                address,
                process,
            ),
        ):
            typer.echo(
                f"MLflow shows {settings.home} at {address}; stop it with Ctrl-C.", err=True
            )
            process.wait()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
