"""Dilution: what billed amounts became: cash, discounts, credit notes, write-offs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Cents
from payrisk.calendar import NEVER
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.ledger import History
from payrisk.ledger.books.reversals import known_reversals, proportional_cents
from payrisk.ledger.facts.kinds import GOODWILL
from payrisk.ledger.facts.segments import segment_ends

WINDOW_DAYS = 365
"""Days before as_of whose closed invoices are measured."""

DISCOUNTS = ("discount", "early discount", "cash discount", "skonto")
"""Reasons (in lower case) that make a credit note an early discount."""

BECAME = (
    "cash", "early_discount", "credit_notes", "offsets", "short_pays", "withheld", "write_offs",
    "overpaid",
)  # fmt: skip
"""What a billed amount becomes; these columns sum to `billed`, to the cent."""

MEANING = {
    "cash": "payments and recoveries, net of what was returned",
    "early_discount": "credit notes for an early discount, and what an early payer kept",
    "credit_notes": "all other credit notes",
    "offsets": "set off against what we owe",
    "short_pays": "written off as goodwill or too small to ask for",
    "withheld": "tax withheld, certified or not",
    "write_offs": "bad debt, less what was recovered",
    "overpaid": "below 0: paid on top of what was billed",
}


def what_billing_became(history: History, window_days: int = WINDOW_DAYS) -> pd.DataFrame:
    """Per currency, what the invoices closed in the days before as_of became, in cents.

    currency, since_on, n_invoices, billed, then BECAME (they sum to billed), their shares of it
    (`cash_share` …), and of early discounts: discount_offered and discount_taken (billed amount
    of the invoices that were offered and that took one), take_up = taken ÷ offered,
    discount_rate = discount ÷ taken. Sold invoices are left out, and so are open ones. Only facts
    recorded before as_of count.
    """
    position, arrays = history.position, history.facts.arrays
    since = history.as_of - window_days
    closed = (position.settled_on >= since) & (position.settled_on < NEVER)
    rows = np.flatnonzero(closed & position.is_issued & (position.sold_on == NEVER))
    parts = _parts(history)
    amount = arrays.invoices.amount
    offered = (arrays.invoices.discount > 0) & (arrays.invoices.discount_until > -NEVER)
    taken = offered & (parts["early_discount"] > 0)
    columns = {"n_invoices": np.ones_like(amount), "billed": amount, **parts}
    columns["discount_offered"] = np.where(offered, amount, 0)
    columns["discount_taken"] = np.where(taken, amount, 0)
    discounted = np.where(taken, parts["early_discount"], 0)
    frame = pd.DataFrame({name: cents[rows] for name, cents in columns.items()})
    frame["given"] = discounted[rows]
    frame["currency"] = arrays.invoices.currency[rows].astype(str)
    table = frame.groupby("currency", sort=True).sum().reset_index()
    table.insert(1, "since_on", since)
    for name in BECAME:
        table[f"{name}_share"] = _ratio(table[name], table["billed"])
    table["take_up"] = _ratio(table["discount_taken"], table["discount_offered"])
    table["discount_rate"] = _ratio(table.pop("given"), table["discount_taken"])
    return table


def _parts(history: History) -> dict[str, Cents]:
    """(invoices,) cents by BECAME in table order; with what is still owed they sum to amount."""
    position, arrays = history.position, history.facts.arrays
    credits = history.facts.tables["credits"]
    kind = credits["kind"].astype(str).to_numpy(dtype=object)
    reason = credits["reason"].fillna("").str.lower()
    is_discount = reason.isin(DISCOUNTS).to_numpy()
    is_goodwill = credits["reason"].isin(GOODWILL).to_numpy()
    link, inv = arrays.allocations, arrays.invoices
    ok = (link.recorded_on < history.as_of) & position.is_credited[link.credit]
    ok &= position.is_issued[link.invoice]
    net = np.where(ok, link.amount, 0)
    back = known_reversals(arrays, ok, history.as_of, history.close_of)
    allocation = back.allocation
    np.subtract.at(
        net,
        allocation,
        proportional_cents(back.cents, link.credit_amount[allocation], link.amount[allocation]),
    )
    place = {
        "payment": "cash", "recovery": "cash", "offset": "offsets", "withholding": "withheld",
        "write_off": "write_offs", "credit_note": "credit_notes",
    }  # fmt: skip
    name = np.array([place[part] for part in kind], dtype=object)
    name[is_goodwill & (kind == "write_off")] = "short_pays"
    name[is_discount & np.isin(kind, ("credit_note", "write_off"))] = "early_discount"
    parts = {part: np.zeros(len(inv.amount), dtype=np.int64) for part in BECAME}
    for part, cents in parts.items():
        in_part = name[link.credit] == part
        np.add.at(cents, link.invoice[in_part], net[in_part])
    parts["write_offs"] -= position.recovered
    rest = inv.amount - position.applied
    parts["overpaid"] = np.minimum(rest, 0)
    _share_rest(history, np.maximum(rest, 0), parts)
    return parts


def _share_rest(history: History, rest: Cents, parts: dict[str, Cents]) -> None:
    """Put what is left on closed invoices where it belongs: discount, tax, else a short pay."""
    position, inv = history.position, history.facts.arrays.invoices
    rest = np.where(position.settled_on < NEVER, rest, 0)
    states = position.states
    last = np.flatnonzero(segment_ends(states.invoice))
    paid_on = np.full(len(rest), NEVER)
    paid_on[states.invoice[last]] = states.last_cash_on[last]
    early = (parts["cash"] > 0) & (paid_on <= inv.discount_until)
    free = np.maximum(inv.discount - parts["early_discount"], 0)
    discount = np.where(early, np.minimum(rest, free), 0)
    due = np.maximum(inv.withholding - parts["withheld"], 0)
    withheld = np.minimum(rest - discount, due)
    parts["early_discount"] += discount
    parts["withheld"] += withheld
    parts["short_pays"] += rest - discount - withheld


def disputed_amounts(cash: CashForecast) -> pd.DataFrame:
    """Per currency, the open amount in dispute and what the forecast makes of those invoices.

    currency, n_disputed, disputed (cents in dispute), of their whole open balance: open_balance =
    settled_by_credits + within_horizon + beyond_horizon + never; held_back = beyond + never.
    """
    rows = cash.invoices
    h = cash.horizon_days
    disputed = rows["disputed"] if "disputed" in rows else pd.Series(0, rows.index)
    disputed_rows = np.flatnonzero((disputed > 0).to_numpy())
    table = pd.DataFrame(
        {
            "currency": rows["currency"].astype(str).to_numpy(dtype=object)[disputed_rows],
            "n_disputed": 1,
            "disputed": disputed.to_numpy(np.int64)[disputed_rows],
            "open_balance": rows["residual"].to_numpy(np.int64)[disputed_rows],
            "settled_by_credits": rows["covered"].to_numpy(np.int64)[disputed_rows],
            "within_horizon": cash.expected[disputed_rows, :h].sum(axis=1),
            "beyond_horizon": cash.expected[disputed_rows, h],
            "never": cash.expected[disputed_rows, h + 1],
        }
    )
    table["held_back"] = table["beyond_horizon"] + table["never"]
    return table.groupby("currency", sort=True).sum().reset_index()


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    return (part / whole).where(whole > 0)
