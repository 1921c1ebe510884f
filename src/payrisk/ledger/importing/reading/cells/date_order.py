"""The order of day, month and year in a column: the one that fits all its dates, or asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from payrisk.arrays import Flags, Ints
from payrisk.ledger.importing.reading.cells.date_spelling import AmbiguousDate
from payrisk.ledger.importing.reading.cells.number_grammar import CLEAR, ENOUGH

_SHOWN = {"dmy": "d/m/y", "mdy": "m/d/y", "ymd": "y/m/d"}
_ASK = 'say dates = ["d/m/y"] or dates = ["m/d/y"] in the mapping'
_YEARS_CLOSE, _YEARS_FAR = 5, 15


def column_order(
    dates: Sequence[AmbiguousDate], n: Ints, allowed: Sequence[str]
) -> tuple[str, str]:
    """The order of dates that all stand in one column, '' where none is sure, and why.

    n: how many cells have each date. allowed: orders that the mapping names, () = any. The second
    part says why the dates that the order does not fit cannot be read, and what would read them.
    """
    orders = _orders(allowed)
    if not orders:
        return "", f"has dates that do not begin with their year; {_ASK}"
    fits = {order: np.array([order in date.days for date in dates], bool) for order in orders}
    some: Flags = np.any(list(fits.values()), axis=0)
    whole = [order for order in orders if (fits[order] | ~some).all()]
    whole = _likelier(whole, dates) if len(whole) > 1 else whole
    if len(whole) == 1:
        shown = _SHOWN[whole[0]]
        return whole[0], f"has dates that are none when read as {shown}; correct them, or {_ASK}"
    if whole:
        shown = " and as ".join(_SHOWN[order] for order in whole)
        return "", f"has dates that can be read as {shown}; {_ASK}"
    return _of_the_many(fits, n)


def _orders(allowed: Sequence[str]) -> list[str]:
    named = [order for order in ("dmy", "mdy", "ymd") if order in allowed]
    return named if allowed else list(_SHOWN)


def _of_the_many(fits: Mapping[str, Flags], n: Ints) -> tuple[str, str]:
    """Dates of several orders in one column: read by the many, if they are many."""
    alone = np.sum(list(fits.values()), axis=0) == 1
    sole = {order: int(n[fit & alone].sum()) for order, fit in fits.items()}
    best = max(sole, key=lambda order: sole[order])
    is_clear = sole[best] >= max(CLEAR * sum(sole.values()), ENOUGH)
    shown = ", ".join(f"{count} only as {_SHOWN[order]}" for order, count in sole.items() if count)
    why = f"mixes dates in several orders ({shown}); correct the file, or {_ASK}"
    return best if is_clear else "", why


def _likelier(orders: list[str], dates: Sequence[AmbiguousDate]) -> list[str]:
    """Of several orders that fit every date, those that a careful person would weigh."""
    if all(len({date.days[o] for o in orders if o in date.days}) <= 1 for date in dates):
        return orders[:1]
    if "dmy" in orders and all(date.separator == "." for date in dates):
        orders = [order for order in orders if order != "mdy"]
    if "ymd" not in orders or any(date.separator == "-" for date in dates):
        return orders
    # Days taken for years of two digits spread over a month's worth of years.
    span = {o: np.ptp([d.days[o] / 365.25 for d in dates if o in d.days]) for o in orders}
    others = [order for order in orders if order != "ymd"]
    is_spread = span["ymd"] >= _YEARS_FAR and min(span[o] for o in others) <= _YEARS_CLOSE
    return others if is_spread else orders
