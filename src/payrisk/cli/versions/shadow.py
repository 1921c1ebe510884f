"""payrisk shadow: let a candidate score beside the champion, and see where they would differ."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from payrisk.cli.context import Json, current_settings, utc_now
from payrisk.cli.show import show

Name = Annotated[str, typer.Argument(help="Name of the model, such as days-to-pay.")]


class _StartsByDefault(TyperGroup):
    """`payrisk shadow NAME` is short for `payrisk shadow start NAME`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        named = args and (args[0] in self.commands or args[0].startswith("-"))
        return super().resolve_command(ctx, args if named else ["start", *args])


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk shadow`."""
    group = typer.Typer(cls=_StartsByDefault, rich_markup_mode=None)
    for command in (start, report, stop):
        group.command()(command)
    app.add_typer(group, name="shadow")

    @group.callback()
    def shadow() -> None:
        """Score with a candidate beside the champion; no answer ever comes from it."""


def start(
    ctx: typer.Context,
    name: Name,
    version: Annotated[
        str | None, typer.Argument(help="A version, or an alias in MLflow; default: candidate.")
    ] = None,
) -> None:
    """Have the running service ask a version, too, off the path of its answers."""
    from payrisk_models import spec

    spec(name)
    from payrisk_pipelines.versions.promoting import shadow as run

    shadow = run(current_settings(ctx), name, version, started_at=utc_now())
    typer.echo(
        f"{name} version {shadow} scores in shadow now; `payrisk shadow report {name}` compares."
    )


def stop(ctx: typer.Context, name: Name) -> None:
    """End it; what was said is kept."""
    from payrisk import pointers
    from payrisk.errors import ModelError

    settings = current_settings(ctx)
    if pointers.NAME.fullmatch(name) is None or pointers.shadow(settings.home, name) is None:
        raise ModelError(f"No version of '{name}' scores in shadow here.")
    pointers.set_shadow(
        settings.home, name, None, pointers.PointerMove(utc_now(), "unshadow", settings.actor)
    )
    typer.echo(f"No version of {name} scores in shadow any more.")


def report(ctx: typer.Context, name: Name, as_json: Json = False) -> None:
    """Say how far the candidate's answers were from the champion's, by group."""
    from payrisk.answers.shadow.agreement import Agreement, read_rows
    from payrisk_models import spec

    spec(name)
    agreement = Agreement(name, read_rows(current_settings(ctx).home, name))
    if agreement.rows.empty and not as_json:
        typer.echo(
            f"Nothing was scored in shadow for {name} yet; `payrisk shadow {name}` beside a"
            " running `payrisk serve` begins it."
        )
        return
    tables = {
        f"{name}: candidate less champion": agreement.table(),
        "would be said or decided otherwise": agreement.decided_otherwise(),
    }
    show(tables, as_json=as_json, money=())
