"""Rows tied to their documents: the numbers of a file become ids of the ledger."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from payrisk.arrays import Flags
from payrisk.ledger.facts.tables import TEXT
from payrisk.ledger.importing.identity.document_numbers import DocumentRegister
from payrisk.ledger.importing.reading.cells import ParsedColumn
from payrisk.ledger.importing.reading.ids.lookups import Lookups

USED_AGAIN = (
    "a number that another document bears, of another customer in the same year or with day and"
    " amount far from these: if it is one customer by two names, import aliases.csv (alias_id,"
    " customer_id, valid_on) first; else give its entity, series or fiscal year, or put the row"
    " right"
)
SHARED = (
    "a number that several documents bear, and the row does not tell which: give their customer,"
    " entity or id in a column of its own"
)

Parsed = dict[str, ParsedColumn]


def identify_rows(parsed: Parsed, table: str, lookups: Lookups) -> Parsed:
    """The columns with ids in the place of numbers; rows that may mean several are bad there.

    `number` is filled where a document's id is not its number.
    """
    if table == "invoices":
        return _invoices(parsed, lookups)
    if table == "credits":
        named = _referring(parsed, lookups, "invoice_id", "happened_on")
        return _told(named, "credit_id", "happened_on", lookups.credits, _readable(named))
    if table == "allocations":
        named = _referring(parsed, lookups, "invoice_id", "happened_on")
        return _referring(named, lookups, "credit_id", "happened_on")
    if table == "events":
        return _subjects(parsed, lookups)
    return parsed


def _readable(parsed: Parsed) -> Flags:
    """Rows whose number, customer, day and amount could be read."""
    needed = ("customer_id", "issued_on", "happened_on", "amount")
    faults = [p.bad | p.empty for name, p in parsed.items() if name in needed]
    n = len(next(iter(parsed.values())).bad)
    return np.asarray(~np.logical_or.reduce([np.zeros(n, dtype=bool), *faults]))


def _invoices(parsed: Parsed, lookups: Lookups) -> Parsed:
    if "number" in parsed and not parsed["number"].empty.all():
        return parsed  # the file gives ids and numbers apart
    readable = _readable(parsed)
    is_invoice = np.array(pd.Series(parsed["amount"].values).fillna(0) >= 0, dtype=bool)
    if "document" in parsed:
        kind = pd.Series(parsed["document"].values)
        is_invoice &= np.asarray(kind.isin(("invoice", "void")))
        readable &= np.asarray(~kind.isin(("skip", "draft")))
    out = _told(parsed, "invoice_id", "issued_on", lookups.invoices, readable & is_invoice)
    return _told(out, "invoice_id", "issued_on", lookups.credits, readable & ~is_invoice)


def _told(
    parsed: Parsed, id_column: str, day_column: str, register: DocumentRegister, among: Flags
) -> Parsed:
    """Documents that rows tell: their ids, and the numbers that are not."""
    places = np.flatnonzero(among)
    if not len(places):
        return parsed
    names = ("entity_id", "series", "fiscal_year", "customer_id", "amount", "instalment")
    rows = pd.DataFrame({n: parsed[n].values for n in names if n in parsed}).iloc[places]
    rows[register.id_column] = pd.Series(parsed[id_column].values).iloc[places]
    rows[register.day_column] = pd.Series(parsed[day_column].values).iloc[places]
    identified = register.identify(rows.reset_index(drop=True))
    ids = pd.Series(parsed[id_column].values).astype(object)
    numbers = pd.Series([None] * len(ids), dtype=object)
    if "number" in parsed:
        numbers = pd.Series(parsed["number"].values).astype(object)
    ids.iloc[places] = identified.document_ids.to_numpy()
    is_other = identified.document_ids.to_numpy() != identified.numbers.to_numpy()
    numbers.iloc[places[is_other]] = identified.numbers.to_numpy()[is_other]
    doubtful = np.zeros(len(ids), dtype=bool)
    doubtful[places] = identified.doubtful
    out = dict(parsed)
    out[id_column] = _with_ids(parsed[id_column], ids, doubtful, USED_AGAIN)
    if is_other.any():
        empty = numbers.isna().to_numpy()
        values = pd.array(numbers.to_numpy(), dtype=TEXT)
        out["number"] = ParsedColumn(values, empty, np.zeros(len(ids), dtype=bool), "")
    return out


def _referring(parsed: Parsed, lookups: Lookups, id_column: str, day_column: str) -> Parsed:
    """Rows that name a document: its id, where the number alone does not tell."""
    if id_column not in parsed:
        return parsed
    register = lookups.invoices if id_column == "invoice_id" else lookups.credits
    hints = {"day": day_column, "amount": "amount"}
    columns = {
        name: parsed[source].values
        for name, source in {
            "entity_id": "entity_id",
            "customer_id": "customer_id",
            **hints,
        }.items()
        if source in parsed
    }
    written = pd.Series(parsed[id_column].values).astype(object)
    frame = pd.DataFrame(columns, index=written.index)
    if "customer_id" not in frame:
        frame["customer_id"] = None
    if "credit_id" in parsed and id_column == "invoice_id":
        payer = lookups.customers_of_credits(pd.Series(parsed["credit_id"].values))
        frame["customer_id"] = (
            frame["customer_id"].astype(object).where(frame["customer_id"].notna(), payer)
        )
    ids, ambiguous = register.resolve(written, frame)
    return parsed | {id_column: _with_ids(parsed[id_column], ids, ambiguous, SHARED)}


def _subjects(parsed: Parsed, lookups: Lookups) -> Parsed:
    """Events name an invoice in `subject`, where the kind of subject says so or nothing does."""
    if "subject" not in parsed:
        return parsed
    kind = (
        pd.Series(parsed["subject_kind"].values).astype(object)
        if "subject_kind" in parsed
        else pd.Series([None] * len(parsed["subject"].bad), dtype=object)
    )
    among = parsed | {"invoice_id": parsed["subject"]}
    named = _referring(among, lookups, "invoice_id", "happened_on")["invoice_id"]
    is_invoice = np.asarray((kind == "invoice") | kind.isna())
    ids = pd.Series(parsed["subject"].values).astype(object)
    ids = ids.where(~is_invoice, pd.Series(named.values).astype(object))
    fresh = named.bad & ~parsed["subject"].bad & is_invoice
    return parsed | {"subject": _with_ids(parsed["subject"], ids, fresh, SHARED)}


def _with_ids(column: ParsedColumn, ids: pd.Series, doubtful: Flags, why: str) -> ParsedColumn:
    values = pd.array(ids.to_numpy(dtype=object), dtype=TEXT)
    if not doubtful.any():
        return replace(column, values=values)
    return replace(column, values=values, bad=column.bad | doubtful, why=why)
