"""payrisk actions and promises: record what was done or promised, post it, take it back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from payrisk.cli.books.reading_books import Out, print_or_write, read_books
from payrisk.cli.context import (
    AsOf,
    CloseOf,
    Json,
    current_settings,
    date_from,
    date_option,
    day_or_none,
    utc_now,
)
from payrisk.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from payrisk.collecting.recording.action import PlanPart
    from payrisk.ledger import Ledger
    from payrisk.settings import Settings

LISTED = ("action_id", "happened_on", "kind", "customer_id", "name", "invoices", "amount",
          "currency", "refers_on", "outcome", "actor", "standing")  # fmt: skip


def add_commands(app: typer.Typer) -> None:
    """Register the `payrisk actions` commands and `payrisk promises`."""
    actions = typer.Typer(
        no_args_is_help=True, help="Record calls, promises, disputes, plans and notes."
    )
    app.add_typer(actions, name="actions")
    actions.command("add")(add)
    actions.command("list")(list_actions)
    actions.command("post")(post)
    actions.command("undo")(undo)
    app.command("promises")(promises)


def add(  # noqa: PLR0913, PLR0917 - one argument an option of the command
    ctx: typer.Context,
    kind: Annotated[
        str,
        typer.Argument(
            help="call, reminder, note, promise, dispute_opened, dispute_closed, plan, escalation,"
            " claim or release."
        ),
    ],
    customer: Annotated[str, typer.Argument(help="A customer's id or name.")],
    invoice: Annotated[
        list[str] | None,
        typer.Option(help="An invoice, or ID/2 for its second instalment (repeatable)."),
    ] = None,
    amount: Annotated[str | None, typer.Option(help="Promised or disputed, as 1250.00.")] = None,
    currency: Annotated[
        str | None, typer.Option(help="Of the amount; default: as billed.")
    ] = None,
    by: Annotated[
        dt.date | None, date_option("--by", "The day promised, or up to which a claim holds.")
    ] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(metavar="DAY=AMOUNT", help="One payment of a plan (repeatable)."),
    ] = None,
    channel: Annotated[str | None, typer.Option(help="telephone, e-mail, letter …")] = None,
    tone: Annotated[str | None, typer.Option(help="friendly, firm or empathetic.")] = None,
    outcome: Annotated[
        str | None,
        typer.Option(help="Of a call: reached, 'message left', 'nobody reached', 'wrong number'."),
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, in a few words.")] = None,
    owner: Annotated[str | None, typer.Option(help="Who sees to a dispute.")] = None,
    text: Annotated[str | None, typer.Option(help="A note in your own words.")] = None,
    on: Annotated[dt.date | None, date_option("--on", "When it happened; default: today.")] = None,
    recorded_on: Annotated[
        dt.date | None, date_option("--recorded-on", "When it was written down; default: today.")
    ] = None,
    again: Annotated[
        int, typer.Option(help="Record the same once more: its number, from 2 on.", min=1)
    ] = 1,
    as_json: Json = False,
) -> None:
    """Record what was done about a customer's open items, or what it said.

    Typed twice it is kept once. What is recorded on a day is known from the morning after, once
    it is posted: by `payrisk actions post` or the next import.
    """
    from payrisk.calendar import day_of
    from payrisk.collecting.recording.action import Action, InvoicePart
    from payrisk.ledger.stored.storage import load

    settings = current_settings(ctx)
    ledger = load(settings.home)
    customer_id = _customer_id(ledger, customer)
    parts = tuple(map(InvoicePart.from_text, invoice or ()))
    code = _currency(ledger, customer_id, [p.invoice_id for p in parts], currency)
    written_on = day_of(recorded_on or dt.date.today())
    action = Action(
        kind=kind,
        customer_id=customer_id,
        actor=settings.actor,
        happened_on=day_or_none(on) or written_on,
        recorded_on=written_on,
        invoices=parts,
        amount=None if amount is None else _cents(amount, code),
        currency=code if amount is not None or part else None,
        refers_on=day_or_none(by),
        parts=tuple(_plan_part(text, code) for text in part or ()),
        channel=channel,
        tone=tone,
        outcome=outcome,
        reason=reason,
        owner=owner,
        text=text,
    ).validate()
    _keep(settings, action, again, as_json=as_json)


def undo(
    ctx: typer.Context,
    action_id: Annotated[str, typer.Argument(help="The id of the action.")],
    reason: Annotated[str, typer.Option(help="Why it is taken back.")],
    recorded_on: Annotated[
        dt.date | None, date_option("--recorded-on", "When it is taken back; default: today.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Take an action back; it stays on file, and what was posted of it moves nothing any more."""
    from payrisk.calendar import day_of
    from payrisk.collecting.recording.action import Action

    settings = current_settings(ctx)
    day = day_of(recorded_on or dt.date.today())
    action = Action("undo", "?", settings.actor, day, day, reason=reason, undoes=action_id)
    _keep(settings, action.validate(), 1, as_json=as_json)


def list_actions(
    ctx: typer.Context,
    customer: Annotated[str | None, typer.Option(help="Only of this customer.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """List what was recorded, newest first, and how far the ledger knows it."""
    import pandas as pd

    from payrisk.answers.collecting.recorded import action_rows
    from payrisk.cli.show import show, show_json
    from payrisk.files import write_tables
    from payrisk.ledger.stored.storage import load
    from payrisk.store import read_actions

    settings = current_settings(ctx)
    ledger, kept = load(settings.home), read_actions(settings.database_url)
    who = None if customer is None else _customer_id(ledger, customer)
    rows = action_rows(
        kept.actions, _names(ledger), ledger.tables["events"], customer_id=who, kind=kind
    )
    if as_json:
        show_json(rows)
        return
    table = pd.DataFrame(rows, columns=list(LISTED))
    table["invoices"] = [", ".join(names) for names in table["invoices"]]
    if out is not None:
        write_tables(out, {"actions": table}, ())
        typer.echo(f"Wrote {out}", err=True)
    show(table.dropna(axis="columns", how="all"), as_json=False, title="Recorded", money=())


def post(
    ctx: typer.Context,
    recorded_on: Annotated[
        dt.date | None, date_option("--recorded-on", "The day of posting; default: today.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Add what was recorded to the ledger; every import does so too, and twice adds nothing."""
    from payrisk.calendar import day_of
    from payrisk.cli.show import show_json
    from payrisk.store import read_actions
    from payrisk_pipelines.posting import post_actions

    settings = current_settings(ctx)
    kept = read_actions(settings.database_url)
    day = day_of(recorded_on or dt.date.today())
    done = post_actions(settings.home, kept.actions, day)
    if as_json:
        show_json(
            {"ledger_sha": done.sha, "events": done.n_events, "last_action": done.last_action,
             "problems": [problem.message for problem in done.problems]}
        )  # fmt: skip
        return
    typer.echo(f"{done.n_events} events added; the last action posted is {done.last_action}.")
    for problem in done.problems:
        typer.echo(f"Set aside: {problem.message} ({problem.n})")


def promises(
    ctx: typer.Context,
    close_of: CloseOf = None,
    as_of: AsOf = None,
    state: Annotated[
        str | None,
        typer.Option(help="kept, part_kept, broken, renegotiated, pending or not_needed."),
    ] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """List every promise to pay and what came of it, as the books tell it."""
    from payrisk.answers.collecting.promised import MONEY, promise_table
    from payrisk.calendar import iso
    from payrisk.receivables.agreements.promises import STATES

    if state is not None and state not in STATES:
        raise InputError(f"'{state}' is no state of a promise; use {', '.join(STATES)}.")
    ledger, books = read_books(current_settings(ctx), as_of, close_of)
    table = promise_table(books, _names(ledger), state=state)
    title = (
        f"Promises at the close of {iso(books.close_of)}, known before {iso(books.known_before)}"
    )
    print_or_write(table, title, books, MONEY, out, as_json=as_json)


def _keep(settings: Settings, action: Any, again: int, *, as_json: bool) -> None:
    from payrisk.cli.show import show_json
    from payrisk.store import DecisionStore, action_sha

    sha = action_sha(action)
    key = f"typed-{sha}" if again == 1 else f"typed-{sha}-{again}"
    with DecisionStore(settings.database_url) as store:
        kept, is_known = store.actions.record(key, action, utc_now(), request_sha=sha)
    if as_json:
        show_json(kept.document() | {"was_known": is_known})
        return
    before = " was recorded before; --again 2 records it once more" if is_known else ""
    typer.echo(f"{kept.action_id}{before}")


def _names(ledger: Ledger) -> dict[str, str]:
    table = ledger.tables["customers"][["customer_id", "name"]].astype(object)
    names = table["name"].where(table["name"].notna(), table["customer_id"])
    return dict(zip(table["customer_id"], names, strict=True))


def _customer_id(ledger: Ledger, id_or_name: str) -> str:
    names = _names(ledger)
    if id_or_name in names:
        return id_or_name
    wanted = id_or_name.casefold()
    hits = [who for who, name in names.items() if wanted in (who.casefold(), name.casefold())]
    if len(hits) != 1:
        raise InputError(
            f"'{id_or_name}' is {'no customer' if not hits else 'the name of several customers'};"
            " `payrisk customers find TEXT` shows their ids."
        )
    return hits[0]


def _currency(ledger: Ledger, customer_id: str, invoices: list[str], typed: str | None) -> str:
    """The currency an amount is in: as given, else the one its invoices or all of them have."""
    facts: pd.DataFrame = ledger.tables["invoices"]
    mine = facts[facts["customer_id"] == customer_id]
    unknown = sorted(set(invoices) - set(mine["invoice_id"]))
    if unknown:
        raise InputError(
            f"'{unknown[0]}' is no invoice of {customer_id}; look it up in the aging."
        )
    if typed:
        return typed.upper()
    named = mine[mine["invoice_id"].isin(invoices)] if invoices else mine
    codes = sorted(set(named["currency"]))
    if len(codes) > 1:
        raise InputError(f"{customer_id} is billed in {', '.join(codes)}; say --currency.")
    return codes[0] if codes else "EUR"


def _cents(text: str, currency: str) -> int:
    from payrisk.cli.credit.desk import cents

    return cents(text, currency)


def _plan_part(text: str, currency: str) -> PlanPart:
    from payrisk.calendar import day_of
    from payrisk.collecting.recording.action import PlanPart

    day, _, amount = text.partition("=")
    if not amount:
        raise InputError(f"'{text}' is no payment of a plan; write it as 2026-03-01=500.00.")
    return PlanPart(day_of(date_from(day)), _cents(amount, currency))
