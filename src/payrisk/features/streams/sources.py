"""The streams there are, each a rule by which items follow from the facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from payrisk.arrays import Ints
from payrisk.calendar import NEVER, weekday
from payrisk.features.streams.business_days import month_sixth
from payrisk.features.streams.facts import LedgerFacts, invoice_items, merge_unchanged
from payrisk.features.streams.items import ItemColumns, Items
from payrisk.features.streams.lag_bins import bin_of, reached_bins
from payrisk.features.streams.prefix_sums import Fields
from payrisk.ledger.books.settling import BY_CASH
from payrisk.ledger.facts.rules import cents_share

Values = Mapping[str, Ints]

LOG_UNIT = 10_000
"""Logarithms of amounts are kept in whole 1/10,000, so that their sums are exact."""
MOST_WEIGHT = 10**12
"""Cents above which an amount weighs no more: keeps amount × days late within 64 bits."""
MOST_DAYS = 3660
"""Days late, terms and ages further out count as ten years."""
ANSWER_DAYS = 14
"""A reminder is answered when the invoice is settled by cash within so many days."""
BUCKETS = (0, 30, 60, 90)
"""Days past due that open an aging bucket: 1-30, 31-60, 61-90 and more."""


@dataclass(frozen=True)
class StreamSource:
    """One stream: its name, its rule in a sentence, and how its items and fields are made.

    items: of customers under their present names.

    fields: what can be summed besides `n`. is_stock: it has no windows, only now. money: the
    name of the value that is an amount of `currency`, rated on `rated_on`; '' where none is.
    by_invoice: items carry the `invoice` they are of, so they can be read invoice by invoice.
    """

    name: str
    rule: str
    items: Callable[[LedgerFacts], Items]
    fields: Fields = field(default_factory=dict)
    is_stock: bool = False
    money: str = ""


def _clip(days: Ints) -> Ints:
    return np.clip(days, -MOST_DAYS, MOST_DAYS)


def _settled(facts: LedgerFacts) -> Items:
    t = facts.readings
    keep = np.flatnonzero((t.closed_by == BY_CASH) & (t.sold_on > t.settled_on))
    row, settled, due = t.invoice[keep], t.settled_on[keep], t.due_on[keep]
    table = facts.ledger.tables["invoices"]
    days = table["discount_days"].to_numpy(dtype=np.int64)[row]
    rate = table["discount_rate"].to_numpy(dtype=np.float64)[row]
    offered = (cents_share(t.amount[keep], rate) > 0) & (days > 0)
    values = {
        "invoice": row,
        "days_late": _clip(settled - due),
        "due_weekday": weekday(due),
        "bin": bin_of(settled - due),
        "amount": t.amount[keep],
        "offered": offered.astype(np.int64),
        "taken": (offered & (settled <= t.issued_on[keep] + days)).astype(np.int64),
        "currency": facts.invoice_currency[row],
        "rated_on": t.issued_on[keep],
    }
    return invoice_items(t, keep, np.maximum(settled, t.closing_recorded_on[keep]), **values)


def _issued(facts: LedgerFacts) -> Items:
    t = facts.readings
    row = t.invoice
    values = {
        "invoice": row,
        "terms_days": _clip(t.due_on - t.issued_on),
        "amount": t.amount,
        "currency": facts.invoice_currency[row],
        "rated_on": t.issued_on,
    }
    day = np.maximum(t.issued_on, facts.arrays.invoices.recorded_on[row])
    return invoice_items(t, np.arange(len(row)), day, **values)


def _open(facts: LedgerFacts) -> Items:
    t = facts.readings
    keep = np.flatnonzero((t.settled_on == NEVER) & (t.sold_on == NEVER))
    row = t.invoice[keep]
    values = {
        "invoice": row,
        "due_on": t.due_on[keep],
        "amount": t.residual[keep],
        "currency": facts.invoice_currency[row],
        "rated_on": t.issued_on[keep],
    }
    return invoice_items(t, keep, np.zeros(len(keep), dtype=np.int64), **values)


def _overdue(past: int) -> Callable[[LedgerFacts], Items]:
    def items(facts: LedgerFacts) -> Items:
        stock = facts.shared_items(_open)
        begins = stock.values["due_on"] + past + 1
        return stock.with_spells(stock.entity, np.maximum(stock.since, begins), stock.until)

    return items


def _of_invoices(kind: str) -> Callable[[LedgerFacts], Items]:
    """Events of one kind, of the customer the invoice is known to be of."""

    def items(facts: LedgerFacts) -> Items:
        events, t = facts.events(kind), facts.timeline
        which, reading = facts.pair_with_readings(events)
        since = np.maximum(t.since[reading], events.since[which])
        until = np.minimum(t.until[reading], events.until[which])
        values = {"invoice": events.row[which]}
        read = Items(t.customer[reading], events.day[which], since, until, ItemColumns(values))
        keep = np.flatnonzero(since < until)
        return merge_unchanged(which[keep], read.take(keep)).by_group(facts.current_customers)

    return items


def _answered(kind: str, within: int | None) -> Callable[[LedgerFacts], Items]:
    """Whether invoices were settled by cash from an event to its deadline, once that has passed.

    The deadline is `within` days on, or the day the event refers to. Read anew with every reading
    of the invoice; an invoice closed before the event, or otherwise than by cash by the deadline,
    answers nothing.
    """

    def items(facts: LedgerFacts) -> Items:
        events, t = facts.events(kind), facts.timeline
        deadline = events.refers_on if within is None else events.happened_on + within
        which, reading = facts.pair_with_readings(events)
        day = np.maximum(deadline, events.day)[which]
        since = np.maximum(np.maximum(t.since[reading], events.since[which]), day)
        until = np.minimum(t.until[reading], events.until[which])
        settled = t.settled_on[reading]
        in_time = settled <= deadline[which]
        void = settled < events.happened_on[which]
        void |= in_time & (t.closed_by[reading] != BY_CASH)
        values = {"invoice": events.row[which], "kept": in_time.astype(np.int64)}
        answers = Items(t.customer[reading], day, since, until, ItemColumns(values))
        keep = np.flatnonzero(~void & (since < until) & (day < NEVER))
        return merge_unchanged(which[keep], answers.take(keep)).by_group(facts.current_customers)

    return items


def _credits(kinds: tuple[str, ...]) -> Callable[[LedgerFacts], Items]:
    """Credits of some kinds, until any of one is taken back."""

    def items(facts: LedgerFacts) -> Items:
        records, frame, table_row = facts.credits
        is_kind = frame["kind"].isin(kinds).to_numpy(dtype=bool)
        keep = np.flatnonzero(is_kind & (records.amount > 0) & (records.row >= 0))
        records, frame = records.take(keep), frame.iloc[keep]
        until = np.minimum(records.until, facts.returned_on[table_row[keep]])
        values = {
            "happened_on": records.happened_on,
            "amount": records.amount,
            "currency": facts.currency_positions(frame["currency"]),
            "rated_on": records.happened_on,
        }
        credits = Items(records.row, records.day, records.since, until, ItemColumns(values))
        return credits.with_spells(records.row, records.since, until).by_group(
            facts.current_customers
        )

    return items


def _late_fields() -> dict[str, Any]:
    over = {
        f"late{past}": lambda v, past=past: v["days_late"] > past for past in (0, 5, 30, 60, 90)
    }
    return {
        **over,
        "days_late_squared": lambda v: v["days_late"] * v["days_late"],
        "weight": lambda v: np.minimum(v["amount"], MOST_WEIGHT),
        "weighted": lambda v: np.minimum(v["amount"], MOST_WEIGHT) * v["days_late"],
    }


def _log(v: Values) -> Ints:
    cents = np.where(v["priced"] > 0, np.maximum(v["amount"], 1), 1)
    return np.asarray(np.rint(np.log(cents) * LOG_UNIT), dtype=np.int64)


def _paydays() -> dict[str, Any]:
    days = {
        f"weekday{day}": lambda v, day=day: weekday(v["happened_on"]) == day for day in range(7)
    }
    sixths = {
        f"month_sixth{part}": lambda v, part=part: month_sixth(v["happened_on"]) == part
        for part in range(6)
    }
    return {**days, **sixths}


SOURCES: dict[str, StreamSource] = {
    source.name: source
    for source in (
        StreamSource(
            "settled",
            "An invoice settled by cash and not sold before, of the day its settlement was known.",
            _settled,
            _late_fields(),
            money="amount",
        ),
        StreamSource(
            "issued",
            "An invoice, of the later of the days it was issued and recorded.",
            _issued,
            {
                "log_amount": _log,
                "log_amount_squared": lambda v: _log(v) ** 2,
            },
            money="amount",
        ),
        StreamSource(
            "open",
            "An invoice neither settled nor sold, with what is left of it.",
            lambda facts: facts.shared_items(_open),
            is_stock=True,
            money="amount",
        ),
        *(
            StreamSource(
                f"overdue{past}",
                f"An open invoice more than {past} days past due at the evening before.",
                _overdue(past),
                is_stock=True,
                money="amount",
            )
            for past in BUCKETS
        ),
        StreamSource(
            "cash",
            "A payment, of the later of the days it arrived and was recorded, until one takes"
            " any of it back.",
            _credits(("payment",)),
            _paydays(),
        ),
        StreamSource(
            "reached",
            "An invoice still unpaid when a bin of days late began, see `lags`.",
            reached_bins,
            is_stock=True,
        ),
        StreamSource("dispute", "A dispute opened on an invoice.", _of_invoices("dispute_opened")),
        StreamSource(
            "promise",
            "A promise to pay whose day has passed: kept if settled by cash by then, else broken.",
            _answered("promise", None),
        ),
        StreamSource(
            "reminder",
            f"A reminder {ANSWER_DAYS} days on: answered if settled by cash since, else not.",
            _answered("reminder", ANSWER_DAYS),
        ),
        StreamSource("reminded", "A reminder sent.", _of_invoices("reminder")),
        StreamSource("handed_over", "A hand-over to collection.", _of_invoices("handed_over")),
        StreamSource("credit_note", "A credit note.", _credits(("credit_note",)), money="amount"),
        StreamSource(
            "write_off", "A write-off, of any reason.", _credits(("write_off",)), money="amount"
        ),
    )
}
"""Every stream by its name."""
