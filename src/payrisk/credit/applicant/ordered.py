"""What is ordered, by customer: the orders that wait one by one, and which of them are guesses."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

from payrisk.credit.applicant.account import WaitingOrder
from payrisk.receivables.orders import guessed_orders

MOST_GUESSES = 3
"""Guesses of one customer that are named; of more it is said how many."""


def waiting_by_customer(orders: pd.DataFrame) -> dict[tuple[str, str], tuple[WaitingOrder, ...]]:
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


def guesses_by_customer(orders: pd.DataFrame, as_of: int) -> dict[str, tuple[str, ...]]:
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
