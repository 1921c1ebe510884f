"""Fit the model of applicants: small boosted trees, their setting chosen by cross-validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from payrisk.arrays import Flags, Floats, Ints, row_sums
from payrisk.learning.fit_logistic import fit_linear
from payrisk.learning.measuring.risk_metrics import log_loss
from payrisk.learning.new_customer.applications import ApplicationTable
from payrisk.learning.new_customer.calibration import level_shift, platt
from payrisk.learning.new_customer.folds import (
    encoding_out_of_fold,
    fitted_encoding,
    folds_of,
    in_order,
)
from payrisk.scoring.log_odds import probability_of
from payrisk.scoring.new_customer.model import ALIKE_END, ALIKE_STEP, ApplicantModel

SEEDS = 3
PAIRS = 4
"""Pairs of halves whose disagreement tells the standard error."""
LEAST_EVENTS = 5
"""Bad ones without which there are no trees: everybody gets the shrunk rate."""
WEIGHTS = (1.0, 0.75, 0.5)
"""Weights of the trees beside the linear model that are tried."""
STRENGTHS = (0.05, 0.005)
"""C of the linear models that are tried."""


@dataclass(frozen=True)
class Setting:
    """How the trees grow. least: bad ones of training from which on it is tried."""

    name: str
    rounds: int
    parameters: Mapping[str, float]
    least: int = 0
    most: int = 10**9


SETTINGS = (
    Setting(
        "few",
        60,
        {"learning_rate": 0.05, "num_leaves": 4, "min_data_in_leaf": 10, "lambda_l2": 10.0},
        most=150,
    ),
    Setting(
        "small",
        150,
        {"learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 40, "lambda_l2": 5.0},
    ),
    Setting(
        "long",
        400,
        {"learning_rate": 0.05, "num_leaves": 7, "min_data_in_leaf": 20, "lambda_l2": 5.0},
        least=100,
    ),
)
"""`small` is the recipe of the reference; `few` is for little data, `long` for sharp ratios."""
SHARED: Mapping[str, Any] = {
    "objective": "binary",
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "feature_fraction": 0.6,
    "max_bin": 255,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass(frozen=True)
class OutOfFold:
    """What models that had not seen a row say of it: (n,) log-odds, in the table's order.

    setting, weight, strength: the trees, their weight beside the linear model, and its C, that
    said it best.
    """

    table: ApplicationTable
    fold: Ints
    log_odds: Floats
    setting: Setting
    weight: float = 1.0
    strength: float = STRENGTHS[0]


def fit_applicant(
    table: ApplicationTable, seed: int = 0, settings: Sequence[Setting] = SETTINGS
) -> ApplicantModel:
    """The model of these applications, the same for every order of their rows and columns.

    The setting and the weight beside a linear model with the least log-loss out of fold; three
    seeds averaged; calibrated by Platt
    only where the slope out of fold leaves SLOPES; then moved to the level of the matured recent
    ones. With fewer than LEAST_EVENTS of either class it is the shrunk rate alone.
    """
    table = in_order(table)
    n, bad = len(table), table.n_bad
    if min(bad, n - bad) < LEAST_EVENTS:
        return fit_rate_alone(table)
    scored = out_of_fold(table, folds_of(table, seed), seed, settings)
    encoding = fitted_encoding(table)
    matrix = encoding_out_of_fold(table, scored.fold)
    boosters = [
        _boosted(matrix, table.bad, encoding.directions, scored.setting, seed + 1000 * turn)
        for turn in range(SEEDS)
    ]
    line = None
    if scored.weight < 1.0:
        line = fit_linear(matrix, table.bad, encoding.directions, scored.strength)
    halves = _halves(table, matrix, encoding.directions, scored.setting, seed)
    intercept, slope = platt(scored.log_odds, table.bad)
    model = ApplicantModel(
        encoding,
        tuple(booster.model_to_string() for booster in boosters),
        tuple(booster.model_to_string() for booster in halves),
        tuple(0.0 for _ in encoding.inputs),
        (n, bad),
        scores_alike(intercept + slope * scored.log_odds),
        intercept,
        slope,
        horizon_days=table.horizon_days,
        is_own=table.is_own,
        setting=scored.setting.name,
        linear=line,
        weight=scored.weight,
    )
    parts = model.contributions(table.frame)[:, :-1]
    missing = encoding.is_missing(table.frame)
    model = replace(model, spread=tuple(variance_said(parts, missing, model.slope)))
    shift, level = level_shift(intercept + slope * scored.log_odds, table.bad, table.dated_on)
    return model.shift_level(shift, level)


def fit_rate_alone(table: ApplicationTable) -> ApplicantModel:
    """No trees: the rate of bad ones, shrunk to 2 %."""
    n, bad = len(table), table.n_bad
    rate = (bad + 1.0) / (n + 50.0)
    log_odds = float(np.log(rate / (1 - rate)))
    encoding = fitted_encoding(table)
    return ApplicantModel(
        encoding,
        (),
        (),
        tuple(0.0 for _ in encoding.inputs),
        (n, bad),
        scores_alike(np.full(n, log_odds)),
        log_odds,
        horizon_days=table.horizon_days,
        is_own=table.is_own,
        setting="base rate alone",
    )


# -- order and folds -----------------------------------------------------------------------------


# -- encodings -----------------------------------------------------------------------------------


# -- boosters ------------------------------------------------------------------------------------


def _boosted(
    matrix: Floats, bad: Flags, directions: Sequence[int], setting: Setting, seed: int
) -> Any:
    import lightgbm

    parameters = {**SHARED, **setting.parameters, "seed": seed}
    if any(directions):
        parameters |= {"monotone_constraints": list(directions)}
    # A leaf must fit into little data as well.
    least = min(int(parameters["min_data_in_leaf"]), max(5, len(bad) // 20))
    data = lightgbm.Dataset(matrix, label=bad.astype(np.float64), free_raw_data=True)
    return lightgbm.train(
        parameters | {"min_data_in_leaf": least}, data, num_boost_round=setting.rounds
    )


def out_of_fold(
    table: ApplicationTable,
    fold: Ints,
    seed: int = 0,
    settings: Sequence[Setting] = SETTINGS,
    weights: Sequence[float] = WEIGHTS,
) -> OutOfFold:
    """What the best setting says of each row without having seen it; fold: (n,), see `folds_of`.

    Inside of the rows that are seen, the other folds encode each row in turn. Setting and then
    weight and strength are those of the least log-loss; of equals the first.
    """
    usable = [s for s in settings if s.least <= table.n_bad <= s.most] or list(settings[:1])
    log_odds = {setting.name: np.zeros(len(table)) for setting in usable}
    lines = {strength: np.zeros(len(table)) for strength in STRENGTHS}
    for number in np.unique(fold):
        held = fold == number
        rest = ~held
        if table.bad[rest].all() or not table.bad[rest].any():
            continue
        others = table.take(np.flatnonzero(rest))
        inner = encoding_out_of_fold(others, fold[rest])
        encoding = fitted_encoding(others)
        matrix = encoding.matrix(table.frame[held])
        for setting in usable:
            model = _boosted(inner, others.bad, encoding.directions, setting, seed)
            log_odds[setting.name][held] = model.predict(matrix, raw_score=True, num_threads=1)
        for strength, straight in lines.items() if min(weights) < 1.0 else ():
            line = fit_linear(inner, others.bad, encoding.directions, strength)
            straight[held] = row_sums(line.contributions(matrix))
    losses = {name: log_loss(probability_of(z), table.bad) for name, z in log_odds.items()}
    best = min(usable, key=lambda setting: losses[setting.name])
    mixed = {
        (w, strength): w * log_odds[best.name] + (1.0 - w) * straight
        for w in weights
        for strength, straight in lines.items()
    }
    mix = min(mixed, key=lambda number: log_loss(probability_of(mixed[number]), table.bad))
    return OutOfFold(table, fold, mixed[mix], best, *mix)


def _halves(
    table: ApplicationTable,
    matrix: Floats,
    directions: Sequence[int],
    setting: Setting,
    seed: int,
) -> list[Any]:
    """Boosters of random halves, each beside that of the other half; whole groups."""
    boosters = []
    for turn in range(PAIRS):
        half = folds_of(table, seed + 77 * (turn + 1), 2)
        for side in (0, 1):
            rows = half == side
            if table.bad[rows].any() and not table.bad[rows].all():
                boosters.append(
                    _boosted(matrix[rows], table.bad[rows], directions, setting, seed + turn)
                )
    return boosters if len(boosters) == 2 * PAIRS else []


def variance_said(parts: Floats, missing: Flags, slope: float) -> list[float]:
    """Per input, the variance of what it adds where it is said, on the boosters' own scale."""
    found = []
    for column, absent in zip(parts.T, missing.T, strict=True):
        said = column[~absent]
        found.append(float(np.var(said)) / max(slope**2, 1e-12) if len(said) > 1 else 0.0)
    return found


def scores_alike(log_odds: Floats) -> tuple[int, ...]:
    """How many have which log-odds, see `ApplicantModel.alike`."""
    edges = np.arange(-ALIKE_END, ALIKE_END + ALIKE_STEP / 2, ALIKE_STEP)
    inside = np.clip(log_odds, edges[0], edges[-1])
    return tuple(int(n) for n in np.histogram(inside, edges)[0])


# -- level and slope -----------------------------------------------------------------------------
