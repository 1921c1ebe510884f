"""payrisk mcp: the agent door over standard input and output, for programs that start servers."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from typing import Annotated

import typer

from payrisk.cli.context import current_settings

PATIENCE_SECONDS = 120.0


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk mcp`."""

    @app.command()
    def mcp(
        ctx: typer.Context,
        url: Annotated[
            str, typer.Option(help="The service that answers; PAYRISK_KEY is sent to it.")
        ] = "http://127.0.0.1:8000",
    ) -> None:
        """Hand each line from standard input to a running service and print its answer.

        Twelve questions that only read, under the roles and entities of the key.
        """
        from payrisk.errors import InputError

        settings = current_settings(ctx)
        if not url.startswith(("http://127.0.0.1", "http://localhost", "https://")):
            raise InputError("Write the service as https://…; http is for this machine alone.")
        headers = {"Content-Type": "application/json"}
        if settings.key:
            headers["Authorization"] = f"Bearer {settings.key}"
        for line in sys.stdin:
            if not line.strip():
                continue
            request = urllib.request.Request(f"{url}/mcp", line.encode(), headers)  # noqa: S310
            try:
                with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
                    told = answer.read().decode()
            except urllib.error.HTTPError as error:
                raise InputError(
                    f"The service refused it ({error.code}); set PAYRISK_KEY to a key in force."
                ) from None
            except OSError as error:
                raise InputError(f"{url} does not answer ({type(error).__name__}).") from None
            if told:
                typer.echo(told)
