"""Which definition of the oracle each feature has: a new one needs a line here."""

from __future__ import annotations

from support.oracle.oracle import (
    NAN,
    Definition,
    View,
    age,
    bucket,
    date,
    dated,
    drawn,
    last,
    left,
    mean,
    minus,
    of_invoice,
    on_weekday,
    overdue_days,
    own_size,
    quantile,
    ratio,
    share,
    shrunk,
    size_z,
    sizes,
    spread,
    wait,
    weighted,
)

ALL, LONG = (30, 90, 180, 365, None), (365, None)

ORACLE: dict[str, Definition] = {}
"""Every feature's value from a view."""


def token(days: int | None) -> str:
    """A window as names write it."""
    return "all" if days is None else f"{days}d"


def by_window(name: str, windows: tuple[int | None, ...], of) -> None:
    """One definition a window."""
    for days in windows:
        ORACLE[name.format(token(days))] = of(days)


def number_of(name: str, source: str, windows: tuple[int | None, ...]) -> None:
    """Counts of items."""
    by_window(name, windows, lambda days: lambda v: len(v.items(source, days)))


def late_share(level: str, past: int, windows: tuple[int | None, ...]) -> None:
    """Shares more than so many days late."""
    name = f"{level}__late{past}__share__{{}}"
    by_window(name, windows, lambda w: lambda v: share(d > past for d in v.late(w, level)))


def mean_late(level: str, windows: tuple[int | None, ...]) -> None:
    """Mean days late."""
    name = f"{level}__days_late__mean__{{}}"
    by_window(name, windows, lambda w: lambda v: mean(v.late(w, level)))


def rate(source: str) -> Definition:
    """Items a year over invoices a year."""
    return lambda v: ratio(len(v.items(source, 365)), len(v.items("issued", 365)))


def on_day(day: int) -> Definition:
    """Share of a year's payments on a weekday, with two of ten more."""

    def value(view: View) -> float:
        days = [date(i.says["on"]).weekday() for i in view.items("cash", 365)]
        return (days.count(day) + 2) / (len(days) + 10)

    return value


def trend(days: int) -> Definition:
    """Mean days late of late, less that of ever."""
    return lambda v: mean(v.late(days)) - mean(v.late())


def limit_use(view: View) -> float:
    """What is owed over the limit."""
    limit = view.morning.known.limits.get(view.customer or "", NAN)
    return ratio(sum(view.priced("open")), limit)


def discounts(view: View) -> float:
    """Discounts taken over those offered."""
    offered = [i.says["taken"] for i in view.items("settled", 365) if i.says["offered"]]
    return share(offered)


number_of("customer__settled__n__{}", "settled", (90, 365, None))
number_of("customer__issued__n__{}", "issued", (30, 90, 365, None))
number_of("customer__cash__n__{}", "cash", (90,))
number_of("customer__write_off__n__{}", "write_off", (None,))
number_of("customer__promise__n__{}", "promise", (365,))
mean_late("customer", ALL)
mean_late("parent", (365,))
mean_late("segment", (365,))
mean_late("country", (365,))
late_share("customer", 0, (90, 365, None))
late_share("customer", 5, (365,))
late_share("customer", 30, LONG)
late_share("customer", 60, (365,))
late_share("customer", 90, (None,))
late_share("parent", 30, (365,))
late_share("segment", 30, (365,))
late_share("country", 30, (365,))
by_window("customer__days_late__std__{}", LONG, lambda w: lambda v: spread(v.late(w)))
by_window("customer__days_late__weighted__{}", (365,), weighted)
by_window("customer__days_late__trend__{}", (90,), trend)
by_window("customer__amount__sum__{}", (365,), lambda w: lambda v: sum(v.priced("issued", w)))
ORACLE |= {f"customer__days_late__mean__last{n}": last(n) for n in (1, 3, 5)}
ORACLE |= {f"customer__weekday{day}__share__365d": on_day(day) for day in range(5)}
ORACLE |= {
    f"customer__bucket{low}__sum__now": bucket(low, high)
    for low, high in ((0, 30), (30, 60), (60, 90), (90, None))
}
ORACLE |= {
    "customer__days_late__q50__last20": lambda v: quantile(v.late()[-20:], 0.5),
    "customer__days_late__q90__last20": lambda v: quantile(v.late()[-20:], 0.9),
    "customer__days_late__shrunk__all": drawn(None),
    "customer__late0__shrunk__all": drawn(0),
    "customer__settled__age__last": age("settled", -1),
    "customer__discount__share__365d": discounts,
    "customer__log_amount__mean__all": lambda v: mean(sizes(v)) / 10_000,
    "customer__terms__mean__all": lambda v: mean(i.says["terms"] for i in v.items("issued")),
    "customer__tenure__age__all": age("issued", 0),
    "customer__issued__age__last": age("issued", -1),
    "customer__month_end__share__365d": lambda v: share(
        date(i.says["on"]).day > 25 for i in v.items("cash", 365)
    ),
    "customer__cash__age__last": age("cash", -1),
    "customer__dispute__rate__365d": rate("dispute"),
    "customer__credit_note__rate__365d": rate("credit_note"),
    "customer__credited__share__365d": lambda v: ratio(
        sum(v.priced("credit_note", 365)), sum(v.priced("issued", 365))
    ),
    "customer__broken_promise__share__365d": lambda v: share(
        not i.says["kept"] for i in v.items("promise", 365)
    ),
    "customer__answered_reminder__share__365d": lambda v: share(
        i.says["kept"] for i in v.items("reminder", 365)
    ),
    "weekday__days_late__n__all": lambda v: len(on_weekday(v)),
    "weekday__days_late__shrunk__all": lambda v: shrunk(on_weekday(v), drawn(None)(v)),
    "customer__open__n__now": lambda v: len(v.items("open")),
    "customer__open__sum__now": lambda v: sum(v.priced("open")),
    "customer__overdue__n__now": lambda v: len(v.items("overdue0")),
    "customer__overdue__sum__now": lambda v: sum(v.priced("overdue0")),
    "customer__overdue__share__now": lambda v: ratio(
        sum(v.priced("overdue0")), sum(v.priced("open"))
    ),
    "customer__overdue__oldest__now": lambda v: max(overdue_days(v), default=NAN),
    "customer__overdue__mean__now": lambda v: mean(overdue_days(v)),
    "customer__limit__use__now": limit_use,
    "customer__blocked__is__now": lambda v: v.morning.known.blocked.get(v.customer or "", NAN),
    "parent__open__n__now": lambda v: len(v.items("open", level="parent")),
    "parent__overdue__share__now": lambda v: ratio(
        len(v.items("overdue0", level="parent")), len(v.items("open", level="parent"))
    ),
    "parent__overdue90__n__now": lambda v: len(v.items("overdue90", level="parent")),
    "invoice__amount__log__now": lambda v: own_size(v) / 10_000,
    "invoice__amount__z__now": size_z,
    "invoice__terms__days__now": lambda v: minus(v.moment.due_on, v.moment.issued_on),
    "invoice__terms__excess__now": lambda v: (
        minus(v.moment.due_on, v.moment.issued_on)
        - mean(i.says["terms"] for i in v.items("issued"))
    ),
    "invoice__due__weekday__now": dated("due_on", lambda day, _: day.weekday()),
    "invoice__due__day__now": dated("due_on", lambda day, _: day.day),
    "invoice__due__wait__now": dated("due_on", wait),
    "invoice__due__left__now": dated("due_on", left),
    "invoice__issued__weekday__now": dated("issued_on", lambda day, _: day.weekday()),
    "invoice__issued__left__now": dated("issued_on", left),
    "invoice__age__days__now": lambda v: minus(v.t, v.moment.issued_on),
    "invoice__past_due__days__now": lambda v: minus(v.t, v.moment.due_on),
    "invoice__left__share__now": lambda v: ratio(v.own(v.moment.residual), v.own(v.moment.amount)),
    "invoice__dispute__n__all": lambda v: len(of_invoice("dispute")(v)),
    "invoice__reminded__n__all": lambda v: len(of_invoice("reminded")(v)),
    "invoice__handed_over__n__all": lambda v: len(of_invoice("handed_over")(v)),
    "invoice__broken_promise__n__all": lambda v: len(
        [i for i in of_invoice("promise")(v) if not i.says["kept"]]
    ),
}
