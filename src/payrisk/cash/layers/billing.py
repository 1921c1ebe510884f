"""What will be billed each day: usual billing by kind of day and season, and known orders."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Floats, Ints
from payrisk.calendar import NEVER, SATURDAY, is_business_day, weekday
from payrisk.ledger import History
from payrisk.ledger.facts.segments import segment_ends
from payrisk.receivables.orders import known_orders

RECENT_DAYS = 150
"""Latest days whose billing says which customers are the largest."""
LAST_OF_MONTH, HOLIDAY = 7, 8
LATE_DAYS = 30
"""Days after issue within which invoices are still recorded."""

BILLED_WEEKS = 8
"""Latest weeks whose billing is called usual."""
LEAST_BILLED = 4
"""Of these weeks, how many had any billing; with fewer, a whole year says what is usual."""
MONTH_ENDS = 3
"""Latest month-ends whose billing is called usual, as that day is often unlike its weekday."""
OWN_CUSTOMERS = 5
"""Largest customers of a currency that are groups of their own; the others are one."""
YEAR = 364
SEASON_WEIGHT = 0.5
"""Of last year's ratio of billing; the rest is the recent level."""


def billed_invoices(history: History) -> pd.DataFrame:
    """Every invoice known: customer_id, currency, issued_on, recorded_on, paid_on, amount, cash.

    cash: cents that have come on it so far; paid_on NEVER while any of it is open.
    """
    rows = history.invoices()
    states = history.position.states
    last = segment_ends(states.invoice)
    came = np.zeros(len(history.ledger.tables["invoices"]), dtype=np.int64)
    came[states.invoice[last]] = states.cash[last]
    cash = came[np.flatnonzero(history.position.is_issued)]
    closed = rows["closed_on"].to_numpy(np.int64)
    names = ["customer_id", "currency", "issued_on", "recorded_on", "amount"]
    return rows[names].assign(closed_on=closed, cash=cash)


def billing_country(history: History) -> str | None:
    """The country whose holidays issue no invoice: of most invoices' entities, else customers."""
    rows = history.invoices()
    entities = history.known_rows("entities").set_index("entity_id")["country"]
    countries = rows["entity_id"].map(entities).fillna(rows["country"]).dropna()
    return str(countries.mode().iloc[0]) if len(countries) else None


def dated_orders(history: History) -> pd.DataFrame:
    """Every order known: customer_id, amount, recorded_on, expected_on (of its invoice), ends_on.

    ends_on: the day its cancellation was recorded, else NEVER. Left out: an order without a day
    expected, which says nothing of when, and one invoiced before its day, which is no more ahead.
    """
    orders = known_orders(history)
    is_cancelled = (orders["ended_by"] == "cancelled").to_numpy()
    is_billed = (orders["ended_on"] < NEVER).to_numpy() & ~is_cancelled
    expected = orders["expected_on"].to_numpy(np.int64)
    kept = (expected < NEVER) & ~(is_billed & (expected >= history.as_of))
    ends = np.where(is_cancelled, orders["ended_on"], NEVER)
    columns = ["customer_id", "amount", "recorded_on", "expected_on"]
    return orders[columns].assign(ends_on=ends)[kept].reset_index(drop=True)


def billing_groups(rows: pd.DataFrame, as_of: int) -> Iterator[pd.DataFrame]:
    """The largest customers by recent billing each alone, then all the others."""
    recent = rows[(rows["issued_on"] >= as_of - RECENT_DAYS).to_numpy()]
    sums = recent.groupby("customer_id", observed=True)["amount"].sum()
    largest = sums.sort_values(ascending=False, kind="stable").index[:OWN_CUSTOMERS]
    place = largest.get_indexer(rows["customer_id"])
    for number in range(len(largest)):
        yield rows[place == number]
    yield rows[place < 0]


def amount_between(rows: pd.DataFrame, first: int, until: int) -> float:
    """Cents issued from `first` to before `until`."""
    issued = rows["issued_on"].to_numpy(np.int64)
    return float(rows["amount"].to_numpy(np.float64)[(issued >= first) & (issued < until)].sum())


def kinds_of_day(days: Days, country: str | None) -> Ints:
    """(n,) each day's weekday, else LAST_OF_MONTH (its last business day) or a HOLIDAY."""
    first = int(days.min())
    return _kinds(first, int(days.max()), country)[days - first]


@lru_cache(maxsize=64)
def _kinds(first: int, until: int, country: str | None) -> Ints:
    days, span = np.arange(first, until + 1), np.arange(first, until + 32)
    open_ = span[is_business_day(span, country)]
    month = open_.astype("datetime64[D]").astype("datetime64[M]")
    last = open_[:-1][month[1:] != month[:-1]]
    is_off = ~is_business_day(days, country) & (weekday(days) < SATURDAY)
    return np.where(is_off, HOLIDAY, np.where(np.isin(days, last), LAST_OF_MONTH, weekday(days)))


def usual_billing(
    rows: pd.DataFrame,
    as_of: int,
    days: Days,
    country: str | None = None,
    *,
    known_before: int | None = None,
    year_if_sparse: bool = True,
) -> Floats:
    """(n,) cents usually issued on each of these days: recent days of its kind, and the season.

    known: the morning on which the rows are known (default as_of): days so recent that not all of
    their invoices are recorded by then count for the share that is. year_if_sparse: whether a
    whole year tells what is usual where recent weeks hardly billed.
    """
    first = as_of - YEAR
    past = np.arange(first, as_of)
    issued = rows["issued_on"].to_numpy(np.int64)
    amounts = rows["amount"].to_numpy(np.float64)
    is_recent = (issued >= first) & (issued < as_of)
    by_day = np.bincount(issued[is_recent] - first, amounts[is_recent], minlength=len(past))
    # Holidays are too rare for a few weeks to tell; before the first invoice nothing is told.
    begun = past >= (issued.min() if len(issued) else as_of)
    recorded_share = 1.0 - unrecorded_share(
        rows, (as_of if known_before is None else known_before) - past
    )
    weeks = by_day[-7 * BILLED_WEEKS :].reshape(-1, 7).sum(axis=1)
    is_sparse = year_if_sparse and np.count_nonzero(weeks) < LEAST_BILLED
    latest = YEAR if is_sparse else 7 * BILLED_WEEKS
    since = {LAST_OF_MONTH: YEAR if is_sparse else 31 * MONTH_ENDS, HOLIDAY: YEAR}
    kind = kinds_of_day(past, country)
    level = np.zeros(HOLIDAY + 1)
    for each in range(HOLIDAY + 1):
        is_recent = (kind == each) & (past >= as_of - since.get(each, latest)) & begun
        # Some holidays are workdays like any other: the usual one, not the mean of both sorts.
        if each == HOLIDAY:
            level[each] = np.median(by_day[is_recent]) if is_recent.any() else 0.0
        elif recorded_share[is_recent].sum() > 0:
            level[each] = by_day[is_recent].sum() / recorded_share[is_recent].sum()
    return np.asarray(level[kinds_of_day(days, country)] * _season(rows, as_of, days))


def _season(rows: pd.DataFrame, as_of: int, days: Days) -> Floats:
    """(n,) factor: four weeks around the day a year ago against the weeks before as_of then.

    1 for a day whose four weeks a year ago lie before the first invoice, or have not come.
    """
    issued = rows["issued_on"].to_numpy(np.int64)
    before = as_of - YEAR - 7 * BILLED_WEEKS
    if not len(issued) or int(issued.min()) > before:
        return np.ones(len(days))
    begin = max(int(issued.min()), int(days.min()) - YEAR - 14)
    begin = min(begin, before)
    amounts = rows["amount"].to_numpy(np.float64)
    upto = np.zeros(as_of - begin + 1)
    in_window = issued >= begin
    in_window &= issued < as_of
    upto[1:] = np.cumsum(np.bincount(issued[in_window] - begin, amounts[in_window], as_of - begin))

    def mean(first: Days | int, until: Days | int) -> Floats:
        low, high = (np.clip(np.asarray(x) - begin, 0, len(upto) - 1) for x in (first, until))
        return np.asarray((upto[high] - upto[low]) / np.maximum(high - low, 1))

    level = float(mean(before, as_of - YEAR))
    if level <= 0:
        return np.ones(len(days))
    ratio = np.clip(mean(days - YEAR - 14, days - YEAR + 14) / level, 0.25, 4.0)
    is_told = (days - YEAR - 14 >= begin) & (days - YEAR - 14 < as_of)
    return np.where(is_told, ratio**SEASON_WEIGHT, 1.0)


def billing_with_orders(
    usual: Floats, rows: pd.DataFrame, orders: pd.DataFrame, as_of: int
) -> Floats:
    """(n,) billing of the days from as_of: orders where known, usual billing for the rest.

    For each week ahead, the orders of the last weeks that had been known as early tell what share
    of billing such orders are; that share of the usual gives way to the orders known now.
    """
    out = usual.copy()
    expected, known_cents, ends, cents = (
        orders[name].to_numpy(np.int64)
        for name in ("expected_on", "recorded_on", "ends_on", "amount")
    )
    span = 7 * BILLED_WEEKS
    billed_ = amount_between(rows, as_of - span, as_of)
    recent = (expected >= as_of - span) & (expected < as_of)
    ahead = (expected >= as_of) & (ends >= as_of)
    for week in range(-(-len(usual) // 7)):
        first = as_of + 7 * week
        then = expected - 7 * week
        was = recent & (known_cents <= then) & (ends > then)
        share = min(1.0, cents[was].sum() / billed_) if billed_ > 0 else 0.0
        days = slice(7 * week, min(7 * week + 7, len(usual)))
        out[days] *= 1.0 - share
        now = ahead & (expected >= first) & (expected < as_of + days.stop)
        np.add.at(out, expected[now] - as_of, cents[now].astype(np.float64))
    return out


def unrecorded_share(rows: pd.DataFrame, ages: Days) -> Floats:
    """(n,) share of what is issued that is recorded only so many days after issue, or later."""
    lag = rows["recorded_on"].to_numpy(np.int64) - rows["issued_on"].to_numpy(np.int64)
    amounts = rows["amount"].to_numpy(np.float64)
    is_counted = lag <= LATE_DAYS
    if not is_counted.any() or not amounts[is_counted].sum():
        return np.zeros(len(ages))
    late = np.bincount(
        np.maximum(lag[is_counted], 0), amounts[is_counted], minlength=LATE_DAYS + 1
    )
    since = np.append(np.cumsum(late[::-1])[::-1] / late.sum(), 0.0)
    return np.asarray(since[np.clip(ages, 0, LATE_DAYS + 1)])
