"""What stands out in how each customer pays, one finding a row, each with its figures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger import History
from payrisk.receivables.agreements.promises import promises
from payrisk.receivables.behaviour.change_point import ChangePoint, change_points
from payrisk.receivables.behaviour.payment_weeks import YEAR, PaymentWeeks, payment_weeks
from payrisk.receivables.days_late import CLOSED_UNPAID, SettlementHistory
from payrisk.receivables.dimensions import customer_descriptions, with_names

LATER, EARLIER = "began paying later", "began paying earlier"
REPEAT, DORMANT = "pays late again and again", "has gone quiet"
DISCOUNTS, BROKEN = "takes discounts", "breaks promises"
FINDINGS = (LATER, EARLIER, REPEAT, DORMANT, DISCOUNTS, BROKEN)

CHANGES_A_YEAR = 0.05
"""Of a hundred customers five are taken to change how they pay in a year, before looking."""
SURE = 0.8
"""A change is named from this probability on (odds of four to one, ADR 0060)."""
LEAST_DAYS = 10.0
"""A change of fewer days is none worth a call."""

LATE_DAYS, LATE_SHARE, LEAST_INVOICES = 5, 0.6, 6
"""Late again and again: more than so many days, that share of a year's invoices, so many."""
QUIET_TIMES, QUIET_DAYS = 3.0, 60
"""Quiet: no invoice for so many times its usual gap, and for so many days."""
TAKEN_SHARE = 0.5
BROKEN_SHARE, LEAST_PROMISES = 0.5, 2

COLUMNS = ("customer_id", "finding", "since_on", "before", "now", "n", "probability")


def findings(history: History) -> pd.DataFrame:
    """One row a customer and finding, of those known on a morning, surest and largest first.

    Columns: customer_id, customer_name, finding (one of FINDINGS), since_on (first due day of the
    payments that lie otherwise; the last invoice of who has gone quiet; else NEVER), before and
    now (middle days late on both sides of a change; of *again and again* the share of invoices
    late and their middle days late; of *quiet* the usual and the present gap in days; of
    *discounts* those offered and the share taken; of *promises* those due and the share broken),
    n (payment weeks since, invoices, or promises), probability (of a change; NaN elsewhere).
    """
    parts = [
        behaviour_changes(history, LATER)[0],
        behaviour_changes(history, EARLIER)[0],
        _repeated(history),
        _quiet(history),
        _discounts(history),
        _broken(history),
    ]
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    order = pd.Categorical(table["finding"], categories=FINDINGS, ordered=True)
    size = (table["now"] - table["before"]).abs()
    table = table.assign(order=order, size=size).sort_values(
        ["order", "probability", "size", "customer_id"], ascending=[True, False, False, True]
    )
    named = with_names(table[list(COLUMNS)], customer_descriptions(history, ()))
    return named.reset_index(drop=True)


def count_customers_not_judged(history: History) -> int:
    """Number of customers whose payments are too few to tell a change from chance."""
    return len(history.customers()) - len(behaviour_changes(history, LATER)[1])


def behaviour_changes(history: History, finding: str) -> tuple[pd.DataFrame, pd.Index]:
    """Who began paying later (or earlier), and all customers of whom it could have been told."""
    weeks = payment_weeks(history)
    direction = 1 if finding == LATER else -1
    read = _read(weeks, direction)
    is_judged = ~np.isnan(read.probability)
    return _changes(weeks, read, finding, direction), weeks.customer_ids[is_judged]


def _read(weeks: PaymentWeeks, direction: int) -> ChangePoint:
    prior = CHANGES_A_YEAR / np.maximum(weeks.a_year, 3)
    return change_points(weeks.days_late, weeks.is_open, prior, direction=direction)


def _rows(customer_id: object, finding: str, **columns: object) -> pd.DataFrame:
    usual = {"since_on": NEVER, "before": np.nan, "now": np.nan, "n": 0, "probability": np.nan}
    return pd.DataFrame({"customer_id": customer_id, "finding": finding} | usual | columns)


def _changes(weeks: PaymentWeeks, read: ChangePoint, finding: str, direction: int) -> pd.DataFrame:
    moved = direction * (read.since - read.before)
    rows = np.flatnonzero((read.probability >= SURE) & (moved >= LEAST_DAYS))
    first = weeks.first_due_on.shape[1] - read.n_since[rows]
    return _rows(
        weeks.customer_ids[rows].to_numpy(),
        finding,
        since_on=weeks.first_due_on[rows, first],
        before=read.before[rows],
        now=read.since[rows],
        n=read.n_since[rows],
        probability=read.probability[rows],
    )


def _last_year(history: History) -> pd.DataFrame:
    frame = SettlementHistory.of(history).frame
    recent = frame["due_on"] >= history.as_of - YEAR
    return frame[recent & (frame["due_on"] < history.as_of) & (frame["outcome"] != CLOSED_UNPAID)]


def _repeated(history: History) -> pd.DataFrame:
    rows = _last_year(history)
    late = (rows["days_late"] > LATE_DAYS).groupby(rows["customer_id"])
    share, count = late.mean(), late.size()
    middle = rows.groupby("customer_id")["days_late"].median()
    ids = share.index[(share >= LATE_SHARE) & (count >= LEAST_INVOICES)]
    return _rows(
        ids.to_numpy(dtype=object),
        REPEAT,
        before=share[ids].to_numpy(),
        now=middle[ids].to_numpy(np.float64),
        n=count[ids].to_numpy(),
    )


def _quiet(history: History) -> pd.DataFrame:
    invoices = history.invoices()[["customer_id", "issued_on"]].drop_duplicates()
    days = invoices.sort_values(["customer_id", "issued_on"])
    gap = days.groupby("customer_id")["issued_on"].diff().groupby(days["customer_id"]).median()
    count, last = (
        days.groupby("customer_id").size(),
        days.groupby("customer_id")["issued_on"].max(),
    )
    silent = history.as_of - last
    is_quiet = (silent >= QUIET_DAYS) & (silent >= QUIET_TIMES * gap) & (count >= LEAST_INVOICES)
    ids = is_quiet.index[is_quiet]
    return _rows(
        ids.to_numpy(dtype=object),
        DORMANT,
        since_on=last[ids].to_numpy(),
        before=gap[ids].to_numpy(np.float64),
        now=silent[ids].to_numpy(np.float64),
        n=count[ids].to_numpy(),
    )


def _discounts(history: History) -> pd.DataFrame:
    """Of invoices that offered a discount and were paid: the share paid within its days."""
    p = history.position
    facts = history.facts.tables["invoices"][p.is_issued]
    invoices = history.invoices()
    offered = (facts["discount_rate"] > 0).to_numpy() & (
        invoices["paid_on"].to_numpy() >= history.as_of - YEAR
    )
    offered &= invoices["paid_on"].to_numpy() < NEVER
    until = invoices["issued_on"].to_numpy() + facts["discount_days"].to_numpy()
    taken = pd.Series((invoices["paid_on"].to_numpy() <= until)[offered])
    each = taken.groupby(invoices["customer_id"].to_numpy(dtype=object)[offered])
    share, count = each.mean(), each.size()
    ids = share.index[(share >= TAKEN_SHARE) & (count >= LEAST_INVOICES)]
    return _rows(
        ids.to_numpy(dtype=object),
        DISCOUNTS,
        before=count[ids].to_numpy(np.float64),
        now=share[ids].to_numpy(),
        n=count[ids].to_numpy(),
    )


def _broken(history: History) -> pd.DataFrame:
    made = promises(history)
    recent = made["promised_on"] >= history.as_of - YEAR
    due = made[recent & made["state"].isin(["kept", "part_kept", "broken"])]
    each = (due["state"] != "kept").groupby(due["customer_id"])
    share, count = each.mean(), each.size()
    ids = share.index[(share >= BROKEN_SHARE) & (count >= LEAST_PROMISES)]
    return _rows(
        ids.to_numpy(dtype=object),
        BROKEN,
        before=count[ids].to_numpy(np.float64),
        now=share[ids].to_numpy(np.float64),
        n=count[ids].to_numpy(),
    )
