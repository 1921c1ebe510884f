"""What an action gains of an invoice: the mean over draws of its payment day, with and without."""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Floats

HORIZON_DAYS = 90
"""Days after the morning on which a payment still counts; what comes later counts as then."""

FIRST_DAY = 2
"""Days after an action from which it can be answered."""

MOST_DAYS_SOONER = 5.0
"""Days by which an answered action brings money forward in the mean, at most (ADR 0058)."""

PATIENCE_DAYS = 42
"""What comes later than six weeks is want of cash, not oversight: a plan's business."""

PLAN_WAIT_DAYS = 22
"""Mean days until the two halves of a plan have come: after a week and a month more."""


def days_sooner_if_answered(paid_by: Floats) -> Floats:
    """(n,) days by which an invoice comes sooner where the action is answered for certain.

    paid_by: (n, h) chance that cash came by the end of day j, 0 the morning's own day. Whoever
    would have paid within the horizon, but later, pays in its next payment run from FIRST_DAY on;
    whoever pays beyond or never is not moved: that asking prevents a loss is nowhere assumed. The
    mean over draws is taken exactly, from the curves that the draws are of, so no sampling noise
    can reorder the list; it is MOST_DAYS_SOONER at most, for a long wait in a curve is that of
    customers short of cash, whom no call moves.
    """
    without = _within(paid_by)
    waiting = without[:, -1:] - without
    days = (waiting * _run_profile(without)).sum(axis=1)
    return np.asarray(np.minimum(days, MOST_DAYS_SOONER))


def days_sooner_by_plan(paid_by: Floats) -> Floats:
    """(n,) days by which a plan brings sooner what comes after PATIENCE_DAYS or never.

    Times the chance that it comes so late; counted up to the horizon, from PLAN_WAIT_DAYS on.
    """
    without = _within(paid_by)
    at = min(PATIENCE_DAYS, without.shape[1] - 1)
    until_then = (at - PLAN_WAIT_DAYS) * (1.0 - without[:, at])
    return np.asarray(until_then + (1.0 - without[:, at:-1]).sum(axis=1))


def days_later_if_resented(paid_by: Floats) -> Floats:
    """(n,) days by which an invoice comes later where it is put off by a week for certain."""
    without = _within(paid_by)
    later = np.zeros_like(without)
    later[:, 7:] = without[:, :-7]
    return np.asarray((without - later).sum(axis=1))


def chance_paid_by_if_answered(paid_by: Floats, day: int) -> Floats:
    """(n,) chance that what would come later in the horizon comes by a day if answered."""
    without = _within(paid_by)
    at = min(day, without.shape[1] - 1)
    return np.asarray(_run_profile(without)[:, at])


def chance_paid_within(paid_by: Floats, days: int) -> Floats:
    """(n,) chance that cash comes within so many days, anyhow."""
    return np.asarray(paid_by[:, min(days, paid_by.shape[1] - 1)])


def _within(paid_by: Floats) -> Floats:
    last = min(HORIZON_DAYS, paid_by.shape[1] - 1)
    return np.asarray(paid_by[:, : last + 1], dtype=np.float64)


def _run_profile(without: Floats) -> Floats:
    """(n, h) chance that the next payment run from FIRST_DAY on has come by each day.

    Where somebody pays only on some days of the week its curve rises only on them, and that is
    when it answers: the share of the following week's payments that has come by each day. A curve
    that does not rise in that week answers evenly over it.
    """
    width = without.shape[1]
    span = min(FIRST_DAY + 7, width - 1)
    start = without[:, min(FIRST_DAY, width - 1) - 1][:, None]
    whole = without[:, span][:, None] - start
    days = np.arange(width)
    plain = np.clip((days - FIRST_DAY + 1) / 7.0, 0.0, 1.0)[None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        risen = np.clip((without - start) / whole, 0.0, 1.0)
    profile = np.where(whole > 1e-9, risen, plain)
    return np.asarray(np.where(days[None, :] < FIRST_DAY, 0.0, profile))
