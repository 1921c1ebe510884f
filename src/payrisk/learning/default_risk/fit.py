"""Default risk fitted: trees and a linear model beside the roll-up, set by past mornings."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Floats, Ints
from payrisk.features.catalogue.all import DEFINED, feature_names_read_by
from payrisk.learning.default_risk.landmarks import Landmark, PastMornings, fit_roll_up
from payrisk.learning.fit_logistic import fit_linear
from payrisk.learning.measuring.risk_metrics import log_loss
from payrisk.ledger import DefaultRule, History
from payrisk.scoring import CurveModel
from payrisk.scoring.default_risk.evidence import NOT_DUE_FROM
from payrisk.scoring.default_risk.model import DefaultModel
from payrisk.scoring.log_odds import probability_of

LEAST_EVENTS = 100
"""Defaults within a horizon of past mornings before trees and a linear model are fitted."""
ROUNDS = 100
FOLDS = 5
PENALTY = 0.05
"""Inverse strength of the linear model's ridge, as scikit-learn's C."""
KS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
USUAL_K = 8.0
SHIFT_WEIGHT = 5.0
"""Defaults that 'as many as expected' counts for in every shift."""
KNOWN_FROM = 10.0
"""Fresh settled invoices from which a customer is well known."""
TREES = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 7,
    "min_child_samples": 40,
    "feature_fraction": 0.5,
    "lambda_l2": 10.0,
    "monotone_constraints_method": "basic",
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}

BEHAVIOUR = (
    "customer__settled__n__365d",
    "customer__days_late__mean__90d",
    "customer__days_late__mean__365d",
    "customer__days_late__mean__all",
    "customer__late0__share__365d",
    "customer__late5__share__365d",
    "customer__late30__share__365d",
    "customer__late30__share__all",
    "customer__late60__share__365d",
    "customer__days_late__std__365d",
    "customer__days_late__weighted__365d",
    "customer__days_late__q90__last20",
    "customer__days_late__mean__last1",
    "customer__days_late__mean__last5",
    "customer__days_late__trend__90d",
    "customer__settled__age__last",
    "customer__cash__age__last",
    "customer__write_off__n__all",
    "customer__overdue__n__now",
    "customer__overdue__share__now",
    "customer__overdue__oldest__now",
    "customer__bucket30__sum__now",
    "customer__limit__use__now",
    "parent__days_late__mean__365d",
    "parent__overdue__share__now",
    *feature_names_read_by("default-risk"),
)
"""What trees and linear model read. Each either is not moved by one more overdue invoice or rises
with it, and then it may only raise the risk: so bad news never lowers it."""


def fit_default_risk(
    history: History,
    past: Sequence[Landmark],
    curves: CurveModel,
    rule: DefaultRule,
    horizon_days: int,
    seed: int = 0,
    names: tuple[str, ...] = BEHAVIOUR,
) -> DefaultModel:
    """The default risk known on the morning of `history`; past: landmarks matured by then.

    names: the catalogue features that trees and linear model read, in that order.
    Trees and the linear model see no curve; they are fitted from 100 defaults on. The shifts, the
    level and k are chosen on what the models say of customers they were not fitted on (folds by
    customer). Without past mornings the roll-up alone answers with its priors.
    """
    seen = PastMornings.of(history, past, rule, horizon_days, names)
    roll_up = fit_roll_up(history, seen, curves, rule, horizon_days)
    if seen is None:
        return DefaultModel(roll_up)
    rows, bad = seen.rows, seen.bad
    n_events = int(bad.sum())
    model = DefaultModel(roll_up, n_events=n_events, longest_matured_days=horizon_days, k=USUAL_K)
    if n_events < LEAST_EVENTS:
        return _calibrated(model, model.parts(rows), rows, bad)
    fold, n = _folds(rows["customer_id"]), range(FOLDS)
    unseen = [
        _with_trees(model, rows[fold != out], bad[fold != out], seed, names)
        .parts(rows[fold == out].reset_index(drop=True))
        .set_axis(np.flatnonzero(fold == out))
        for out in n
    ]
    parts = pd.concat(unseen).sort_index()
    return _calibrated(_with_trees(model, rows, bad, seed, names), parts, rows, bad)


def _folds(customers: pd.Series) -> Ints:
    """(n,) the fold of each customer, by the hash of its name."""
    names = {name: hashlib.sha256(name.encode()).digest()[0] % FOLDS for name in set(customers)}
    return np.array([names[name] for name in customers], dtype=np.int64)


def _with_trees(
    model: DefaultModel,
    rows: pd.DataFrame,
    bad: Flags,
    seed: int,
    names: tuple[str, ...],
) -> DefaultModel:
    import lightgbm

    values = rows[list(names)].to_numpy(dtype=np.float64)
    signs = [DEFINED[name].direction for name in names]
    data = lightgbm.Dataset(values, bad.astype(np.float64), free_raw_data=True)
    own = TREES | {"monotone_constraints": signs, "seed": seed}
    trees = lightgbm.train(own, data, ROUNDS).model_to_string()
    return replace(model, names=names, trees=trees, linear=fit_linear(values, bad, signs, PENALTY))


def _calibrated(
    model: DefaultModel, parts: pd.DataFrame, rows: pd.DataFrame, bad: Flags
) -> DefaultModel:
    """With shifts by invoices not due, k and the level that the past mornings show.

    parts: what the models say of customers they were not fitted on.
    """
    bucket = np.searchsorted(NOT_DUE_FROM, parts["not_due"].to_numpy(), side="right") - 1
    said, n = probability_of(parts["behaviour_log_odds"].to_numpy()), len(NOT_DUE_FROM)
    shifts = _shift(np.bincount(bucket, bad, minlength=n), np.bincount(bucket, said, minlength=n))
    model = replace(model, shifts=tuple(float(shift) for shift in shifts))
    scores = {k: replace(model, k=k).blend(parts)["score"].to_numpy() for k in KS}
    # the first of equals: without applications every k says the same
    k = min(KS, key=lambda one: (log_loss(probability_of(scores[one]), bad), one != USUAL_K))
    final = scores[k]
    latest = (rows["morning"] == rows["morning"].max()).to_numpy()
    level = float(_shift(bad[latest].sum(), probability_of(final[latest]).sum()))
    known = parts["fresh"].to_numpy() >= KNOWN_FROM
    spread = float(np.std(final[known])) if known.sum() > 1 else 1.0
    return replace(model, k=k, level=level, spread=spread)


def _shift(observed: Any, expected: Any) -> Floats:
    """Log of defaults seen over expected, each with five more: shrunk to 0."""
    return np.asarray(np.log((observed + SHIFT_WEIGHT) / (expected + SHIFT_WEIGHT)))
