"""Fit the model of applicants: small boosted trees, their setting chosen by cross-validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from payrisk.arrays import Flags, Floats, Ints, row_sums, weighted_sums
from payrisk.learning.measuring.risk_metrics import log_losses
from payrisk.learning.new_customer.applications import ApplicationTable
from payrisk.learning.new_customer.calibration import fit_platt, level_shift
from payrisk.learning.new_customer.folds import (
    encoding_out_of_fold,
    fit_encoding,
    folds_of,
    in_order,
)
from payrisk.learning.new_customer.training_matrix import SETTINGS, Setting, TrainingMatrix
from payrisk.scoring.log_odds import probability_of
from payrisk.scoring.new_customer.model import ALIKE_END, ALIKE_STEP, ApplicantModel
from payrisk.scoring.new_customer.years import YearsApart

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
    return fit_with_years(in_order(table), seed, settings, None)


def fit_with_years(
    table: ApplicationTable, seed: int, settings: Sequence[Setting], years: YearsApart | None
) -> ApplicantModel:
    """The same of a table `in_order`, as weighed, shaped by what walking forward showed.

    Then the share `kept` takes the place of Platt's line, inputs that turned are drawn in, and
    log-odds are those of the mean chance over a level as uncertain as it was.
    """
    n, bad = len(table), table.n_bad
    if min(bad, n - bad) < LEAST_EVENTS:
        return fit_rate_alone(table)
    drawn_in, weights = ((), WEIGHTS) if years is None else (years.drawn_in, (years.trees,))
    scored = out_of_fold(table, folds_of(table, seed), seed, settings, weights, drawn_in)
    encoding = fit_encoding(table)
    training = TrainingMatrix(encoding_out_of_fold(table, scored.fold), table, encoding, drawn_in)
    boosters = [training.fit_booster(scored.setting, seed + 1000 * turn) for turn in range(SEEDS)]
    line = training.fit_line(scored.strength) if scored.weight < 1.0 else None
    halves = _halves(training, scored.setting, seed)
    if years is None:
        intercept, slope = fit_platt(scored.log_odds, table.bad)
    else:
        slope = years.kept
        intercept = (1.0 - slope) * float(scored.log_odds.mean())
    shift, level = level_shift(intercept + slope * scored.log_odds, table.bad, table.dated_on)
    if years is not None:
        intercept, slope, shift = (part * years.widening for part in (intercept, slope, shift))
    model = ApplicantModel(
        encoding,
        tuple(booster.model_to_string() for booster in boosters),
        tuple(booster.model_to_string() for booster in halves),
        tuple(0.0 for _ in encoding.inputs),
        (n, bad),
        score_histogram(intercept + slope * scored.log_odds),
        intercept,
        slope,
        horizon_days=table.horizon_days,
        is_own=table.is_own,
        setting=scored.setting.name,
        linear=line,
        weight=scored.weight,
        years=years,
    )
    parts = model.contributions(table.frame)[:, :-1]
    missing = encoding.is_missing(table.frame)
    model = replace(model, spread=tuple(contribution_variances(parts, missing, model.slope)))
    return model.shift_level(shift, level)


def fit_rate_alone(table: ApplicationTable) -> ApplicantModel:
    """No trees: the rate of bad ones, shrunk to 2 %."""
    n, bad = len(table), table.n_bad
    rate = (bad + 1.0) / (n + 50.0)
    log_odds = float(np.log(rate / (1 - rate)))
    encoding = fit_encoding(table)
    return ApplicantModel(
        encoding,
        (),
        (),
        tuple(0.0 for _ in encoding.inputs),
        (n, bad),
        score_histogram(np.full(n, log_odds)),
        log_odds,
        horizon_days=table.horizon_days,
        is_own=table.is_own,
        setting="base rate alone",
    )


def out_of_fold(
    table: ApplicationTable,
    fold: Ints,
    seed: int = 0,
    settings: Sequence[Setting] = SETTINGS,
    weights: Sequence[float] = WEIGHTS,
    drawn_in: tuple[str, ...] = (),
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
        encoding = fit_encoding(others)
        training = TrainingMatrix(
            encoding_out_of_fold(others, fold[rest]), others, encoding, drawn_in
        )
        matrix = encoding.matrix(table.frame[held])
        for setting in usable:
            model = training.fit_booster(setting, seed)
            log_odds[setting.name][held] = model.predict(matrix, raw_score=True, num_threads=1)
        for strength, straight in lines.items() if min(weights) < 1.0 else ():
            straight[held] = row_sums(training.fit_line(strength).contributions(matrix))
    losses = {name: mean_log_loss(z, table) for name, z in log_odds.items()}
    best = min(usable, key=lambda setting: losses[setting.name])
    mixed = {
        (w, strength): w * log_odds[best.name] + (1.0 - w) * straight
        for w in weights
        for strength, straight in lines.items()
    }
    mix = min(mixed, key=lambda number: mean_log_loss(mixed[number], table))
    return OutOfFold(table, fold, mixed[mix], best, *mix)


def mean_log_loss(log_odds: Floats, table: ApplicationTable) -> float:
    """Mean log-loss of (n,) log-odds over the table's rows, as these are weighed."""
    losses = log_losses(probability_of(log_odds), table.bad)
    if table.weight is None:
        return float(losses.mean())
    return float(weighted_sums(table.weight, losses)) / float(table.weight.sum())


def _halves(training: TrainingMatrix, setting: Setting, seed: int) -> list[Any]:
    """Boosters of random halves, each beside that of the other half; whole groups."""
    boosters, table = [], training.table
    for turn in range(PAIRS):
        half = folds_of(table, seed + 77 * (turn + 1), 2)
        for side in (0, 1):
            rows = half == side
            if table.bad[rows].any() and not table.bad[rows].all():
                boosters.append(training.take(rows).fit_booster(setting, seed + turn))
    return boosters if len(boosters) == 2 * PAIRS else []


def contribution_variances(parts: Floats, missing: Flags, slope: float) -> list[float]:
    """Per input, the variance of what it adds where it is said, on the boosters' own scale."""
    found = []
    for column, absent in zip(parts.T, missing.T, strict=True):
        said = column[~absent]
        found.append(float(np.var(said)) / max(slope**2, 1e-12) if len(said) > 1 else 0.0)
    return found


def score_histogram(log_odds: Floats) -> tuple[int, ...]:
    """How many have which log-odds, see `ApplicantModel.alike`."""
    edges = np.arange(-ALIKE_END, ALIKE_END + ALIKE_STEP / 2, ALIKE_STEP)
    inside = np.clip(log_odds, edges[0], edges[-1])
    return tuple(int(n) for n in np.histogram(inside, edges)[0])
