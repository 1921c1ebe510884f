"""Backtest default risk: learn from past mornings, score later ones beside parts and baselines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from payrisk.calendar import date_of, iso
from payrisk.errors import InputError
from payrisk.files import plain_rows, write_tables
from payrisk.learning.default_risk.fit import BEHAVIOUR
from payrisk.learning.default_risk.landmarks import Landmark, PastMornings
from payrisk.learning.judging.judge_default import BESIDE_RISK, landmarks_on, score_landmark
from payrisk.learning.judging.spec import ModelSpec
from payrisk.learning.measuring.bootstrap_risk import paired_risk
from payrisk.learning.measuring.rank_order import rank_order
from payrisk.learning.measuring.risk_metrics import risk_metrics
from payrisk.learning.new_customer.applications import ApplicationTable
from payrisk.learning.new_customer.scorecards import BESIDE
from payrisk.ledger import DefaultRule, History, Ledger
from payrisk.ledger.stored.storage import load
from payrisk.scoring.new_customer.encoding import Input
from payrisk.settings import Settings
from payrisk_models import spec

NAME = "default-risk"
RULES = ("material", "any")
LEAST_BAD = 5


@dataclass(frozen=True)
class DefaultsBacktest:
    """What came of a backtest of default risk.

    rows: as `judging.scored`, with one column a baseline more. counts: one row a test morning.
    """

    rows: pd.DataFrame
    models: tuple[str, ...]
    counts: pd.DataFrame
    rule: DefaultRule
    horizon_days: int

    @property
    def outcome(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """(n,) whether each customer defaulted."""
        return np.asarray(self.rows["outcome"], dtype=bool)

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        """Every risk metric of each model."""
        return {name: risk_metrics(self._said(name), self.outcome) for name in self.models}

    def table(self) -> pd.DataFrame:
        """One row a model."""
        return pd.DataFrame(
            [{"model": name} | measures for name, measures in self.metrics.items()]
        )

    def paired(self) -> pd.DataFrame:
        """What default-risk is better by, 95 % intervals that draw customers anew."""
        group = self.rows["customer_id"].to_numpy(dtype=object)
        ours = self._said(NAME)
        return pd.concat(
            [
                paired_risk(ours, self._said(name), self.outcome, group).assign(beside=name)
                for name in self.models
                if name != NAME
            ],
            ignore_index=True,
        )[["beside", "metric", "better_by", "low", "high"]]

    def bands(self, name: str = NAME) -> pd.DataFrame:
        """The rank order of a model in tenths, the riskiest first."""
        return rank_order(self._said(name), self.outcome)

    def scores(self) -> pd.DataFrame:
        """One row a model, morning and customer: the columns of the file."""
        return pd.concat(
            [
                pd.DataFrame(
                    {
                        "customer_id": self.rows["customer_id"],
                        "as_of": [date_of(day) for day in self.rows["as_of"]],
                        "probability": self._said(name),
                        "outcome": self.outcome.astype(np.int64),
                        "model": name,
                    }
                )
                for name in self.models
            ],
            ignore_index=True,
        )

    @property
    def sentence(self) -> str:
        """Of whom, within what, and who was left out."""
        counts = self.counts[["customers", "defaults", "in_default_already", "treated"]].sum()
        return (
            f"{counts['customers']:,} customers on {len(self.counts)} mornings,"
            f" {counts['defaults']:,} of them in default within {self.horizon_days} days;"
            f" {counts['in_default_already']:,} were in default already and"
            f" {counts['treated']:,} under prepayment or on hold: left out."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values; null where nothing could be measured."""
        return {
            "metrics": {
                name: {key: None if math.isnan(v) else v for key, v in measures.items()}
                for name, measures in self.metrics.items()
            },
            "paired": plain_rows(self.paired()),
            "bands": {name: plain_rows(self.bands(name)) for name in self.models},
            "mornings": plain_rows(self.counts),
            "sentence": self.sentence,
        }

    def _said(self, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.asarray(self.rows[name], dtype=np.float64)


def backtest_default_risk(
    settings: Settings,
    train_as_of: Sequence[int],
    test_as_of: Sequence[int],
    *,
    horizon_days: int | None = None,
    default_days: int | None = None,
    default_rule: str = "material",
    out: Path | None = None,
    ledger: Ledger | None = None,
) -> DefaultsBacktest:
    """Score every active customer of the test mornings with what could be learned before each.

    train_as_of: mornings to learn from; a test morning takes those whose horizon had passed
    before it. The curves of every morning are fitted on what was known then. Outcomes are what
    the ledger knows last. default_rule: `material` as the spec says, with another number of days
    perhaps, or `any` invoice so many days late. Raises InputError where nothing can be learned
    or scored.
    """
    if default_rule not in RULES:
        raise InputError(f"'{default_rule}' is no default rule; choose {' or '.join(RULES)}.")
    chosen = spec(NAME)
    days = chosen.rule.days if default_days is None else default_days
    rule = replace(chosen.rule, days=days)
    if default_rule == "any":
        rule = DefaultRule(days=days, share=0.0, minimum=1, cure_days=1)
    horizon = chosen.horizon_days if horizon_days is None else horizon_days
    chosen = replace(chosen, rule=rule, horizon_days=horizon)
    ledger = load(settings.home) if ledger is None else ledger
    later = ledger.as_of(ledger.default_as_of)
    tests = sorted(set(test_as_of))
    late = [iso(day) for day in tests if day + horizon > later.as_of]
    if not tests or late:
        raise InputError(
            f"The ledger ends before {horizon} days after {', '.join(late) or 'no morning'} have"
            " passed; choose earlier test mornings or a shorter horizon."
        )
    early = [iso(day) for day in tests if min(train_as_of, default=day) > day - horizon]
    if early:
        raise InputError(
            f"No training morning lies {horizon} days before {', '.join(early)}; give earlier"
            " ones with --train-as-of."
        )
    recipe = spec(chosen.over)
    past = landmarks_on(chosen, recipe, ledger, sorted(set(train_as_of), reverse=True))
    final = replace(recipe, when_sketched=recipe.when_judged)
    parts, counts = [], []
    for then in landmarks_on(chosen, final, ledger, tests):
        matured = [landmark for landmark in past if landmark.as_of + horizon <= then.as_of]
        scored_rows = _scored(chosen, matured, then, later)
        parts.append(scored_rows)
        counts.append(_counts(matured, then, scored_rows))
    if not parts:
        raise InputError("Too little was settled before the test mornings; choose later ones.")
    rows = pd.concat(parts, ignore_index=True)
    named = (NAME, *BESIDE_RISK, "application", *BESIDE, "late-share")
    models = tuple(name for name in named if name in rows and rows[name].notna().all())
    backtest = DefaultsBacktest(rows, models, pd.DataFrame(counts), rule, horizon)
    if out is not None:
        write_tables(out, {"scores": backtest.scores()})
    return backtest


def _scored(
    recipe: ModelSpec, matured: list[Landmark], then: Landmark, later: History
) -> pd.DataFrame:
    rule, horizon = recipe.rule, recipe.horizon_days
    model = recipe.risk(then.history, matured, then.curves)
    bound = model.bind(then.curves, then.applicants)
    found = score_landmark(bound, then, later)
    rows = replace(bound, names=BEHAVIOUR).rows(then.history, then.customer_ids)
    failed, n = (rows[f"customer__n_{name}"] for name in ("failed", "matured"))
    found["late-share"] = np.where(n > 0, failed / n.clip(lower=1), model.roll_up.prior_share)
    mornings = PastMornings.of(then.history, matured, rule, horizon, BEHAVIOUR)
    assert mornings is not None
    if LEAST_BAD <= mornings.bad.sum() < len(mornings.bad):
        past = _table(mornings.rows, mornings.bad)
        for name, fit in BESIDE.items():
            found[name] = fit(past).predict(_table(rows, found["outcome"].to_numpy()).frame)
    return found


def _table(rows: pd.DataFrame, bad: Any) -> ApplicationTable:
    """The behaviour of customers in the form that the scorecards of applicants read."""
    inputs = tuple(Input(name, "number", 0) for name in sorted(BEHAVIOUR))
    n = len(rows)
    return ApplicationTable(
        rows[[feature.name for feature in inputs]].reset_index(drop=True),
        np.asarray(bad, dtype=bool),
        np.full(n, "", dtype=object),
        np.zeros(n, dtype=np.int64),
        np.arange(n),
        inputs,
        {},
    )


def _counts(matured: list[Landmark], then: Landmark, scored_rows: pd.DataFrame) -> dict[str, Any]:
    return {
        "test_as_of": iso(then.as_of),
        "learned_from": ", ".join(sorted(iso(landmark.as_of) for landmark in matured)),
        "customers": len(scored_rows),
        "defaults": int(scored_rows["outcome"].sum()),
        "in_default_already": then.n_in_default,
        "treated": then.n_treated,
    }
