"""What came of a trial: cash, days and loss of each arm against the control, with intervals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.calendar import NEVER
from payrisk.collecting.holdout.assignment import CONTROL
from payrisk.collecting.holdout.effect import arm_effect
from payrisk.collecting.holdout.trial import HoldoutTrial
from payrisk.collecting.recording.action import RecordedAction
from payrisk.collecting.worklist.stakes import ASKING, Stakes
from payrisk.ledger import Books
from payrisk.ledger.books.cash_flow import cash_flow

Z_95 = 1.959964
UNIDENTIFIED = (
    "cannot be identified: nobody was left alone by lot, and whom one asks is late for its own"
    " reasons"
)


@dataclass(frozen=True)
class TrialReadout:
    """effects: a row an arm and outcome; counts: what was kept to and what it cost, a row an arm.

    Outcomes a group: cash (minor units received within the window on what was late), days (mean
    until it was paid, window at most; below 0 is sooner) and loss (minor units written off).
    """

    effects: pd.DataFrame
    counts: pd.DataFrame


def trial_outcomes(
    trial: HoldoutTrial, stakes: Stakes, before: Books, after: Books
) -> pd.DataFrame:
    """(groups) outcome of every group of a trial, with what was expected of it.

    stakes: of the trial's morning, in its currency. before: books of the evening before it; after:
    of the window's last evening, by the same knowledge.
    """
    flow = cash_flow(before, after)
    key = ["invoice_id", "instalment"]
    moved = pd.DataFrame(
        {
            "invoice_id": flow.invoice_id.astype(object),
            "instalment": flow.instalment,
            "cash": flow.cash,
            "loss": flow.loss,
        }
    )
    closed = after.invoices()[[*key, "paid_on", "closed_on"]].astype({"invoice_id": object})
    late = stakes.rows[[*key, "customer_id", "residual"]].astype({"invoice_id": object})
    scale = stakes.overdue / np.maximum(late["residual"].to_numpy(np.float64), 1.0)
    late = late.assign(scale=scale, stake=stakes.stake)
    late = (
        late[late["stake"] > 0].merge(moved, on=key, how="left").merge(closed, on=key, how="left")
    )
    ended = late[["paid_on", "closed_on"]].min(axis=1).fillna(NEVER)
    waited = np.clip(
        ended.to_numpy(np.float64) - trial.starts_on, 0, trial.ends_on - trial.starts_on + 1
    )
    late = late.assign(
        cash=np.minimum(late["cash"].fillna(0) * late["scale"], late["stake"]),
        loss=late["loss"].fillna(0) * late["scale"],
        days=waited * late["stake"],
        paid=(ended <= trial.ends_on) * late["stake"],
    )
    by_customer = late.groupby(late["customer_id"].astype(object))[
        ["cash", "loss", "days", "paid"]
    ].sum()
    rows = trial.rows.merge(by_customer, left_on="customer_id", right_index=True, how="left")
    rows = rows.fillna({"cash": 0.0, "loss": 0.0, "days": 0.0, "paid": 0.0})
    rows["expected_days"] *= rows["late"]
    rows["answered_days"] *= rows["late"]
    groups = rows.groupby("group", sort=True).agg(
        arm=("arm", "first"),
        stratum=("stratum", "first"),
        late=("late", "sum"),
        cash=("cash", "sum"),
        loss=("loss", "sum"),
        days=("days", "sum"),
        paid=("paid", "sum"),
        expected_cash=("expected_cash", "sum"),
        expected_days=("expected_days", "sum"),
        answered_days=("answered_days", "sum"),
    )
    for name in ("days", "expected_days", "answered_days", "paid"):
        groups[name] = groups[name] / groups["late"]
    return groups


def trial_readout(
    trial: HoldoutTrial, groups: pd.DataFrame, actions: Iterable[RecordedAction]
) -> TrialReadout:
    """Each arm against the control, as it was drawn, whatever was then done (intention to treat).

    groups: as `trial_outcomes`. Raises InputError where an arm is too small for an interval.
    """
    asked = _asked(trial, actions)
    control = groups["arm"] == CONTROL
    effects, counts = [], []
    for arm in trial.arms:
        if arm.name == CONTROL:
            continue
        pair = groups[control | (groups["arm"] == arm.name)]
        treated = (pair["arm"] == arm.name).to_numpy()
        strata = pair["stratum"].to_numpy(np.int64)
        cash_effect = 0.0
        for outcome, expected in (
            ("cash", "expected_cash"),
            ("days", "expected_days"),
            ("loss", None),
        ):
            x = np.zeros(len(pair)) if expected is None else _of(pair, expected)
            made = arm_effect(_of(pair, outcome), x, treated, strata)
            cash_effect = float(made.effect) if outcome == "cash" else cash_effect
            effects.append(
                {
                    "arm": arm.name,
                    "outcome": outcome,
                    "effect": float(made.effect),
                    "low": float(made.low),
                    "high": float(made.high),
                    "control_mean": float(pair.loc[~treated, outcome].mean()),
                    "width_left": float(made.width_left),
                    "n_groups": made.n_treated,
                    "n_control": made.n_control,
                }
            )
        counts.append(_counts(trial, groups, arm.name, cash_effect, asked))
    return TrialReadout(pd.DataFrame(effects), pd.DataFrame(counts))


def measured_answer_chance(
    readout: TrialReadout, groups: pd.DataFrame, arm: str
) -> tuple[float, ...] | None:
    """The chance of an answer that an arm's effect on days amounts to, with its 95 % interval.

    Days sooner ÷ the days by which it would come sooner if every action were answered; None where
    an answer could bring nothing sooner.
    """
    row = readout.effects[
        (readout.effects["arm"] == arm) & (readout.effects["outcome"] == "days")
    ].iloc[0]
    whole = float(groups.loc[groups["arm"] == arm, "answered_days"].mean())
    if whole <= 0:
        return None
    return tuple(float(-row[name] / whole) for name in ("effect", "high", "low"))


def shrunk_answer_chance(middle: float, low: float, high: float, prior: float) -> float:
    """The chance of an answer to go by once a trial has measured it, at least 0.

    low, high: its 95 % interval. A measured effect is drawn to none by its own error, beside the
    size that the prior says effects have (normal with mean 0 and that spread): where a trial
    finds nothing, nothing is claimed, and one that is too small to tell claims little (James &
    Stein 1961; Efron & Morris 1975). prior: the stated chance; 0 claims nothing whatever is found.
    """
    error = (high - low) / (2 * Z_95)
    if prior <= 0:
        return 0.0
    return float(np.clip(middle * prior**2 / (prior**2 + error**2), 0.0, 1.0))


def naive_difference(
    groups: pd.DataFrame, asked_customers: Iterable[str], customers: pd.DataFrame
) -> dict[str, float]:
    """Share of what was late that came, of those asked and of the others: no effect of asking.

    groups: as `trial_outcomes`; customers: customer_id and group.
    """
    hit = set(customers.loc[customers["customer_id"].isin(set(asked_customers)), "group"])
    is_asked = groups.index.isin(hit)
    share = groups["cash"] / groups["late"]
    return {
        "asked": float(share[is_asked].mean()) if is_asked.any() else float("nan"),
        "others": float(share[~is_asked].mean()) if (~is_asked).any() else float("nan"),
        "n_asked": float(is_asked.sum()),
        "n_others": float((~is_asked).sum()),
    }


def contacted_customers(actions: Iterable[RecordedAction], first: int, last: int) -> set[str]:
    """The customers that somebody asked between two days, both included."""
    return {
        kept.action.customer_id
        for kept in actions
        if kept.action.kind in ASKING
        and kept.undone_by is None
        and first <= kept.action.happened_on <= last
    }


def _asked(trial: HoldoutTrial, actions: Iterable[RecordedAction]) -> set[str]:
    return contacted_customers(actions, trial.starts_on, trial.ends_on)


def _counts(
    trial: HoldoutTrial, groups: pd.DataFrame, arm: str, effect: float, asked_customers: set[str]
) -> dict[str, object]:
    rows = trial.rows
    of_arm, of_control = rows["arm"] == arm, rows["arm"] == CONTROL
    is_asked = rows["customer_id"].isin(asked_customers)
    n_asked = int((of_arm & is_asked).sum())
    anyhow = float(groups.loc[groups["arm"] == CONTROL, "paid"].mean())
    n_control = int((groups["arm"] == CONTROL).sum())
    return {
        "arm": arm,
        "customers": int(of_arm.sum()),
        "asked": n_asked,
        "control_customers": int(of_control.sum()),
        "control_asked": int((of_control & is_asked).sum()),
        "false_interventions": n_asked * anyhow,
        "missed_recoveries": max(effect, 0.0) * n_control,
    }


def _of(frame: pd.DataFrame, name: str) -> Floats:
    return np.asarray(frame[name].to_numpy(np.float64))
