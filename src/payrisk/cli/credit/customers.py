"""payrisk customers: find one by name, and see where it stands with us."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from payrisk.cli.books.behaviour import changes
from payrisk.cli.books.reading_books import Out
from payrisk.cli.books.statement import statement
from payrisk.cli.context import AsOf, Json
from payrisk.errors import InputError


def add_commands(app: typer.Typer) -> None:
    """Register the `payrisk customers` commands."""
    customers = typer.Typer(no_args_is_help=True, help="Find a customer and see where it stands.")
    app.add_typer(customers, name="customers")
    customers.command("show")(show_customer)
    customers.command("find")(find)
    customers.command("changes")(changes)
    customers.command("statement")(statement)
    customers.command("exits")(exits)


def show_customer(
    ctx: typer.Context,
    customer: Annotated[str, typer.Argument(metavar="ID", help="A customer's id or name.")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show a customer's risk, exposure and behaviour, and what a review of its limit would say."""
    from payrisk.answers import customer_view
    from payrisk.cli.credit.desk import open_desk
    from payrisk.cli.show import show_json
    from payrisk.credit import CreditRequest

    desk = open_desk(ctx, as_of)
    customer_id = desk.customer_id(customer)
    prepared = desk.prepare(CreditRequest(customer_id=customer_id))
    view = customer_view(prepared, desk.held_headroom(prepared))
    view = {"name": desk.names[customer_id], **view}
    if as_json:
        show_json(view)
        return
    _print(view, desk)


def find(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(help="Part of a name or id, in any case.")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """List the customers whose name or id holds a text."""
    import pandas as pd

    from payrisk.cli.credit.desk import open_desk
    from payrisk.cli.show import show

    desk = open_desk(ctx, as_of)
    wanted = text.casefold()
    found = [
        {"customer_id": customer, "name": name}
        for customer, name in desk.names.items()
        if wanted in name.casefold() or wanted in customer.casefold()
    ]
    if not found and not as_json:
        raise InputError(f"No customer's name or id holds '{text}'; try a shorter part of it.")
    show(pd.DataFrame(found, columns=["customer_id", "name"]), as_json=as_json, title="Customers")


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
        morning_exits,
        read_home_margins,
    )
    from payrisk.cli.credit.desk import open_desk
    from payrisk.cli.show import show, show_json
    from payrisk.collecting.leaving.exits import MONEY
    from payrisk.collecting.worklist.policy import CollectingPolicy
    from payrisk.files import write_tables

    desk = open_desk(ctx, as_of)
    home, answers = desk.settings.home, desk.answers
    known = read_home_margins(home, answers.policy, margins)
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


def _print(view: dict[str, Any], desk: Any) -> None:
    import pandas as pd

    from payrisk.cli.credit.desk import money
    from payrisk.cli.credit.wording import WIDTH, print_lines
    from payrisk.cli.show import show
    from payrisk.credit.explaining.spoken import EXPOSURE, OUTCOMES

    currency, risk = view["currency"], view["risk"]
    person = " · natural person, or may be one" if view["is_natural_person"] else ""
    lines = [f"{view['name']} ({view['customer_id']}) · as of {view['as_of']}{person}"]
    if risk is None:
        lines.append(f"No chance of default is told ({view['why_no_risk'].replace('_', ' ')}).")
    elif risk["is_in_default"]:
        lines.append("! The customer is in default.")
    else:
        band = f", band {risk['band']}" if risk["band"] else ""
        lines.append(
            f"Chance of a default within {risk['horizon_days']} days:"
            f" {risk['probability']:.1%}{band}."
        )
    print_lines(lines)
    typer.echo()
    exposure = view["exposure"]
    rows = [
        {"what": words, "amount": exposure[key], "currency": currency}
        for key, words in EXPOSURE.items()
        if exposure.get(key) is not None
    ]
    show(pd.DataFrame(rows), as_json=False, width=WIDTH, title="Exposure", money=("amount",))
    print_lines(over_limit_lines(exposure, currency))
    group = exposure["group"]
    others = [name for name in group["members"] if name != view["customer_id"]]
    if others:
        named = ", ".join(f"{desk.names.get(name, name)} ({name})" for name in others[:5])
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        limit = "" if group["limit"] is None else f" of {money(group['limit'], currency)} granted"
        total = f"{money(group['total'], currency)}{limit} exposure together."
        print_lines(
            [f"Group with {named}{more}: {total}", *group_risk_lines(group["risk"], desk.names)]
        )
    typer.echo()
    print_lines(_behaviour(view))
    reviewed = view["reviewed"]
    typer.echo()
    granted = reviewed["limit"]["granted"]
    amount = "" if granted is None else f", limit {money(granted, currency)}"
    print_lines(
        [
            f"A review of the limit today: {OUTCOMES[reviewed['outcome']]}{amount}",
            *(f"  - {reason['text']}" for reason in reviewed["reasons"]),
            *(f"  ! {flag['text']}" for flag in reviewed["flags"]),
        ]
    )


def group_risk_lines(risk: dict[str, Any] | None, names: Mapping[str, str]) -> list[str]:
    """What the group is as one borrower, names: id → name; nothing where no model says."""
    if risk is None:
        return []
    bad = [member["customer_id"] for member in risk["members"] if member["is_in_default"]]
    if bad:
        return [f"  ! In default: {', '.join(f'{names.get(i, i)} ({i})' for i in bad)}."]
    one, every = risk["probability_any"], risk["probability_all"]
    return [f"  The chance that one of them defaults is {one:.1%}, that all do {every:.2%}."]


def over_limit_lines(exposure: dict[str, Any], currency: str) -> list[str]:
    """By how much the customer alone stands above its limit on file; nothing where it does not."""
    from payrisk.cli.credit.desk import money

    limit = exposure["limit"]
    if limit is None or exposure["total"] <= limit:
        return []
    beyond = money(exposure["total"] - limit, currency)
    return [f"! Gross exposure is {beyond} above the limit on file."]


def _behaviour(view: dict[str, Any]) -> list[str]:
    from payrisk.cli.credit.desk import money

    behaviour, currency = view["behaviour"], view["currency"]
    overdue, days = money(behaviour["overdue"], currency), behaviour["overdue_grace_days"]
    lines = [f"More than {days} days overdue: {overdue}."]
    if behaviour["terms_days"] is not None:
        delay = behaviour["delay_days"]
        late = "" if delay is None else f", pays {_late(delay)}"
        lines.append(f"Terms of {behaviour['terms_days']} days{late}.")
    if behaviour["monthly_sales"] is not None:
        lines.append(f"Peak month {money(behaviour['monthly_sales'], currency)}.")
    since = behaviour["first_billed_on"]
    lines.append(
        f"{behaviour['n_settled']} invoices settled"
        + ("." if since is None else f", a customer since {since}.")
    )
    return lines


def _late(days: int) -> str:
    if days > 0:
        return f"{days} days late as a rule"
    return "on time as a rule" if days == 0 else f"{-days} days early as a rule"
