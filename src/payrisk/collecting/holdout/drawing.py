"""Drawing a trial: from the stakes of a morning to groups, strata and arms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Floats
from payrisk.collecting.holdout.assignment import CONTROL, Arm, assign, require_arms, strata_by
from payrisk.collecting.holdout.effect import LEAST_IN_ARM
from payrisk.collecting.holdout.power import least_detectable_effect
from payrisk.collecting.holdout.trial import COLUMNS
from payrisk.collecting.worklist.gain import chance_paid_within, days_sooner_if_answered
from payrisk.collecting.worklist.stakes import Stakes
from payrisk.errors import InputError

CORRELATION = 0.5
"""Of outcome and expectation, as long as no trial of the house has told it: assumed and said."""


def trial_rows(
    stakes: Stakes,
    paid_by: Floats,
    days: int,
    arms: Sequence[Arm],
    seed: int,
    is_free: Flags,
) -> pd.DataFrame:
    """One row a customer that may be asked for something, drawn into an arm; see its `rows`.

    paid_by: (n, h) the curves of the stakes' rows; is_free: (n,) those to draw from. Customers
    under one parent go together.
    """
    require_arms(arms)
    window = min(days, paid_by.shape[1] - 1)
    unpaid = 1.0 - np.asarray(paid_by[:, :window], dtype=np.float64)
    free = (stakes.stake > 0) & is_free
    rows = pd.DataFrame(
        {
            "customer_id": stakes.rows["customer_id"].astype(object),
            "group": group_ids(stakes),
            "late": stakes.stake,
            "expected_cash": stakes.stake * chance_paid_within(paid_by, window),
            "expected_days": stakes.stake * unpaid.sum(axis=1),
            "answered_days": stakes.stake * days_sooner_if_answered(paid_by),
            "days_late": stakes.days_late,
        }
    )[free]
    summed = rows.groupby("customer_id", sort=True).agg(
        group=("group", "first"),
        late=("late", "sum"),
        expected_cash=("expected_cash", "sum"),
        expected_days=("expected_days", "sum"),
        answered_days=("answered_days", "sum"),
        days_late=("days_late", "max"),
    )
    for name in ("expected_days", "answered_days"):
        summed[name] = summed[name] / summed["late"]
    groups = summed.groupby("group", sort=True).agg(
        late=("late", "sum"), days=("days_late", "max")
    )
    strata = strata_by(groups["late"].to_numpy(), groups["days"].to_numpy(np.int64))
    names = [str(name) for name in groups.index]
    drawn = pd.Series(assign(names, strata, arms, seed), index=groups.index)
    summed["stratum"] = summed["group"].map(pd.Series(strata, index=groups.index))
    summed["arm"] = [arms[place].name for place in summed["group"].map(drawn)]
    return summed.reset_index()[list(COLUMNS)]


def group_ids(stakes: Stakes) -> pd.Series:
    """(n,) with whom each of the stakes' rows is drawn: the customer's parent, or the customer."""
    parents, customers = (stakes.rows[c].astype(object) for c in ("parent_id", "customer_id"))
    return parents.where(parents.notna(), customers)


def require_groups(rows: pd.DataFrame, arms: Sequence[Arm]) -> None:
    """Raise InputError where an arm has too few groups for an effect to be read afterwards."""
    n_groups = rows.groupby("arm")["group"].nunique()
    for arm in arms:
        n = int(n_groups.get(arm.name, 0))
        if n < LEAST_IN_ARM:
            raise InputError(
                f"The arm '{arm.name}' would have {n} of {int(n_groups.sum())} groups of customers"
                f" and needs {LEAST_IN_ARM}, or no effect could be read; change the share, use"
                " fewer steps, or wait until more customers are late."
            )


def least_effects(rows: pd.DataFrame, correlation: float = CORRELATION) -> pd.DataFrame:
    """By arm, the least effect that the trial would find four times of five, before it starts.

    Of cash, in minor units a group, by the spread of what is expected within strata; it cannot be
    less than that of the outcome, so these are floors. n_groups, n_control: their numbers.
    """
    groups = rows.groupby("group", sort=True).agg(
        arm=("arm", "first"), stratum=("stratum", "first"), cash=("expected_cash", "sum"),
        late=("late", "sum"),
    )  # fmt: skip
    within = groups["cash"] - groups.groupby("stratum")["cash"].transform("mean")
    spread = float(np.sqrt((within**2).sum() / max(len(groups) - groups["stratum"].nunique(), 1)))
    n_control = int((groups["arm"] == CONTROL).sum())
    lines = []
    for arm in sorted(set(groups["arm"]) - {CONTROL}):
        n = int((groups["arm"] == arm).sum())
        least = (
            least_detectable_effect(spread, n, n_control, correlation=correlation)
            if min(n, n_control) > 0
            else float("nan")
        )
        lines.append(
            {
                "arm": arm,
                "n_groups": n,
                "n_control": n_control,
                "least_cash": least,
                "of_late_percent": 100 * least / float(groups["late"].mean()),
            }
        )
    return pd.DataFrame(lines)
