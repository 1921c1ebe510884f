"""payrisk decisions: what was decided, why, what a person decided instead, and what changed."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Any

import typer

from payrisk.cli.context import AsOf, Json, authorised_settings, date_option
from payrisk.cli.credit.listing import customer_name_of, list_decisions, print_summaries
from payrisk.cli.credit.person_sheet import sheet
from payrisk.errors import InputError

DecisionId = Annotated[
    str, typer.Argument(metavar="ID", help="A decision's id, or as much of it as tells it apart.")
]
CustomerId = Annotated[str, typer.Argument(metavar="CUSTOMER", help="A customer's id or name.")]
Limit = Annotated[int, typer.Option("--rows", min=1, max=10_000, help="Most rows to show.")]

ALL = 1_000_000
"""More decisions than a desk makes."""


def add_commands(app: typer.Typer) -> None:
    """Register the `payrisk decisions` commands."""
    decisions = typer.Typer(
        no_args_is_help=True, help="Kept decisions: list, show, explain, override, review."
    )
    app.add_typer(decisions, name="decisions")
    decisions.command("list")(list_decisions)
    decisions.command("show")(show_decision)
    decisions.command("explain")(explain)
    decisions.command("override")(override)
    decisions.command("reviews")(reviews)
    decisions.command("queue")(queue)
    decisions.command("history")(history)
    decisions.command("overrides")(overrides)
    decisions.command("sheet")(sheet)


def show_decision(ctx: typer.Context, decision_id: DecisionId, as_json: Json = False) -> None:
    """Show a decision as it was made, and what persons decided instead since."""
    from payrisk.calendar import iso
    from payrisk.cli.credit.desk import money, open_desk
    from payrisk.cli.credit.wording import clearance_line, decision_lines, print_lines
    from payrisk.cli.show import show_json
    from payrisk.credit.explaining.clearance import clearance_of
    from payrisk.credit.explaining.spoken import OUTCOMES

    desk = open_desk(ctx)
    with desk.kept_decisions() as store:
        reply = store.get(decision_id)
        decision = json.loads(reply.body)
        instead = [json.loads(body) for body in store.overrides(reply.decision_id)]
    clearance = clearance_of(decision, instead, iso(desk.day))
    if as_json:
        told = None if clearance is None else clearance.to_json()
        show_json(decision | {"overrides": instead, "clearance": told})
        return
    typer.echo(f"{reply.decision_id}, decided {decision['decided_at'][:19].replace('T', ' ')} UTC")
    if instead:
        last = instead[-1]
        typer.echo(f"A person decided otherwise: {OUTCOMES[last['outcome']]}, {last['actor']}.")
    if clearance is not None:
        print_lines([clearance_line(clearance)])
    print_lines(decision_lines(decision, customer_name_of(desk, decision)))
    for other in instead:
        granted = other["limit"]
        amount = "" if granted is None else f", limit {money(granted, _currency(decision))}"
        days = "" if other["terms_days"] is None else f", {other['terms_days']} days"
        line = (
            f"  = {other['made_at'][:10]} {other['actor']}: {OUTCOMES[other['outcome']]}{amount}"
            f"{days}; reviewed {other['review_on']}. {other['reason']}"
        )
        print_lines([line])


def explain(
    ctx: typer.Context,
    decision_id: DecisionId,
    prove: Annotated[
        bool,
        typer.Option(
            "--prove", help="Take each reason away and see what the chance of default does then."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Say why a decision was what it was, from what was kept of it: no model is asked."""
    from payrisk.answers.desk.proving import run_deletion_test
    from payrisk.cli.credit.desk import open_desk
    from payrisk.cli.credit.explaining import print_explanation
    from payrisk.cli.show import show_json
    from payrisk.credit.explaining.explanation import explain_decision

    desk = open_desk(ctx)
    with desk.kept_decisions() as store:
        decision = json.loads(store.get(decision_id).body)
    try:
        explained = explain_decision(decision)
    except KeyError:
        raise InputError(
            "This decision was kept before explanations were; `payrisk decisions show` reads it."
        ) from None
    proof = run_deletion_test(desk.answers, decision) if prove else None
    if as_json:
        show_json(explained if proof is None else explained | {"proof": proof.to_json()})
        return
    print_explanation(decision, explained, customer_name_of(desk, decision), proof)


def override(  # noqa: PLR0913, PLR0917 - one argument an option
    ctx: typer.Context,
    decision_id: DecisionId,
    outcome: Annotated[
        str, typer.Option(help="approve, approve_with_protection, refer or decline.")
    ],
    reason: Annotated[str, typer.Option(help="Why, in a sentence that will be read later.")],
    review_on: Annotated[dt.date, date_option("--review-on", "When somebody looks at it again.")],
    limit: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="The limit granted, as 25000.00.")
    ] = None,
    terms_days: Annotated[int | None, typer.Option(help="Days to pay granted.")] = None,
    actor: Annotated[
        str | None, typer.Option(help="Who decides (PAYRISK_ACTOR); of a person the full name.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Decide otherwise, as a person who says why; the decision itself stays as it was made."""
    from payrisk.calendar import day_of
    from payrisk.cli.credit.desk import cents, money, open_desk
    from payrisk.cli.credit.overriding import keep_override
    from payrisk.cli.credit.wording import print_lines
    from payrisk.cli.show import show_json
    from payrisk.credit.explaining.spoken import OUTCOMES

    desk = open_desk(ctx)
    with desk.kept_decisions() as store:
        reply = store.get(decision_id)
    decision = json.loads(reply.body)
    currency = _currency(decision)
    settings = authorised_settings(ctx, "approver")
    if settings.key and actor not in (None, settings.actor):
        raise InputError("Whoever holds the key decides; leave out --actor.")
    actor = actor or settings.actor
    if not actor:
        raise InputError('Say who decides: --actor "Ann Lee", or set PAYRISK_ACTOR.')
    fields = {
        "outcome": outcome.replace(" ", "_"),
        "reason": reason,
        "actor": actor,
        "review_on": day_of(review_on),
        "limit": None if limit is None else cents(limit, currency),
        "terms_days": terms_days,
    }
    if settings.key:
        fields["key_id"] = settings.key.split("_")[1]
    body = json.loads(keep_override(desk, reply, fields))
    if as_json:
        show_json(body)
        return
    granted = "" if body["limit"] is None else f", limit {money(body['limit'], currency)}"
    who = customer_name_of(desk, decision) or reply.decision_id
    change = f"{OUTCOMES[decision['outcome']]} → {OUTCOMES[body['outcome']]}{granted}"
    print_lines([f"{who}: {change}, decided by {body['actor']}, reviewed {body['review_on']}."])
    typer.echo(f"  kept as {body['override_id']}, beside {reply.decision_id}")


def reviews(
    ctx: typer.Context, as_of: AsOf = None, rows: Limit = 100, as_json: Json = False
) -> None:
    """List decisions that wait for a person: referred and undecided, or due for review."""
    from payrisk.calendar import iso
    from payrisk.cli.credit.desk import open_desk

    desk = open_desk(ctx, as_of)
    with desk.kept_decisions() as store:
        lines = store.reviews(iso(desk.day), rows)
        title = f"Decisions that wait for a person on {iso(desk.day)}"
        print_summaries(desk, store, lines, title, as_json=as_json, with_why=True)


def queue(
    ctx: typer.Context,
    since: Annotated[
        dt.date | None,
        date_option("--since", "Compare bands with this morning; default: 30 days before."),
    ] = None,
    due: Annotated[bool, typer.Option("--due", help="Only who is to be looked at now.")] = False,
    as_of: AsOf = None,
    rows: Limit = 60,
    as_json: Json = False,
) -> None:
    """List every customer with the day of its next review, and what brings it forward.

    A fact recorded on a day is on the list of the next morning.
    """
    from payrisk.calendar import day_of
    from payrisk.cli.credit.desk import desk_of
    from payrisk.cli.credit.queueing import print_queue, review_lines

    desk = desk_of(ctx, as_of)
    compared_on = desk.day - 30 if since is None else day_of(since)
    if compared_on >= desk.day:
        raise InputError("--since is to be earlier than --as-of, the morning compared with it.")
    for day in (compared_on, desk.day):  # everybody is asked about: then together
        if day > desk.answers.first_day and not desk.answers.is_prepared(day):
            desk.answers.prepare_morning(day)
    lines = review_lines(desk, compared_on)
    print_queue(desk, lines, rows, only_due=due, as_json=as_json)


def history(
    ctx: typer.Context,
    customer: CustomerId,
    since: Annotated[
        dt.date | None,
        date_option("--since", "The earlier morning; default: 30 days before --as-of."),
    ] = None,
    as_of: AsOf = None,
    rows: Limit = 20,
    as_json: Json = False,
) -> None:
    """Show how a customer's chance of default went between two mornings, and why it changed."""
    from payrisk.answers.desk.score_history import kept_scores, score_change_between
    from payrisk.calendar import day_of
    from payrisk.cli.credit.desk import open_desk, prepare
    from payrisk.cli.credit.explaining import print_history
    from payrisk.cli.show import show_json

    desk = open_desk(ctx, as_of)
    customer_id = desk.customer_id(customer)
    before = desk.day - 30 if since is None else day_of(since)
    if before >= desk.day:
        raise InputError("--since is to be earlier than --as-of, the morning compared with it.")
    if before > desk.answers.first_day:
        prepare(desk, before)
    change = score_change_between(desk.answers, customer_id, before, desk.day)
    with desk.kept_decisions() as store:
        states = kept_scores(store.score_history(customer_id, rows))
    if as_json:
        show_json({"customer_id": customer_id, "between": change, "decisions": states})
        return
    print_history(f"{desk.name(customer_id)} ({customer_id})", change, states)


def overrides(
    ctx: typer.Context,
    measured: Annotated[
        bool, typer.Option("--measured", help="What became of the customers, with intervals.")
    ] = False,
    as_of: AsOf = None,
    rows: Limit = 50,
    as_json: Json = False,
) -> None:
    """List what persons decided instead; --measured sets it beside what was followed."""
    from payrisk.cli.credit.desk import open_desk
    from payrisk.cli.credit.measuring import print_measured

    desk = open_desk(ctx, as_of)
    if measured:
        print_measured(desk, as_json=as_json)
        return
    with desk.kept_decisions() as store:
        lines = [line for line in store.summaries(ALL) if line.overridden_to is not None]
        print_summaries(
            desk,
            store,
            lines[:rows],
            "Overridden decisions",
            as_json=as_json,
            nothing="No decision was overridden; `payrisk decisions override ID` does so.",
        )


def _currency(decision: dict[str, Any]) -> str:
    order = decision["inputs"].get("order")
    return str(order["currency"] if order else decision["limit"]["currency"])
