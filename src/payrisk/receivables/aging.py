"""What is owed at an evening, by how late it is, to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Days
from payrisk.calendar import NEVER, iso
from payrisk.errors import InputError
from payrisk.ledger import Books

BUCKETS = ("not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90")
"""Columns of an aging; overdue starts the day after due, and over 90 means 91 and more."""

SETTLED = len(BUCKETS)
"""Beside the buckets: of an invoice that counts as settled nothing is owed, however late."""

LAST_DAYS = np.array([0, 30, 60, 90], dtype=np.int64)
"""Days late that still belong to each bucket but the last."""

KEYS = ("customer_id", "entity_id", "currency")
AMOUNTS = (*BUCKETS, "settled_residuals", "open", "unapplied", "net", "disputed")


@dataclass(frozen=True)
class Aging:
    """The aged balance at the evening of `close_of`, from facts recorded before `known_before`.

    lines: one row per customer, entity and currency; cents in `not_due` … `days_over_90` (what
    is owed: of invoices not settled), `settled_residuals` (what is left on the books of settled
    ones: tolerated cents, discounts taken in time, withheld tax), their sum `open`, `unapplied`
    credits (cash on account, unlinked credit notes, overpayments), `net` = open − unapplied, and
    `disputed`, the part of what is owed under dispute (a memo, not taken off). Sold invoices
    are not in.
    """

    close_of: int
    known_before: int
    lines: pd.DataFrame

    def by(self, *keys: str) -> pd.DataFrame:
        """The same amounts summed per currency and the given keys (customer_id, entity_id).

        Currencies are never added together. Raises InputError for an unknown key.
        """
        unknown = set(keys) - set(KEYS)
        if unknown:
            raise InputError(
                f"Aging cannot be grouped by '{min(unknown)}'; use customer_id or entity_id."
            )
        groups = [*(k for k in keys if k != "currency"), "currency"]
        summed = self.lines.groupby(groups, sort=True, observed=True)[list(AMOUNTS)].sum()
        return summed.reset_index()

    def totals(self) -> pd.DataFrame:
        """One row a currency: amounts in cents, `net` equal to the ledger's control total."""
        return self.by("currency")

    @property
    def title(self) -> str:
        """Both dates, in words."""
        return dates_in_words(self.close_of, self.known_before)


def dates_in_words(close_of: int, known_before: int) -> str:
    """The two dates of a reading of the books, in words.

    >>> dates_in_words(0, 1)
    'at the close of 1970-01-01, known before 1970-01-02'
    """
    knowledge = f"known before {iso(known_before)}" if known_before < NEVER else "by all facts"
    return f"at the close of {iso(close_of)}, {knowledge}"


def bucket_of(days_late: Days) -> Days:
    """Index into BUCKETS of each number of days late; strictly more than 0, 30, 60, 90.

    >>> bucket_of(np.array([-3, 0, 1, 30, 31, 90, 91])).tolist()
    [0, 0, 1, 1, 2, 3, 4]
    """
    return np.asarray(np.searchsorted(LAST_DAYS, days_late, side="left"), dtype=np.int64)


def aging(books: Books) -> Aging:
    """Age what is owed of the books by its due date (an extension honoured).

    `sum(not_due … days_over_90) + settled_residuals − unapplied = net` for every row, and the
    nets of a currency sum to `books.control_total()` exactly.
    """
    owed = books.residuals()
    residual = owed["residual"].to_numpy(np.int64)
    is_settled = owed["closed_on"].to_numpy(np.int64) < NEVER
    late = bucket_of(books.close_of - owed["due_on"].to_numpy(np.int64))
    bucket = np.where(is_settled, SETTLED, late)
    parts = {
        name: np.where(bucket == i, residual, 0).astype(np.int64) for i, name in enumerate(BUCKETS)
    }
    parts["settled_residuals"] = np.where(is_settled, residual, 0)
    disputed = np.where(is_settled, 0, np.minimum(owed["disputed"].to_numpy(np.int64), residual))
    debit = pd.DataFrame(
        {key: owed[key].to_numpy() for key in KEYS} | parts | {"open": residual}
    ).assign(unapplied=np.int64(0), disputed=disputed)
    credit = books.credit_balances()[[*KEYS, "unapplied"]]
    blank = dict.fromkeys((*BUCKETS, "settled_residuals", "open", "disputed"), np.int64(0))
    every = pd.concat([debit, credit.assign(**blank)], ignore_index=True)
    return Aging(books.close_of, books.known_before, _summed(every, KEYS))


def _summed(rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    amounts = [c for c in AMOUNTS if c != "net"]
    done = rows.groupby(list(keys), sort=True, observed=True)[amounts].sum().reset_index()
    done = done.assign(net=done["open"] - done["unapplied"])
    return done[[*keys, *AMOUNTS]]
