"""payrisk tune: search a model's settings on past rows that no gate judges on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from payrisk.cli.context import AllowUndated, AsOf, Json, current_settings, day_or_none
from payrisk.cli.show import show, show_json


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk tune`."""

    @app.command()
    def tune(
        ctx: typer.Context,
        name: Annotated[str, typer.Argument(help="Name of the model, such as days-to-pay.")],
        trials: Annotated[int, typer.Option(min=1, help="How many settings are tried.")] = 30,
        seconds: Annotated[
            float | None, typer.Option(min=1, help="No trial begins after so many seconds.")
        ] = None,
        out: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="Keep it as JSON for `payrisk train --settings`."),
        ] = None,
        as_of: AsOf = None,
        allow_undated: AllowUndated = None,
        as_json: Json = False,
    ) -> None:
        """Search a model's settings with Optuna; nothing is changed, the finding is printed."""
        from payrisk_pipelines.training.tune import tune as search

        settings = current_settings(ctx, as_of=as_of)
        tuned = search(
            settings,
            name,
            day_or_none(settings.as_of),
            trials=trials,
            seconds=seconds,
            allow_undated=allow_undated or (),
            report=lambda sentence: typer.echo(sentence, err=True),
        )
        if out is not None:
            tuned.write(out)
        if as_json:
            show_json(tuned.to_json())
            return
        show(tuned.table(), as_json=False, title=name)
        typer.echo(tuned.sentence)
        if out is not None:
            typer.echo(f"Wrote {out}; `payrisk train {name} --settings {out}` trains with it.")
        else:
            typer.echo(f"To train with it, write into the spec of {name}:\n{tuned.lines}")
