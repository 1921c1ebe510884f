"""The insurer's clock: what must be notified, handed over and claimed of which invoice by when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from payrisk.calendar import NEVER
from payrisk.credit.insurance.cover import InsuredBook
from payrisk.ledger import History

ALERT_DAYS = 10
"""Days ahead in which a deadline is an alert."""

NOTIFIED, CLAIMED, AGREED = "notified", "claimed", "insurer agreed"
"""What `stage` says of a `handed_over` event that told the insurer or claimed from it, and of a
later date that the insurer agreed to."""

DONE_BY = {
    "notify": (NOTIFIED, CLAIMED, ""),
    "hand over": (CLAIMED, ""),
    "claim by": (CLAIMED,),
}
"""Duty → stages of `handed_over` events that fulfil it ('' = any other: a collection)."""

MISSED, DUE, LATER, DONE, RUNNING = "missed", "due", "later", "done", "in force"


@dataclass(frozen=True)
class InsurerDuty:
    """One thing the insurer's policy asks of one invoice, or says of a customer's cover.

    what: notify, stop, hand over, claim by, needs consent or cover ends. by_on: the last day to do
    it; of a stop the first day on which deliveries are not covered, of a consent the date that was
    agreed beyond the longest extension. days_left: from the morning, negative when it is over.
    state: missed, due (within the alert), later, done, or in force (a stop). owed, covered: minor
    units.
    """

    what: str
    by_on: int
    days_left: int
    state: str
    customer_id: str
    invoice_id: str
    instalment: int
    currency: str
    owed: int
    covered: int
    insurer: str

    @property
    def is_alert(self) -> bool:
        """Whether somebody has to act: missed, due soon, in force, or not consented to."""
        return self.state in (MISSED, DUE, RUNNING)


def insurer_duties(
    book: InsuredBook, history: History, *, alert_days: int = ALERT_DAYS
) -> pd.DataFrame:
    """Every duty of the covered invoices that are overdue or about to be, the most urgent first.

    One row an `InsurerDuty`, with `is_alert`. Days count from the original due day: a later date
    moves no deadline of the insurer's.
    """
    duties = [*_of_invoices(book, history, alert_days), *_of_covers(book, history, alert_days)]
    rows = [asdict(duty) | {"is_alert": duty.is_alert} for duty in duties]
    columns = [*InsurerDuty.__annotations__, "is_alert"]
    frame = pd.DataFrame(rows, columns=columns).astype({"is_alert": bool})
    order = ["is_alert", "by_on", "customer_id", "invoice_id", "instalment", "what"]
    is_rising = [False, True, True, True, True, True]
    return frame.sort_values(order, ascending=is_rising, kind="stable").reset_index(drop=True)


def _of_invoices(book: InsuredBook, history: History, alert_days: int) -> Iterator[InsurerDuty]:
    told, later = _told_by_invoice(history), _later_dates(history)
    for row in book.invoices.to_dict("records"):
        if not row["covered"]:
            continue
        key = (row["invoice_id"], row["instalment"])
        cover = book.cover(row["customer_id"], row["delivered_on"])
        due, terms = int(row["original_due_on"]), cover.insurer
        deadlines = {
            "notify": due + terms.notify_days,
            "stop": due + cover.extension_days + 1,
            "hand over": due + terms.hand_over_days,
            "claim by": due + terms.claim_days,
        }
        for what, day in deadlines.items():
            if due < history.as_of or day <= history.as_of + alert_days:
                is_done = bool(told.get(key, set()) & set(DONE_BY.get(what, ())))
                state = _state(day - history.as_of, alert_days, is_done=is_done)
                if what == "stop":
                    state = RUNNING if day <= history.as_of else state
                yield _duty(what, day, state, row, terms.name, history.as_of)
        for day, is_agreed in later.get(key, ()):
            if day > due + cover.extension_days:
                state = DONE if is_agreed else MISSED
                yield _duty("needs consent", day, state, row, terms.name, history.as_of)


def _of_covers(book: InsuredBook, history: History, alert_days: int) -> Iterator[InsurerDuty]:
    """Covers that end within the alert."""
    for customer in sorted(book.customers):
        cover = book.cover(customer, history.as_of)
        ends = cover.ends_on
        if cover.limit and ends is not None and ends - history.as_of <= alert_days:
            row = {"customer_id": customer, "invoice_id": "", "instalment": 1, "residual": 0}
            row |= {"currency": book.currency_of(customer), "covered": 0}
            yield _duty("cover ends", ends, DUE, row, cover.insurer.name, history.as_of)


def _duty(
    what: str, day: int, state: str, row: dict[str, Any], insurer: str, as_of: int
) -> InsurerDuty:
    return InsurerDuty(
        what=what,
        by_on=day,
        days_left=day - as_of,
        state=state,
        customer_id=row["customer_id"],
        invoice_id=row["invoice_id"],
        instalment=int(row["instalment"]),
        currency=row["currency"],
        owed=int(row["residual"]),
        covered=int(row["covered"]),
        insurer=insurer,
    )


def _state(days_left: int, alert_days: int, *, is_done: bool) -> str:
    if is_done:
        return DONE
    if days_left < 0:
        return MISSED
    return DUE if days_left <= alert_days else LATER


def _events(history: History, *kinds: str) -> pd.DataFrame:
    events = history.known_rows("events")
    is_meant = events["kind"].isin(kinds) & (events["subject_kind"] == "invoice")
    return events[is_meant & (events["happened_on"] <= history.close_of)]


def _stage(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""


def _told_by_invoice(history: History) -> dict[tuple[str, int], set[str]]:
    """(invoice, instalment) → what was done: notified, claimed, or '' for a collection."""
    told: dict[tuple[str, int], set[str]] = {}
    for row in _events(history, "handed_over").itertuples(index=False):
        stage = _stage(row.stage)
        done = stage if stage in (NOTIFIED, CLAIMED) else ""
        told.setdefault((row.subject, row.instalment), set()).add(done)
    return told


def _later_dates(history: History) -> dict[tuple[str, int], list[tuple[int, bool]]]:
    """(invoice, instalment) → later dates agreed or promised, and whether the insurer agreed."""
    later: dict[tuple[str, int], list[tuple[int, bool]]] = {}
    for row in _events(history, "due_date_change", "promise").itertuples(index=False):
        if row.refers_on < NEVER:
            pair = int(row.refers_on), _stage(row.stage) == AGREED
            later.setdefault((row.subject, row.instalment), []).append(pair)
    return later
