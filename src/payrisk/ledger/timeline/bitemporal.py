"""Bitemporal facts: each invoice, payment and allocation, and from which evening it was known.

Each fact has two clocks: the day on which it happened and the day on which it was recorded. Take
an invoice of 1 March over 100.00, recorded on 2 March; on 10 March a correction is recorded that
makes it 80.00. The row then has two versions: 100.00, known on the evenings of 2 to 9 March, and
80.00, known on those from 10 March on. A morning knows what the evening before it knew: the 10th
still reads 100.00, the 11th reads 80.00.

Here every row of invoices, credits, allocations and events that may move an invoice gets such a
span, from `since` to before `until`. An allocation ties a version of a credit to a version of an
invoice, so it is repeated for each pair of versions whose spans meet, and known from the evening
on which the last of the three was.

Nothing is estimated. The spans are as true as the days recorded: where an import dates facts by
the day they happened, the past seems better informed than it was.
"""

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
    resolve_arrays,
)
from payrisk.ledger.facts.corrections import SUBJECT_TABLE
from payrisk.ledger.facts.references import invoice_rows
from payrisk.ledger.facts.rules import SettleRules
from payrisk.ledger.facts.tables import Tables
from payrisk.ledger.timeline.row_versions import (
    RowVersions,
    VersionSpans,
    repeated_value,
    row_versions,
    version_spans,
)

_MOVING_KINDS = ("reversal", "due_date_change", "sold")
_TABLES = ("invoices", "credits", "allocations", "events")

Columns = TypeVar("Columns", InvoiceArrays, CreditArrays, EventArrays)


def take_rows(arrays: Columns, rows: Ints | slice) -> Columns:
    """Those rows of every column."""
    return type(arrays)(*(getattr(arrays, f.name)[rows] for f in fields(arrays)))


def _appended(first: Columns, then: Columns) -> Columns:
    pairs = ((getattr(first, f.name), getattr(then, f.name)) for f in fields(first))
    return type(first)(*(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True)
class DatedLinks:
    """(k,) which version of a credit reduces which version of an invoice, and when it was known.

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

    events: EventArrays
    since: Ints
    until: Ints


@dataclass(frozen=True)
class BitemporalFacts:
    """What was known when. Links refer to versions of invoices and credits, events to rows.

    invoices, credits: every version. invoice_known: first evening each could be known.
    """

    invoices: InvoiceArrays
    invoice: VersionSpans
    invoice_known: Ints
    credits: CreditArrays
    credit: VersionSpans
    links: DatedLinks
    events: dict[str, DatedEvents]


def bitemporal_facts(tables: Tables, arrays: LedgerArrays, rules: SettleRules) -> BitemporalFacts:
    """The facts of `arrays` (resolved from the tables), corrections included, with their spans."""
    invoices, credits = arrays.invoices, arrays.credits
    links, events, versions = _links(arrays), _events(arrays.events), _row_versions_of(tables)
    if versions is not None:
        bare = {name: tables[name].iloc[:0] for name in _TABLES}
        frames = {"invoices": versions["invoices"].frame, "credits": versions["credits"].frame}
        corrected = resolve_arrays(tables | bare | frames, rules)
        invoices = _appended(invoices, corrected.invoices)
        credits = _appended(credits, corrected.credits)
        links, events = _with_row_versions(tables, rules, links, events, versions)
    invoice = version_spans(
        len(arrays.invoices.amount), versions["invoices"] if versions else None
    )
    credit = version_spans(len(arrays.credits.amount), versions["credits"] if versions else None)
    invoice_known = np.maximum(invoices.recorded_on, invoices.issued_on)
    if versions is not None:
        item, version, since, until = credit.overlaps(links.credit, links.since, links.until)
        links = replace(links.take(item), credit=version, since=since, until=until)
        item, version, since, until = invoice.overlaps(links.invoice, links.since, links.until)
        links = replace(links.take(item), invoice=version, since=since, until=until)
    cash_known = np.maximum(credits.recorded_on, credits.happened_on)
    since = np.maximum(invoice_known[links.invoice], cash_known[links.credit])
    since = np.maximum(since, np.maximum(links.recorded_on, links.since))
    links = replace(links, since=since)
    if versions is not None:
        links = links.take(links.since < links.until)
    return BitemporalFacts(invoices, invoice, invoice_known, credits, credit, links, events)


def _row_versions_of(tables: Tables) -> dict[str, RowVersions] | None:
    events = tables["events"]
    changes = events[(events["kind"] == "changed").to_numpy()]
    changes = changes[changes["subject_kind"].map(SUBJECT_TABLE).isin(_TABLES)]
    if not len(changes):
        return None
    return {name: row_versions(name, tables[name], changes) for name in _TABLES}


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
        repeated_value(n, -NEVER),
        repeated_value(n, NEVER),
    )


def _events(events: dict[str, EventArrays]) -> dict[str, DatedEvents]:
    names = ("reversal:credit", "due_date_change:invoice", "sold:invoice", "reversal:invoice")
    return {
        name: DatedEvents(e, np.maximum(e.recorded_on, e.happened_on), np.full(len(e.row), NEVER))
        for name in names
        if (e := events.get(name)) is not None
    }


def _with_row_versions(
    tables: Tables,
    rules: SettleRules,
    links: DatedLinks,
    events: dict[str, DatedEvents],
    versions: dict[str, RowVersions],
) -> tuple[DatedLinks, dict[str, DatedEvents]]:
    """Links and events with the versions of corrected allocations and events in their place."""
    if not len(versions["allocations"].row) + len(versions["events"].row):
        return links, events
    link_versions = versions["allocations"]
    event_versions = _event_versions(tables["events"], versions["events"])
    frames = {"allocations": link_versions.frame, "events": event_versions.frame}
    named = set(link_versions.frame["invoice_id"]) | set(event_versions.frame["subject"])
    paying = set(link_versions.frame["credit_id"]) | set(event_versions.frame["subject"])
    near = {
        "invoices": np.flatnonzero(tables["invoices"]["invoice_id"].isin(named).to_numpy()),
        "credits": np.flatnonzero(tables["credits"]["credit_id"].isin(paying).to_numpy()),
    }
    for name, rows in near.items():
        frames[name] = tables[name].iloc[rows].reset_index(drop=True)
    for name in ("allocations", "events"):  # the day recorded, kept above, gives way to a number
        frames[name] = frames[name].assign(recorded_on=np.arange(len(frames[name])))
    resolved = resolve_arrays(tables | frames, rules)
    a, rows = resolved.allocations, _complete_links(tables)
    number = a.recorded_on
    reread = DatedLinks(
        link_versions.row[number],
        near["credits"][a.credit],
        near["invoices"][a.invoice],
        a.amount,
        a.credit_amount,
        a.happened_on,
        link_versions.frame["recorded_on"].to_numpy()[number],
        link_versions.since[number],
        link_versions.until[number],
    )
    links = replace(links, row=rows)
    links = links.take(~np.isin(rows, link_versions.row))
    pairs = ((getattr(links, f.name), getattr(reread, f.name)) for f in fields(links))
    links = DatedLinks(*(np.concatenate(pair) for pair in pairs))
    if not len(versions["events"].row):
        return links, events
    return links, {
        name: _with_days(
            e, event_versions, near["credits" if name.endswith("credit") else "invoices"]
        )
        for name, e in resolved.events.items()
        if name.split(":")[0] in _MOVING_KINDS and not name.endswith("customer")
    }


def _complete_links(tables: Tables) -> Ints:
    """Rows of the allocations whose both ends the tables hold."""
    frame = tables["allocations"]
    held = invoice_rows(frame, tables["invoices"]) >= 0
    held &= frame["credit_id"].isin(tables["credits"]["credit_id"]).to_numpy()
    return np.flatnonzero(held)


def _event_versions(events: pd.DataFrame, more: RowVersions) -> RowVersions:
    """Every version of the events that may move an invoice."""
    if not len(more.row):
        return more
    rest = np.flatnonzero(events["kind"].isin(_MOVING_KINDS).to_numpy())
    rest = rest[~np.isin(rest, more.row)]
    return RowVersions(
        pd.concat([more.frame, events.iloc[rest]], ignore_index=True),
        np.concatenate([more.row, rest]),
        np.concatenate([more.since, np.full(len(rest), -NEVER)]),
        np.concatenate([more.until, np.full(len(rest), NEVER)]),
    )


def _with_days(events: EventArrays, versions: RowVersions, near: Ints) -> DatedEvents:
    number = events.recorded_on
    events = replace(
        events, row=near[events.row], recorded_on=versions.frame["recorded_on"].to_numpy()[number]
    )
    known_from = np.maximum(events.recorded_on, events.happened_on)
    since, until = np.maximum(known_from, versions.since[number]), versions.until[number]
    real = np.flatnonzero(since < until)
    return DatedEvents(take_rows(events, real), since[real], until[real])
