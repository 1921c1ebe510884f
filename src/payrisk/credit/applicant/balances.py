"""Sums of money by customer and currency, and what payments that came back leave unpaid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pandas as pd

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.ledger import History
from payrisk.ledger.facts.kinds import USED_ELSEWHERE

Balances = dict[tuple[str, str], int]  # (customer, currency) → minor units


def sum_by_customer(rows: pd.DataFrame, amounts: pd.Series | np.ndarray) -> Balances:
    """Sums of the amounts, one a row, by the rows' customer and currency."""
    summed = pd.Series(np.asarray(amounts, dtype=np.int64)).groupby(
        [rows["customer_id"].to_numpy(), rows["currency"].to_numpy()]
    )
    return {key: int(total) for key, total in summed.sum().items()}


def returned_amounts(history: History, owed: pd.DataFrame) -> Balances:
    """What payments that came back leave unpaid: at most what is still open on their invoices."""
    events = history.known_rows("events")
    back = events[
        (events["kind"] == "reversal")
        & (events["subject_kind"] == "credit")
        & (events["happened_on"] <= history.close_of)
        & ~events["reason"].isin(USED_ELSEWHERE)
    ]
    if back.empty:
        return {}
    amount = back["amount"].astype("float64").fillna(np.inf).groupby(back["subject"]).sum()
    links = history.known_rows("allocations")[["credit_id", "invoice_id", "instalment"]]
    links = links[links["credit_id"].isin(amount.index)].drop_duplicates()
    keys = ["invoice_id", "instalment"]
    still = links.merge(owed[[*keys, "customer_id", "currency", "residual"]], on=keys)
    open_ = still.groupby(["credit_id", "customer_id", "currency"])["residual"].sum()
    capped = np.minimum(
        open_, amount.reindex(open_.index.get_level_values("credit_id")).to_numpy()
    )
    # two payments of one invoice that both came back still leave it unpaid once
    once = still.drop_duplicates(keys)
    ceiling = sum_by_customer(once, once["residual"])
    total = capped.groupby(level=["customer_id", "currency"]).sum()
    return {key: min(int(cents), ceiling[key]) for key, cents in total.items()}


def currencies_by_customer(keys: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """The currencies each customer owes in."""
    currencies: dict[str, set[str]] = defaultdict(set)
    for customer, currency in keys:
        currencies[customer].add(currency)
    return dict(currencies)


def dates_of_attribute(values: pd.Series) -> dict[str, int]:
    """The days that an attribute names; what is no date counts as not recorded."""
    days = {}
    for customer, text in values.dropna().items():
        try:
            days[str(customer)] = day_of(str(text))
        except InputError:
            continue
    return days
