"""Every feature of the catalogue once more, one moment at a time, from what its meaning says."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

import holidays

from support.oracle.plain_streams import Item, Morning

NAN = math.nan
EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Moment:
    """What is to be described: an invoice or quote on a morning, or a customer alone."""

    customer: str | None
    as_of: int
    invoice: tuple[str, int] | None = None
    entity: str | None = None
    issued_on: int | None = None
    due_on: int | None = None
    amount: int | None = None
    residual: int | None = None
    currency: str | None = None


class View:
    """A moment with the morning it looks from."""

    def __init__(self, morning: Morning, moment: Moment) -> None:
        self.morning, self.moment, self.t = morning, moment, moment.as_of
        known = morning.known.customer_ids
        own = moment.customer
        self.customer = morning.known.name(own) if own in known else None

    @cached_property
    def currency(self) -> str | None:
        """The customer's usual currency; before any invoice the moment's own."""
        usual = None if self.customer is None else self.morning.usual(self.customer)
        return usual or self.moment.currency

    def items(self, source: str, days: int | None = None, level: str = "customer") -> list[Item]:
        """The items of whom the moment is of, known in the last so many days or ever."""
        whom = self.morning.group(level, self.customer)
        found = self.morning.of(source, level, whom)
        return [i for i in found if days is None or i.day >= self.t - days]

    def late(self, days: int | None = None, level: str = "customer") -> list[int]:
        """Days late of the invoices settled."""
        return [i.says["late"] for i in self.items("settled", days, level)]

    def cents(self, item: Item) -> int | None:
        """An item's amount in the usual currency; None where no rate is known."""
        return self.morning.worth(item.cents, item.currency, self.currency, item.rated_on)

    def priced(self, source: str, days: int | None = None) -> list[int]:
        """The amounts that can be told in the usual currency."""
        told = (self.cents(item) for item in self.items(source, days))
        return [cents for cents in told if cents is not None]

    def own(self, cents: int | None) -> float:
        """An amount of the moment itself in the usual currency."""
        m = self.moment
        if cents is None or m.issued_on is None or m.currency is None:
            return NAN
        day = min(m.issued_on, self.t)
        found = self.morning.worth(cents, m.currency, self.currency, day)
        return NAN if found is None else found

    def calendar(self) -> frozenset[dt.date] | Any:
        """The country's holidays."""
        entity = self.moment.entity
        return closed(self.morning.known.calendar(self.customer, entity))


@cache
def closed(country: str) -> Any:
    """A country's holidays; none where it is not known."""
    if not country:
        return frozenset()
    try:
        return holidays.country_holidays(country.upper())
    except (NotImplementedError, KeyError):
        return frozenset()


Definition = Callable[[View], float]


def mean(values: Iterable[float]) -> float:
    """Their mean; NaN where there are none."""
    values = list(values)
    return sum(values) / len(values) if values else NAN


def share(flags: Iterable[bool]) -> float:
    """How many of them hold."""
    return mean(1.0 if flag else 0.0 for flag in flags)


def ratio(part: float, whole: float) -> float:
    """Their quotient; NaN where the whole is nothing."""
    return part / whole if whole and whole == whole else NAN


def spread(values: list[int]) -> float:
    """Standard deviation, of a sample."""
    n = len(values)
    if n < 2:
        return NAN
    middle = Fraction(sum(values), n)
    return math.sqrt(sum((v - middle) ** 2 for v in values) / (n - 1))


def quantile(values: list[int], q: float) -> float:
    """A quantile, between neighbours in proportion."""
    if not values:
        return NAN
    ordered, at = sorted(values), (len(values) - 1) * q
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def shrunk(values: list[float], prior: float) -> float:
    """A mean to which the prior adds five items; as it is where there is no prior."""
    if prior != prior:
        return mean(values)
    return (sum(values) + 5 * prior) / (len(values) + 5)


def late_values(view: View, past: int | None, level: str) -> list[float]:
    """Days late of a group, or 1 for each more than so many days late."""
    days = view.late(level=level)
    return [float(d) for d in days] if past is None else [float(d > past) for d in days]


def drawn(past: int | None) -> Definition:
    """The customer's mean, drawn to its segment's, that to its country's, that to all."""

    def value(view: View) -> float:
        prior = mean(late_values(view, past, "everyone"))
        for level in ("country", "segment", "customer"):
            prior = shrunk(late_values(view, past, level), prior)
        return prior

    return value


def weighted(days: int | None) -> Definition:
    """Mean days late, each invoice weighing its amount, none more than 10^12 cents."""

    def value(view: View) -> float:
        weights = [
            (min(cents, 10**12), item.says["late"])
            for item in view.items("settled", days)
            if (cents := view.cents(item)) is not None
        ]
        return ratio(sum(w * late for w, late in weights), sum(w for w, _ in weights))

    return value


def last(n: int) -> Definition:
    """Mean days late of the latest n invoices settled."""
    return lambda v: mean(v.late()[-n:])


def age(source: str, which: int) -> Definition:
    """Days since the first or last item became known."""

    def value(view: View) -> float:
        found = view.items(source)
        return view.t - found[which].day if found else NAN

    return value


def size(cents: float) -> int:
    """Logarithm of an amount in 1/10,000; of nothing, as of one cent."""
    return round(math.log(max(cents, 1)) * 10_000)


def sizes(view: View) -> list[int]:
    """The sizes of the invoices known."""
    return [size(cents) for cents in view.priced("issued")]


def own_size(view: View) -> float:
    """The size of the moment's own invoice."""
    cents = view.own(view.moment.amount)
    return size(cents) if cents >= 1 else NAN


def size_z(view: View) -> float:
    """Spreads between this size and the usual one."""
    return ratio(own_size(view) - mean(sizes(view)), spread(sizes(view)))


def overdue_days(view: View) -> list[int]:
    """Days past due at the evening before of the overdue invoices."""
    return [view.t - 1 - i.says["due_on"] for i in view.items("overdue0")]


def bucket(low: int, high: int | None) -> Definition:
    """What is left of invoices so many days past due."""

    def value(view: View) -> float:
        total = 0
        for item in view.items("overdue0"):
            days, cents = view.t - 1 - item.says["due_on"], view.cents(item)
            if cents is not None and days > low and (high is None or days <= high):
                total += cents
        return total

    return value


def of_invoice(source: str) -> Callable[[View], list[Item]]:
    """The items of the moment's own invoice."""

    def found(view: View) -> list[Item]:
        key = view.moment.invoice
        return [] if key is None else [i for i in view.morning.items(source) if i.invoice == key]

    return found


def on_weekday(view: View) -> list[float]:
    """Days late of the customer's invoices due on the weekday this one is."""
    if view.moment.due_on is None:
        return []
    day = date(view.moment.due_on).weekday()
    own = [i for i in view.items("settled") if date(i.says["due_on"]).weekday() == day]
    return [float(i.says["late"]) for i in own]


def date(day: int) -> dt.date:
    """A day number as a date."""
    return EPOCH + dt.timedelta(days=day)


def dated(name: str, fact: Callable[[dt.date, Any], float]) -> Definition:
    """A fact of the invoice's due or issue date."""

    def value(view: View) -> float:
        day = getattr(view.moment, name)
        return NAN if day is None else fact(date(day), view.calendar())

    return value


def is_working(day: dt.date, closed_on: Any) -> bool:
    """Neither a weekend nor a holiday."""
    return day.weekday() < 5 and day not in closed_on


def is_told(day: dt.date) -> bool:
    """Whether a calendar says of the day what it is."""
    return 1990 <= day.year < 2090


def wait(day: dt.date, closed_on: Any) -> float:
    """Days to the next business day; 0 on one."""
    if not is_told(day):
        return NAN
    n = 0
    while not is_working(day + dt.timedelta(days=n), closed_on):
        n += 1
    return n


def left(day: dt.date, closed_on: Any) -> float:
    """Business days after this one in its month."""
    if not is_told(day):
        return NAN
    n, now = 0, day + dt.timedelta(days=1)
    while now.month == day.month:
        n += is_working(now, closed_on)
        now += dt.timedelta(days=1)
    return n


def minus(a: float | None, b: float | None) -> float:
    """Their difference; NaN where one is absent."""
    return NAN if a is None or b is None else a - b
