"""payrisk customers exits: with whom a year earns less than it loses, ties up and costs to ask."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from payrisk.cli.books.reading_books import Out
from payrisk.cli.context import AsOf, Json
from payrisk.cli.show import show, show_json


def exits(
    ctx: typer.Context,
    as_of: AsOf = None,
    margins: Annotated[
        Path | None,
        typer.Option(help="CSV of customer_id and margin_rate; default: margins.csv of the home."),
    ] = None,
    currency: Annotated[
        str | None, typer.Option(help="In this currency; default: that of most invoices.")
    ] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """List customers whose margin is below expected loss, cost of the money and cost of asking.

    Of the year before the morning. Without margins nothing is given.
    """
    from payrisk.answers.collecting.exits import (
        NOT_GIVEN,
        exits_document,
        margins_of_home,
        morning_exits,
    )
    from payrisk.cli.credit.desk import open_desk
    from payrisk.collecting.leaving.exits import MONEY
    from payrisk.collecting.worklist.policy import CollectingPolicy
    from payrisk.files import write_tables

    desk = open_desk(ctx, as_of)
    home, answers = desk.settings.home, desk.answers
    known = margins_of_home(home, answers.policy, margins)
    policy = CollectingPolicy.of_home(home)
    made = None if known is None else morning_exits(answers, desk.day, policy, known, currency)
    document = exits_document(answers.ledger_sha, desk.day, made)
    if as_json:
        show_json(document)
        return
    if made is None:
        typer.echo(f"No exit list is given: {NOT_GIVEN}.")
        return
    if out is not None:
        for written in write_tables(out, {"exits": made.rows}, MONEY):
            typer.echo(f"Wrote {written}", err=True)
    title = (
        f"Worth less than they cost, in the year before {document['as_of']},"
        f" margins of {made.margins}"
    )
    show(made.rows, as_json=False, title=title, money=MONEY)
    left = "".join(f"; {n} not: {why}" for why, n in made.not_judged.items())
    typer.echo(f"\nJudged: {made.n_judged} customers{left}.")
