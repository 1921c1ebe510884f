"""Kept decisions as a list a person reads: whose, what was asked, decided, and decided instead."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from payrisk.cli.context import Json, date_option
from payrisk.errors import InputError

SHOWN = 16
"""Characters of an id that tell when it was made, and so nearly always which it is."""


def list_decisions(  # noqa: PLR0913, PLR0917 - one argument an option
    ctx: typer.Context,
    customer: Annotated[str | None, typer.Option(help="Those on one customer.")] = None,
    kind: Annotated[
        str | None, typer.Option(help="onboarding, limit_review or order_release.")
    ] = None,
    outcome: Annotated[
        str | None, typer.Option(help="approve, approve_with_protection, refer or decline.")
    ] = None,
    since: Annotated[
        dt.date | None, date_option("--since", "Decided on this day (UTC) or later.")
    ] = None,
    until: Annotated[
        dt.date | None, date_option("--until", "Decided on this day (UTC) or earlier.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Also write all of them as a .csv, .parquet or .xlsx file."),
    ] = None,
    rows: Annotated[
        int, typer.Option("--rows", min=1, max=10_000, help="Most rows to show.")
    ] = 50,
    as_json: Json = False,
) -> None:
    """List what was decided, the newest first; `--record` keeps a decision."""
    from payrisk.cli.credit.desk import open_desk
    from payrisk.credit.explaining.spoken import KINDS, OUTCOMES
    from payrisk.files import known_format
    from payrisk.store import DecidedDays

    for option, value, known in (("--kind", kind, KINDS), ("--outcome", outcome, OUTCOMES)):
        if value is not None and value not in known:
            raise InputError(f"{option} is one of {', '.join(known)}.")
    if out is not None:
        known_format(out)
    desk = open_desk(ctx)
    customer_id = None if customer is None else desk.customer_id(customer)
    days = DecidedDays(since, until)
    with desk.kept_decisions() as store:
        lines = store.summaries(
            rows if out is None else None, days,
            customer_id=customer_id, kind=kind, outcome=outcome,
        )  # fmt: skip
        if out is not None:
            _write(desk, store, lines, out)
        print_summaries(desk, store, lines[:rows], "Decisions", as_json=as_json)


def print_summaries(
    desk: Any,
    decisions: Any,
    summaries: list[Any],
    title: str,
    *,
    as_json: bool,
    with_why: bool = False,
    nothing: str = "No such decision is kept; `payrisk decide … --record` keeps one.",
) -> None:
    """Print lines of kept decisions, or `nothing`; with_why: those that wait for a person."""
    import pandas as pd

    from payrisk.cli.credit.wording import WIDTH
    from payrisk.cli.show import show, show_json

    if as_json:
        lines = _named_rows(desk, decisions, summaries)
        show_json([{k: v for k, v in line.items() if k != "seq"} for line in lines])
        return
    if not summaries:
        typer.echo("Nothing waits for a person." if with_why else nothing)
        return
    rows = [
        {
            "id": line.decision_id[:SHOWN],
            "as_of": line.as_of,
            "customer": line.customer_id or "new",
            "name": _named(desk, decisions, line),
            "asked": _asked(line),
            "decided": f"{_decided(line)}, {_why(line)}" if with_why else _decided(line),
        }
        for line in summaries
    ]
    show(pd.DataFrame(rows), as_json=False, title=title, limit=len(rows), width=WIDTH)


def _write(desk: Any, decisions: Any, summaries: list[Any], out: Path) -> None:
    """Write the lines as a file, and say where it is."""
    from payrisk.answers.desk.decision_table import MONEY, decision_table
    from payrisk.files import write_tables

    table = decision_table(_named_rows(desk, decisions, summaries))
    for path in write_tables(out, {"decisions": table}, MONEY):
        typer.echo(f"Wrote {path}", err=True)


def _named_rows(desk: Any, decisions: Any, summaries: list[Any]) -> list[dict[str, Any]]:
    import dataclasses

    return [
        dataclasses.asdict(line) | {"name": _named(desk, decisions, line)} for line in summaries
    ]


def _asked(line: Any) -> str:
    from payrisk.cli.credit.desk import money
    from payrisk.credit.explaining.spoken import KINDS

    amount = "" if line.amount is None else f" {money(line.amount, line.currency)}"
    return f"{KINDS[line.kind]}{amount}"


def _decided(line: Any) -> str:
    """What was decided, and what a person decided instead."""
    instead = "" if line.overridden_to is None else f" → {_short(line.overridden_to)}"
    return f"{_short(line.outcome)}{instead}"


def _why(line: Any) -> str:
    is_undecided = line.outcome == "refer" and line.overridden_to is None
    return "undecided" if is_undecided else f"review due {line.review_on}"


def _short(outcome: str) -> str:
    return {"approve_with_protection": "protected"}.get(outcome, outcome)


def _named(desk: Any, decisions: Any, line: Any) -> str:
    if line.customer_id is not None:
        return str(desk.name(line.customer_id))
    return customer_name_of(desk, json.loads(decisions.get(line.decision_id).body))


def customer_name_of(desk: Any, decision: dict[str, Any]) -> str:
    """Whose a decision is, by name; '' for a customer without one."""
    application = decision["inputs"].get("application") or {}
    return str(application.get("name") or desk.name(decision["customer_id"]))
