"""Roll rates: of what stood in a bucket at one month's end, what stood further on at the next."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from payrisk.arrays import Ints
from payrisk.calendar import NEVER, iso, month_end
from payrisk.errors import InputError
from payrisk.ledger import Books, Ledger
from payrisk.receivables.age_bands import AgeBands
from payrisk.receivables.aging import BANDS

MOST_MONTHS = 120
PARTS = ("owed", "paid", "stayed", "rolled")


def month_ends(starts_on: int, ends_on: int) -> list[int]:
    """The evenings that end the months from the one of `starts_on` to that of `ends_on`.

    A month that is not over ends with `ends_on`. Raises InputError for an end before the start,
    or more than 120 months.

    >>> [iso(day) for day in month_ends(31, 60)]
    ['1970-02-28', '1970-03-02']
    """
    if ends_on < starts_on:
        raise InputError(
            f"A stretch of months ends on or after the day it starts; {iso(ends_on)} is before"
            f" {iso(starts_on)}."
        )
    days = [min(int(month_end(starts_on)), ends_on)]
    while days[-1] < ends_on and len(days) <= MOST_MONTHS:
        days.append(min(int(month_end(days[-1] + 1)), ends_on))
    if len(days) > MOST_MONTHS:
        raise InputError(f"At most {MOST_MONTHS} months can be shown; begin later.")
    return days


def roll_rates(
    ledger: Ledger, evenings: Sequence[int], known_before: int, bands: AgeBands = BANDS
) -> pd.DataFrame:
    """One row per currency, pair of following evenings and bucket of what was owed at the first.

    Columns: starts_on, ends_on, currency, bucket, and cents: `owed` at the first evening, of
    which at the second `paid` (no longer owed: by cash, credit or sale), `stayed` (in the same
    bucket or an earlier one, where a due date was moved) and `rolled` (in a later bucket);
    paid + stayed + rolled = owed. Two shares, NaN where nothing was owed: `rolled_share` =
    rolled ÷ owed, invoice by invoice; `roll_rate` = all that stood in the *next* bucket at the
    second evening ÷ `owed`, as provision matrices chain it (it may pass 1).
    """
    names, read = bands.names, [_standing(ledger, day, known_before) for day in evenings]
    rows: list[pd.DataFrame] = []
    for (starts, then), (ends, now) in itertools.pairwise(read):
        if then is None or now is None:
            continue
        bucket = bands.index_of(starts - then.due)
        later = bands.index_of(ends - now.due[: len(then.due)])
        left = np.minimum(now.residual[: len(then.due)], then.residual)
        parts = {
            "owed": then.residual,
            "paid": then.residual - left,
            "stayed": np.where(later <= bucket, left, 0),
            "rolled": np.where(later > bucket, left, 0),
        }
        standing = _sums(now.currency, bands.index_of(ends - now.due), {"next": now.residual})
        moved = _sums(then.currency, bucket, parts)
        every = pd.MultiIndex.from_product(
            [sorted(set(then.currency[then.residual > 0])), range(len(names))]
        )
        moved = moved.reindex(every, fill_value=0)
        after = every.set_levels(every.levels[1] + 1, level=1)
        following = standing["next"].reindex(after, fill_value=0).to_numpy()
        is_last = every.get_level_values(1) == len(names) - 1
        rows.append(
            moved.assign(
                starts_on=starts,
                ends_on=ends,
                currency=every.get_level_values(0),
                bucket=np.array(names, dtype=object)[every.get_level_values(1)],
                rolled_share=_share(moved["rolled"], moved["owed"], is_last),
                roll_rate=_share(following, moved["owed"], is_last),
            )
        )
    columns = [*("starts_on", "ends_on", "currency", "bucket"), *PARTS]
    if not rows:
        return pd.DataFrame(columns=[*columns, "rolled_share", "roll_rate"])
    return pd.concat(rows, ignore_index=True)[[*columns, "rolled_share", "roll_rate"]]


def heat_map(rates: pd.DataFrame, measure: str = "rolled_share") -> pd.DataFrame:
    """Months down, buckets across: one measure of `roll_rates`, a row a currency and month."""
    buckets = list(dict.fromkeys(rates["bucket"]))[:-1]
    wide = rates.pivot_table(
        index=["currency", "ends_on"], columns="bucket", values=measure, aggfunc="first"
    )
    return wide.reindex(columns=buckets).reset_index().rename_axis(columns=None)


class _OwedInvoices:
    """(invoices,) what was owed of each at one evening, in table order; 0 where nothing."""

    def __init__(self, books: Books) -> None:
        p = books.position
        is_owed = p.is_issued & (p.closed_by == 0) & (p.sold_on == NEVER)
        self.residual: Ints = np.where(is_owed, p.residual, 0)
        self.due: Ints = p.due_on
        self.currency = books.facts.arrays.invoices.currency


def _standing(ledger: Ledger, day: int, known_before: int) -> tuple[int, _OwedInvoices | None]:
    if day < int(ledger.tables["invoices"]["issued_on"].min()):
        return day, None
    return day, _OwedInvoices(ledger.balance_at(day, known_before))


def _sums(currency: np.ndarray, bucket: Ints, cents: dict[str, Ints]) -> pd.DataFrame:
    return pd.DataFrame(cents).groupby([currency, bucket]).sum()


def _share(part: np.ndarray | pd.Series, whole: pd.Series, is_last: np.ndarray) -> np.ndarray:
    above, below = np.asarray(part, dtype=float), whole.to_numpy(float)
    share = np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)
    return np.where(is_last, np.nan, share)
