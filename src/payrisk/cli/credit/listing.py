"""Kept decisions as a list a person reads: whose, what was asked, decided, and decided instead."""

from __future__ import annotations

import json
from typing import Any

import typer

SHOWN = 16
"""Characters of an id that tell when it was made, and so nearly always which it is."""


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
    import dataclasses

    import pandas as pd

    from payrisk.cli.credit.wording import WIDTH
    from payrisk.cli.show import show, show_json

    if as_json:
        lines = [
            dataclasses.asdict(line) | {"name": _named(desk, decisions, line)}
            for line in summaries
        ]
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
    return name_in(desk, json.loads(decisions.get(line.decision_id).body))


def name_in(desk: Any, decision: dict[str, Any]) -> str:
    """Whose a decision is, by name; '' for a customer without one."""
    application = decision["inputs"].get("application") or {}
    return str(application.get("name") or desk.name(decision["customer_id"]))
