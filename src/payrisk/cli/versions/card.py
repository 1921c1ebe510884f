"""payrisk card: what a model is for, how good it was and where not, as text or as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from payrisk.cli.context import Json, current_settings
from payrisk.cli.show import show_json


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk card`."""

    @app.command()
    def card(
        ctx: typer.Context,
        name: Annotated[
            str, typer.Argument(help="NAME (what answers, else the candidate), NAME/VERSION, run.")
        ],
        out: Annotated[
            Path | None,
            typer.Option(metavar="DIR", help="Write card.md, card.json and calibration.svg here."),
        ] = None,
        as_json: Json = False,
    ) -> None:
        """Print a model's card, or write it with the picture of its calibration."""
        from payrisk.learning.judging.card_text import card_markdown
        from payrisk_pipelines.papers.card_papers import card_of, write

        text = card_of(current_settings(ctx), name)
        if out is not None:
            typer.echo(f"Wrote {', '.join(str(path) for path in write(text, out))}.")
        elif as_json:
            show_json(text)
        else:
            typer.echo(card_markdown(text))
