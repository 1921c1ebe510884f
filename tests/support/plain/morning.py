"""One morning of one company: what is owed, overdue, on account, ordered and sold, by currency."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from support.plain.files import PlainFacts, half_even
from support.plain.standings import NEVER, PlainBooks, Standing, current_ids, plain_books
from support.plain.usual import PlainUsual
from support.plain.waiting import plain_orders


class PlainMorning:
    """One morning of one company."""

    def __init__(self, facts: PlainFacts, as_of: int) -> None:
        self.facts, self.as_of, self.evening = facts, as_of, as_of - 1
        self.ids = current_ids(facts, as_of - 1, as_of)
        self.books: PlainBooks = plain_books(
            facts, as_of - 1, as_of, facts.policy.get("dispute_days", 60)
        )
        self.customers = {
            self.ids.get(row["customer_id"], row["customer_id"]): row
            for row in facts.known("customers", as_of - 1, as_of, None)
        }
        self.attributes: dict[tuple[str, str], list[tuple[int, int, str]]] = defaultdict(list)
        for row in facts.known("attributes", as_of - 1, as_of, None):
            customer = self.ids.get(row["customer_id"], row["customer_id"])
            self.attributes[customer, row["name"]].append(
                (row["valid_on"], row["recorded_on"], row["value"])
            )
        self.of: dict[str, list[Standing]] = defaultdict(list)
        for standing in self.books.standings:
            self.of[standing.customer].append(standing)
        self.rates: dict[tuple[str, str], tuple[int, Fraction]] = {}
        for row in facts.known("rates", as_of - 1, as_of, "valid_on"):
            rate = Fraction(row["rate"])
            for pair, value in (
                ((row["from"], row["to"]), rate),
                ((row["to"], row["from"]), 1 / rate),
            ):
                if pair not in self.rates or self.rates[pair][0] <= row["valid_on"]:
                    self.rates[pair] = (row["valid_on"], value)
        known = facts.known("invoices", as_of - 1, as_of, None)
        billed = [(self.ids.get(row["customer_id"], row["customer_id"]), row) for row in known]
        self.usually = PlainUsual(billed, as_of - 1, self.rate)
        self.usual = {customer: self.usually.of(customer) for customer in self.customers}
        self.orders = plain_orders(facts, as_of, self.usual)
        self.sums = {customer: self._sums(customer) for customer in self.customers}

    def attribute(self, customer: str, name: str, day: int) -> tuple[int, str] | None:
        """(Its day, value) of the attribute in force on a day."""
        rows = [row for row in self.attributes.get((customer, name), []) if row[0] <= day]
        return (max(rows)[0], max(rows)[2]) if rows else None

    def rate(self, source: str, target: str) -> Fraction | None:
        if source == target:
            return Fraction(1)
        if (source, target) in self.rates:
            return self.rates[source, target][1]
        for third in sorted({name for name, _ in self.rates}):
            if (source, third) in self.rates and (third, target) in self.rates:
                return self.rates[source, third][1] * self.rates[third, target][1]
        return None

    def converted(self, sums: dict[str, int], target: str) -> int:
        """Sums by currency in another one, each multiplied once; those without a rate left out."""
        total = 0
        for currency, amount in sums.items():
            rate = self.rate(currency, target)
            total += half_even(amount * rate) if rate is not None else 0
        return total

    def _sums(self, customer: str) -> dict[str, dict[str, int]]:
        sums: dict[str, dict[str, int]] = {
            name: defaultdict(int)
            for name in ("owed", "settled_residual", "overdue", "unapplied", "orders", "recourse")
        }
        grace = self.facts.policy["overdue_grace_days"]
        for standing in self.of.get(customer, []):
            currency = standing.row["currency"]
            if self.is_owed(standing):
                sums["owed"][currency] += standing.residual
                if self.evening - standing.due_on > grace:
                    sums["overdue"][currency] += standing.residual - self.excused(standing)
            elif standing.sold_on == NEVER:
                sums["settled_residual"][currency] += standing.residual
            elif self.is_recourse(standing):
                sums["recourse"][currency] += standing.residual
        for (whose, currency), amount in self.books.unapplied.items():
            if whose == customer and amount:
                sums["unapplied"][currency] += amount
        for (whose, currency), amount in self.orders.items():
            if whose == customer:
                sums["orders"][currency] += amount
        return sums

    def is_owed(self, standing: Standing) -> bool:
        """Neither settled nor sold."""
        return not standing.is_settled and standing.sold_on == NEVER

    def is_recourse(self, standing: Standing) -> bool:
        """Sold, and may still come back: the last day for it is not over."""
        is_time = self.as_of <= standing.recourse_until
        return standing.recourse and not standing.is_settled and is_time

    def excused(self, standing: Standing) -> int:
        """What of an invoice its disputes keep out of what is overdue."""
        return standing.excused
