"""Overrides measured, as a person reads it: groups, their default rates, and the caveat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from payrisk.cli.credit.wording import WIDTH, print_lines
from payrisk.cli.show import show, show_json

if TYPE_CHECKING:
    from payrisk.cli.credit.desk import Desk

ALL = 1_000_000


def print_measured(desk: Desk, *, as_json: bool) -> None:
    """Print what became of the customers of every kept decision, by what was decided and done."""
    import pandas as pd

    from payrisk.answers.desk.measured_overrides import DecidedCase, measured_overrides
    from payrisk.calendar import iso

    with desk.kept_decisions() as kept:
        cases = [
            DecidedCase(line.customer_id, line.as_of, line.outcome, line.overridden_to or "")
            for line in kept.summaries(ALL)
            if line.customer_id is not None and line.as_of <= iso(desk.day)
        ]
    horizon = desk.answers.policy.horizon_days
    measured = measured_overrides(cases, desk.answers.history(desk.day), horizon)
    if as_json:
        show_json(measured.to_json())
        return
    if not cases:
        typer.echo("No decision on a customer is kept; `payrisk decide … --record` keeps one.")
        return
    rows = [
        {
            "decided": _words(group.decided),
            "a person": _words(group.instead) or "followed it",
            "customers": group.customers,
            "matured": group.matured,
            "defaulted": group.defaulted,
            "rate": "" if group.rate is None else f"{group.rate:.1%}",
            "90 % sure": "" if group.low is None else f"{group.low:.1%} to {group.high:.1%}",
        }
        for group in measured.groups
    ]
    title = f"Defaults within {horizon} days of the decision, known on {iso(desk.day)}"
    if rows:
        show(pd.DataFrame(rows), as_json=False, title=title, width=WIDTH)
    lines = [
        f"{_words(one.decided)} overridden to {_words(one.instead)}: {one.difference:+.1%}"
        f" defaults against those followed (90 % sure: {one.low:+.1%} to {one.high:+.1%})."
        for one in measured.differences
    ]
    lines.append(f"! {measured.caveat}")
    if measured.left_out:
        n = measured.left_out
        lines.append(f"! {n} decisions on customers in default already are left out.")
    print_lines(lines)


def _words(outcome: str) -> str:
    return outcome.replace("_", " ")
