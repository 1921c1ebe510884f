"""One invoice for people: when it will be paid, and what makes it later or earlier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from payrisk.cli.show import show, show_json

if TYPE_CHECKING:
    from payrisk.answers import InvoiceAnswer, InvoiceCaveats
    from payrisk.readouts import Thresholds


def print_answers(
    answers: Sequence[InvoiceAnswer],
    lines: Thresholds,
    standing: InvoiceCaveats,
    *,
    as_json: bool,
) -> None:
    """Print the answers of one invoice, one an instalment; first a default or a dispute."""
    if as_json:
        show_json([answer.to_json(lines) | standing.to_json() for answer in answers])
        return
    if any(answer.in_sample for answer in answers):
        typer.echo("! In-sample: the model was trained later and has seen what came after.")
    for sentence in standing.sentences:
        typer.echo(f"! {sentence}")
    for position, answer in enumerate(answers):
        if position:
            typer.echo()
        _print(answer, lines)


def _print(answer: InvoiceAnswer, lines: Thresholds) -> None:
    import pandas as pd

    from payrisk.calendar import iso

    named = (
        f"Invoice {answer.invoice_id}, instalment {answer.instalment}, as of {iso(answer.as_of)}"
    )
    readout = answer.readout(lines)
    if readout is None:
        show(pd.DataFrame(), as_json=False, title=f"{named}: no curve ({answer.availability})")
        return
    readouts = {name: value for name, value in readout.to_json().items() if value is not None}
    due = {"due_on": iso(answer.due_on)}
    table = pd.DataFrame(
        {"what": [*due, *readouts], "says": [*due.values(), *map(_cell, readouts.values())]}
    )
    show(table, as_json=False, title=f"{named}: {answer.availability}")
    typer.echo()
    why = answer.explanation
    if why is None:
        typer.echo("This model tells no reasons.")
        return
    rows = [(why.ordinary_days_late, "an ordinary invoice with these dates, of this age")]
    rows += [(reason.contribution, reason.text) for reason in why.reasons]
    rows += [(why.other_days, "all else"), (why.expected_days_late, "expected days late")]
    days = pd.DataFrame(rows, columns=["days", "because"])
    show(days.assign(days=days["days"].round(1)), as_json=False, title="Later (+) or earlier (−)")


def _cell(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
