"""Fit the model of applicants for a world that moves: its recipe chosen by walking forward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from payrisk.arrays import Flags, Floats, row_sums, weighted_sums
from payrisk.learning.measuring.risk_metrics import auc, calibration_line, log_losses
from payrisk.learning.new_customer.applications import ApplicationTable
from payrisk.learning.new_customer.calibration import level_shift, shift_to_mean
from payrisk.learning.new_customer.fit import (
    STRENGTHS,
    WEIGHTS,
    fit_applicant,
    fit_with_years,
)
from payrisk.learning.new_customer.fit_points import fit_points
from payrisk.learning.new_customer.folds import (
    encoding_out_of_fold,
    fit_encoding,
    folds_of,
    in_order,
)
from payrisk.learning.new_customer.like_units import with_ratios
from payrisk.learning.new_customer.origins import (
    YEAR,
    ApplicantOrigin,
    age_of_learned,
    level_deviation,
    origins_of,
    with_age_weights,
)
from payrisk.learning.new_customer.scorecards import fit_scorecard
from payrisk.learning.new_customer.training_matrix import SETTINGS, Setting, TrainingMatrix
from payrisk.scoring.log_odds import probability_of
from payrisk.scoring.new_customer.model import ApplicantModel
from payrisk.scoring.new_customer.years import YearsApart

HALF_LIVES = (3 * YEAR, 0)
"""Days of age at which an application counts for half, that are tried; 0: all count alike."""
FADES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.7, 1.0)
"""Shares of log-odds lost a year, as rates, that are tried."""
USUAL_FADE, SPREAD_OF_FADES = 0.3, 1.0
"""The rate that is taken where nothing was seen yet, and the spread of its logarithm."""
SPREAD_OF_SLOPES = 0.3
"""Standard deviation of a morning's slope about what fades: all its rows share what moved."""
SURE_OF_TURNING, SURE_OF_HOLDING = 2.33, 1.645
"""Standard errors beyond which an input turned (one-sided 99 %: several are asked), or held."""


class Scores(NamedTuple):
    """(n,) log-odds of some rows by the trees and by the line."""

    trees: Floats
    line: Floats

    def mixed(self, weight: float) -> Floats:
        """(n,) log-odds of the trees with a weight beside the line."""
        return np.asarray(weight * self.trees + (1.0 - weight) * self.line)


@dataclass(frozen=True)
class Walk:
    """One morning walked forward from: what a past weighed so said of the time after it.

    known, asked: scores of the past's rows and of the later ones, before a share is kept. gap:
    years from what was learned to what was scored.
    """

    origin: ApplicantOrigin
    past: ApplicationTable
    later: ApplicationTable
    known: Scores
    asked: Scores
    gap: float

    def chances(self, years: YearsApart, fade: float) -> Floats:
        """(m,) chances of the later rows where log-odds fade at a rate, at the recent level."""
        kept = float(np.exp(-fade * self.gap))
        level, _ = level_shift(
            kept * self.known.mixed(years.trees), self.past.bad, self.past.dated_on
        )
        faded = kept * self.asked.mixed(years.trees) + level
        return np.asarray(probability_of(years.widening * faded))


def fit_across_years(
    table: ApplicationTable, seed: int = 0, settings: Sequence[Setting] = SETTINGS
) -> ApplicantModel:
    """The model of these applications for the year to come; see ADR 0052.

    From up to six past mornings (`origins_of`) the past is fitted and what came after scored: that
    chooses how fast applications age, how much of what sets applicants apart is kept, which
    inputs turned, and whether the scorecard ships: where the model was surely worse than it on
    what came later (Brier, one-sided 95 %, Bonferroni over the mornings). Without dates, or with
    too little before and after every morning, it is `fit_applicant`.
    """
    table = in_order(table)
    origins = origins_of(table)
    if not origins:
        return fit_applicant(table, seed, settings)
    plain, table = table, with_ratios(table)
    walks = {days: walks_after(table, origins, days, seed, settings) for days in HALF_LIVES}
    half_life, weight = min(
        ((days, weight) for days in HALF_LIVES for weight in WEIGHTS),
        key=lambda tried: sum(slope_log_loss(walk, tried[1]) for walk in walks[tried[0]]),
    )
    chosen, aged = walks[half_life], with_age_weights(table, half_life)
    fade = fade_of(chosen, weight)
    turned = inputs_with_reversed_effect(table, origins, half_life)
    years = YearsApart(
        half_life,
        weight,
        float(np.exp(-fade * age_of_learned(aged, int(aged.last_dated or 0) + YEAR / 2))),
        tuple(sorted(turned)),
        tuple(sorted(name for name, held_since in turned.items() if not held_since)),
        level_deviation(table),
        tuple(origin.day for origin in origins),
    )
    gains = [_gains(walk, table, walk.chances(years, fade)) for walk in chosen]
    years = replace(years, brier_less=float(np.concatenate(gains).mean()))
    if any(is_surely_below_zero(each, len(gains)) for each in gains):
        return replace(fit_points(plain, seed), years=replace(years, is_card=True))
    return fit_with_years(aged, seed, settings, years)


def walks_after(
    table: ApplicationTable,
    origins: Sequence[ApplicantOrigin],
    half_life_days: int,
    seed: int,
    settings: Sequence[Setting],
) -> list[Walk]:
    """What a quick fit of each past, as it ages, says of the time after it."""
    return [_walk(table, origin, half_life_days, seed, settings) for origin in origins]


def _walk(
    table: ApplicationTable,
    origin: ApplicantOrigin,
    half_life_days: int,
    seed: int,
    settings: Sequence[Setting],
) -> Walk:
    past = with_age_weights(table.take(origin.past), half_life_days)
    later = table.take(origin.later)
    fold = folds_of(past, seed)
    encoding = fit_encoding(past)
    training = TrainingMatrix(encoding_out_of_fold(past, fold), past, encoding)
    setting = next(
        (each for each in settings if each.least <= past.n_bad <= each.most), settings[0]
    )
    booster, line = training.fit_booster(_quicker(setting), seed), training.fit_line(STRENGTHS[0])

    def scores(matrix: Floats) -> Scores:
        trees = np.asarray(booster.predict(matrix, raw_score=True, num_threads=1))
        return Scores(trees, row_sums(line.contributions(matrix)))

    gap = age_of_learned(past, float(later.dated_on.mean()))
    asked = scores(encoding.matrix(later.frame))
    return Walk(origin, past, later, scores(training.matrix), asked, gap)


def _quicker(setting: Setting) -> Setting:
    """Half the rounds, each twice as long: enough to compare."""
    rate = 2.0 * float(setting.parameters["learning_rate"])
    return replace(
        setting,
        rounds=max(1, setting.rounds // 2),
        parameters={**setting.parameters, "learning_rate": rate},
    )


def slope_log_loss(walk: Walk, weight: float) -> float:
    """Mean log-loss with level and slope as they turned out, the slope from 0 to 1.

    What is left tells how well applicants were told apart; an order that turned is worth none.
    """
    bad, score = walk.later.bad, walk.asked.mixed(weight)
    intercept, slope = calibration_line(score, bad)
    if not 0.0 <= slope <= 1.0:
        slope = float(np.clip(slope, 0.0, 1.0))
        intercept = shift_to_mean(slope * score, float(bad.mean()))
    return float(log_losses(probability_of(intercept + slope * score), bad).mean())


def fade_of(walks: Sequence[Walk], weight: float) -> float:
    """The yearly rate at which log-odds fade, most likely by what came later and USUAL_FADE.

    A morning tells one slope, off what is kept after its gap by its own standard error and
    SPREAD_OF_SLOPES.
    """
    slopes = [_slope(walk.asked.mixed(weight), walk.later.bad) for walk in walks]

    def loss(fade: float) -> float:
        total = (np.log(fade / USUAL_FADE) / SPREAD_OF_FADES) ** 2 / 2.0
        for walk, (slope, error) in zip(walks, slopes, strict=True):
            off = slope - np.exp(-fade * walk.gap)
            total += off**2 / (2.0 * (SPREAD_OF_SLOPES**2 + error**2))
        return float(total)

    return min(FADES, key=loss)


def _slope(log_odds: Floats, bad: Flags) -> tuple[float, float]:
    """The slope of what happened on log-odds, and its standard error."""
    intercept, slope = calibration_line(log_odds, bad)
    chance = probability_of(intercept + slope * log_odds)
    weight = chance * (1.0 - chance)
    centred = log_odds - weighted_sums(weight, log_odds) / max(float(weight.sum()), 1e-12)
    return slope, 1.0 / float(np.sqrt(max(float(weighted_sums(weight, centred**2)), 1e-12)))


def inputs_with_reversed_effect(
    table: ApplicationTable, origins: Sequence[ApplicantOrigin], half_life_days: int
) -> dict[str, bool]:
    """Inputs that surely pointed the other way after a morning than before it, by name.

    The value: whether it has held since, surely pointing one way in both halves of the last year.
    """
    turned = {
        name
        for origin in origins
        for name, sure in _pointing(
            with_age_weights(table.take(origin.past), half_life_days), table.take(origin.later)
        ).items()
        if sure < -SURE_OF_TURNING
    }
    last = int(table.last_dated or 0)
    year = np.flatnonzero((table.dated_on > last - YEAR) & (table.dated_on <= last))
    middle = np.median(table.dated_on[year])
    halves = [
        table.take(year[rows])
        for rows in (table.dated_on[year] < middle, table.dated_on[year] >= middle)
    ]
    held = _pointing(*halves) if all(half.n_rarer for half in halves) else {}
    return {name: held.get(name, 0.0) > SURE_OF_HOLDING for name in turned}


def _pointing(past: ApplicationTable, later: ApplicationTable) -> dict[str, float]:
    """By input, standard errors by which its AUC later is above one half the way of its past.

    A number points the way of its AUC in the past, a category by the rates of its past.
    """
    encoding = fit_encoding(past)
    before, after = encoding.matrix(past.frame), encoding.matrix(later.frame)
    n_bad, n_good = later.n_bad, len(later) - later.n_bad
    error = np.sqrt((n_bad + n_good + 1) / (12.0 * n_bad * n_good))
    pointing: dict[str, float] = {}
    for place, owner in enumerate(encoding.input_of_column):
        column, way = encoding.inputs[owner], 1.0
        if column.kind == "number":
            way = np.sign(_auc_where_said(before[:, place], past.bad) - 0.5)
        sure = (_auc_where_said(way * after[:, place], later.bad) - 0.5) / error
        pointing[column.name] = min(float(sure), pointing.get(column.name, np.inf))
    return pointing


def _auc_where_said(values: Floats, bad: Flags) -> float:
    """The AUC among rows that say something; one half where one class says nothing."""
    said = ~np.isnan(values)
    ranked = auc(values[said], bad[said])
    return 0.5 if np.isnan(ranked) else ranked


def _gains(walk: Walk, table: ApplicationTable, chances: Floats) -> Floats:
    """(m,) squared errors of the WOE scorecard of the same past less those of our chances."""
    card = np.array(fit_scorecard(table.take(walk.origin.past)).predict(walk.later.frame))
    return np.asarray((card - walk.later.bad) ** 2 - (chances - walk.later.bad) ** 2)


def is_surely_below_zero(gains: Floats, tries: int) -> bool:
    """Whether the mean of some gains is surely below 0, one-sided 95 % over so many tries."""
    from scipy.stats import norm

    error = float(gains.std()) / np.sqrt(len(gains))
    return bool(float(gains.mean()) < norm.ppf(0.05 / tries) * error)
