"""What happened to customers by one morning: the items of every source, as loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from payrisk.calendar import NEVER
from payrisk.money import decimals
from support.oracle.plain_books import CASH, Standing, standings
from support.oracle.plain_facts import Facts, Known, Row

MOST_DAYS = 3660
ANSWER_DAYS = 14


@dataclass(frozen=True)
class Item:
    """Something that happened: to whom, by its present name; the day it became known; of what."""

    customer: str
    day: int
    place: int
    invoice: tuple[str, int] | None = None
    cents: int = 0
    currency: str = ""
    rated_on: int = 0
    says: dict[str, Any] = field(default_factory=dict)


def clipped(days: int) -> int:
    """Days within ten years."""
    return max(-MOST_DAYS, min(MOST_DAYS, days))


class Morning:
    """All that can be asked of a ledger on the morning `t`."""

    def __init__(self, facts: Facts, t: int) -> None:
        self.known, self.t = Known(facts, t), t
        self._items: dict[str, list[Item]] = {}
        self._of: dict[tuple[str, str, Any], list[Item]] = {}
        self._usual: dict[str, str | None] = {}

    @cached_property
    def stand(self) -> dict[tuple[str, int], Standing]:
        """How every invoice stands."""
        return standings(self.known)

    def items(self, source: str) -> list[Item]:
        """A source's items, by the day they became known and then the order of invoices."""
        if source not in self._items:
            found = SOURCES[source](self)
            found.sort(key=lambda item: (item.day, item.place))
            self._items[source] = found
        return self._items[source]

    def of(self, source: str, level: str, whom: Any) -> list[Item]:
        """The items of one customer, parent group, segment or country; everybody's."""
        if whom is None:
            return []
        asked = (source, level, whom)
        if asked not in self._of:
            group = self.group
            self._of[asked] = [i for i in self.items(source) if group(level, i.customer) == whom]
        return self._of[asked]

    def group(self, level: str, customer: str | None) -> Any:
        """What a customer, under its present name, belongs to; None where to nothing."""
        if level == "everyone":
            return level
        if customer is None or level == "customer":
            return customer
        if level == "parent":
            return self.known.parent(customer)
        return (self.known.segments if level == "segment" else self.known.countries).get(customer)

    def usual(self, customer: str) -> str | None:
        """The currency of most of a customer's invoices; of equals the first in the alphabet."""
        if customer not in self._usual:
            billed = [i.currency for i in self.of("issued", "customer", customer)]
            often = sorted(set(billed), key=lambda code: (-billed.count(code), code))
            self._usual[customer] = often[0] if often else None
        return self._usual[customer]

    def worth(self, cents: int, base: str, quote: str | None, day: int) -> int | None:
        """Cents of a document of this day in another currency; None where no rate is known."""
        if base == quote:
            return cents
        ways = []
        for row in self.known.facts.rows["rates"]:
            if row["valid_on"] > day or row["rate"] <= 0:
                continue
            if (row["from"], row["to"]) == (base, quote):
                ways.append((row, 1, row["rate"]))
            elif (row["to"], row["from"]) == (base, quote):
                ways.append((row, 0, 1 / row["rate"]))
        heard = [way for way in ways if way[0]["recorded_on"] < day]
        if heard:  # the latest; of one day the first told, then the table's own direction
            best = max(heard, key=lambda w: (w[0]["valid_on"], -w[0]["recorded_on"], *_turn(w)))
        elif ways:  # the first told since
            best = max(ways, key=lambda w: (-w[0]["recorded_on"], w[0]["valid_on"], *_turn(w)))
        else:
            return None
        if best[0]["recorded_on"] >= self.t:
            return None
        return round(cents * (best[2] * 10.0 ** (decimals(quote) - decimals(base))))


def _turn(way: tuple[Row, int, float]) -> tuple[int, int]:
    return way[1], way[0]["place"]


def settled(m: Morning) -> list[Item]:
    """Invoices settled by cash and not sold before."""
    found = []
    for key, row in m.known.invoices.items():
        stand = m.stand[key]
        if stand.is_paid:
            days = row["discount_days"]
            offered = round(row["amount"] * row["discount_rate"]) > 0
            in_time = days > 0 and stand.closed_on <= row["issued_on"] + days
            says = {
                "late": clipped(stand.closed_on - stand.due_on),
                "due_on": stand.due_on,
                "offered": offered,
                "taken": offered and in_time,
            }
            day = max(stand.closed_on, stand.closing_recorded_on)
            found.append(_of_invoice(m, row, day, row["amount"], says))
    return found


def _of_invoice(m: Morning, row: Row, day: int, cents: int, says: dict[str, Any]) -> Item:
    return Item(
        customer=m.known.name(row["customer_id"]),
        day=day,
        place=row["place"],
        invoice=(row["invoice_id"], row["instalment"]),
        cents=cents,
        currency=row["currency"],
        rated_on=row["issued_on"],
        says=says,
    )


def issued(m: Morning) -> list[Item]:
    """Invoices."""
    found = []
    for key, row in m.known.invoices.items():
        says = {"terms": clipped(m.stand[key].due_on - row["issued_on"])}
        day = max(row["issued_on"], row["recorded_on"])
        found.append(_of_invoice(m, row, day, row["amount"], says))
    return found


def still_open(m: Morning) -> list[Item]:
    """Invoices neither settled nor sold, with what is left."""
    found = []
    for key, row in m.known.invoices.items():
        stand = m.stand[key]
        if stand.is_open:
            found.append(_of_invoice(m, row, 0, stand.residual, {"due_on": stand.due_on}))
    return found


def overdue(past: int) -> Callable[[Morning], list[Item]]:
    """Open invoices more than so many days past due at the evening before."""
    return lambda m: [i for i in m.items("open") if m.t - 1 - i.says["due_on"] > past]


def _event(m: Morning, event: Row, invoice: Row, day: int, says: dict[str, Any]) -> Item:
    customer = m.known.name(invoice["customer_id"])
    key = (invoice["invoice_id"], invoice["instalment"])
    return Item(customer, day, event["place"], key, says=says)


def told(event: Row) -> int:
    """The day a fact became known."""
    return max(event["happened_on"], event["recorded_on"])


def heard(kind: str) -> Callable[[Morning], list[Item]]:
    """Events of a kind on invoices."""
    return lambda m: [_event(m, e, i, told(e), {}) for e, i in m.known.of_invoices(kind)]


def answered(kind: str) -> Callable[[Morning], list[Item]]:
    """Promises and reminders whose deadline has passed: kept if settled by cash by then."""

    def items(m: Morning) -> list[Item]:
        found = []
        for event, invoice in m.known.of_invoices(kind):
            happened = event["happened_on"]
            deadline = event["refers_on"] if kind == "promise" else happened + ANSWER_DAYS
            stand = m.stand[invoice["invoice_id"], invoice["instalment"]]
            kept = stand.closed_on <= deadline
            if deadline >= m.t or stand.closed_on < happened:
                continue
            if kept and stand.closed_by != CASH:
                continue
            day = max(deadline, told(event))
            found.append(_event(m, event, invoice, day, {"kept": kept}))
        return found

    return items


def credits(kind: str) -> Callable[[Morning], list[Item]]:
    """Credits of a kind of which nothing was taken back."""

    def items(m: Morning) -> list[Item]:
        gone = {
            e["subject"]
            for e in m.known.events
            if (e["kind"], e["subject_kind"]) == ("reversal", "credit")
        }
        found = []
        for row in m.known.happened("credits"):
            if row["kind"] != kind or row["amount"] <= 0 or row["credit_id"] in gone:
                continue
            if row["customer_id"] in m.known.customer_ids:
                happened = row["happened_on"]
                found.append(
                    Item(
                        m.known.name(row["customer_id"]),
                        told(row),
                        row["place"],
                        cents=row["amount"],
                        currency=row["currency"],
                        rated_on=happened,
                        says={"on": happened},
                    )
                )
        return found

    return items


SOURCES: dict[str, Callable[[Morning], list[Item]]] = {
    "settled": settled,
    "issued": issued,
    "open": still_open,
    **{f"overdue{past}": overdue(past) for past in (0, 30, 60, 90)},
    "cash": credits("payment"),
    "credit_note": credits("credit_note"),
    "write_off": credits("write_off"),
    "dispute": heard("dispute_opened"),
    "reminded": heard("reminder"),
    "handed_over": heard("handed_over"),
    "promise": answered("promise"),
    "reminder": answered("reminder"),
}

__all__ = ["NEVER", "SOURCES", "Item", "Morning"]
