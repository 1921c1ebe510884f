"""What is ordered, by customer: the orders that wait one by one, and which of them are guesses."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

from payrisk.credit.applicant.account import WaitingOrder
from payrisk.ledger import History
from payrisk.receivables.orders import (
    amounts_by_customer,
    guessed_orders,
    known_orders,
    waiting_orders,
)

MOST_GUESSES = 3
"""Guesses of one customer that are named; of more it is said how many."""


class OrderedAmounts:
    """What every customer has ordered and was not invoiced for on one morning."""

    def __init__(self, history: History) -> None:
        """Match the orders of one history."""
        orders = known_orders(history)
        waiting = waiting_orders(orders)
        self._amounts = amounts_by_customer(waiting)
        self._waiting = _waiting_by_customer(waiting)
        self._guesses = _guesses_by_customer(orders, history.as_of)

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Each customer and currency something waits in ('' = an order that names none)."""
        return list(self._waiting)

    def amount(self, customer_id: str, currency: str, *, is_usual: bool) -> int:
        """What waits, in minor units; is_usual: whether the customer is mostly billed in it.

        An order that names no currency is in the one the customer is mostly billed in.
        """
        orders = self._amounts.get(customer_id, {})
        return orders.get(currency, 0) + (orders.get("", 0) if is_usual else 0)

    def waiting(
        self, customer_id: str, currency: str, *, is_usual: bool
    ) -> tuple[WaitingOrder, ...]:
        """The orders that wait, one by one."""
        unsaid = self._waiting.get((customer_id, ""), ()) if is_usual else ()
        return self._waiting.get((customer_id, currency), ()) + unsaid

    def guess_reasons(self, customer_id: str) -> tuple[str, ...]:
        """Of which of its orders it is a guess how they stand, and why."""
        return self._guesses.get(customer_id, ())


def _waiting_by_customer(orders: pd.DataFrame) -> dict[tuple[str, str], tuple[WaitingOrder, ...]]:
    """The waiting orders by customer and currency ('' = the customer's usual one)."""
    out: dict[tuple[str, str], list[WaitingOrder]] = defaultdict(list)
    for customer, currency, order_id, number, left, until, guess in zip(
        *(
            orders[name].tolist()
            for name in (
                "customer_id",
                "currency",
                "order_id",
                "number",
                "left",
                "until",
                "guess",
            )
        ),
        strict=True,
    ):
        out[customer, currency].append(WaitingOrder(order_id, number, left, until, guess))
    return {key: tuple(rows) for key, rows in out.items()}


def _guesses_by_customer(orders: pd.DataFrame, as_of: int) -> dict[str, tuple[str, ...]]:
    """By customer, each order whose standing is a guess and why, the latest first."""
    out: dict[str, list[str]] = defaultdict(list)
    guessed = guessed_orders(orders, as_of).iloc[::-1]
    for customer, order_id, number, guess in zip(
        *(guessed[name].tolist() for name in ("customer_id", "order_id", "number", "guess")),
        strict=True,
    ):
        out[customer].append(f"{number or order_id}: {guess}")
    return {customer: _shortened(texts) for customer, texts in out.items()}


def _shortened(texts: list[str]) -> tuple[str, ...]:
    more = len(texts) - MOST_GUESSES
    return tuple(texts[:MOST_GUESSES]) + ((f"{more} more",) if more > 0 else ())
