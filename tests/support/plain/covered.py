"""What an insurer would pay of what a customer owes, by the steps of docs/design.md, 'Insured'."""

from __future__ import annotations

from fractions import Fraction

from support.plain.files import day_of, half_even
from support.plain.morning import PlainMorning
from support.plain.standings import Standing


class PlainCover(PlainMorning):
    """A morning and its insurers, whose terms are the customers' attributes alone."""

    def insured(self, customer: str) -> int:
        """In the customer's usual currency, minor units."""
        currency = self.usual[customer]
        rows = [
            row
            for row in self.of[customer]
            if self.is_owed(row) and row.row["currency"] == currency
        ]
        free = max(0, self.sums[customer]["unapplied"].get(currency, 0))
        left: dict[int, int] = {}
        for row in sorted(rows, key=lambda row: (row.due_on, *row.place)):
            taken = min(free, row.residual)
            free -= taken
            left[id(row)] = 0 if row.has_doubt else max(0, row.residual - taken - row.disputed)
        used = total = 0
        for row in sorted(rows, key=lambda row: (row.delivered_on, *row.place)):
            day = row.delivered_on
            limit = self.of_cover(customer, "insured_amount", day)
            if limit is None or int(limit[1]) == 0 or not self.is_covered(customer, row):
                continue
            covered = max(0, min(left[id(row)], int(limit[1]) - used))
            used += covered
            share = self.of_cover(customer, "insured_rate", day)
            total += half_even(covered * (Fraction(share[1]) if share else Fraction("0.9")))
        return total

    def of_cover(self, customer: str, name: str, day: int) -> tuple[int, str] | None:
        """What an insurer said for deliveries of a day."""
        return self.attribute(customer, name, day)

    def ends_on(self, customer: str, day: int) -> int:
        """The last day of the cover that was in force on a day."""
        until = self.of_cover(customer, "insured_until", day)
        limit = self.of_cover(customer, "insured_amount", day)
        last = day_of(until[1]) if until else (limit[0] + 365 if limit else None)
        return -1 if last is None else last

    def is_covered(self, customer: str, row: Standing) -> bool:
        """Whether the insurer pays for the delivery at all."""
        day = row.delivered_on
        longest = self.of_cover(customer, "insured_terms_days", day)
        terms = row.row["due_on"] - row.row["issued_on"]
        return (
            day <= self.ends_on(customer, day)
            and terms <= (int(longest[1]) if longest else 180)
            and not self.is_stopped(customer, day)
        )

    def is_stopped(self, customer: str, day: int) -> bool:
        """Whether something was overdue on a day beyond the longest extension."""
        extension = self.of_cover(customer, "insured_extension_days", day)
        longest = int(extension[1]) if extension else 60
        return any(
            day > row.row["due_on"] + longest and row.settled_on > day and row.sold_on > day
            for row in self.of[customer]
        )
