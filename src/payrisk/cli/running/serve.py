"""payrisk serve: answer over HTTP on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from payrisk.cli.context import AsOf, current_settings


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk serve`."""

    @app.command()
    def serve(
        ctx: typer.Context,
        as_of: AsOf = None,
        host: Annotated[
            str | None, typer.Option(help="Address to answer on; this machine's own only.")
        ] = None,
        port: Annotated[
            int | None,
            typer.Option(help="Port to answer on; 0 takes a free one.", min=0, max=65535),
        ] = None,
    ) -> None:
        """Serve decisions, curves, cash and aging until stopped; without --as-of, as of today."""
        settings = current_settings(ctx, as_of=as_of, host=host, port=port)
        from payrisk_api.serving import serve as run  # the web stack, half a second

        run(settings, started=lambda sentence: typer.echo(sentence, err=True))
