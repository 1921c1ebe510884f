"""Train on the past, test on later dates: where to cut a ledger, and who was never seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Flags
from payrisk.calendar import NEVER
from payrisk.ledger import History

MOST_TEST_DAYS = 90
LEAST_TRAIN_DAYS = 60
ORIGINS = 2
"""Past mornings at which a recipe is refitted to be judged."""
KNOWN_SHARE = 0.9
"""Share of settled invoices that were settled within the gap left before as_of."""


@dataclass(frozen=True)
class Split:
    """One origin: fit on what was known at `train_as_of`, judge invoices issued in [first, last].

    The gap between `issued_to` and `as_of` gives what was issued last the time to be paid.
    """

    train_as_of: int
    issued_from: int
    issued_to: int
    as_of: int


def last_activity(history: History) -> int:
    """The morning after the last known issue or settlement: later ones add no outcome.

    A ledger may be asked, or have been imported, long after its last invoice.
    """
    issued = history.invoices()["issued_on"].max()
    settled = history.settled_invoices()["paid_on"].max()
    days = [int(day) for day in (issued, settled) if day == day]
    return min(history.as_of, max(days) + 1) if days else history.as_of


def last_origin(history: History) -> Split | None:
    """The latest split inside a history; None when it is too short for one.

    The test days are at most 90 and at most a third of what lies before the gap; the gap is the
    time in which 90 % of the settled invoices were settled.
    """
    settled = history.settled_invoices()
    if not len(settled):
        return None
    waited = (settled["paid_on"] - settled["issued_on"]).to_numpy(dtype=np.int64)
    gap = max(int(np.quantile(np.maximum(waited, 0), KNOWN_SHARE)), 1)
    first = int(history.invoices()["recorded_on"].min())
    end = last_activity(history)
    usable = end - gap - first
    test_days = min(MOST_TEST_DAYS, usable // 3)
    train_as_of = end - gap - test_days
    if test_days < 1 or train_as_of - first < LEAST_TRAIN_DAYS:
        return None
    return Split(train_as_of, train_as_of, end - gap - 1, history.as_of)


def origins(history: History, most: int = ORIGINS) -> list[Split]:
    """At most so many origins, latest first, each judged on the days up to the next one.

    Their test days do not overlap, and all are as long as those of the latest.
    """
    latest = last_origin(history)
    if latest is None:
        return []
    first = int(history.invoices()["recorded_on"].min())
    days = latest.issued_to - latest.issued_from + 1
    found = [latest]
    while len(found) < most:
        end = found[-1].train_as_of
        if end - days - first < LEAST_TRAIN_DAYS:
            break
        found.append(Split(end - days, end - days, end - 1, latest.as_of))
    return found


def is_unseen(rows: pd.DataFrame, train: History) -> Flags:
    """(n,) True where the row's customer had no invoice when the model was trained."""
    seen = train.invoices()["customer_id"].unique()
    return np.asarray(~rows["customer_id"].isin(seen), dtype=bool)


def landmarks(first: int, last: int, step: int) -> list[int]:
    """Mornings first, first + step … up to and with last."""
    if last >= NEVER or step < 1:
        return []
    return list(range(first, last + 1, step))
