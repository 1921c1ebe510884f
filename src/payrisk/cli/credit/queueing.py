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
    from payrisk.answers.desk.review_queue import KeptReview, queue_of
    from payrisk.calendar import day_of

    with desk.kept() as decisions:
        reviews = {
            customer: KeptReview(day_of(day), band)
            for customer, (day, band) in decisions.latest_reviews().items()
            if day_of(day) <= desk.day
        }
    return queue_of(desk.answers, desk.day, compared_on=compared_on, reviews=reviews)


def print_queue(desk: Desk, lines: list[ReviewLine], rows: int, *, as_json: bool) -> None:
    """Print the queue as a table or as JSON."""
    import pandas as pd

    from payrisk.calendar import iso

    if as_json:
        show_json([_document(desk, line) for line in lines])
        return
    if not lines:
        typer.echo("Nobody is to be looked at.")
        return
    n_due = sum(line.is_due for line in lines)
    title = f"Reviews as of {iso(desk.day)}: {n_due} of {len(lines)} customers are due"
    table = pd.DataFrame([_row(desk, line) for line in lines])
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


def _document(desk: Desk, line: ReviewLine) -> dict[str, Any]:
    from payrisk.calendar import iso

    customer = line.customer
    return {
        "customer_id": customer.customer_id,
        "name": desk.name(customer.customer_id),
        "band": customer.band or None,
        "band_before": customer.band_before,
        "currency": customer.currency,
        "exposure": customer.exposure,
        "limit": customer.limit,
        "reviewed_on": iso(customer.reviewed_on),
        "review_on": iso(line.review_on),
        "is_due": line.is_due,
        "alerts": list(line.alerts),
        "recorded_on": None if line.recorded_on is None else iso(line.recorded_on),
        "days_from_recorded_to_printed": _age(desk, line),
    }
