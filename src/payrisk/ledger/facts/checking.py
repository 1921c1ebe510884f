"""Tables as read made ledger tables: references checked, ordinary defects repaired, all named."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger.facts.allocations import check_allocations
from payrisk.ledger.facts.completing import complete, with_defaults
from payrisk.ledger.facts.due_days import fill_due_dates
from payrisk.ledger.facts.event_subjects import (
    report_disputes_without_amount,
    resolve_event_subjects,
    resolve_invoice_reversals,
)
from payrisk.ledger.facts.kinds import CREDIT_KINDS, EVENT_KINDS
from payrisk.ledger.facts.problems import Problem, ProblemLog
from payrisk.ledger.facts.recoveries import read_recoveries
from payrisk.ledger.facts.references import is_rising
from payrisk.ledger.facts.tables import TABLES, Tables


def check_tables(tables: Tables) -> tuple[Tables, list[Problem]]:
    """The tables made whole, and what was met on the way.

    Repairs what is ordinary (negative documents, missing due dates, customers named only on their
    invoices, over-allocated credits) and sets aside what refers to nothing. Checked tables come
    back unchanged; row order never matters. Raises KeyError for a missing required column.
    """
    log = ProblemLog()
    whole = with_defaults(tables)
    checked = {name: _once(name, frame, log) for name, frame in whole.items()}
    checked["credits"] = _known_kinds(checked["credits"], "credits", CREDIT_KINDS, log)
    checked["events"] = _known_kinds(checked["events"], "events", EVENT_KINDS, log)
    checked["events"] = _lasting_cells(checked["events"], log)
    _negative_documents(checked, log)
    fill_due_dates(checked, log)
    _parties(checked, log)
    check_allocations(checked, log)
    read_recoveries(checked, log)
    resolve_event_subjects(checked, log)
    report_disputes_without_amount(checked, log)
    resolve_invoice_reversals(checked, log)
    return {name: _ordered(name, f, whole[name]) for name, f in checked.items()}, log.problems


def _ordered(name: str, frame: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    if is_rising(frame[TABLES[name].key[0]]):
        return frame if frame is whole else complete(name, frame)
    return complete(name, frame.sort_values(list(TABLES[name].key), kind="stable"))


def _once(name: str, frame: pd.DataFrame, log: ProblemLog) -> pd.DataFrame:
    """One row a key: the one recorded first; exact twins and later rows are set aside, named."""
    key = list(TABLES[name].key)
    if is_rising(frame[key[0]]):
        return frame
    twice = frame.duplicated(key, keep=False)
    if not twice.any():
        return frame
    ordered = _sorted_twins(frame, key)
    first = ordered.drop_duplicates(key)
    exact = ordered.duplicated(keep="first")
    later = ordered.duplicated(key) & ~exact
    log.add(
        "duplicate",
        f"{name}: exact twins of an id, the first is kept",
        "noted",
        name,
        ordered.loc[exact, key[0]],
    )
    log.add(
        "conflict",
        f"{name}: one id with two readings, the one recorded first is kept;"
        " import corrections as a later file",
        "quarantined",
        name,
        ordered.loc[later, key[0]],
    )
    return first


def _sorted_twins(frame: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    rest = [c for c in frame.columns if c not in [*key, "recorded_on"]]
    return frame.sort_values([*key, "recorded_on", *rest], kind="stable")


def _known_kinds(
    frame: pd.DataFrame, name: str, kinds: tuple[str, ...], log: ProblemLog
) -> pd.DataFrame:
    odd = ~frame["kind"].isin(kinds)
    if not odd.any():
        return frame
    log.add(
        "unknown_kind",
        f"{name}: a kind that is none of {', '.join(kinds)}",
        "quarantined",
        "kind",
        frame.loc[odd, TABLES[name].key[0]],
    )
    return frame[~odd]


def _negative_documents(tables: Tables, log: ProblemLog) -> None:
    """An invoice of less than nothing is a credit note that waits to be linked."""
    negative = tables["invoices"][tables["invoices"]["amount"] < 0]
    if not len(negative):
        return
    ids = negative["invoice_id"].where(
        negative["instalment"] == 1,
        negative["invoice_id"] + "/" + negative["instalment"].astype(str),
    )
    notes = pd.DataFrame(
        {
            "credit_id": ids,
            "customer_id": negative["customer_id"],
            "entity_id": negative["entity_id"],
            "kind": "credit_note",
            "happened_on": negative["issued_on"],
            "amount": -negative["amount"],
            "currency": negative["currency"],
            "reason": "negative document",
            "recorded_on": negative["recorded_on"],
        }
    )
    notes = notes[pd.Index(tables["credits"]["credit_id"]).get_indexer(notes["credit_id"]) < 0]
    tables["credits"] = pd.concat(
        [tables["credits"], complete("credits", notes)], ignore_index=True
    )
    tables["invoices"] = tables["invoices"][tables["invoices"]["amount"] >= 0]
    log.add(
        "negative_document",
        "invoices below zero, read as credit notes",
        "repaired",
        "amount",
        negative["invoice_id"],
    )


def _corrected_to(events: pd.DataFrame) -> pd.DataFrame:
    """The customers that corrections name."""
    named = events[(events["kind"] == "changed") & (events["field"] == "customer_id")]
    if len(named):
        named = named[named["new"].fillna("") != ""]
    return named[["new", "recorded_on"]].rename(columns={"new": "customer_id"})


def _lasting_cells(events: pd.DataFrame, log: ProblemLog) -> pd.DataFrame:
    """Corrections but those that would leave a cell empty that must not be."""
    empties = (events["kind"] == "changed") & (events["new"].fillna("") == "")
    if not empties.any():
        return events
    needed = {c.name for t in TABLES.values() for c in t.columns if c.required}
    empties &= events["field"].isin(needed)
    log.add(
        "changed_to_nothing",
        "corrections that would empty a cell every row must have",
        "quarantined",
        "new",
        events.loc[empties, "event_id"].reset_index(drop=True),
    )
    return events[~empties]


def _parties(tables: Tables, log: ProblemLog) -> None:
    """Customers and entities named only by their documents get a row of their own."""
    facts = [tables["invoices"], tables["credits"]]
    aliases = tables["aliases"]
    also = [
        aliases,
        aliases.assign(customer_id=aliases["alias_id"]) if len(aliases) else aliases,
        tables["attributes"],
        _corrected_to(tables["events"]),
    ]
    start = min((int(each["recorded_on"].min()) for each in facts if len(each)), default=NEVER)
    first = _first_named("customer_id", facts)
    named = pd.concat([first, _first_named("customer_id", also)])
    unlisted = _with_parties(tables, "customers", first, named, start)
    log.add(
        "customer_unlisted",
        "customers named only on their documents, rows made for them",
        "repaired",
        "customer_id",
        unlisted,
    )
    opened = _first_named("entity_id", facts)
    _with_parties(tables, "entities", opened, opened, start)


def _first_named(column: str, frames: Sequence[pd.DataFrame]) -> pd.Series:
    """The day each party was first recorded, by its id in order."""
    named = [frame for frame in frames if len(frame)] or frames[:1]
    ids = pd.concat([frame[column] for frame in named], ignore_index=True)
    days = np.concatenate([frame["recorded_on"].to_numpy() for frame in named])
    codes, names = pd.factorize(ids, sort=True)
    first = np.full(len(names), NEVER, dtype=np.int64)
    np.minimum.at(first, codes[codes >= 0], days[codes >= 0])
    return pd.Series(first, pd.Index(names, name=column), name="recorded_on")


def _with_parties(
    tables: Tables, name: str, first: pd.Series, named: pd.Series, start: int
) -> pd.Series:
    """Give every party named a row, and those without a day one; the ids that had none."""
    (key,) = TABLES[name].key
    parties = tables[name]
    undated = (parties["recorded_on"] == NEVER).to_numpy()
    if undated.any():
        since = parties[key].map(first).fillna(start).to_numpy(dtype=np.int64)
        since = np.where(undated, since, parties["recorded_on"].to_numpy())
        parties = parties.assign(recorded_on=since)
    new = named[~named.index.duplicated() & (pd.Index(parties[key]).get_indexer(named.index) < 0)]
    new = new.reset_index()
    if len(new):
        rows = complete(name, new)
        parties = pd.concat([parties, rows], ignore_index=True) if len(parties) else rows
    tables[name] = parties
    return new[key]
