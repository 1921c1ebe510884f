"""Judge a recipe of default risk inside the ledger: at past mornings, by what then happened."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.calendar import iso
from payrisk.learning.days_to_pay.fit_ecdf import YOUNG_BELOW, fit_shrunk_ecdf
from payrisk.learning.default_risk.landmarks import Landmark, defaulted_within, matured_landmarks
from payrisk.learning.judging import canary
from payrisk.learning.judging.champion import DeployedChampion
from payrisk.learning.judging.gates import Check, judge, serving_cost
from payrisk.learning.judging.judge import (
    Clock,
    CountTries,
    Judgement,
    count_one_try,
    digest_of,
    invoice_rows,
    not_judged,
)
from payrisk.learning.judging.opponent import DefaultOpponent
from payrisk.learning.judging.spec import ModelSpec
from payrisk.learning.measuring.risk_metrics import risk_metrics
from payrisk.learning.measuring.splits import LEAST_TRAIN_DAYS, last_activity
from payrisk.learning.new_customer.fit import fit_applicant
from payrisk.learning.new_customer.own_applications import own_applications
from payrisk.ledger import History, Ledger
from payrisk.receivables.arrears import Arrears
from payrisk.receivables.days_late import SettlementHistory
from payrisk.scoring.default_risk.evidence import ApplicantRisks
from payrisk.scoring.default_risk.model import DefaultModel
from payrisk.scoring.log_odds import probability_of

LEAST_EVENTS = 5
SHIPPED_CUSTOMERS, LEAST_GAP = 500, 0.02
MOST_LANDMARKS = 12
AT_ONCE = 2
"""Mornings worked out side by side; more would only take more memory."""
JUDGED_LANDMARKS = 4
BESIDE_RISK = ("curve-roll-up", "boosting", "linear", "base-rate")
"""The parts of default risk and what everybody gets, as they are named beside it."""


# -- past mornings -----------------------------------------------------------------------------


def landmarks_of(
    recipe: ModelSpec, curves: ModelSpec, ledger: Ledger, history: History
) -> list[Landmark]:
    """Past mornings, latest first, with the models that the recipes would have had then.

    curves: the recipe of the payment curves that the risk is a formula over.
    """
    first = int(history.invoices()["recorded_on"].min()) + LEAST_TRAIN_DAYS
    days = matured_landmarks(first, last_activity(history), recipe.horizon_days)
    return landmarks_on(recipe, curves, ledger, days[:MOST_LANDMARKS])


def landmarks_on(
    recipe: ModelSpec, curves: ModelSpec, ledger: Ledger, days: Sequence[int]
) -> list[Landmark]:
    """These mornings, those left out on which too little was settled for a curve."""

    def landmark(day: int) -> Landmark | None:
        then = ledger.as_of(day)
        if SettlementHistory.of(then).n_paid < YOUNG_BELOW:
            return None
        return Landmark.at(then, curves.fit_sketch(then), recipe.rule, applicants_of(recipe, then))

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return [morning for morning in pool.map(landmark, days) if morning is not None]


def applicants_of(recipe: ModelSpec, then: History) -> ApplicantRisks | None:
    """The model of applicants that the ledger's own applications gave on a morning, if any."""
    table = own_applications(then, recipe.rule, recipe.horizon_days)
    return fit_applicant(table, recipe.seed) if table.n_bad else None


# -- the judge ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class DefaultJudge:
    """The judge of one recipe of default risk, on what was known on the morning of `history`.

    past: see `landmarks_of`.
    """

    recipe: ModelSpec
    history: History
    past: Sequence[Landmark] = ()
    champion: DeployedChampion | None = None

    @property
    def opponent(self) -> DefaultOpponent | None:
        """The champion in the recipe's way; None where nothing answers."""
        return None if self.champion is None else DefaultOpponent(self.recipe, self.champion)

    def judge(self, count_tries: CountTries = count_one_try) -> Judgement:
        """Judge at the latest past mornings, with what the recipe could have learned by then.

        count_tries: how many recipes were judged on the rows of a digest so far, with this one.
        Raises ModelError where the fit does not keep to its recipe.
        """
        recipe, opponent = self.recipe, self.opponent
        parts, latest, learned_from = [], None, []
        for morning in self._judged:
            earlier = self._matured_by(morning)
            model = recipe.risk(morning.history, earlier, morning.curves)
            latest = latest or model
            if model.trees:
                learned_from.append(earlier)
            rows = score_landmark(
                model.bind(morning.curves, morning.applicants), morning, self.history
            )
            others = {} if opponent is None else opponent.models(morning, earlier)
            for name, other in others.items():
                bound = other.bind(morning.curves, morning.applicants)
                rows[name] = score_landmark(bound, morning, self.history)[recipe.name]
            parts.append(rows)
        rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"outcome": []})
        n_events = int(rows["outcome"].sum())
        if n_events < LEAST_EVENTS:
            return self._unjudged(n_events)
        outcome = rows["outcome"].to_numpy(dtype=bool)
        metrics = {
            name: risk_metrics(rows[name].to_numpy(dtype=np.float64), outcome)
            for name in (recipe.name, *BESIDE_RISK)
            if rows[name].notna().all()
        }
        verdict, window = judge(recipe.name, recipe.gates, metrics), self._window(rows)
        judged_rows = rows[["customer_id", "as_of"]]
        if opponent is not None:
            n_tries = count_tries(digest_of(judged_rows))
            verdict = verdict.with_checks(opponent.checks(rows, n_tries, learned_from))
            window |= opponent.champion.facts | {"recipes_tried_on_them": n_tries}
        return Judgement(metrics, verdict, window, judged_rows, scores=rows, model=latest)

    def honesty(self) -> list[Check]:
        """What a backtest cannot see: see `canary.honesty`.

        Over the shrunk ECDF: the curves of the champion have stood a trial of their own. What the
        recipe reads is compared, too: so few customers hardly ever default often enough for trees.
        """
        recipe = self.recipe

        def fit(then: History) -> DefaultModel:
            days = matured_landmarks(
                then.ledger.first_day + LEAST_TRAIN_DAYS, then.as_of, recipe.horizon_days
            )
            past = [
                Landmark.at(earlier, fit_shrunk_ecdf(earlier), recipe.rule)
                for earlier in map(then.ledger.as_of, days[:2])
            ]
            return recipe.risk(then, past, fit_shrunk_ecdf(then))

        def say(model: DefaultModel, then: History) -> Floats:
            bound = model.bind(fit_shrunk_ecdf(then), None)
            ids = sorted(then.open_invoices()["customer_id"].unique())
            rows = replace(bound, names=recipe.inputs).rows(then, ids)
            read = rows[list(recipe.inputs)].to_numpy(dtype=np.float64)
            score = np.asarray(bound.score_rows(rows)["score"], dtype=np.float64)
            return np.concatenate([score, read.ravel()])

        return canary.honesty(self.history.ledger, self.history.as_of, fit, say, recipe.seed)

    def ship(self, model: DefaultModel, judgement: Judgement, clock: Clock) -> list[Check]:
        """Whether what ships, over its curves, is what was judged, and what it costs to serve."""
        checks = []
        if judgement.model is not None:
            checks.append(check_score_gap(model, judgement.model, self.history))
        ids = list(self.history.open_invoices()["customer_id"].head(1))
        if ids:
            files = model.to_files()
            checks += serving_cost(files, lambda: model.risks(self.history, ids), clock)
        return checks

    # -- the parts -----------------------------------------------------------------------------

    @property
    def _judged(self) -> Sequence[Landmark]:
        return self.past[:JUDGED_LANDMARKS]

    def _matured_by(self, morning: Landmark) -> list[Landmark]:
        """Landmarks whose horizon had passed by then."""
        days = self.recipe.horizon_days
        return [earlier for earlier in self.past if earlier.as_of + days <= morning.as_of]

    def _unjudged(self, n_events: int) -> Judgement:
        note = (
            f"{n_events} defaults within {self.recipe.horizon_days} days of a past morning are"
            f" known, {LEAST_EVENTS} are needed to judge on."
        )
        return not_judged(self.recipe, invoice_rows(self.history), note)

    def _window(self, rows: pd.DataFrame) -> dict[str, Any]:
        judged = self._judged
        return {
            "mornings": ", ".join(sorted(iso(morning.as_of) for morning in judged)),
            "horizon_days": self.recipe.horizon_days,
            "outcomes_known_before": iso(self.history.as_of),
            "rows": len(rows),
            "defaults": int(rows["outcome"].sum()),
            "in_default_already_left_out": sum(morning.n_in_default for morning in judged),
            "treated_left_out": sum(morning.n_treated for morning in judged),
            "mean_probability": round(float(rows[self.recipe.name].mean()), 4),
            "rate_of_default": round(float(rows["outcome"].to_numpy(dtype=bool).mean()), 4),
        }


def check_score_gap(bound: DefaultModel, judged: DefaultModel, history: History) -> Check:
    """Whether what ships says much the same of the customers that owe now as what was judged.

    bound: what ships over its curves; judged is asked over the same. value: mean over customers
    of the gap between both chances, at most as much as the mean chance.
    """
    words = "gap between the chances of what ships and of what was judged, at most their mean"
    ids = sorted(history.open_invoices()["customer_id"].unique())[:SHIPPED_CUSTOMERS]
    if not ids:
        return Check(words, float("nan"), 0.0)
    curves = bound.roll_up.curves
    assert curves is not None
    ships, before = (
        probability_of(
            np.asarray(model.score_rows(model.rows(history, ids))["score"], dtype=np.float64)
        )
        for model in (bound.bind(curves, None), judged.bind(curves, None))
    )
    least = max(LEAST_GAP, float(before.mean()))
    return Check(words, float(np.abs(ships - before).mean()), least)


def score_landmark(model: DefaultModel, then: Landmark, later: History) -> pd.DataFrame:
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
        "application": said["application_log_odds"],
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
