"""Which orders wait for their invoice on a morning, read from the definitions alone."""

from __future__ import annotations

from dataclasses import dataclass

from support.plain.files import PlainFacts, Row, by
from support.plain.standings import current_ids


@dataclass
class Order:
    """An order. left: what neither invoice nor cancellation has taken, minor units."""

    numbers: set[str]
    amount: int
    currency: str
    placed_on: int
    expected_on: int
    left: int

    def waits(self, evening: int) -> bool:
        return self.left > 0 and self.expected_on > evening


def plain_orders(
    facts: PlainFacts, as_of: int, usual: dict[str, str]
) -> dict[tuple[str, str], int]:
    """(Customer, currency) -> what is left of orders that wait ('An order' of docs/credit.md).

    usual: customer -> its usual currency, for orders that name none.
    """
    ids = current_ids(facts, as_of - 1, as_of)
    steps: dict[str, list[tuple[int, int, Row]]] = {}
    for row in facts.known("events", as_of - 1, as_of):
        if row["kind"] in ("order", "order_cancelled"):
            customer = ids.get(row["subject"], row["subject"])
            rank = 0 if row["kind"] == "order" else 1
            steps.setdefault(customer, []).append((row["happened_on"], rank, row))
    bills = by(facts.known("invoices", as_of - 1, as_of, "issued_on"), "invoice_id")
    for rows in bills.values():
        customer = ids.get(rows[0]["customer_id"], rows[0]["customer_id"])
        if customer in steps:
            whole = rows[0] | {"kind": "invoice", "amount": sum(row["amount"] for row in rows)}
            steps[customer].append((whole["issued_on"], 2, whole))
    left: dict[tuple[str, str], int] = {}
    for customer, of_customer in steps.items():
        of_customer.sort(key=lambda step: step[:2])
        for order in _orders(of_customer, usual[customer]):
            if order.waits(as_of - 1):
                key = (customer, order.currency)
                left[key] = left.get(key, 0) + order.left
    return left


def _orders(steps: list[tuple[int, int, Row]], usual: str) -> list[Order]:
    orders: list[Order] = []
    early: list[Row] = []  # invoices that no order known by then was of
    numbers = {row["order_number"] for _, _, row in steps if row["kind"] == "order"} - {""}
    for on, _, row in steps:
        if row["kind"] == "order":
            _place(orders, early, row, on, usual)
        elif row["kind"] == "order_cancelled":
            order = _cancelled(orders, row, on)
            if order is not None:
                order.left -= order.left if row["amount"] is None else row["amount"]
        elif row["order_number"] in numbers:
            named = _numbered(orders, row["order_number"])
            if named:
                next((order for order in named if order.left > 0), named[0]).left -= row["amount"]
            else:
                early.append(row)
        else:
            alike = [order for order in orders if _is_alike(order, row, numbers, order.placed_on)]
            if alike:
                alike[0].left = 0
            else:
                early.append(row)
    return orders


def _numbered(orders: list[Order], number: str) -> list[Order]:
    return [order for order in orders if number and number in order.numbers]


def _cancelled(orders: list[Order], row: Row, on: int) -> Order | None:
    """The order that a cancellation is of: by its number, else by its amount."""
    if row["order_number"]:
        return next(iter(_numbered(orders, row["order_number"])[::-1]), None)
    alive = [
        order
        for order in orders
        if order.left > 0 and row["order_currency"] in ("", order.currency)
    ]
    waiting = [order for order in alive if order.placed_on <= on <= order.expected_on]
    late = [order for order in alive if order.expected_on < on <= order.expected_on + 45]
    amount = row["amount"]
    for some in (
        [order for order in waiting if amount in (None, order.left, order.amount)],
        [order for order in late if amount in (order.left, order.amount)],
        [order for order in waiting if order.left > (amount or 0)],
        waiting,
    ):
        if some:
            return some[-1]
    return None


def _place(orders: list[Order], early: list[Row], row: Row, on: int, usual: str) -> None:
    number, currency = row["order_number"], row["order_currency"] or usual
    due = row["refers_on"] if row["refers_on"] is not None else row["requested_on"]
    known = {number, row["old"]} - {""}
    same = [order for order in orders if order.numbers & known and order.left > 0]
    if same:
        order = same[-1]
        order.left += row["amount"] - order.amount
        order.amount, order.numbers = row["amount"], order.numbers | known
        order.currency = row["order_currency"] or order.currency
        order.expected_on = due if due is not None else order.expected_on
        return
    order = Order(
        known, row["amount"], currency, on, due if due is not None else on + 30, row["amount"]
    )
    orders.append(order)
    numbers = {name for other in orders for name in other.numbers}
    for bill in list(early):
        if bill["order_number"] in order.numbers:
            order.left -= bill["amount"]
        elif order.left == order.amount and _is_alike(order, bill, numbers, on - 7):
            order.left = 0
        else:
            continue
        early.remove(bill)


def _is_alike(order: Order, bill: Row, numbers: set[str], since: int) -> bool:
    """Whether an invoice of no known number may be of an order of its very amount."""
    return (
        bill["order_number"] not in numbers
        and order.left == bill["amount"]
        and order.currency == bill["currency"]
        and since <= bill["issued_on"] <= order.expected_on + 45
    )
