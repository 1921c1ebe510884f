"""What is overdue, sold with recourse and insured of a customer, as loops over what was known."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER, day_of
from payrisk.ledger import History

Row = dict[str, Any]


class PlainFigures(NamedTuple):
    """Minor units of a customer's usual currency."""

    open: int
    overdue: int
    recourse: int
    insured: int


class PlainReading:
    """The figures of a morning by docs/design.md, 'Exposure', 'Disputes' and 'Insured'."""

    def __init__(self, history: History, grace_days: int = 15) -> None:
        self.morning, self.evening, self.grace_days = history.as_of, history.close_of, grace_days
        residuals = history.position.residual[np.flatnonzero(history.position.is_issued)]
        known = history.known_rows("invoices").to_dict("records")
        facts = {(row["invoice_id"], row["instalment"]): row for row in known}
        self.invoices: dict[str, list[Row]] = defaultdict(list)
        for row, left in zip(history.invoices().to_dict("records"), residuals, strict=True):
            fact = facts[row["invoice_id"], row["instalment"]]
            more = {"left": int(left), "share": fact["insured_rate"]}
            on = fact["delivered_on"] if fact["delivered_on"] < NEVER else row["issued_on"]
            self.invoices[row["customer_id"]].append(row | more | {"delivered_on": on})
        self.events: dict[Any, list[Row]] = defaultdict(list)
        for event in history.known_rows("events").to_dict("records"):
            if event["happened_on"] <= self.evening:
                self.events[event["subject"], event["instalment"]].append(event)
        order = ["valid_on", "recorded_on", "value"]
        self.said: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        for row in history.known_rows("attributes").sort_values(order).to_dict("records"):
            self.said[row["customer_id"], row["name"]].append((row["valid_on"], str(row["value"])))
        self.unapplied: dict[Any, int] = defaultdict(int)
        for row in history.credit_balances().to_dict("records"):
            self.unapplied[row["customer_id"], row["currency"]] += row["unapplied"]

    def figures(self, customer: str, currency: str) -> PlainFigures:
        rows = [row for row in self.invoices[customer] if row["currency"] == currency]
        unsettled = [row for row in rows if row["closed_on"] == NEVER]
        owed = [row for row in unsettled if row["sold_on"] == NEVER]
        late = [row for row in owed if self.evening - row["due_on"] > self.grace_days]
        sold = [row for row in unsettled if row["sold_on"] < NEVER]
        return PlainFigures(
            open=sum(row["left"] for row in owed),
            overdue=sum(row["left"] - self.excused(row) for row in late),
            recourse=sum(row["left"] for row in sold if self.may_come_back(row)),
            insured=self.insured(customer, owed, max(0, self.unapplied[customer, currency])),
        )

    def disputes(self, row: Row) -> list[Row]:
        events = self.events[row["invoice_id"], row["instalment"]]
        closed = [e["happened_on"] for e in events if e["kind"] == "dispute_closed"]
        opened = [e for e in events if e["kind"] == "dispute_opened"]
        return [e for e in opened if all(day < e["happened_on"] for day in closed)]

    def excused(self, row: Row) -> int:
        cents = 0
        for dispute in self.disputes(row):
            opener = dispute["stage"] if isinstance(dispute["stage"], str) else ""
            is_ours = opener.strip().lower() not in ("", "customer")
            is_young = self.evening - dispute["happened_on"] <= 60
            if is_young and not (is_ours and dispute["happened_on"] > row["due_on"]):
                cents += _cents(dispute["amount"])
        return min(cents, int(row["left"]))

    def may_come_back(self, row: Row) -> bool:
        events = self.events[row["invoice_id"], row["instalment"]]
        sales = [e for e in events if e["kind"] == "sold"]
        last = max(sales, key=lambda e: (e["happened_on"], e["event_id"]))
        until = last["refers_on"] if last["refers_on"] < NEVER else row["due_on"] + 90
        return "with recourse" in (last["stage"], last["reason"]) and until >= self.morning

    def in_force(self, customer: str, name: str, day: int) -> tuple[int, str] | None:
        earlier = [pair for pair in self.said[customer, name] if pair[0] <= day]
        return earlier[-1] if earlier else None

    def limit_on(self, customer: str, day: int) -> int:
        """The insurer's limit that covers a delivery of a day; 0 where none does."""
        limit = self.in_force(customer, "insured_amount", day)
        if limit is None:
            return 0
        until = self.in_force(customer, "insured_until", day)
        end = limit[0] + 365 if until is None else day_of(until[1])
        return 0 if day > end else int(float(limit[1]))

    def is_stopped(self, customer: str, day: int) -> bool:
        days = self.in_force(customer, "insured_extension_days", day)
        extension = 60 if days is None else int(days[1])
        for other in self.invoices[customer]:
            is_unpaid = other["closed_on"] > day and other["sold_on"] > day
            if is_unpaid and other["original_due_on"] + extension < day:
                return True
        return False

    def insured(self, customer: str, owed: list[Row], unapplied: int) -> int:
        left = {}
        for row in sorted(owed, key=lambda r: _order(r, "due_on")):
            taken = min(unapplied, row["left"])
            unapplied -= taken
            left[row["invoice_id"], row["instalment"]] = row["left"] - taken
        used = total = 0
        for row in sorted(owed, key=lambda r: _order(r, "delivered_on")):
            day = row["delivered_on"]
            limit = self.limit_on(customer, day)
            is_long = row["original_due_on"] - row["issued_on"] > 180
            if not limit or is_long or self.is_stopped(customer, day):
                continue
            contested = sum(_cents(d["amount"]) or row["left"] for d in self.disputes(row))
            insurable = max(0, left[row["invoice_id"], row["instalment"]] - contested)
            covered = min(insurable, max(0, limit - used))
            used += covered
            rate = self.in_force(customer, "insured_rate", day)
            share = 0.9 if rate is None else float(rate[1])
            total += round(covered * (share if pd.isna(row["share"]) else float(row["share"])))
        return total


def _cents(amount: Any) -> int:
    return 0 if pd.isna(amount) else max(0, int(amount))


def _order(row: Row, first: str) -> tuple[Any, ...]:
    return row[first], row["issued_on"], row["invoice_id"], row["instalment"]
