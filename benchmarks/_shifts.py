"""Shifts planted into a ledger from a day on, for the monitor's benchmark and its tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from payrisk.ledger.facts.kinds import CASH_KINDS
from payrisk.ledger.facts.tables import Tables

LATER_DAYS = 5
BOOKED_LATER_DAYS = 7


def pay_later(tables: Tables, since: int, end: int, days: int = LATER_DAYS) -> Tables:
    """From a day on every payment comes that many days later; what is not booked by then lacks."""
    return _payments_moved(tables, since, end, days, days)


def late_booking(tables: Tables, since: int, end: int, days: int = BOOKED_LATER_DAYS) -> Tables:
    """From a day on payments are booked that many days later than before."""
    return _payments_moved(tables, since, end, 0, days)


def country_stops(tables: Tables, since: int, end: int) -> Tables:  # noqa: ARG001
    """From a day on no customer of the country with the third most customers pays."""
    customers = tables["customers"]
    country = customers["country"].value_counts().index[2]
    whose = set(customers.loc[customers["country"] == country, "customer_id"])
    credits = tables["credits"]
    gone = credits["kind"].isin(CASH_KINDS) & (credits["happened_on"] >= since)
    gone &= credits["customer_id"].isin(whose)
    return _without(tables, set(credits.loc[gone, "credit_id"]))


def terms_mix(tables: Tables, since: int, end: int) -> Tables:
    """Invoices issued from a day on have 30 days more in half the customers, and are so paid."""
    invoices = tables["invoices"]
    half = pd.util.hash_pandas_object(invoices["customer_id"], index=False) % 2 == 0
    new = half.to_numpy() & (invoices["issued_on"] >= since).to_numpy()
    changed = invoices.assign(due_on=np.where(new, invoices["due_on"] + 30, invoices["due_on"]))
    links = tables["allocations"]
    theirs = links["invoice_id"].isin(set(invoices.loc[new, "invoice_id"]))
    later = theirs & (links["happened_on"] + 30 > end)
    return _without(tables | {"invoices": changed}, set(links.loc[later, "credit_id"]))


def unit_changes(tables: Tables, since: int, end: int) -> Tables:  # noqa: ARG001
    """Amounts of invoices issued from a day on are a hundred times too large."""
    invoices = tables["invoices"]
    new = (invoices["issued_on"] >= since).to_numpy()
    amount = np.where(new, invoices["amount"] * 100, invoices["amount"])
    return tables | {"invoices": invoices.assign(amount=amount)}


SHIFTS: dict[str, Callable[[Tables, int, int], Tables]] = {
    f"customers pay {LATER_DAYS} days later": pay_later,
    "one country stops paying": country_stops,
    "terms 30 days longer in half the customers": terms_mix,
    "amounts a hundred times too large": unit_changes,
    f"payments booked {BOOKED_LATER_DAYS} days later": late_booking,
}


def _payments_moved(tables: Tables, since: int, end: int, days: int, booked: int) -> Tables:
    credits, links = tables["credits"], tables["allocations"]
    moved = (credits["kind"].isin(CASH_KINDS) & (credits["happened_on"] >= since)).to_numpy()
    ids = set(credits.loc[moved, "credit_id"])
    linked = links["credit_id"].isin(ids).to_numpy()
    found = tables | {
        "credits": _later(credits, moved, days, booked),
        "allocations": _later(links, linked, days, booked),
    }
    own = found["credits"]
    gone = set(own.loc[moved & (own["recorded_on"] > end).to_numpy(), "credit_id"])
    return _without(found, gone)


def _later(
    table: pd.DataFrame, rows: np.ndarray[tuple[int], np.dtype[np.bool_]], days: int, booked: int
) -> pd.DataFrame:
    return table.assign(
        happened_on=np.where(rows, table["happened_on"] + days, table["happened_on"]),
        recorded_on=np.where(rows, table["recorded_on"] + booked, table["recorded_on"]),
    )


def _without(tables: Tables, credit_ids: set[str]) -> Tables:
    credits, links = tables["credits"], tables["allocations"]
    events = tables["events"]
    about = (events["subject_kind"] == "credit") & events["subject"].isin(credit_ids)
    return tables | {
        "credits": credits[~credits["credit_id"].isin(credit_ids)].reset_index(drop=True),
        "allocations": links[~links["credit_id"].isin(credit_ids)].reset_index(drop=True),
        "events": events[~about].reset_index(drop=True),
    }
