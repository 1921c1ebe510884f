"""payrisk serve: answer over HTTP, on this machine or beyond it."""

from __future__ import annotations

from pathlib import Path
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
            str | None,
            typer.Option(help="Address to answer on; beyond this machine with keys and TLS only."),
        ] = None,
        port: Annotated[
            int | None,
            typer.Option(help="Port to answer on; 0 takes a free one.", min=0, max=65535),
        ] = None,
        tls_certificate: Annotated[
            Path | None, typer.Option(help="PEM file of the certificate to answer with.")
        ] = None,
        tls_key: Annotated[
            Path | None, typer.Option(help="PEM file of the certificate's private key.")
        ] = None,
        proxy: Annotated[
            list[str] | None,
            typer.Option(help="Address of a proxy that ends TLS before it (repeatable)."),
        ] = None,
        host_name: Annotated[
            list[str] | None,
            typer.Option(help="Name under which it is asked from elsewhere (repeatable)."),
        ] = None,
    ) -> None:
        """Serve decisions, curves, cash and aging until stopped; without --as-of, as of today."""
        settings = current_settings(
            ctx,
            as_of=as_of,
            host=host,
            port=port,
            tls_certificate=tls_certificate,
            tls_key=tls_key,
            proxy=",".join(proxy) if proxy else None,
            host_name=",".join(host_name) if host_name else None,
        )
        from payrisk_api.serving import serve as run  # the web stack, half a second

        run(settings, started=lambda sentence: typer.echo(sentence, err=True))
