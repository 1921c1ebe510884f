"""Paid before the books begin: credits of invoices the ledger lacks are nobody's free cash."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from payrisk.arrays import Cents, Flags
from payrisk.ledger.facts.completing import complete, empty_tables
from payrisk.ledger.facts.corrections import days_as_text
from payrisk.ledger.facts.kinds import BEFORE_THE_BOOKS
from payrisk.ledger.facts.problems import Problem, ProblemLog
from payrisk.ledger.facts.references import text_rows
from payrisk.ledger.facts.tables import Tables
from payrisk.ledger.importing.sums_in_words import sums_in_words

_INVOICE = ["invoice_id", "instalment"]
_LINK = ["credit_id", "invoice_id", "instalment", "happened_on"]


def set_aside_unknown_payments(
    read: Tables, ledger: Mapping[str, pd.DataFrame]
) -> tuple[Tables, list[Problem]]:
    """What was read, with what credits paid of unknown invoices taken out of the books.

    read: tables of an export. ledger: those of the ledger so far, {} when there is none. An
    allocation of a known credit to an invoice that neither has becomes a reversal of that part of
    the credit, known when the allocation was: on no later morning is it money on account. When a
    later export brings the invoice, the reversal takes nothing from that import on.
    """
    if not len(read.get("allocations", ())):
        return read, []
    every = read["allocations"]
    credits = _both("credits", ["credit_id", "amount", "currency"], read, ledger)
    is_credited = text_rows(every["credit_id"], credits["credit_id"]) >= 0
    is_known = _is_known(every, _both("invoices", _INVOICE, read, ledger))
    is_before = is_credited & ~is_known
    carried = _carried(ledger)
    if not is_before.any() and not len(carried):
        return read, []
    touched = every["credit_id"].isin({*every.loc[is_before, "credit_id"], *carried["subject"]})
    links = complete("allocations", every[touched & is_credited & is_known])
    before = complete("allocations", every[is_before])
    events = _reversals(before, links, credits)
    log = ProblemLog()
    log.add(
        BEFORE_THE_BOOKS.replace(" ", "_"),
        f"credits of invoices the ledger lacks ({_money(events, credits)}), carried as paid before"
        " the books begin and not as money on account; import the older invoices if they are open"
        " items, or put the invoice number right",
        "doubted",
        "invoice_id",
        (before["credit_id"] + " → " + before["invoice_id"]).reset_index(drop=True),
    )
    found = carried[carried["event_id"].isin(_event_ids(links))].assign(amount=0)
    changed = pd.concat([events, found], ignore_index=True)
    if not len(changed):
        return read, log.problems
    kept = every[~is_before].reset_index(drop=True)
    return read | {"allocations": kept, "events": _with(read, changed, ledger)}, log.problems


def _both(
    name: str, columns: list[str], read: Tables, ledger: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Some columns of the documents read, then those of the ledger: what was read comes first."""
    frames = [
        pd.DataFrame({c: t[name][c] if c in t[name] else 1 for c in columns})
        for t in (read, ledger)
        if name in t
    ]
    empty = empty_tables()[name][columns]
    return pd.concat(frames, ignore_index=True) if frames else empty


def _is_known(links: pd.DataFrame, invoices: pd.DataFrame) -> Flags:
    """Which allocations name an invoice, instalment included, that is known."""
    if not len(invoices):
        return np.zeros(len(links), dtype=bool)
    instalments = links["instalment"] if "instalment" in links else pd.Series(1, index=links.index)
    by_id = text_rows(links["invoice_id"], invoices["invoice_id"])
    first = instalments.to_numpy(dtype=np.int64) == invoices["instalment"].to_numpy()[by_id]
    known = (by_id >= 0) & first
    if (left := np.flatnonzero((by_id >= 0) & ~first)).size:
        keys = pd.MultiIndex.from_frame(invoices[_INVOICE].astype({"invoice_id": object}))
        named = [links["invoice_id"].iloc[left].astype(object), instalments.iloc[left]]
        known[left] = keys.unique().get_indexer(pd.MultiIndex.from_arrays(named)) >= 0
    return np.asarray(known)


def _carried(ledger: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The reversals by which earlier imports carried credits as paid before."""
    events = ledger["events"] if "events" in ledger else empty_tables()["events"]
    hit = (events["kind"] == "reversal") & (events["reason"] == BEFORE_THE_BOOKS)
    return events.loc[hit, _columns_of_reversals()]


def _event_ids(links: pd.DataFrame) -> pd.Series:
    where = links["invoice_id"] + "/" + links["instalment"].astype(str)
    days = pd.Series(
        days_as_text(links["happened_on"].to_numpy()), index=links.index, dtype=object
    )
    return "before:" + links["credit_id"] + ":" + where + ":" + days


def _reversals(before: pd.DataFrame, links: pd.DataFrame, credits: pd.DataFrame) -> pd.DataFrame:
    """The allocations `before` as reversals, none beyond what its credit had left by then."""
    rows = before.assign(cents=before["credit_amount"].fillna(before["amount"]))
    rows = rows.sort_values(["recorded_on", *_LINK], kind="stable").reset_index(drop=True)
    amounts = credits.drop_duplicates("credit_id").set_index("credit_id")["amount"]
    whole = amounts.reindex(rows["credit_id"])
    claimed = rows["cents"].to_numpy(dtype=np.int64)
    earlier = rows.groupby("credit_id")["cents"].cumsum().to_numpy(dtype=np.int64) - claimed
    left = whole.to_numpy(dtype=np.int64) - _linked_by_then(rows, links) - earlier
    return pd.DataFrame(
        {
            "event_id": _event_ids(rows),
            "kind": "reversal",
            "subject_kind": "credit",
            "subject": rows["credit_id"],
            "happened_on": rows["happened_on"],
            "amount": np.clip(np.minimum(claimed, left), 0, None),
            "reason": BEFORE_THE_BOOKS,
            "recorded_on": rows["recorded_on"],
        }
    )


def _linked_by_then(rows: pd.DataFrame, links: pd.DataFrame) -> Cents:
    """(n,) what of each row's credit other allocations had used by the day the row was known."""
    used = links.assign(cents=links["credit_amount"].fillna(links["amount"]).astype("int64"))
    pairs = rows[["credit_id", "recorded_on"]].reset_index(names="row")
    pairs = pairs.merge(
        used[["credit_id", "cents", "recorded_on"]], on="credit_id", suffixes=("", "_link")
    )
    pairs = pairs[pairs["recorded_on_link"] <= pairs["recorded_on"]]
    sums = pairs.groupby("row")["cents"].sum().reindex(rows.index, fill_value=0)
    return np.asarray(sums.to_numpy(dtype=np.int64))


def _columns_of_reversals() -> list[str]:
    names = ("event_id", "kind", "subject_kind", "subject", "happened_on", "amount", "reason")
    return [*names, "recorded_on"]


def _with(
    read: Tables, reversals: pd.DataFrame, ledger: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """The events read and the reversals; what a file does not say of known events stays so."""
    if "events" not in read:
        return reversals
    events = read["events"]
    missing = [c for c in _columns_of_reversals() if c not in events]
    if missing and "events" in ledger:
        known = ledger["events"].set_index("event_id")[missing]
        events = events.join(known, on="event_id")
    return pd.concat([events, reversals], ignore_index=True)


def _money(reversals: pd.DataFrame, credits: pd.DataFrame) -> str:
    """What the reversals come to, by currency."""
    currency = credits.drop_duplicates("credit_id").set_index("credit_id")["currency"]
    return sums_in_words(reversals["amount"], currency.reindex(reversals["subject"]))
