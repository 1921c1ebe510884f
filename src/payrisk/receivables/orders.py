"""Orders: what is ordered and not yet invoiced, each until it is billed, cancelled or expired."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger import History
from payrisk.ledger.facts.corrections import resolve_aliases
from payrisk.receivables.order_matching import (
    INVOICED_LATE_DAYS,
    CustomerOrders,
    OrderFact,
)

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
    "requested_on",
    "until",
    "ended_on",
    "ended_by",
    "guess",
)
_INTS = ("amount", "left", "until")


def known_orders(history: History) -> pd.DataFrame:
    """Every order known that morning, with what is `left` of it; see COLUMNS.

    A cancellation or an invoice belongs to the order whose number it bears. Without a number a
    cancellation takes the customer's latest order of its amount, else its latest; an invoice the
    order of its very amount. A number that comes again while its order waits restates it; one
    that comes again after a cancellation is placed anew. left: minor units. ended_by:
    'cancelled', 'invoiced', 'invoiced (by amount)' or 'expired'; ended_on: the day that became
    known, else NEVER. currency: '' where the order names none. guess: what of this is not known
    for sure, in words, '' where nothing.
    """
    facts = _order_facts(history)
    for customer, more in _invoice_facts(history, set(facts)).items():
        facts[customer] += more
    orders = []
    for customer, rows in facts.items():
        matched = CustomerOrders(customer, rows)
        matched.expire(history.as_of)
        orders += matched.orders
    orders.sort(key=lambda order: (order.placed_on, order.order_id))
    names = {"left": "open_amount", "until": "expires_on"}
    rows_of_orders = [{c: getattr(o, names.get(c, c)) for c in COLUMNS} for o in orders]
    frame = pd.DataFrame(rows_of_orders, columns=COLUMNS)
    return frame.astype({c: "int64" for c in COLUMNS if c.endswith("_on") or c in _INTS})


def waiting_orders(orders: pd.DataFrame) -> pd.DataFrame:
    """Of the known orders those that still wait for their invoice: neither ended nor expired."""
    waits = (orders["left"] > 0) & (orders["ended_on"] == NEVER)
    return orders[waits].reset_index(drop=True)


def open_orders(history: History) -> pd.DataFrame:
    """The orders that still wait for their invoice this morning: neither ended nor expired."""
    return waiting_orders(known_orders(history))


def guessed_orders(orders: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """Of the known orders those whose guess may still move what waits this morning."""
    is_recent = orders["until"] >= as_of - INVOICED_LATE_DAYS
    return orders[(orders["guess"] != "") & is_recent].reset_index(drop=True)


def order_key(customer_id: str, order_id: str) -> str:
    """What names one order among all: its customer and its id or number."""
    return f"{customer_id}\x1f{order_id}"


def order_keys(history: History) -> frozenset[str]:
    """Every `order_key` that the books count, or have seen end, or know the invoice of.

    Under each id and number of an order, of a cancellation's order and on an invoice. Left out is
    what merely expired: neither the exposure nor an invoice has it.
    """
    events = history.known_rows("events")
    placed = events[events["kind"] == "order"]
    placed = placed.assign(subject=_present_names(history, placed["subject"]))
    invoices = history.invoices()
    named = history.known_rows("invoices")[["invoice_id", "instalment", "order_number"]]
    invoices = invoices.merge(named, on=["invoice_id", "instalment"], how="left")
    expired = known_orders(history).query("ended_by == 'expired'")

    def keys(rows: pd.DataFrame, whose: str, *columns: str) -> set[str]:
        return {
            order_key(customer, text.strip())
            for column in columns
            for customer, text in zip(rows[whose], rows[column], strict=True)
            if isinstance(text, str) and text.strip()
        }

    ordered = keys(placed, "subject", "event_id", "order_number", "reason")
    over = keys(expired, "customer_id", "order_id", "number")
    return frozenset(ordered - over | keys(invoices, "customer_id", "order_number", "invoice_id"))


def _order_facts(history: History) -> dict[str, list[OrderFact]]:
    """Orders and cancellations by customer, under the name it has this morning."""
    events = history.known_rows("events")
    is_order = events["kind"].isin(["order", "order_cancelled"])
    rows = events[is_order & (events["happened_on"] <= history.close_of)]
    rows = rows.assign(subject=_present_names(history, rows["subject"]))
    # a reason is a number only where it is said but once: 'by telephone' is none
    said_twice = rows.duplicated(["kind", "subject", "reason"], keep=False)
    reason = rows["reason"].where(~said_twice)
    number = _spelling(
        rows["order_number"]
        .astype(object)
        .where(rows["order_number"].notna(), reason.astype(object))
    )
    former = _spelling(rows["old"].astype(object))
    amount = rows["amount"].astype("Int64").astype(object)
    facts: dict[str, list[OrderFact]] = defaultdict(list)
    for kind, fact_id, subject, no, old, currency, cents, happened, recorded, refers, asked in zip(
        rows["kind"],
        rows["event_id"],
        rows["subject"],
        number,
        former,
        _texts(rows["order_currency"]),
        amount,
        rows["happened_on"],
        rows["recorded_on"],
        rows["refers_on"],
        rows["requested_on"],
        strict=True,
    ):
        facts[subject].append(
            OrderFact(
                kind,
                fact_id,
                no,
                old,
                currency,
                None if cents is pd.NA else int(cents),
                int(happened),
                int(recorded),
                int(refers),
                int(asked),
            )
        )
    return facts


def _invoice_facts(history: History, customers: set[str]) -> dict[str, list[OrderFact]]:
    """Whole invoices, their instalments together, of customers that ever ordered."""
    rows = history.invoices()
    rows = rows[rows["customer_id"].isin(customers) & (rows["amount"] > 0)]
    table = history.known_rows("invoices")[["invoice_id", "instalment", "order_number"]]
    rows = rows.merge(table, on=["invoice_id", "instalment"], how="left")
    whole = rows.groupby(["customer_id", "invoice_id", "currency"], sort=False).agg(
        amount=("amount", "sum"),
        issued_on=("issued_on", "min"),
        recorded_on=("recorded_on", "min"),
        order_number=("order_number", "first"),
    )
    facts: dict[str, list[OrderFact]] = defaultdict(list)
    for (customer, invoice, currency), cents, issued, recorded, number in zip(
        whole.index,
        whole["amount"],
        whole["issued_on"],
        whole["recorded_on"],
        _spelling(whole["order_number"].astype(object)),
        strict=True,
    ):
        facts[customer].append(
            OrderFact(
                "invoice", invoice, number, "", currency, int(cents), int(issued), int(recorded)
            )
        )
    return facts


def _present_names(history: History, customers: pd.Series) -> pd.Series:
    aliases = history.known_rows("aliases")
    renamed = resolve_aliases(aliases[aliases["valid_on"] <= history.close_of])
    return customers.map(lambda name: renamed.get(name, name)) if renamed else customers


def _texts(values: pd.Series) -> list[str]:
    return [text if isinstance(text, str) else "" for text in values]


def _spelling(values: pd.Series) -> list[str]:
    return [text.strip() for text in _texts(values)]


def amounts_by_customer(orders: pd.DataFrame) -> dict[str, dict[str, int]]:
    """What is left of orders, in minor units, by customer and currency ('' = the usual one)."""
    sums = orders.groupby(["customer_id", "currency"])["left"].sum()
    out: dict[str, dict[str, int]] = defaultdict(dict)
    for (customer, currency), cents in sums.items():
        out[str(customer)][str(currency)] = int(np.int64(cents))
    return dict(out)
