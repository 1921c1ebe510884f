"""Paid before the books begin: credits of invoices the ledger lacks are nobody's free cash."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from payrisk.arrays import Cents
from payrisk.ledger.facts.corrections import days_as_text
from payrisk.ledger.facts.problems import Problem, ProblemLog
from payrisk.ledger.facts.references import invoice_rows
from payrisk.ledger.facts.tables import BEFORE_THE_BOOKS, TABLES, Tables, complete, empty_tables
from payrisk.money import decimal_text

_LINK = ["credit_id", "invoice_id", "instalment", "happened_on"]


def carry_paid_before(
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
    links = complete("allocations", read["allocations"])
    credits = _both("credits", read, ledger).drop_duplicates("credit_id", keep="last")
    invoices = _both("invoices", read, ledger).drop_duplicates(list(TABLES["invoices"].key))
    is_credited = links["credit_id"].isin(credits["credit_id"]).to_numpy()
    is_known = invoice_rows(links, invoices) >= 0
    before = links[is_credited & ~is_known]
    events = _reversals(before, links[is_credited & is_known], credits)
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
    found = _found_again(links[is_credited & is_known], ledger)
    changed = pd.concat([events, found], ignore_index=True)
    if not len(changed):
        return read, log.problems
    kept = read["allocations"][~(is_credited & ~is_known)].reset_index(drop=True)
    return read | {"allocations": kept, "events": _with(read, changed, ledger)}, log.problems


def _both(name: str, read: Tables, ledger: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    frames = [complete(name, t[name]) for t in (ledger, read) if name in t]
    return pd.concat(frames, ignore_index=True) if frames else empty_tables()[name]


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
    whole = credits.set_index("credit_id")["amount"].reindex(rows["credit_id"])
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


def _found_again(links: pd.DataFrame, ledger: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Reversals of the ledger whose invoice this export brings: they take nothing any more."""
    if "events" not in ledger:
        return pd.DataFrame()
    events = ledger["events"]
    carried = events[(events["kind"] == "reversal") & (events["reason"] == BEFORE_THE_BOOKS)]
    hit = carried[carried["event_id"].isin(_event_ids(links))]
    return hit[_columns_of_reversals()].assign(amount=0) if len(hit) else pd.DataFrame()


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
    currency = credits.set_index("credit_id")["currency"]
    codes = currency.reindex(reversals["subject"]).to_numpy(dtype=object)
    sums = reversals["amount"].groupby(codes).sum()
    return ", ".join(
        f"{decimal_text(int(cents), str(code))} {code}" for code, cents in sums.items()
    )
