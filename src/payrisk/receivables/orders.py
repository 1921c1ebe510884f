"""Orders: what is ordered and not yet invoiced, each until it is billed, cancelled or expired."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger import History
from payrisk.ledger.facts.corrections import resolve_aliases

ORDER_DAYS = 30
"""An order without an expected invoicing day counts as uninvoiced for this long."""

INVOICED_LATE_DAYS = 45
"""Days after an order's last day in which an invoice of its amount is still taken for its own."""

COLUMNS = (
    "order_id",
    "number",
    "customer_id",
    "currency",
    "amount",
    "left",
    "placed_on",
    "recorded_on",
    "expected_on",
    "until",
    "ended_on",
    "ended_by",
)


@dataclass
class _Order:
    """One order on its way: what is left of it, and what ended it."""

    order_id: str
    number: str
    customer_id: str
    currency: str
    amount: int
    placed_on: int
    recorded_on: int
    expected_on: int
    left: int = field(init=False)
    ended_on: int = NEVER
    ended_by: str = ""

    def __post_init__(self) -> None:
        self.left = self.amount

    @property
    def until(self) -> int:
        """The last day on which it waits for its invoice."""
        return self.placed_on + ORDER_DAYS if self.expected_on == NEVER else self.expected_on

    def take(self, cents: int, known_on: int, by: str) -> None:
        """Reduce it by what was cancelled or invoiced, as known from a day on."""
        self.left = max(0, self.left - cents)
        if not self.left:
            self.ended_on, self.ended_by = min(self.ended_on, known_on), by


def known_orders(history: History) -> pd.DataFrame:
    """Every order known that morning, with what is `left` of it; see COLUMNS.

    A cancellation or an invoice belongs to the order whose number it bears. Without a number a
    cancellation takes the customer's latest order of its amount, else its latest; an invoice the
    order of its very amount placed before it. left: minor units. ended_by: 'cancelled',
    'invoiced' or 'invoiced (by amount)'; ended_on: the day that became known, else NEVER.
    currency: '' where the order names none.
    """
    events = history.known_rows("events")
    is_order = events["kind"].isin(["order", "order_cancelled"])
    rows = events[is_order & (events["happened_on"] <= history.close_of)]
    rows = rows.assign(subject=_present_names(history, rows["subject"]))
    orders = [_order(row) for row in _numbered(rows[rows["kind"] == "order"])]
    of_customer: dict[str, list[_Order]] = defaultdict(list)
    for order in sorted(orders, key=lambda o: (o.placed_on, o.order_id)):
        of_customer[order.customer_id].append(order)
    for row in _numbered(rows[rows["kind"] == "order_cancelled"]):
        _cancel(of_customer[row.subject], row)
    _take_invoices(history, of_customer)
    frame = pd.DataFrame([{c: getattr(o, c) for c in COLUMNS} for o in orders], columns=COLUMNS)
    return frame.astype({c: "int64" for c in COLUMNS if c.endswith("_on") or c in _CENTS})


_CENTS = ("amount", "left", "until")


def open_orders(history: History) -> pd.DataFrame:
    """The orders that still wait for their invoice this morning: neither ended nor expired."""
    orders = known_orders(history)
    waits = (orders["left"] > 0) & (orders["until"] >= history.as_of)
    return orders[waits].reset_index(drop=True)


def order_numbers(history: History) -> frozenset[str]:
    """Every id and number under which the books know an order, or the invoice it became."""
    events = history.known_rows("events")
    orders = events[events["kind"] == "order"]
    texts = [orders["event_id"], orders["order_number"], orders["reason"]]
    texts.append(history.known_rows("invoices")["order_number"])
    return frozenset(text for column in texts for text in column.dropna())


def _present_names(history: History, customers: pd.Series) -> pd.Series:
    aliases = history.known_rows("aliases")
    renamed = resolve_aliases(aliases[aliases["valid_on"] <= history.close_of])
    return customers.map(lambda name: renamed.get(name, name)) if renamed else customers


def _numbered(rows: pd.DataFrame) -> list[Any]:
    """Order events with the number that tells them: their own, else a reason said but once."""
    reason = rows["reason"].where(~rows.duplicated(["subject", "reason"], keep=False))
    number = rows["order_number"].astype(object).where(rows["order_number"].notna(), reason)
    numbered = rows.assign(number=number.astype(object).where(number.notna(), ""))
    in_order = numbered.sort_values(["happened_on", "event_id"], kind="stable")
    return list(in_order.itertuples(index=False))


def _order(row: Any) -> _Order:
    return _Order(
        order_id=row.event_id,
        number=row.number,
        customer_id=row.subject,
        currency=row.order_currency if isinstance(row.order_currency, str) else "",
        amount=0 if pd.isna(row.amount) else int(row.amount),
        placed_on=int(row.happened_on),
        recorded_on=int(row.recorded_on),
        expected_on=int(row.refers_on),
    )


def _cancel(orders: list[_Order], row: Any) -> None:
    """Take a cancellation from the order it is of; one of no order known takes nothing."""
    is_whole = pd.isna(row.amount)
    cents = 0 if is_whole else int(row.amount)
    if row.number and any(order.number for order in orders):
        candidates = [order for order in orders if order.number == row.number]
    else:
        day = int(row.happened_on)
        waiting = [o for o in orders if o.left and o.placed_on <= day <= o.until]
        candidates = [o for o in waiting if is_whole or o.left == cents] or waiting
    for order in candidates[-1:]:
        order.take(order.left if is_whole else cents, int(row.recorded_on), "cancelled")


def _take_invoices(history: History, of_customer: dict[str, list[_Order]]) -> None:
    """Take from the orders what has been invoiced, by number and else by amount."""
    rows = history.invoices()
    rows = rows[rows["customer_id"].isin([c for c, orders in of_customer.items() if orders])]
    table = history.known_rows("invoices")
    if table["order_number"].notna().any():
        named = table[["invoice_id", "instalment", "order_number"]]
        rows = rows.merge(named, on=["invoice_id", "instalment"], how="left")
    else:
        rows = rows.assign(order_number=None)
    rows = rows.sort_values(["issued_on", "invoice_id", "instalment"], kind="stable")
    by_amount: dict[tuple[str, int], list[_Order]] = defaultdict(list)
    for customer, orders in of_customer.items():
        for order in orders:
            by_amount[customer, order.amount].append(order)
    columns = ("customer_id", "amount", "issued_on", "recorded_on", "currency", "order_number")
    for customer, amount, issued, recorded, currency, number in zip(
        *(rows[c].to_numpy(dtype=object) for c in columns), strict=True
    ):
        known_on = max(int(issued), int(recorded))
        if isinstance(number, str):
            for order in of_customer[customer]:
                if order.number == number:
                    order.take(int(amount), known_on, "invoiced")
            continue
        for order in by_amount.get((customer, int(amount)), ()):
            in_time = order.placed_on <= issued <= order.until + INVOICED_LATE_DAYS
            if order.left and in_time and order.currency in ("", currency):
                order.take(int(amount), known_on, "invoiced (by amount)")
                break


def amounts_by_customer(orders: pd.DataFrame) -> dict[str, dict[str, int]]:
    """What is left of orders, in minor units, by customer and currency ('' = the usual one)."""
    sums = orders.groupby(["customer_id", "currency"])["left"].sum()
    out: dict[str, dict[str, int]] = defaultdict(dict)
    for (customer, currency), cents in sums.items():
        out[str(customer)][str(currency)] = int(np.int64(cents))
    return dict(out)
