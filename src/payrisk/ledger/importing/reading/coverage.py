"""What an export must have left out: what was closed before it began, what is still open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Floats
from payrisk.calendar import NEVER, iso
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.history import Ledger

SURPRISE = 10.0
"""Expected closings of which none was seen. Before its first closing a whole ledger expects x or
more with chance exp(−x): here fewer than one ledger in 20,000 is called short by mistake."""

ENOUGH = 20  # invoices below which "all are closed" says nothing


def coverage_start(ledger: Ledger, invoices: pd.DataFrame | None = None) -> pd.DataFrame:
    """Entities whose books begin midway: entity_id, starts_on, n_before, n_expected.

    Nothing closed before `starts_on`, though at the entity's own pace about `n_expected` of the
    `n_before` invoices issued earlier would have: they are here only because they stayed open,
    and those that did close are missing. invoices: what `closing_days` says of this ledger.
    """
    starts = []
    invoices = closing_days(ledger) if invoices is None else invoices
    for entity, group in invoices.groupby("entity_id", sort=True):
        issued, closed = group["issued_on"].to_numpy(), group["closed"].to_numpy()
        start = int(closed.min())
        before = issued < start
        if start == NEVER or not before.any() or before.all():
            continue
        pace = _closed_by_age(issued[~before], closed[~before], ledger.last_day)
        ages = np.minimum(start - 1 - issued[before], len(pace) - 1)
        expected = float(pace[ages].sum())
        if expected >= SURPRISE:
            starts.append((str(entity), start, int(before.sum()), expected))
    return pd.DataFrame(starts, columns=["entity_id", "starts_on", "n_before", "n_expected"])


def coverage_problems(ledger: Ledger) -> list[Problem]:
    """What the ledger must lack, said once an entity."""
    invoices = closing_days(ledger)
    out = [
        Problem(
            "begins_midway",
            f"{row.entity_id} begins midway: nothing closed before {iso(row.starts_on)}, though"
            f" at its pace {row.n_expected:,.0f} of {row.n_before:,} invoices issued earlier would"
            " have been; whatever was closed by then is missing",
            "noted",
            column="entity_id",
            n=row.n_before,
        )
        for row in coverage_start(ledger, invoices).itertuples()
    ]
    n = len(invoices)
    if n >= ENOUGH and (invoices["closed"] < NEVER).all():
        message = (
            "every invoice is closed: if this is an extract of closed ones, open ones are missing"
        )
        out.append(Problem("closed_only", message, "noted", n=n))
    return out


def closing_days(ledger: Ledger) -> pd.DataFrame:
    """Every invoice with the day it was settled, closed or sold; NEVER while it is open."""
    evening = max(ledger.last_day, int(ledger.tables["invoices"]["issued_on"].max()))
    frame = ledger.balance_at(evening).invoices()
    closed = frame[["settled_on", "closed_on", "sold_on"]].min(axis=1)
    return frame[["entity_id", "issued_on"]].assign(closed=closed)


def _closed_by_age(issued: Days, closed: Days, last_day: int) -> Floats:
    """Chance of being closed by each age in days (Kaplan–Meier; open ones count up to the end)."""
    is_closed = closed < NEVER
    age = np.maximum(np.where(is_closed, closed, last_day) - issued, 0)
    ends = np.bincount(age)
    closings = np.bincount(age[is_closed], minlength=len(ends))
    at_risk = len(age) - np.concatenate([[0], np.cumsum(ends)[:-1]])
    return np.asarray(1.0 - np.cumprod(1.0 - closings / at_risk))
