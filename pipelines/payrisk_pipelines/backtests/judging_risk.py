"""Judge a recipe of default risk inside the ledger: at past mornings, by what then happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd

from payrisk import bundle
from payrisk.arrays import Floats
from payrisk.calendar import day_of, iso
from payrisk.errors import LedgerError, ModelError
from payrisk.learning.days_to_pay.fit_ecdf import YOUNG_BELOW, fit_shrunk_ecdf
from payrisk.learning.default_risk.landmarks import Landmark, defaulted_within, matured_landmarks
from payrisk.learning.fits import as_told_today
from payrisk.learning.judging.canary import honesty
from payrisk.learning.judging.gates import Check, Verdict, judge
from payrisk.learning.judging.spec import ModelSpec
from payrisk.learning.measuring.risk_metrics import risk_metrics
from payrisk.learning.measuring.splits import LEAST_TRAIN_DAYS, last_activity
from payrisk.learning.new_customer.fit import fit_applicant
from payrisk.learning.new_customer.own_applications import own_applications
from payrisk.ledger import History, Ledger
from payrisk.ledger.stored import storage
from payrisk.receivables.arrears import Arrears
from payrisk.receivables.days_late import SettlementHistory
from payrisk.scoring.default_risk.evidence import ApplicantRisks
from payrisk.scoring.default_risk.model import DefaultModel
from payrisk.scoring.log_odds import probability_of
from payrisk.settings import Settings
from payrisk_models import spec
from payrisk_pipelines.backtests.judging import Judgement, digest_of, unjudged
from payrisk_pipelines.backtests.risk_opponent import RiskOpponent, met
from payrisk_pipelines.backtests.standing import Standing, recipe_of

LEAST_EVENTS = 5
SHIPPED_CUSTOMERS, LEAST_GAP = 500, 0.02
MOST_LANDMARKS = 12
AT_ONCE = 2
"""Mornings worked out side by side; more would only take more memory."""
JUDGED_LANDMARKS = 4


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

    def at(day: int) -> Landmark | None:
        then = ledger.as_of(day)
        if SettlementHistory.of(then).n_paid < YOUNG_BELOW:
            return None
        return Landmark.at(then, recipe.sketch(then), chosen.rule, applicants_of(chosen, then))

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return [one for one in pool.map(at, days) if one is not None]


def applicants_of(chosen: ModelSpec, then: History) -> ApplicantRisks | None:
    """The model of applicants that the ledger's own applications gave on a morning, if any."""
    table = own_applications(then, chosen.rule, chosen.horizon_days)
    return fit_applicant(table, chosen.seed) if table.n_bad else None


def judged_risk(
    chosen: ModelSpec,
    history: History,
    past: list[Landmark],
    standing: Standing | None = None,
    *,
    tries: Callable[[str], int] = lambda _judged_rows: 1,
) -> Judgement:
    """Judge the recipe at the latest past mornings, with what it could have learned by then.

    standing: what answers now is judged beside it, see `RiskOpponent`. tries: how many recipes
    were judged on the rows of a digest so far, with this one.
    """
    parts, tried = [], None
    horizon, rule = chosen.horizon_days, chosen.rule
    opponent = None if standing is None else RiskOpponent(chosen, standing)
    for then in past[:JUDGED_LANDMARKS]:
        earlier = [one for one in past if one.as_of + horizon <= then.as_of]
        model = chosen.fit(then.history, earlier, then.curves, rule, horizon, chosen.seed)
        tried = tried or model
        own = scored(model.bind(then.curves, then.applicants), then, history)
        others = {} if opponent is None else opponent.models(then, earlier)
        for name, other in others.items():
            said = scored(other.bind(then.curves, then.applicants), then, history)
            own[name] = said[chosen.name]
        parts.append(own)
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
    judged_rows = rows[["customer_id", "as_of"]]
    if opponent is not None:
        n_tries = tries(digest_of(judged_rows))
        verdict = verdict.also(opponent.checks(rows, n_tries))
        window |= met(opponent.standing) | {"recipes_tried_on_them": n_tries}
    return Judgement(metrics, verdict, window, judged_rows, scores=rows, tried=tried)


def risk_honesty(chosen: ModelSpec, ledger: Ledger, as_of: int) -> list[Check]:
    """What a backtest cannot see: see `canary.honesty`.

    Over the shrunk ECDF: the curves of the champion have stood a trial of their own. What the
    recipe reads is compared, too: so few customers hardly ever default often enough for trees.
    """

    def fit(then: History) -> DefaultModel:
        days = matured_landmarks(
            then.ledger.first_day + LEAST_TRAIN_DAYS, then.as_of, chosen.horizon_days
        )
        past = [
            Landmark.at(earlier, fit_shrunk_ecdf(earlier), chosen.rule)
            for earlier in map(then.ledger.as_of, days[:2])
        ]
        curves = fit_shrunk_ecdf(then)
        model: DefaultModel = chosen.fit(
            then, past, curves, chosen.rule, chosen.horizon_days, chosen.seed
        )
        return model

    def say(model: DefaultModel, then: History) -> Floats:
        bound = model.bind(fit_shrunk_ecdf(then), None)
        ids = sorted(then.open_invoices()["customer_id"].unique())
        rows = replace(bound, names=chosen.inputs).rows(then, ids)
        read = rows[list(chosen.inputs)].to_numpy(dtype=np.float64)
        score = np.asarray(bound.score_rows(rows)["score"], dtype=np.float64)
        return np.concatenate([score, read.ravel()])

    return honesty(ledger, as_of, fit, say, chosen.seed)


def shipped_risk(bound: DefaultModel, tried: DefaultModel, history: History) -> Check:
    """Whether what ships says much the same of the customers that owe now as what was judged.

    bound: what ships over its curves; tried is asked over the same. value: mean over customers of
    the gap between both chances, at most as much as the mean chance.
    """
    words = "gap between the chances of what ships and of what was judged, at most their mean"
    ids = sorted(history.open_invoices()["customer_id"].unique())[:SHIPPED_CUSTOMERS]
    if not ids:
        return Check(words, float("nan"), 0.0)
    curves = bound.roll_up.curves
    assert curves is not None
    ours, theirs = (
        probability_of(
            np.asarray(one.score_rows(one.rows(history, ids))["score"], dtype=np.float64)
        )
        for one in (bound.bind(curves, None), tried.bind(curves, None))
    )
    least = max(LEAST_GAP, float(theirs.mean()))
    return Check(words, float(np.abs(ours - theirs).mean()), least)


BESIDE_RISK = ("curve-roll-up", "boosting", "linear", "base-rate")
"""The parts of default risk and what everybody gets, as they are named beside it."""


def scored(model: DefaultModel, then: Landmark, later: History) -> pd.DataFrame:
    """A row a customer of the morning: what the model and its parts say, and what happened.

    Columns: customer_id, as_of, outcome, default-risk and BESIDE_RISK (probabilities, NaN where
    a part was not fitted), behaviour (without the application), application (NaN without one).
    """
    ids, horizon = list(then.customer_ids), model.horizon_days
    rows = model.rows(then.history, ids)
    said = model.score_rows(rows)
    absent = {name: np.full(len(ids), np.nan) for name in ("boosting", "linear")}
    scores = {
        "default-risk": said["score"],
        "behaviour": said["behaviour"] + model.level,
        "application": said["asked"],
        "curve-roll-up": said["roll_up"],
        **(absent | model.fitted_log_odds(rows)),
    }
    chances = {name: probability_of(np.asarray(score)) for name, score in scores.items()}
    return pd.DataFrame(
        {
            "customer_id": pd.array(ids, dtype="str"),
            "as_of": then.as_of,
            "outcome": defaulted_within(later, ids, then.as_of, horizon, model.roll_up.rule),
            "n_invoices": Arrears.of(then.history, model.roll_up.rule)
            .rows_of(pd.Index(ids))["n"]
            .to_numpy(dtype=np.int64),
            "base-rate": model.roll_up.base_probability,
            **chances,
        }
    )


def regate(settings: Settings, name: str, below: bundle.Bundle) -> Verdict | None:
    """The verdict of a risk over payment curves of another recipe, judged at past mornings.

    below: the bundle of curves that is to be promoted. What is judged is the recipe of the risk
    in service (that of the spec where it cannot be refitted), over curves that the recipe of
    `below` gives on past mornings. None where that is the recipe of the curves which the risk was
    judged over, as in every month of mere retraining: the same recipe was judged already, and new
    curves of it are held to it by their own gate. Raises ModelError where the recipe of either,
    or the ledger of `below`, is no longer there.
    """
    chosen = spec(name)
    standing = Standing.of(settings.home, chosen)
    recipe = recipe_of(below.manifest, spec(chosen.over))
    if standing is not None:
        over = standing.found.manifest.get("over", {}).get("recipe", {})
        if over and as_told_today(over) == recipe.told():
            return None
        chosen = standing.recipe or chosen
    try:
        ledger = storage.load(settings.home, below.manifest["ledger_sha"] or None)
        history = ledger.as_of(day_of(below.manifest["as_of"]))
    except LedgerError as error:
        raise ModelError(
            f"'{name}' cannot be judged over version {below.version} of '{below.name}', for the"
            f" ledger of that version is not here: {error}"
        ) from None
    past = landmarks_of(chosen, recipe, ledger, history)
    return judged_risk(chosen, history, past, standing).verdict
