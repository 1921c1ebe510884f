"""Every fact with the evenings from which and until which it was known so."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Ints
from payrisk.calendar import NEVER
from payrisk.ledger.facts.arrays import (
    CreditArrays,
    EventArrays,
    InvoiceArrays,
    LedgerArrays,
    resolve,
)
from payrisk.ledger.facts.corrections import SUBJECT_TABLE
from payrisk.ledger.facts.references import invoice_rows
from payrisk.ledger.facts.rules import SettleRules
from payrisk.ledger.facts.segments import expand_spans
from payrisk.ledger.facts.tables import Tables
from payrisk.ledger.timeline.row_versions import RowVersions, row_versions

_KINDS = ("reversal", "due_date_change", "sold")
_TABLES = ("invoices", "credits", "allocations", "events")

Columns = TypeVar("Columns", InvoiceArrays, CreditArrays, EventArrays)


def take_rows(arrays: Columns, rows: Ints | slice) -> Columns:
    """Those rows of every column."""
    return type(arrays)(*(getattr(arrays, f.name)[rows] for f in fields(arrays)))


def _joined(first: Columns, then: Columns) -> Columns:
    pairs = ((getattr(first, f.name), getattr(then, f.name)) for f in fields(first))
    return type(first)(*(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True)
class VersionSpans:
    """(k,) every reading of a table's rows: the rows as recorded, then the corrected ones anew.

    row: the table row each reads. It is read so on evenings from `since` to before `until`; what
    is recorded of a corrected row is repeated among its readings and itself read never. (n,)
    first, count: where the readings of each row stand.
    """

    row: Ints
    since: Ints
    until: Ints
    first: Ints
    count: Ints

    def of(self, rows: Ints, since: Ints, until: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """(item, reading, since, until) wherever a span of days of a row meets a reading."""
        item, at = expand_spans(self.first[rows], self.first[rows] + self.count[rows])
        since = np.maximum(since[item], self.since[at])
        until = np.minimum(until[item], self.until[at])
        real = since < until
        return item[real], at[real], since[real], until[real]


def _every(n: int, value: int) -> Ints:
    """(n,) the same value, in no memory."""
    return np.broadcast_to(np.int64(value), n)


def _read(n: int, more: RowVersions | None) -> VersionSpans:
    row, since, until, count = np.arange(n), _every(n, -NEVER), _every(n, NEVER), _every(n, 1)
    if more is None:
        return VersionSpans(row, since, until, row, count)
    until, first, count = until.copy(), row.copy(), count.copy()
    until[more.row] = -NEVER
    touched, start, times = np.unique(more.row, return_index=True, return_counts=True)
    first[touched], count[touched] = n + start, times
    return VersionSpans(
        np.concatenate([row, more.row]),
        np.concatenate([since, more.since]),
        np.concatenate([until, more.until]),
        first,
        count,
    )


@dataclass(frozen=True)
class DatedLinks:
    """(k,) which reading of a credit reduces which reading of an invoice, and when it was known.

    row: a number in the order of the allocations.
    """

    row: Ints
    credit: Ints
    invoice: Ints
    amount: Ints
    credit_amount: Ints
    happened_on: Ints
    recorded_on: Ints
    since: Ints
    until: Ints

    def take(self, rows: Ints | Flags) -> DatedLinks:
        """Some of them."""
        return DatedLinks(*(getattr(self, f.name)[rows] for f in fields(self)))


@dataclass(frozen=True)
class DatedEvents:
    """Events of one kind, known on evenings from `since` to before `until`."""

    said: EventArrays
    since: Ints
    until: Ints


@dataclass(frozen=True)
class BitemporalFacts:
    """What was known when. Links and credits refer to readings, events to table rows.

    invoices, credits: every reading. invoice_known: first evening each could be known so.
    """

    invoices: InvoiceArrays
    invoice: VersionSpans
    invoice_known: Ints
    credits: CreditArrays
    credit: VersionSpans
    links: DatedLinks
    events: dict[str, DatedEvents]


def bitemporal_facts(tables: Tables, arrays: LedgerArrays, rules: SettleRules) -> BitemporalFacts:
    """All that `arrays` (resolved from the tables) say, corrections included, with its days."""
    invoices, credits = arrays.invoices, arrays.credits
    links, events, more = _links(arrays), _events(arrays.events), _corrected(tables)
    if more is not None:
        bare = {name: tables[name].iloc[:0] for name in _TABLES}
        frames = {"invoices": more["invoices"].frame, "credits": more["credits"].frame}
        own = resolve(tables | bare | frames, rules)
        invoices, credits = _joined(invoices, own.invoices), _joined(credits, own.credits)
        links, events = _reread(tables, rules, links, events, more)
    invoice = _read(len(arrays.invoices.amount), more["invoices"] if more else None)
    credit = _read(len(arrays.credits.amount), more["credits"] if more else None)
    known = np.maximum(invoices.recorded_on, invoices.issued_on)
    if more is not None:
        item, at, since, until = credit.of(links.credit, links.since, links.until)
        links = replace(links.take(item), credit=at, since=since, until=until)
        item, at, since, until = invoice.of(links.invoice, links.since, links.until)
        links = replace(links.take(item), invoice=at, since=since, until=until)
    cash_known = np.maximum(credits.recorded_on, credits.happened_on)
    since = np.maximum(known[links.invoice], cash_known[links.credit])
    since = np.maximum(since, np.maximum(links.recorded_on, links.since))
    links = replace(links, since=since)
    if more is not None:
        links = links.take(links.since < links.until)
    return BitemporalFacts(invoices, invoice, known, credits, credit, links, events)


def _corrected(tables: Tables) -> dict[str, RowVersions] | None:
    events = tables["events"]
    said = events[(events["kind"] == "changed").to_numpy()]
    said = said[said["subject_kind"].map(SUBJECT_TABLE).isin(_TABLES)]
    if not len(said):
        return None
    return {name: row_versions(name, tables[name], said) for name in _TABLES}


def _links(arrays: LedgerArrays) -> DatedLinks:
    a, n = arrays.allocations, len(arrays.allocations.amount)
    return DatedLinks(
        np.arange(n),
        a.credit,
        a.invoice,
        a.amount,
        a.credit_amount,
        a.happened_on,
        a.recorded_on,
        _every(n, -NEVER),
        _every(n, NEVER),
    )


def _events(events: dict[str, EventArrays]) -> dict[str, DatedEvents]:
    names = ("reversal:credit", "due_date_change:invoice", "sold:invoice", "reversal:invoice")
    return {
        name: DatedEvents(e, np.maximum(e.recorded_on, e.happened_on), np.full(len(e.row), NEVER))
        for name in names
        if (e := events.get(name)) is not None
    }


def _reread(
    tables: Tables,
    rules: SettleRules,
    links: DatedLinks,
    events: dict[str, DatedEvents],
    more: dict[str, RowVersions],
) -> tuple[DatedLinks, dict[str, DatedEvents]]:
    """Links and events with the corrected readings of allocations and events in their place."""
    if not len(more["allocations"].row) + len(more["events"].row):
        return links, events
    anew, told = more["allocations"], _told(tables["events"], more["events"])
    frames = {"allocations": anew.frame, "events": told.frame}
    named = set(anew.frame["invoice_id"]) | set(told.frame["subject"])
    paying = set(anew.frame["credit_id"]) | set(told.frame["subject"])
    near = {
        "invoices": np.flatnonzero(tables["invoices"]["invoice_id"].isin(named).to_numpy()),
        "credits": np.flatnonzero(tables["credits"]["credit_id"].isin(paying).to_numpy()),
    }
    for name, rows in near.items():
        frames[name] = tables[name].iloc[rows].reset_index(drop=True)
    for name in ("allocations", "events"):  # the day recorded, kept above, gives way to a number
        frames[name] = frames[name].assign(recorded_on=np.arange(len(frames[name])))
    found = resolve(tables | frames, rules)
    a, rows = found.allocations, _held(tables)
    at = a.recorded_on
    own = DatedLinks(
        anew.row[at],
        near["credits"][a.credit],
        near["invoices"][a.invoice],
        a.amount,
        a.credit_amount,
        a.happened_on,
        anew.frame["recorded_on"].to_numpy()[at],
        anew.since[at],
        anew.until[at],
    )
    links = replace(links, row=rows)
    links = links.take(~np.isin(rows, anew.row))
    pairs = ((getattr(links, f.name), getattr(own, f.name)) for f in fields(links))
    links = DatedLinks(*(np.concatenate(pair) for pair in pairs))
    if not len(more["events"].row):
        return links, events
    return links, {
        name: _dated(e, told, near["credits" if name.endswith("credit") else "invoices"])
        for name, e in found.events.items()
        if name.split(":")[0] in _KINDS and not name.endswith("customer")
    }


def _held(tables: Tables) -> Ints:
    """Rows of the allocations whose both ends the tables hold."""
    frame = tables["allocations"]
    held = invoice_rows(frame, tables["invoices"]) >= 0
    held &= frame["credit_id"].isin(tables["credits"]["credit_id"]).to_numpy()
    return np.flatnonzero(held)


def _told(events: pd.DataFrame, more: RowVersions) -> RowVersions:
    """Every reading of the events that may move an invoice."""
    if not len(more.row):
        return more
    rest = np.flatnonzero(events["kind"].isin(_KINDS).to_numpy())
    rest = rest[~np.isin(rest, more.row)]
    return RowVersions(
        pd.concat([more.frame, events.iloc[rest]], ignore_index=True),
        np.concatenate([more.row, rest]),
        np.concatenate([more.since, np.full(len(rest), -NEVER)]),
        np.concatenate([more.until, np.full(len(rest), NEVER)]),
    )


def _dated(said: EventArrays, told: RowVersions, near: Ints) -> DatedEvents:
    at = said.recorded_on
    said = replace(said, row=near[said.row], recorded_on=told.frame["recorded_on"].to_numpy()[at])
    known = np.maximum(said.recorded_on, said.happened_on)
    since, until = np.maximum(known, told.since[at]), told.until[at]
    real = np.flatnonzero(since < until)
    return DatedEvents(take_rows(said, real), since[real], until[real])
