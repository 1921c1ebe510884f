"""Judge a recipe inside the ledger: fitted at earlier mornings, scored on what came later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from payrisk.calendar import iso
from payrisk.features.waiting import Waiting
from payrisk.learning.default import (
    Landmark,
    defaulted_within,
    fit_roll_up,
    matured_landmarks,
)
from payrisk.learning.ecdf import YOUNG_BELOW
from payrisk.learning.gates import Verdict, judge
from payrisk.learning.metrics import risk_metrics
from payrisk.learning.replay import issued, sample
from payrisk.learning.spec import ModelSpec
from payrisk.learning.splits import LEAST_TRAIN_DAYS, last_activity, last_origin
from payrisk.ledger import History, Ledger
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
    verdict = judge(chosen.name, chosen.gates, found.metrics)
    columns = ["invoice_id", "customer_id", "as_of", "issued_on", "due_on", "amount"]
    return Judgement(found.metrics, verdict, described, moments.rows[columns])


def landmarks_of(
    chosen: ModelSpec, recipe: ModelSpec, ledger: Ledger, history: History
) -> list[Landmark]:
    """Past mornings, latest first, with the curves that the recipe would have had then."""
    fit = recipe.sketch or recipe.fit
    assert fit is not None
    first = int(history.invoices()["recorded_on"].min()) + LEAST_TRAIN_DAYS
    days = matured_landmarks(first, last_activity(history), chosen.horizon_days)
    found = []
    for day in days[:MOST_LANDMARKS]:
        then = ledger.as_of(day)
        if Waiting.known(then).n_paid >= YOUNG_BELOW:
            found.append(Landmark.at(then, fit(then), chosen.rule))
    return found


def judged_risk(chosen: ModelSpec, history: History, past: list[Landmark]) -> Judgement:
    """Judge the formula at the latest past mornings, with what it could have learned by then."""
    parts = []
    horizon, rule = chosen.horizon_days, chosen.rule
    for then in past[:JUDGED_LANDMARKS]:
        earlier = [one for one in past if one.as_of + horizon <= then.as_of]
        model = fit_roll_up(then.history, earlier, then.curves, rule, horizon)
        ids = list(then.customer_ids)
        bad = defaulted_within(history, ids, then.as_of, horizon, rule)
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": pd.array(ids, dtype="str"),
                    "as_of": then.as_of,
                    "probability": np.array(model.predict(model.rows(then.history, ids))),
                    "base": model.base_probability,
                    "outcome": bad,
                }
            )
        )
    rows = pd.concat(parts, ignore_index=True) if parts else None
    n_events = 0 if rows is None else int(rows["outcome"].sum())
    if rows is None or n_events < LEAST_EVENTS:
        note = (
            f"{n_events} defaults within {chosen.horizon_days} days of a past morning are known,"
            f" {LEAST_EVENTS} are needed to judge on."
        )
        return unjudged(chosen, history, note)
    outcome = rows["outcome"].to_numpy(dtype=bool)
    columns = {chosen.name: "probability", "base-rate": "base"}
    metrics = {
        name: risk_metrics(rows[column].to_numpy(dtype=np.float64), outcome)
        for name, column in columns.items()
    }
    window = {
        "mornings": ", ".join(sorted(iso(then.as_of) for then in past[:JUDGED_LANDMARKS])),
        "horizon_days": chosen.horizon_days,
        "outcomes_known_before": iso(history.as_of),
        "rows": len(rows),
        "defaults": n_events,
        "mean_probability": round(float(rows["probability"].mean()), 4),
        "rate_of_default": round(float(outcome.mean()), 4),
    }
    verdict = judge(chosen.name, chosen.gates, metrics)
    return Judgement(metrics, verdict, window, rows[["customer_id", "as_of"]])


def unjudged(chosen: ModelSpec, history: History, note: str) -> Judgement:
    """No metrics, and a verdict that says why."""
    columns = ["invoice_id", "customer_id", "issued_on", "due_on", "amount"]
    rows = history.invoices()[columns].head(MOST_JUDGED_ROWS)
    verdict = judge(chosen.name, chosen.gates, {}, note)
    return Judgement({}, verdict, {"rows": 0}, rows)
