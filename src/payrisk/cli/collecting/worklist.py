"""payrisk worklist: whom to call this morning, what it is worth, and who is left alone and why."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import typer

from payrisk.cli.books.reading_books import Out
from payrisk.cli.context import AsOf, Json, date_option, day_or_none
from payrisk.cli.show import show, show_json
from payrisk.errors import InputError

SHOWN = ("rank", "customer_id", "name", "collector", "step", "tone", "currency", "overdue",
         "oldest_days_late", "value", "held_a_month_earlier", "contact", "claimed_by",
         "reason")  # fmt: skip


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk worklist`."""
    app.command("worklist")(worklist)


def worklist(  # noqa: PLR0913, PLR0917 - one argument an option of the command
    ctx: typer.Context,
    as_of: AsOf = None,
    limit: Annotated[
        int | None, typer.Option(help="Rows at most; default: the policy's capacity.", min=1)
    ] = None,
    collector: Annotated[str | None, typer.Option(help="Only the rows of this collector.")] = None,
    currency: Annotated[
        str | None, typer.Option(help="In this currency; default: that of most late invoices.")
    ] = None,
    for_shortfall: Annotated[
        dt.date | None,
        date_option("--for-shortfall", "Rank by the chance that cash reaches --need by this day."),
    ] = None,
    need: Annotated[
        str | None, typer.Option(help="The cash needed by then, as 250000.00.")
    ] = None,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Show who is left alone, and why, too.")
    ] = False,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Rank customers with late invoices by what acting on them this morning is worth."""
    from payrisk.answers.collecting.worklist import (
        CashNeed,
        DeskRecords,
        morning_worklist,
        worklist_document,
    )
    from payrisk.cli.credit.desk import cents, open_desk
    from payrisk.collecting.holdout.trial import held_out_on
    from payrisk.collecting.worklist.listing import MONEY
    from payrisk.collecting.worklist.policy import CollectingPolicy
    from payrisk.files import write_tables
    from payrisk.store import read_actions

    desk = open_desk(ctx, as_of)
    policy = CollectingPolicy.of_home(desk.settings.home)
    kept = read_actions(desk.settings.database_url)
    held_out = held_out_on(desk.settings.home, desk.day)
    notes = DeskRecords(kept.actions, kept.contacts, kept.opted_out, held_out)
    shortfall = None
    day = day_or_none(for_shortfall)
    if day is not None:
        if need is None or currency is None:
            raise InputError("Say how much is needed, and in which --currency: --need 250000.00.")
        shortfall = CashNeed(day, cents(need, currency))
    made = morning_worklist(
        desk.answers,
        desk.day,
        notes,
        policy,
        currency=currency,
        limit=limit,
        shortfall=shortfall,
    )
    rows = made.made.rows
    if collector is not None:
        rows = rows[rows["collector"] == collector].reset_index(drop=True)
    if as_json:
        show_json(worklist_document(made, rows, MONEY))
        return
    if out is not None:
        tables = {"worklist": rows, "waiting": made.made.waiting}
        for written in write_tables(out, tables, MONEY):
            typer.echo(f"Wrote {written}", err=True)
    _print(made, rows, with_waiting=waiting)


def _print(made: Any, rows: Any, *, with_waiting: bool) -> None:
    from payrisk.calendar import iso
    from payrisk.collecting.worklist.listing import MONEY

    listed = made.made
    title = (
        f"Worklist as of {iso(listed.as_of)}, ranked by {listed.ranked_by}, by {made.curves};"
        " what asking changes is a stated prior"
    )
    shown = rows[list(SHOWN)].dropna(axis="columns", how="all") if len(rows) else rows
    show(shown, as_json=False, title=title, money=MONEY)
    if made.chance is not None:
        typer.echo(f"\nCash reaches the need in {made.chance:.0%} of the draws anyhow.")
    left = len(listed.waiting)
    if with_waiting:
        typer.echo()
        show(listed.waiting, as_json=False, title="Left alone", money=MONEY)
    elif left:
        why = listed.waiting["why"].str.split(r":| on \d| for \d", regex=True).str[0]
        told = "; ".join(f"{n} {words}" for words, n in why.value_counts().items())
        typer.echo(f"\nLeft alone: {left} customers ({told}). --waiting shows them.")
    for code in listed.unrated:
        typer.echo(f"Not ranked for want of a rate: what is overdue in {code}.")
