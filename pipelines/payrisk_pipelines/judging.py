"""Judge a recipe inside the ledger: fitted at earlier mornings, scored on what came later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from payrisk.calendar import iso
from payrisk.features.arrears import Arrears
from payrisk.features.waiting import Waiting
from payrisk.learning.applicant import fit_applicant
from payrisk.learning.default import Landmark, defaulted_within, matured_landmarks
from payrisk.learning.default_risk import fit_default_risk
from payrisk.learning.ecdf import YOUNG_BELOW
from payrisk.learning.gates import Verdict, judge
from payrisk.learning.own_applications import own_applications
from payrisk.learning.replay import issued, sample
from payrisk.learning.risk_metrics import risk_metrics
from payrisk.learning.spec import ModelSpec
from payrisk.learning.splits import LEAST_TRAIN_DAYS, last_activity, last_origin
from payrisk.ledger import History, Ledger
from payrisk.scoring.default_risk import DefaultModel
from payrisk.scoring.evidence import Applicants
from payrisk_pipelines.backtest import run

MOST_JUDGED_ROWS = 20_000
MOST_ISSUE_DAYS = 30
LEAST_EVENTS = 5
MOST_LANDMARKS = 12
JUDGED_LANDMARKS = 4

Metrics = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Judgement:
    """What a backtest inside the ledger found; no metrics where there was too little."""

    metrics: Metrics
    verdict: Verdict
    window: Mapping[str, Any]
    rows: pd.DataFrame


def judged_curves(chosen: ModelSpec, ledger: Ledger, history: History) -> Judgement:
    """Judge a recipe of curves on the latest days whose invoices had time to be paid."""
    split = last_origin(history)
    if split is None:
        note = (
            f"The ledger is too short: {LEAST_TRAIN_DAYS} days to train on and later ones to test."
        )
        return unjudged(chosen, history, note)
    train = ledger.as_of(split.train_as_of)
    n_paid = Waiting.known(train).n_paid
    if n_paid < YOUNG_BELOW:
        note = (
            f"On {iso(train.as_of)}, the latest origin to judge from, only {n_paid} were settled."
        )
        return unjudged(chosen, history, note)
    window = (split.issued_from, split.issued_to)
    moments = issued(ledger, *window, split.as_of, most_days=MOST_ISSUE_DAYS)
    moments = sample(moments, MOST_JUDGED_ROWS, chosen.seed)
    if not len(moments.rows):
        return unjudged(chosen, history, "No invoice was issued on the days to test.")
    found = run(chosen, train, moments)
    described = {
        "trained_as_of": iso(split.train_as_of),
        "issued_from": iso(split.issued_from),
        "issued_to": iso(split.issued_to),
        "issue_days_taken": len(moments.histories),
        "outcomes_known_before": iso(split.as_of),
        "rows": found.n_rows,
        "rows_not_paid_so_far": found.n_open,
        "rows_of_unseen_customers": found.n_unseen,
        "rows_closed_before_as_of_left_out": found.n_left_out,
    }
    metrics = found.metrics
    verdict = judge(chosen.name, chosen.gates, metrics)
    columns = ["invoice_id", "customer_id", "as_of", "issued_on", "due_on", "amount"]
    return Judgement(metrics, verdict, described, moments.rows[columns])


def landmarks_of(
    chosen: ModelSpec, recipe: ModelSpec, ledger: Ledger, history: History
) -> list[Landmark]:
    """Past mornings, latest first, with the models that the recipes would have had then."""
    first = int(history.invoices()["recorded_on"].min()) + LEAST_TRAIN_DAYS
    days = matured_landmarks(first, last_activity(history), chosen.horizon_days)
    return landmarks_on(chosen, recipe, ledger, days[:MOST_LANDMARKS])


def landmarks_on(
    chosen: ModelSpec, recipe: ModelSpec, ledger: Ledger, days: Sequence[int]
) -> list[Landmark]:
    """These mornings, those left out on which too little was settled for a curve."""
    found = []
    for day in days:
        then = ledger.as_of(day)
        if Waiting.known(then).n_paid >= YOUNG_BELOW:
            found.append(
                Landmark.at(then, recipe.sketch(then), chosen.rule, applicants_of(chosen, then))
            )
    return found


def applicants_of(chosen: ModelSpec, then: History) -> Applicants | None:
    """The model of applicants that the ledger's own applications gave on a morning, if any."""
    table = own_applications(then, chosen.rule, chosen.horizon_days)
    return fit_applicant(table, chosen.seed) if table.n_bad else None


def judged_risk(chosen: ModelSpec, history: History, past: list[Landmark]) -> Judgement:
    """Judge the recipe at the latest past mornings, with what it could have learned by then."""
    parts = []
    horizon, rule = chosen.horizon_days, chosen.rule
    for then in past[:JUDGED_LANDMARKS]:
        earlier = [one for one in past if one.as_of + horizon <= then.as_of]
        model = fit_default_risk(then.history, earlier, then.curves, rule, horizon, chosen.seed)
        parts.append(scored(model.over(then.curves, then.applicants), then, history))
    rows = pd.concat(parts, ignore_index=True) if parts else None
    n_events = 0 if rows is None else int(rows["outcome"].sum())
    if rows is None or n_events < LEAST_EVENTS:
        note = (
            f"{n_events} defaults within {chosen.horizon_days} days of a past morning are known,"
            f" {LEAST_EVENTS} are needed to judge on."
        )
        return unjudged(chosen, history, note)
    outcome = rows["outcome"].to_numpy(dtype=bool)
    metrics = {
        name: risk_metrics(rows[name].to_numpy(dtype=np.float64), outcome)
        for name in (chosen.name, *BESIDE_RISK)
        if rows[name].notna().all()
    }
    window = {
        "mornings": ", ".join(sorted(iso(then.as_of) for then in past[:JUDGED_LANDMARKS])),
        "horizon_days": chosen.horizon_days,
        "outcomes_known_before": iso(history.as_of),
        "rows": len(rows),
        "defaults": n_events,
        "in_default_already_left_out": sum(t.n_in_default for t in past[:JUDGED_LANDMARKS]),
        "treated_left_out": sum(then.n_treated for then in past[:JUDGED_LANDMARKS]),
        "mean_probability": round(float(rows[chosen.name].mean()), 4),
        "rate_of_default": round(float(outcome.mean()), 4),
    }
    verdict = judge(chosen.name, chosen.gates, metrics)
    return Judgement(metrics, verdict, window, rows[["customer_id", "as_of"]])


BESIDE_RISK = ("curve-roll-up", "boosting", "linear", "base-rate")
"""The parts of default risk and what everybody gets, as they are named beside it."""


def scored(model: DefaultModel, then: Landmark, later: History) -> pd.DataFrame:
    """A row a customer of the morning: what the model and its parts say, and what happened.

    Columns: customer_id, as_of, outcome, default-risk and BESIDE_RISK (probabilities, NaN where
    a part was not fitted), behaviour (without the application), application (NaN without one).
    """
    ids, horizon = list(then.customer_ids), model.horizon_days
    rows = model.rows(then.history, ids)
    said = model.said(rows)
    absent = {name: np.full(len(ids), np.nan) for name in ("boosting", "linear")}
    scores = {
        "default-risk": said["score"],
        "behaviour": said["behaviour"] + model.level,
        "application": said["asked"],
        "curve-roll-up": said["roll_up"],
        **(absent | model.learned_say(rows)),
    }
    chances = {name: expit(np.asarray(score)) for name, score in scores.items()}
    return pd.DataFrame(
        {
            "customer_id": pd.array(ids, dtype="str"),
            "as_of": then.as_of,
            "outcome": defaulted_within(later, ids, then.as_of, horizon, model.roll_up.rule),
            "n_invoices": Arrears.known(then.history, model.roll_up.rule)
            .of(pd.Index(ids))["n"]
            .to_numpy(dtype=np.int64),
            "base-rate": model.roll_up.base_probability,
            **chances,
        }
    )


def unjudged(chosen: ModelSpec, history: History, note: str) -> Judgement:
    """No metrics, and a verdict that says why."""
    columns = ["invoice_id", "customer_id", "issued_on", "due_on", "amount"]
    rows = history.invoices()[columns].head(MOST_JUDGED_ROWS)
    verdict = judge(chosen.name, chosen.gates, {}, note)
    return Judgement({}, verdict, {"rows": 0}, rows)
