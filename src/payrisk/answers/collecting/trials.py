"""Trials of a home: drawn on a morning, read once their window is over, or said to be unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from payrisk.answers.answering import Answers
from payrisk.calendar import iso
from payrisk.collecting.holdout.assignment import CONTROL, Arm
from payrisk.collecting.holdout.drawing import group_ids, least_effects, trial_rows
from payrisk.collecting.holdout.readout import (
    TrialReadout,
    contacted_customers,
    measured_answer_chance,
    naive_difference,
    shrunk_answer_chance,
    trial_outcomes,
    trial_readout,
)
from payrisk.collecting.holdout.trial import HoldoutTrial, TakenTrialName
from payrisk.collecting.recording.action import RecordedAction
from payrisk.collecting.worklist.policy import CollectingPolicy
from payrisk.collecting.worklist.stakes import Stakes
from payrisk.errors import InputError
from payrisk.files import plain_rows

USUAL_DAYS = 28
USUAL_SHARE = 0.2


@dataclass(frozen=True)
class TrialResult:
    """A trial and what came of it.

    answered: by arm, the measured chance with its interval. taken_over: by arm that is a step, the
    chance to go by, see `shrunk_answer_chance`; its scale is the house's prior.
    """

    trial: HoldoutTrial
    readout: TrialReadout
    answered: dict[str, tuple[float, ...] | None]
    taken_over: dict[str, float]


def arms_of(share: float, steps: Sequence[str]) -> tuple[Arm, ...]:
    """The control and an arm a step, which share the rest evenly; no step: one arm, as usual."""
    rest = [*(steps or ("usual",))]
    others = (1.0 - share) / len(rest)
    return (Arm(CONTROL, share), *(Arm(step, others, step) for step in rest))


def draw_trial(  # noqa: PLR0913 - one argument an option of the command
    answers: Answers,
    as_of: int,
    policy: CollectingPolicy,
    *,
    name: str,
    arms: Sequence[Arm],
    days: int,
    seed: int,
    made_at: str = "",
    actor: str = "",
    running: Sequence[HoldoutTrial] = (),
) -> tuple[HoldoutTrial, pd.DataFrame]:
    """A trial of the customers that may be asked that morning, and what it could find.

    running: the trials of the home; whose groups are under one within this one's window is left
    out, for two lots would spoil both. Nothing is written. Raises NoChampion without curves,
    TakenTrialName where a trial of the home has the name, InputError where nobody may be asked.
    """
    if any(other.name == name for other in running):
        raise TakenTrialName(f"A trial '{name}' was drawn before; give this one another name.")
    stakes = Stakes.of(answers.history(as_of), None, policy.rules.least_days_late)
    paid_by = answers.money_curves(as_of, stakes.place)
    spoken_for = [other for other in running if other.runs_within(as_of, as_of + days - 1)]
    is_taken = group_ids(stakes).isin(
        {str(g) for other in spoken_for for g in other.rows["group"]}
    )
    is_taken |= stakes.rows["customer_id"].isin(
        {str(c) for other in spoken_for for c in other.rows["customer_id"]}
    )
    n_left_out = int(stakes.rows.loc[is_taken & (stakes.stake > 0), "customer_id"].nunique())
    rows = trial_rows(stakes, paid_by, days, arms, seed, ~is_taken.to_numpy(dtype=bool))
    if not len(rows):
        raise InputError(
            f"Nobody may be asked for anything on {iso(as_of)}, {n_left_out} customers under a"
            " running trial left out; there is no trial."
        )
    trial = HoldoutTrial(
        name=name,
        seed=seed,
        starts_on=as_of,
        days=days,
        arms=tuple(arms),
        made_at=made_at,
        actor=actor,
        ledger_sha=answers.ledger_sha,
        currency=stakes.currency,
        rows=rows,
        n_left_out=n_left_out,
    )
    return trial, least_effects(rows)


def read_trial_effects(
    answers: Answers,
    trial: HoldoutTrial,
    actions: Sequence[RecordedAction],
    policy: CollectingPolicy,
) -> TrialResult:
    """What came of a trial, by all the ledger knows today.

    Raises InputError before its window is over, or where its arms are too small.
    """
    known = answers.default_as_of
    if trial.ends_on < trial.starts_on:
        raise InputError(f"The trial '{trial.name}' was stopped the morning it began: no effect.")
    if known <= trial.ends_on:
        raise InputError(
            f"The trial '{trial.name}' runs until {iso(trial.ends_on)} and the ledger knows what"
            f" was recorded before {iso(known)}; import what came since, and look again."
        )
    groups = _outcomes(answers, trial, policy)
    readout = trial_readout(trial, groups, actions)
    arms = [arm.name for arm in trial.arms if arm.name != CONTROL]
    answered = {arm: measured_answer_chance(readout, groups, arm) for arm in arms}
    prior = CollectingPolicy.read().effects
    taken_over = {
        arm: shrunk_answer_chance(values[0], values[1], values[2], prior[arm].answered)
        for arm, values in answered.items()
        if values is not None and arm in prior
    }
    return TrialResult(trial, readout, answered, taken_over)


def trial_table(trials: Sequence[HoldoutTrial]) -> pd.DataFrame:
    """A row a trial and arm: its window, its share, and how many customers and groups it has."""
    return pd.DataFrame(
        [
            {
                "name": trial.name,
                "starts_on": iso(trial.starts_on),
                "ends_on": iso(trial.ends_on),
                "stopped_on": None if trial.stopped_on is None else iso(trial.stopped_on),
                "arm": arm.name,
                "share": arm.share,
                "customers": int((trial.rows["arm"] == arm.name).sum()),
                "groups": int(trial.rows.loc[trial.rows["arm"] == arm.name, "group"].nunique()),
                "actor": trial.actor,
            }
            for trial in trials
            for arm in trial.arms
        ]
    )


def effects_document(made: TrialResult) -> dict[str, Any]:
    """What came of a trial as plain values; money in minor units."""
    return {
        "name": made.trial.name,
        "starts_on": iso(made.trial.starts_on),
        "ends_on": iso(made.trial.ends_on),
        "stopped_on": None if made.trial.stopped_on is None else iso(made.trial.stopped_on),
        "currency": made.trial.currency,
        "effects": plain_rows(made.readout.effects),
        "counts": plain_rows(made.readout.counts),
        "answered": {arm: values and list(values) for arm, values in made.answered.items()},
        "taken_over": made.taken_over,
    }


def naive_paid_shares(
    answers: Answers,
    actions: Sequence[RecordedAction],
    policy: CollectingPolicy,
    days: int = USUAL_DAYS,
) -> dict[str, float]:
    """Of what was late some days ago, the share that came: of those asked since, and of others.

    No effect of asking: nobody was left alone by lot.
    """
    starts_on = answers.default_as_of - days
    trial, _ = draw_trial(
        answers, starts_on, policy, name="none", arms=arms_of(0.5, ()), days=days, seed=0
    )
    groups = _outcomes(answers, trial, policy)
    asked = contacted_customers(actions, trial.starts_on, trial.ends_on)
    return naive_difference(groups, asked, trial.rows)


def _outcomes(answers: Answers, trial: HoldoutTrial, policy: CollectingPolicy) -> pd.DataFrame:
    stakes = Stakes.of(
        answers.history(trial.starts_on), trial.currency, policy.rules.least_days_late
    )
    ledger, known = answers.ledger, answers.default_as_of
    before = ledger.balance_at(trial.starts_on - 1, known)
    after = ledger.balance_at(trial.ends_on, known)
    return trial_outcomes(trial, stakes, before, after)
