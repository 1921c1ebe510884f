"""The review queue as a person reads it: whom to look at, when, and why before that day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from payrisk.cli.credit.wording import WIDTH
from payrisk.cli.show import show, show_json

if TYPE_CHECKING:
    from payrisk.cli.credit.desk import Desk
    from payrisk.credit.deciding.reviewing import ReviewLine


def review_lines(desk: Desk, compared_on: int) -> list[ReviewLine]:
    """The queue of the desk's morning."""
    from payrisk.answers.desk.review_queue import kept_reviews, queue_of

    with desk.kept_decisions() as decisions:
        reviews = kept_reviews(decisions.latest_reviews(), desk.day)
    return queue_of(desk.answers, desk.day, compared_on=compared_on, reviews=reviews)


def print_queue(
    desk: Desk, lines: list[ReviewLine], rows: int, *, only_due: bool, as_json: bool
) -> None:
    """Print the queue as a table or as JSON; only_due: without who has time."""
    import pandas as pd

    from payrisk.answers.desk.review_queue import review_line_document
    from payrisk.calendar import iso

    shown = [line for line in lines if line.is_due or not only_due]
    if as_json:
        show_json([review_line_document(line, desk.names, desk.day) for line in shown])
        return
    if not shown:
        typer.echo("Nobody is to be looked at.")
        return
    n_due = sum(line.is_due for line in lines)
    n_new = sum(not line.customer.is_reviewed for line in lines)
    title = f"Reviews as of {iso(desk.day)}: {n_due} of {len(lines)} customers are due"
    if n_new:
        title += f"; {n_new} were never reviewed here and come round by their dates"
    table = pd.DataFrame([_row(desk, line) for line in shown])
    show(table, as_json=False, title=title, limit=rows, width=WIDTH)


def _row(desk: Desk, line: ReviewLine) -> dict[str, Any]:
    from payrisk.calendar import iso

    customer = line.customer
    used = customer.used_rate
    why = "; ".join(line.alerts) or ("its day has come" if line.is_due else "")
    age = _age(desk, line)
    return {
        "customer": customer.customer_id,
        "name": desk.name(customer.customer_id),
        "band": customer.band,
        "used": "" if used is None else f"{used:.0%}",
        "review on": "now" if line.alerts else iso(line.review_on),
        "why": why,
        "recorded": "" if age is None else f"{age} day{'' if age == 1 else 's'} ago",
    }


def _age(desk: Desk, line: ReviewLine) -> int | None:
    """Days from the latest recorded fact to this list."""
    return None if line.recorded_on is None else desk.day - line.recorded_on
