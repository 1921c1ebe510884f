"""payrisk decisions sheet: what a natural person is told of a decision, in its language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from payrisk.cli.context import Json
from payrisk.errors import InputError


def sheet(
    ctx: typer.Context,
    decision_id: Annotated[
        str,
        typer.Argument(metavar="ID", help="A decision's id, or as much as tells it apart."),
    ],
    contact: Annotated[str, typer.Option(help="Whom the person may write to: name and address.")],
    language: Annotated[
        str | None,
        typer.Option(help="en de fr es it nl pl da el pt; default: of the person's country."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page (HTML) here.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the sheet of a natural person: data used, effect, what would change it, contesting."""
    from payrisk.cli.credit.desk import open_desk
    from payrisk.cli.show import show_json
    from payrisk.credit.explaining.person_data import language_for
    from payrisk.credit.explaining.person_sheet import person_sheet

    desk = open_desk(ctx)
    with desk.kept_decisions() as kept:
        reply = kept.get(decision_id)
        decision = json.loads(reply.body)
        instead = [json.loads(body) for body in kept.overrides(reply.decision_id)]
    told = person_sheet(decision, instead, language or language_for(decision), contact=contact)
    if out is not None:
        try:
            out.write_text(told.html, encoding="utf-8")
        except OSError as error:
            raise InputError(
                f"'{out}' cannot be written ({error.strerror}); choose another file."
            ) from None
        typer.echo(f"Wrote {out}.")
    elif as_json:
        show_json(told.to_json())
    else:
        typer.echo(told.text)
