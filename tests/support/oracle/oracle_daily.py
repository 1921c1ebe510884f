"""Every per-day covariate once more, one day of one moment at a time."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable

from payrisk.calendar import NEVER
from support.oracle.oracle import NAN, View, date, is_told, is_working, left, ratio

STARTS = (
    *(-3660, -60, -30, -20, -14, -10, -7, -5, -3, -2, -1),
    *(0, 1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 45, 60, 90),
)
"""First days late of the bins hazards are counted in; the last one counts as 60 days."""

Daily = Callable[[View, int], float]


def bin_of(days_late: int) -> int:
    """The bin that days late lie in."""
    return max(sum(start <= days_late for start in STARTS) - 1, 0)


def width(at: int) -> int:
    """Days in a bin."""
    return 60 if at + 1 == len(STARTS) else STARTS[at + 1] - STARTS[at]


def paid_and_reached(view: View, day: int, level: str) -> tuple[int, int]:
    """Invoices paid in the bin this day lies in, and those still unpaid when it began."""
    at, weekday = bin_of(day - view.moment.due_on), date(view.moment.due_on).weekday()
    start, end = STARTS[at], NEVER if at + 1 == len(STARTS) else STARTS[at + 1]
    m, paid, reached = view.morning, 0, 0
    if level != "everyone" and view.customer is None:
        return 0, 0
    for key, row in m.known.invoices.items():
        stand = m.stand[key]
        if level != "everyone" and m.known.name(row["customer_id"]) != view.customer:
            continue
        if level == "weekday" and date(stand.due_on).weekday() != weekday:
            continue
        paid += stand.is_paid and bin_of(stand.closed_on - stand.due_on) == at
        left_on = min(stand.closed_on, stand.sold_on)
        lasted = (m.t if left_on == NEVER else left_on) - stand.due_on  # unpaid until this day
        reached += lasted >= start and row["issued_on"] - stand.due_on < end
    return paid, reached


def everyone(view: View, day: int) -> float:
    """Chance a day of payment at this many days late."""
    paid, reached = paid_and_reached(view, day, "everyone")
    return ratio(paid, reached * width(bin_of(day - view.moment.due_on)))


def drawn(view: View, day: int, level: str, prior: float, weighs: int) -> float:
    """The same of fewer invoices, with so many more that did as the prior says."""
    paid, reached = paid_and_reached(view, day, level)
    days = width(bin_of(day - view.moment.due_on))
    return ratio(paid + prior * weighs * days, (reached + weighs) * days)


def customer(view: View, day: int) -> float:
    """The customer's."""
    return drawn(view, day, "customer", everyone(view, day), 10)


def same_weekday(view: View, day: int) -> float:
    """That of the customer's invoices due on the same weekday."""
    return drawn(view, day, "weekday", customer(view, day), 5)


def paydays(view: View) -> list[dt.date]:
    """The days of a year's payments."""
    return [date(item.says["on"]) for item in view.items("cash", 365)]


def sixth(day: dt.date) -> int:
    """Which sixth of its month a day lies in."""
    return min((day.day - 1) // 5, 5)


def share_like(n: int, added: int, part: Callable[[dt.date], int]) -> Daily:
    """Share of payments on days like this one, drawn to an even share."""

    def value(view: View, day: int) -> float:
        days = paydays(view)
        same = sum(part(one) == part(date(day)) for one in days)
        return (same + added / n) / (len(days) + added)

    return value


def between(after: int, upto: int, counts: Callable[[dt.date], float]) -> float:
    """What the days after one up to another count, less where they are in turn."""
    low, high = sorted((after, upto))
    total = math.fsum(counts(date(day)) for day in range(low + 1, high + 1))
    return total if after <= upto else -total


def runs(view: View, after: int, upto: int) -> float:
    """Payment runs expected, by the weekdays of the customer's payments."""
    days = [day.weekday() for day in paydays(view)]
    if not days:
        return NAN
    return between(after, upto, lambda day: days.count(day.weekday()) / len(days))


def business_days(view: View, after: int, upto: int) -> float:
    """Business days after one day up to another."""
    if not is_told(date(after)) or not is_told(date(upto)):
        return NAN
    closed = view.calendar()
    return between(after, upto, lambda day: is_working(day, closed))


def of_day(fact: Callable[[dt.date, object], float]) -> Daily:
    """A fact of the day in the country."""
    return lambda view, day: fact(date(day), view.calendar())


DAY = dt.timedelta(days=1)

ORACLE_DAILY: dict[str, Daily] = {
    "day__from_due__days__now": lambda v, day: day - v.moment.due_on,
    "day__from_issue__days__now": lambda v, day: day - v.moment.issued_on,
    "day__ahead__days__now": lambda v, day: day - v.t,
    "day__weekday__of__now": of_day(lambda day, _: day.weekday()),
    "day__month__day__now": of_day(lambda day, _: day.day),
    "day__month__left__now": of_day(left),
    "day__business__is__now": of_day(is_working),
    "day__holiday__is__now": of_day(lambda day, closed: day.weekday() < 5 and day in closed),
    "day__business__before__now": of_day(lambda day, closed: is_working(day - DAY, closed)),
    "day__business__since_issue__now": lambda v, day: business_days(v, v.moment.issued_on, day),
    "day__business__since_due__now": lambda v, day: business_days(v, v.moment.due_on, day),
    "day__weekday__share__365d": share_like(7, 10, dt.date.weekday),
    "day__month__share__365d": share_like(6, 6, sixth),
    "day__everyone__hazard__all": everyone,
    "day__customer__hazard__all": customer,
    "day__same_weekday__hazard__all": same_weekday,
    "day__customer__reached__all": lambda v, day: paid_and_reached(v, day, "customer")[1],
    "day__runs__since_due__now": lambda v, day: runs(v, v.moment.due_on, day),
    "day__runs__ahead__now": lambda v, day: runs(v, v.t - 1, day),
}
"""Every covariate's value on a day from a view."""
