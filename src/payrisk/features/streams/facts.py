"""A ledger's invoices, credits and events as they read over time, ready to become items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from payrisk.arrays import Ints, Texts
from payrisk.calendar import NEVER
from payrisk.features.streams.customers import CustomerGroups
from payrisk.features.streams.dated_values import row_readings
from payrisk.features.streams.items import ItemColumns, Items
from payrisk.features.streams.keys import sorted_order
from payrisk.features.streams.membership import Membership
from payrisk.ledger import Ledger
from payrisk.ledger.facts.arrays import LedgerArrays
from payrisk.ledger.facts.corrections import TABLE_SUBJECT
from payrisk.ledger.facts.references import invoice_rows, text_rows
from payrisk.ledger.facts.segments import expand_spans
from payrisk.ledger.timeline.timeline import Timeline


@dataclass(frozen=True)
class DatedRecords:
    """(k,) events or credits as they read over time: of whom, of which day, with what amounts.

    They hold on mornings since < t ≤ until; `since` is never before they happened or were
    recorded. row: of an invoice for events, of a customer for credits.
    """

    row: Ints
    happened_on: Ints
    refers_on: Ints
    amount: Ints
    day: Ints
    since: Ints
    until: Ints

    def take(self, rows: Ints) -> DatedRecords:
        """Some of them."""
        return DatedRecords(*(column[rows] for column in vars(self).values()))


class QuotedPlaces(NamedTuple):
    """(n,) rows of quotes' customers in their table, and places of their currencies."""

    customer: Ints
    currency: Ints


class CreditRecords(NamedTuple):
    """(k,) credits as they read, with the frame of all their columns and their table's rows."""

    records: DatedRecords
    frame: pd.DataFrame
    table_row: Ints


class LedgerFacts:
    """A ledger's facts as they read over time, read once for all sources of items."""

    def __init__(
        self, ledger: Ledger, belonging: CustomerGroups, timeline: Timeline | None = None
    ) -> None:
        """Read nothing yet; a timeline made before is used."""
        self.ledger, self._groups = ledger, belonging
        self._timeline = timeline
        self._shared_items: dict[Callable[[LedgerFacts], Items], Items] = {}

    @cached_property
    def timeline(self) -> Timeline:
        """Every reading of every invoice."""
        return self.ledger.timeline if self._timeline is None else self._timeline

    @property
    def current_customers(self) -> Membership:
        """Customers → the customers they go by now."""
        return self._groups.names

    @cached_property
    def readings(self) -> Timeline:
        """The timeline under the customers' present names, sorted by customer, then invoice.

        Cut where a customer's name changed. What is made from it stands nearly in the order of
        the streams.
        """
        t = self.timeline
        row, customer, since, until = self.current_customers.split_spells(
            t.customer, t.since, t.until
        )
        cut = t if row is None else t.take(row)
        named = replace(cut, customer=customer, since=since, until=until)
        return named.take(sorted_order(customer))

    def shared_items(self, items: Callable[[LedgerFacts], Items]) -> Items:
        """Items that several sources start from, made once."""
        if items not in self._shared_items:
            self._shared_items[items] = items(self)
        return self._shared_items[items]

    @property
    def arrays(self) -> LedgerArrays:
        """The facts as first recorded."""
        return self.ledger.arrays

    @cached_property
    def currencies(self) -> Texts:
        """The currency codes in use, sorted."""
        both = [
            self.ledger.tables[t][c].dropna().unique()
            for t, c in (
                ("invoices", "currency"),
                ("credits", "currency"),
                ("rates", "from"),
                ("rates", "to"),
            )
        ]
        return np.array(sorted({str(code) for codes in both for code in codes}), dtype=object)

    def currency_positions(self, currency: Any) -> Ints:
        """(n,) place of each currency among `currencies`; −1 for one that is not there."""
        return text_rows(currency, pd.Series(self.currencies))

    def quoted_places(self, customers: Sequence[str], currencies: Sequence[str]) -> QuotedPlaces:
        """The same of a few, one by one, and (n,) rows of customers; −1 for one not known."""
        return QuotedPlaces(
            np.array([self._customer_rows.get(who, -1) for who in customers], dtype=np.int64),
            np.array([self._currency_places.get(c, -1) for c in currencies], dtype=np.int64),
        )

    @cached_property
    def _customer_rows(self) -> dict[str, int]:
        ids = self.ledger.tables["customers"]["customer_id"].tolist()
        return {who: row for row, who in reversed([*enumerate(ids)])}

    @cached_property
    def _currency_places(self) -> dict[str, int]:
        return {code: place for place, code in enumerate(self.currencies)}

    @cached_property
    def invoice_currency(self) -> Ints:
        """(invoices,) code of each invoice's currency."""
        return self.currency_positions(self.ledger.tables["invoices"]["currency"])

    def _corrected(self, table: str) -> bool:
        kinds = self.ledger.changes["subject_kind"]
        return bool((kinds == TABLE_SUBJECT[table]).any())

    @cached_property
    def _events(self) -> pd.DataFrame:
        return row_readings(self.ledger, "events")

    def events(self, kind: str) -> DatedRecords:
        """The events of one kind that speak of an invoice."""
        if not self._corrected("events"):
            events = self.arrays.events.get(f"{kind}:invoice")
            nothing = np.zeros(0, dtype=np.int64)
            if events is None:
                return DatedRecords(*[nothing] * 7)
            day = np.maximum(events.happened_on, events.recorded_on)
            forever = np.full(len(day), NEVER, dtype=np.int64)
            days = (events.happened_on, events.refers_on)
            return DatedRecords(events.row, *days, events.amount, day, day, forever)
        frame = self._events
        frame = frame[
            ((frame["kind"] == kind) & (frame["subject_kind"] == "invoice")).to_numpy(bool)
        ]
        row = invoice_rows(frame, self.ledger.tables["invoices"], "subject")
        return _records(frame, row)

    @cached_property
    def credits(self) -> CreditRecords:
        """Every credit as it reads over time."""
        table = self.ledger.tables["credits"]
        frame = row_readings(self.ledger, "credits").assign(refers_on=NEVER)
        if not self._corrected("credits"):
            records = _records(frame, self.arrays.credits.customer)
            return CreditRecords(records, frame, np.arange(len(frame)))
        customer = text_rows(frame["customer_id"], self.ledger.tables["customers"]["customer_id"])
        table_row = text_rows(frame["credit_id"], table["credit_id"])
        return CreditRecords(_records(frame, customer), frame, table_row)

    @cached_property
    def returned_on(self) -> Ints:
        """(credits,) the day it first became known that some of a credit was taken back."""
        day = np.full(len(self.arrays.credits.amount), NEVER, dtype=np.int64)
        back = self.arrays.events.get("reversal:credit")
        if back is not None:
            np.minimum.at(day, back.row, np.maximum(back.happened_on, back.recorded_on))
        return day

    def pair_with_readings(self, events: DatedRecords) -> tuple[Ints, Ints]:
        """Each event beside each reading of its invoice: (k,) rows of both."""
        t = self.timeline
        first, end = (
            np.searchsorted(t.invoice, events.row, side=side) for side in ("left", "right")
        )
        return expand_spans(first, np.where(events.row < 0, first, end))


def _records(frame: pd.DataFrame, row: Ints) -> DatedRecords:
    happened, refers = (frame[c].to_numpy(dtype=np.int64) for c in ("happened_on", "refers_on"))
    day = np.maximum(happened, frame["recorded_on"].to_numpy(dtype=np.int64))
    return DatedRecords(
        row,
        happened,
        refers,
        frame["amount"].to_numpy(dtype=np.int64, na_value=0),
        day,
        np.maximum(day, frame["since"].to_numpy(dtype=np.int64)),
        frame["until"].to_numpy(dtype=np.int64),
    )


def merge_unchanged(of: Ints, items: Items) -> Items:
    """Items that follow one another without a change, made one; `of` says which do.

    of: (k,) what each item is a reading of; readings of one thing stand together, in order.
    """
    if not len(items):
        return items
    same = (of[1:] == of[:-1]) & (items.since[1:] == items.until[:-1])
    pairs = np.flatnonzero(same)  # most things have one reading, so few are compared
    for column in (items.entity, items.day, *items.values.values()):
        pairs = pairs[column[pairs] == column[pairs + 1]]
    if not len(pairs):
        return items
    same = np.zeros(len(same), dtype=bool)
    same[pairs] = True
    first = np.flatnonzero(np.append(True, ~same))
    last = np.append(first[1:], len(of)) - 1
    taken = items.take(first)
    return Items(taken.entity, taken.day, taken.since, items.until[last], taken.values)


def invoice_items(timeline: Timeline, keep: Ints, day: Ints, **values: Ints) -> Items:
    """Some readings of invoices as items of their customers."""
    items = Items(
        timeline.customer[keep],
        day,
        timeline.since[keep],
        timeline.until[keep],
        ItemColumns(values),
    )
    return merge_unchanged(timeline.invoice[keep], items)
