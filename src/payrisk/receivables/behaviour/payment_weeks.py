"""Each customer's payments week by week, as days late: what its changes are read from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Floats, Ints
from payrisk.ledger import History
from payrisk.receivables.behaviour.change_point import BEFORE, MOST_RECENT
from payrisk.receivables.days_late import PAID, STILL_OPEN, SettlementHistory

WEEK = 7
YEAR = 365
LONG_OPEN = 90
"""What is overdue for more days is a default or a rest, and tells nothing of how it pays now."""
EARLY = -7.0
"""A payment more days early tells no more: who stops taking discounts is not late yet."""


@dataclass(frozen=True)
class PaymentWeeks:
    """One row a customer; the week of the latest due day right-most, NaN on the left.

    customer_ids: (n,). days_late: (n, k) middle days late of what a customer settled in one week,
    one column of a row what is overdue now (`is_open`). first_due_on: (n, k) the earliest
    due day among them. a_year: (n,) weeks with a payment in the last year.
    """

    customer_ids: pd.Index
    days_late: Floats
    is_open: Flags
    first_due_on: Ints
    a_year: Ints


def payment_weeks(history: History) -> PaymentWeeks:
    """The weeks known on a morning.

    What a customer settles in one week is one payment run: its invoices say the same thing once.
    Disputed invoices are left out (their days are the dispute's), and so are sold ones, those
    closed without cash and those overdue for more than LONG_OPEN days; an extension honoured has
    moved the due day already. Weeks stand in the order in which their invoices fell due: who
    changes does so for what falls due from a day on, and pays it between older ones.
    """
    frame = SettlementHistory.of(history).frame
    is_overdue = (frame["outcome"] == STILL_OPEN) & frame["days_late"].between(1, LONG_OPEN)
    use = ((frame["outcome"] == PAID) | is_overdue) & ~frame["is_loss"]
    rows = frame[use & ~frame["invoice_id"].isin(_disputed(history))]
    is_open = (rows["outcome"] == STILL_OPEN).to_numpy()
    week = np.where(is_open, history.as_of // WEEK + 1, rows["paid_on"].to_numpy() // WEEK)
    each = pd.DataFrame(
        {
            "customer_id": rows["customer_id"].to_numpy(dtype=object),
            "week": week,
            "late": np.maximum(rows["days_late"].to_numpy(np.float64), EARLY),
            "due": rows["due_on"].to_numpy(np.int64),
        }
    )
    weeks = each.groupby(["customer_id", "week"], sort=True).agg(
        late=("late", "median"), due=("due", "min")
    )
    weeks = weeks.reset_index().sort_values(["customer_id", "due", "week"], ignore_index=True)
    code, ids = pd.factorize(weeks["customer_id"])
    count = np.bincount(code, minlength=len(ids))
    width = BEFORE + MOST_RECENT
    column = width - (np.cumsum(count)[code] - np.arange(len(code)))
    fits = column >= 0
    place = (code[fits], column[fits])
    late = np.full((len(ids), width), np.nan)
    late[place] = weeks["late"].to_numpy()[fits]
    waits = np.zeros((len(ids), width), dtype=bool)
    waits[place] = (weeks["week"] > history.as_of // WEEK).to_numpy()[fits]
    due = np.zeros((len(ids), width), dtype=np.int64)
    due[place] = weeks["due"].to_numpy(np.int64)[fits]
    recent = (weeks["week"] > (history.as_of - YEAR) // WEEK).to_numpy()
    a_year = np.bincount(code[recent], minlength=len(ids))
    return PaymentWeeks(pd.Index(ids), late, waits, due, a_year)


def _disputed(history: History) -> set[str]:
    """The invoices ever disputed, as known on the morning."""
    events = history.known_rows("events")
    is_dispute = (events["kind"] == "dispute_opened") & (events["subject_kind"] == "invoice")
    return set(events.loc[is_dispute, "subject"])
