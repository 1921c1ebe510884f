"""What became of the applicants that were taken: sales, default and loss, by all known today."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger import DefaultRule, History
from payrisk.ledger.facts.corrections import resolve_aliases
from payrisk.ledger.facts.kinds import GOODWILL

YEAR = 365
"""Days after an application in which its customer's sales, cash and default are counted."""
CASH = ("payment", "recovery")


def outcomes_of_replay(rows: pd.DataFrame, history: History, rule: DefaultRule) -> pd.DataFrame:
    """What became of those that were taken then, by all that is known today."""
    present = resolve_aliases(history.known_rows("aliases"))
    customer = rows["customer_id"].map(lambda customer_id: present.get(customer_id, customer_id))
    spells = history.defaults(rule)
    lost, sold = _lost(history, rule), _invoices(history)
    limits = _first_limits(history, present)
    applied = rows["applied_on"].to_numpy(np.int64)
    ends = applied + YEAR
    begun = spells.groupby("customer_id")["default_on"].apply(list).to_dict()
    defaulted = [
        any(start < day <= end for day in begun.get(customer_id, ()))
        for customer_id, start, end in zip(customer, applied, ends, strict=True)
    ]
    # a default shows at once, that there was none only once the year is over
    is_known = (ends < history.as_of) | np.array(defaulted, dtype=bool)
    bought = [
        _within(sold.get((customer_id, currency)), start)
        for customer_id, currency, start in zip(customer, rows["currency"], applied, strict=True)
    ]
    keys = list(zip(customer, rows["currency"], strict=True))
    starts = list(zip(keys, applied, strict=True))
    received = _cash(history)
    return rows.assign(
        is_known=is_known & rows["customer_id"].notna().to_numpy(),
        defaulted=defaulted,
        lost=np.array([lost.get(key, 0) for key in keys], dtype=np.int64),
        sold=np.array(bought, dtype=np.int64),
        collected=np.array([_received(received.get(key), day) for key, day in starts], np.int64),
        cent_days=np.array([_cent_days(sold.get(key), day, history) for key, day in starts]),
        limit_then=np.array(
            [limits.get(customer_id, 0) for customer_id in customer], dtype=np.int64
        ),
    )


def _lost(history: History, rule: DefaultRule) -> dict[tuple[str, str], int]:
    """By customer and currency: what was written off, and what is open beyond the rule's days."""
    open_ = history.open_invoices()
    late = open_[open_["due_on"] < history.as_of - rule.days]
    amounts = late.assign(cents=late["residual"] - late["disputed"])
    credits = history.known_rows("credits")
    gone = credits[(credits["kind"] == "write_off") & ~credits["reason"].isin(GOODWILL)]
    links = history.known_rows("allocations").merge(gone[["credit_id"]], on="credit_id")
    invoices = history.invoices()[["invoice_id", "instalment", "customer_id", "currency"]]
    written = links.merge(invoices, on=["invoice_id", "instalment"]).rename(
        columns={"amount": "cents"}
    )
    columns = ["customer_id", "currency", "cents"]
    total = pd.concat([amounts[columns], written[columns]]).groupby(columns[:2])["cents"].sum()
    return {key: int(cents) for key, cents in total.items()}


def _invoices(history: History) -> dict[tuple[str, str], pd.DataFrame]:
    invoices = history.invoices()
    return dict(tuple(invoices.groupby(["customer_id", "currency"])))


def _within(invoices: pd.DataFrame | None, start: int) -> int:
    """What was billed within a year of an application."""
    if invoices is None:
        return 0
    in_time = invoices["issued_on"].between(start, start + YEAR - 1)
    return int(invoices.loc[in_time, "amount"].sum())


def _cash(history: History) -> dict[tuple[str, str], pd.DataFrame]:
    credits = history.known_rows("credits")
    credits = credits[credits["kind"].isin(CASH) & (credits["happened_on"] <= history.close_of)]
    return dict(tuple(credits.groupby(["customer_id", "currency"])))


def _received(credits: pd.DataFrame | None, start: int) -> int:
    """The cash that came within a year of an application."""
    if credits is None:
        return 0
    in_time = credits["happened_on"].between(start, start + YEAR - 1)
    return int(credits.loc[in_time, "amount"].sum())


def _cent_days(invoices: pd.DataFrame | None, start: int, history: History) -> float:
    """Minor units × days that what was billed within a year stayed open, a year at most.

    Over what was billed it is the DSO of these sales (Little's law).
    """
    if invoices is None:
        return 0.0
    billed = invoices[invoices["issued_on"].between(start, start + YEAR - 1)]
    closed = np.minimum(billed["closed_on"].to_numpy(np.int64), history.close_of)
    days = np.clip(closed - billed["issued_on"].to_numpy(np.int64), 0, YEAR)
    return float(np.sum(billed["amount"].to_numpy(np.float64) * days))


def _first_limits(history: History, present: Mapping[str, str]) -> dict[str, int]:
    """The first limit that each customer had."""
    frame = history.known_rows("attributes")
    frame = frame[(frame["name"] == "limit") & (frame["valid_on"] < NEVER)]
    frame = frame.sort_values(["valid_on", "recorded_on"], kind="stable")
    frame = frame.assign(
        customer_id=frame["customer_id"].map(
            lambda customer_id: present.get(customer_id, customer_id)
        )
    )
    first = frame.drop_duplicates("customer_id").set_index("customer_id")["value"]
    cents = pd.to_numeric(first, errors="coerce").dropna()
    return {str(customer): int(value) for customer, value in cents.items()}
