"""Exposure, own risk and headroom of every customer on a morning, from the definitions alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from support.plain.covered import PlainCover
from support.plain.files import half_even


@dataclass(frozen=True)
class PlainExposure:
    """Where a customer stands, whole minor units of its usual currency; headroom None: no rate."""

    currency: str
    owed: int
    settled_residual: int
    overdue: int
    unapplied: int
    orders: int
    recourse: int
    gross: int
    insured: int
    own_risk: int
    headroom: int | None
    limit: int | None


class PlainReading(PlainCover):
    """The answer of one morning of one company."""

    def gross(self, customer: str) -> dict[str, int]:
        sums = self.sums[customer]
        return {
            currency: max(
                0,
                sums["owed"].get(currency, 0)
                + sums["orders"].get(currency, 0)
                + sums["recourse"].get(currency, 0)
                - sums["unapplied"].get(currency, 0),
            )
            for currency in {*sums["owed"], *sums["orders"], *sums["recourse"]}
        }

    def head(self, customer: str) -> str:
        """The last parent up the line, a customer or not."""
        line = [customer]
        while line[-1] in self.customers:
            said = self.attribute(line[-1], "parent", self.evening)
            parent = said[1] if said else self.customers[line[-1]]["parent_id"]
            parent = self.ids.get(parent, parent)
            if not parent or parent in line:
                break
            line.append(parent)
        return line[-1]

    def ceiling(self, currency: str) -> int | None:
        amounts, house = self.facts.policy["amounts"], self.facts.policy["house_currency"]
        if currency in amounts:
            return int(amounts[currency]["group_ceiling"])
        rate = self.rate(house, currency)
        return None if rate is None else half_even(amounts[house]["group_ceiling"] * rate)

    def others(self, customer: str, members: list[str], currency: str) -> int:
        """The gross exposure of the other members of a group."""
        return sum(
            self.converted(self.gross(member), currency)
            for member in members
            if member != customer
        )

    def exposures(self) -> dict[str, PlainExposure]:
        heads = {customer: self.head(customer) for customer in self.customers}
        members: dict[str, list[str]] = defaultdict(list)
        for customer, head in heads.items():
            members[head].append(customer)
        answers: dict[str, PlainExposure] = {}
        for customer, head in heads.items():
            currency, sums = self.usual[customer], self.sums[customer]
            gross = self.converted(self.gross(customer), currency)
            others = self.others(customer, members[head], currency)
            ceiling = self.ceiling(currency)
            granted = self.attribute(head, "group_limit", self.evening)
            if granted and ceiling is not None:
                ceiling = min(
                    ceiling, self.converted({self.usually.of(head): int(granted[1])}, currency)
                )
            insured = self.insured(customer)
            limit = self.attribute(customer, "limit", self.evening)
            answers[customer] = PlainExposure(
                currency,
                sums["owed"].get(currency, 0),
                sums["settled_residual"].get(currency, 0),
                self.converted(sums["overdue"], currency),
                sums["unapplied"].get(currency, 0),
                sums["orders"].get(currency, 0),
                sums["recourse"].get(currency, 0),
                gross,
                insured,
                max(0, gross - insured),
                None if ceiling is None else max(0, ceiling - others),
                int(limit[1]) if limit else None,
            )
        return answers
