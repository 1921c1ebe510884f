"""The chance that a customer defaults: its curves rolled up, its behaviour and its application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, row_sums
from payrisk.calendar import iso
from payrisk.features.catalogue.all import DEFINED
from payrisk.features.catalogue.feature import Feature
from payrisk.ledger import History
from payrisk.predictions import DefaultRisk, Reason
from payrisk.receivables.arrears import Arrears, customers_in_default
from payrisk.scoring import CurveModel
from payrisk.scoring.default_risk.evidence import (
    EVIDENCE,
    EVIDENCE_COLUMNS,
    NOT_DUE_FROM,
    ApplicantRisks,
    behaviour_features,
    latest_applications,
    rescale_horizon,
    risk_source,
)
from payrisk.scoring.default_risk.files import CODEC
from payrisk.scoring.default_risk.reasons import BehaviourShares, risk_reasons
from payrisk.scoring.default_risk.rollup import NEEDS, ROLL_UP_FEATURES, RollUp
from payrisk.scoring.log_odds import Z_90, log_odds, probability_of
from payrisk.scoring.logistic import LogisticModel
from payrisk.scoring.raw_scores import raw_tree_scores
from payrisk.scoring.trees.asking import ask_trees


@dataclass(frozen=True)
class DefaultModel:
    """Behaviour and application blended on the log-odds by how much has been seen (ADR 0014).

    score = w·b + (1 − w)·a + level, w = n / (n + k).
    b: the log-odds of the roll-up (half), of the trees and of the linear model (a quarter each;
    the roll-up alone with too few defaults to fit them), shifted by how many invoices are not due.
    a: the log-odds of the application; without one w is 1. n: fresh settled invoices, and those
    exposed where behaviour looks worse than the application; so one more overdue invoice lowers
    neither the score nor the weight of behaviour. names: the catalogue features of trees and
    linear. spread: standard deviation of the score among well known customers: what a stranger
    may be; n_events: the defaults learned from.
    longest_matured_days: the longest horizon that past mornings have shown.
    """

    kind: ClassVar[str] = CODEC.kind
    needs: ClassVar[str] = NEEDS
    wants: ClassVar[str] = "new-customer"

    roll_up: RollUp
    names: tuple[str, ...] = ()
    trees: str = ""
    linear: LogisticModel | None = None
    shifts: tuple[float, ...] = (0.0,) * len(NOT_DUE_FROM)
    level: float = 0.0
    k: float = 8.0
    spread: float = 1.0
    n_events: int = 0
    longest_matured_days: int = 0
    applicants: ApplicantRisks | None = None

    @property
    def horizon_days(self) -> int:
        """Days within which a default counts, unless another horizon is asked for."""
        return self.roll_up.horizon_days

    @property
    def inputs(self) -> tuple[Feature, ...]:
        """What a flat row holds."""
        return (*ROLL_UP_FEATURES, *EVIDENCE, *(DEFINED[name] for name in self.names))

    def bind(self, curves: CurveModel, applicants: ApplicantRisks | None = None) -> DefaultModel:
        """The same model over these champions."""
        return replace(self, roll_up=self.roll_up.bind(curves), applicants=applicants)

    @cached_property
    def _booster(self) -> Any:
        import lightgbm

        return lightgbm.Booster(model_str=self.trees)

    def rows(
        self, history: History, customer_ids: Sequence[str], horizon_days: int | None = None
    ) -> pd.DataFrame:
        """The flat input rows of `predict`; raises ModelError when no curve champion is bound."""
        applied = self._application_risks(history, customer_ids, horizon_days)
        return self._rows(history, customer_ids, horizon_days, applied)

    def predict(self, rows: pd.DataFrame) -> list[float]:
        """The probability of default of flat rows (see `rows`)."""
        return [float(p) for p in probability_of(self.score_rows(rows)["score"])]

    def risks(
        self, history: History, customer_ids: Sequence[str], horizon_days: int | None = None
    ) -> list[DefaultRisk]:
        """One risk a customer, in their order, within `horizon_days` (default: the spec's).

        A customer in default has probability 1 and says so. Raises ModelError without curves.
        """
        horizon = self.horizon_days if horizon_days is None else horizon_days
        applied = self._application_risks(history, customer_ids, horizon)
        rows = self._rows(history, customer_ids, horizon, applied)
        scores = self.score_rows(rows)
        chance, rolled = (probability_of(scores[name]) for name in ("score", "roll_up"))
        low, high = self.probability_bounds(scores)
        standing = Arrears.of(history, self.roll_up.rule)
        in_default = customers_in_default(history, self.roll_up.rule)
        late = standing.rows_of(pd.Index(customer_ids))
        risks = []
        for row, customer in enumerate(customer_ids):
            reasons = risk_reasons(
                self, rows.iloc[row], scores.iloc[row], late.iloc[row], applied.get(customer)
            )
            p, lowest, highest = (float(each[row]) for each in (chance, low, high))
            if is_in_default := customer in in_default:
                p = lowest = highest = 1.0
                reasons = (Reason("in_default", "The customer is in default already."), *reasons)
            risks.append(
                DefaultRisk(
                    customer,
                    history.as_of,
                    horizon,
                    p,
                    reasons,
                    is_in_default,
                    int(late["n"].iloc[row]),
                    lowest,
                    highest,
                    risk_source(float(late["n"].iloc[row]), has_applied=customer in applied),
                    float(scores["weight"].iloc[row]),
                    horizon > self.longest_matured_days or horizon != self.horizon_days,
                    standing.treated.get(customer, ""),
                    float(rolled[row]),
                )
            )
        return risks

    def _application_risks(
        self, history: History, customer_ids: Sequence[str], horizon_days: int | None
    ) -> dict[str, DefaultRisk]:
        """By customer, what its latest known application says."""
        if self.applicants is None:
            return {}
        ids, fields = latest_applications(history, customer_ids)
        horizon = self.horizon_days if horizon_days is None else horizon_days
        risks = self.applicants.risks_of(fields, history.as_of, horizon, ids) if ids else []
        return dict(zip(ids, risks, strict=True))

    def _rows(
        self,
        history: History,
        customer_ids: Sequence[str],
        horizon_days: int | None,
        applied: Mapping[str, DefaultRisk],
    ) -> pd.DataFrame:
        rolled = self.roll_up.rows(history, customer_ids, horizon_days)
        late = Arrears.of(history, self.roll_up.rule).rows_of(pd.Index(customer_ids))
        horizon = self.horizon_days if horizon_days is None else horizon_days
        application = [
            np.nan
            if customer not in applied
            else rescale_horizon(applied[customer].probability, self.applicants, horizon)
            for customer in customer_ids
        ]
        evidence = (late["n_fresh"], late["n_exposed"], late["n_not_due"], application)
        columns = {
            feature.name: np.asarray(values, dtype=np.float64)
            for feature, values in zip(EVIDENCE, evidence, strict=True)
        }
        rows = rolled.assign(**columns)
        rows.insert(0, "as_of", iso(history.as_of))
        if not self.names:
            return rows
        features = behaviour_features(history, customer_ids, self.names)
        return pd.concat([rows, pd.DataFrame(features, columns=list(self.names))], axis=1)

    # -- the formula -------------------------------------------------------------------------

    def score_rows(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Per row `score` (log-odds) and all that it is the sum of, see `parts` and `blend`."""
        return self.blend(self.parts(rows))

    def parts(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Per row what roll-up, trees and linear model say, before they are weighed.

        `roll_up` log-odds with its `open`, `new` and `base` −log(1 − p); one column a feature,
        named as it is: what trees and linear say of it in log-odds;
        `behaviour_log_odds`, all of these by their `shares`; `application_log_odds`, NaN without
        an application; the evidence `fresh`, `exposed` and `not_due`.
        """
        rolled = self.roll_up.parts(rows)
        of_curves = log_odds(rolled.pop("probability").to_numpy())
        features = self.feature_parts(rows)
        of_roll_up, of_learned = self.behaviour_shares
        evidence = {
            name: rows[feature.name].to_numpy(dtype=np.float64)
            for name, feature in zip(EVIDENCE_COLUMNS, EVIDENCE, strict=True)
        }
        return pd.concat(
            [
                rolled.assign(
                    roll_up=of_curves,
                    behaviour_log_odds=of_roll_up * of_curves + of_learned * row_sums(features),
                    **evidence,
                ),
                pd.DataFrame(features[:, :-1], columns=list(self.names)),
            ],
            axis=1,
        )

    def blend(self, parts: pd.DataFrame) -> pd.DataFrame:
        """The parts with the `score` and what weighs in it.

        `behaviour` with the shift, `weight` of it, `n` the evidence seen.
        """
        fresh, exposed, not_due, application_log_odds, behaviour_log_odds = (
            parts[name].to_numpy(dtype=np.float64)
            for name in (*EVIDENCE_COLUMNS, "behaviour_log_odds")
        )
        bucket = np.searchsorted(NOT_DUE_FROM, not_due, side="right") - 1
        shifted = behaviour_log_odds + np.array(self.shifts)[bucket]
        application = np.where(np.isnan(application_log_odds), shifted, application_log_odds)
        n = fresh + np.where(shifted >= application, exposed, 0.0)
        weight = np.where(np.isnan(application_log_odds), 1.0, n / (n + self.k))
        score = weight * shifted + (1.0 - weight) * application + self.level
        return parts.assign(behaviour=shifted, weight=weight, n=fresh + exposed, score=score)

    @property
    def behaviour_shares(self) -> BehaviourShares:
        """What the roll-up counts, and each of trees and linear: they read the same features."""
        n_learned = bool(self.trees) + (self.linear is not None)
        return BehaviourShares(0.5, 0.5 / n_learned) if n_learned else BehaviourShares(1.0, 0.0)

    def feature_parts(self, rows: pd.DataFrame) -> Floats:
        """(n, features + 1) log-odds by feature of trees and linear together, then the rest."""
        parts = np.zeros((len(rows), len(self.names) + 1))
        if not self.names or not len(rows):
            return parts
        values = rows[list(self.names)].to_numpy(dtype=np.float64)
        if self.trees:
            parts += ask_trees(self._booster, values, "contributions")
        if self.linear is not None:
            parts += self.linear.contributions(values)
        return parts

    def fitted_log_odds(self, rows: pd.DataFrame) -> dict[str, Floats]:
        """(n,) log-odds of the trees (`boosting`) and the `linear` model alone, where fitted."""
        values = rows[list(self.names)].to_numpy(dtype=np.float64)
        scores = {}
        if self.linear is not None:
            scores["linear"] = row_sums(self.linear.contributions(values))
        if self.trees:
            scores["boosting"] = ask_trees(self._booster, values)
        return {name: np.asarray(score) for name, score in scores.items()}

    raw = raw_tree_scores

    def probability_bounds(self, scores: pd.DataFrame) -> tuple[Floats, Floats]:
        """90 % bounds of the probability, closer with each invoice seen.

        A stranger may turn out to be anyone: the spread of well known customers' scores, which n
        invoices narrow by k / (n + k); and the level itself is known from so many defaults only.
        """
        n, score = scores["n"].to_numpy(), scores["score"].to_numpy()
        narrowing = max(self.k, 1.0) / (n + max(self.k, 1.0))
        error = np.sqrt(self.spread**2 * narrowing + 1.0 / (self.n_events + 1.0))
        return probability_of(score - Z_90 * error), probability_of(score + Z_90 * error)

    # -- on disk -----------------------------------------------------------------------------

    def to_files(self) -> dict[str, bytes]:
        """Parameters as JSON and trees as LightGBM text; no champion is part of it."""
        return CODEC.to_files(vars(self))

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> DefaultModel:
        """What `to_files` wrote; raises KeyError or ValueError when it is not such a model."""
        return cls(**CODEC.from_files(files))

    @property
    def parameters(self) -> dict[str, Any]:
        """What a reader may want to know of it, as plain values."""
        return self.roll_up.parameters | {
            "longest_matured_horizon_days": self.longest_matured_days,
            "defaults_learned_from": self.n_events,
            "has_trees": bool(self.trees),
            "features": len(self.names),
            "invoices_until_behaviour_weighs_half": self.k,
            "recent_level": round(self.level, 4),
            "spread_of_known_customers": round(self.spread, 4),
        }
