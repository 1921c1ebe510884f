"""Fit a points card: monotone bins, weights of evidence, a logistic regression on them."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, weighted_sums
from payrisk.learning.fit_logistic import ridge
from payrisk.learning.new_customer.applications import ApplicationTable
from payrisk.learning.new_customer.calibration import level_shift
from payrisk.learning.new_customer.fit import (
    LEAST_EVENTS,
    contribution_variances,
    fit_rate_alone,
    score_histogram,
)
from payrisk.learning.new_customer.folds import fit_encoding, folds_of, in_order
from payrisk.scoring.new_customer.encoding import Input
from payrisk.scoring.new_customer.model import ApplicantModel
from payrisk.scoring.new_customer.points import (
    ANCHOR,
    ANCHOR_ODDS,
    FACTOR,
    OTHERS,
    SMOOTHING,
    PointsAttribute,
    PointsBin,
    PointsCard,
)
from payrisk.scoring.new_customer.scorecard import ScorecardModel

MOST_RANGES, MOST_CATEGORIES = 6, 8
"""Answers of a question at most, so that the card stays a page."""
LEAST_RANGE_SHARE, LEAST_ROWS = 0.05, 20
"""Of training in a range or category, at least; a smaller one goes with a neighbour or OTHERS."""
STRENGTH = 1.0
"""C of the regression on the weights of evidence (smaller = stronger penalty)."""


def fit_points(table: ApplicationTable, seed: int = 0) -> ApplicantModel:
    """The points card of these applications, the same for every order of their rows and columns.

    Ranges of a number are merged until their rates of bad ones rise or fall all the way: as the
    input's direction says, where it has none whichever way fits better. Weights of evidence (the
    log-odds of a bin's smoothed rate less the overall ones) are weighed by a ridge regression
    without negative coefficients, so that the card is monotone as its bins are; then everything is
    rounded to whole points. With fewer than LEAST_EVENTS of either class it is the shrunk rate
    alone. The level is that of the matured recent ones, by scores out of fold.
    """
    table = in_order(table)
    n, bad = len(table), table.n_bad
    if min(bad, n - bad) < LEAST_EVENTS:
        return fit_rate_alone(table)
    fold = folds_of(table, seed)
    out_of_fold = np.zeros(n)
    for held in np.unique(fold):
        part = card_of(table.take(np.flatnonzero(fold != held)))
        rows = np.flatnonzero(fold == held)
        out_of_fold[rows] = part.log_odds(table.frame.iloc[rows])
    model = card_of(table)
    parts = model.contributions(table.frame)[:, :-1]
    missing = model.encoding.is_missing(table.frame)
    model = replace(
        model,
        spread=tuple(contribution_variances(parts, missing, 1.0)),
        alike=score_histogram(out_of_fold),
    )
    shift, level = level_shift(out_of_fold, table.bad, table.dated_on)
    return model.shift_level(shift, level)


def card_of(table: ApplicationTable) -> ScorecardModel:
    """The card of some applications, at the level of all of them."""
    base = (table.n_bad + 0.5) / (len(table) + 1.0)
    encoding = fit_encoding(table)
    attributes = [_binned(column, table, base) for column in encoding.inputs]
    evidence = [each.evidence for each in attributes]
    design = np.column_stack(
        [
            [told[str(name)] for name in each.names(table.frame)]
            for each, told in zip(attributes, evidence, strict=True)
        ]
    ).astype(np.float64)
    weights, intercept = ridge(design, table.bad, [1] * len(attributes), STRENGTH)
    pointed = tuple(
        replace(
            each,
            bins=tuple(
                replace(one, points=round(-FACTOR * weight * told[one.name])) for one in each.bins
            ),
        )
        for each, told, weight in zip(attributes, evidence, weights, strict=True)
    )
    start = round(ANCHOR - FACTOR * (intercept + math.log(ANCHOR_ODDS)))
    return ScorecardModel(
        PointsCard(encoding.inputs, encoding.base, pointed, start),
        (),
        (),
        tuple(0.0 for _ in encoding.inputs),
        (len(table), table.n_bad),
        horizon_days=table.horizon_days,
        is_own=table.is_own,
        setting="points",
        weight=0.0,
    )


def _binned(column: Input, table: ApplicationTable, base: float) -> PointsAttribute:
    """The question with its bins counted; their points come later."""
    edges: tuple[float, ...] = ()
    kept: tuple[str, ...] = ()
    if column.kind == "category":
        counts = table.frame[column.name].astype(object).fillna("").astype(str).value_counts()
        large = counts[(counts >= LEAST_ROWS) & (counts.index != "")]
        order = sorted(large.items(), key=lambda pair: (-pair[1], str(pair[0])))
        kept = tuple(str(name) for name, _ in order[:MOST_CATEGORIES])
    else:
        edges = _monotone_edges(column, table, base)
    named = tuple(PointsBin(name, 0, 0, 0) for name in kept)
    names = pd.Series(PointsAttribute(column, edges, named).names(table.frame), dtype=object)
    counted = pd.DataFrame({"name": names, "bad": table.bad}).groupby("name")["bad"]
    n, gone = counted.size(), counted.sum()
    wanted = [*kept, *(str(place) for place in range(len(edges) + 1) if column.kind == "number")]
    wanted += sorted(set(map(str, n.index)) - set(wanted))
    if column.kind == "category" and OTHERS not in wanted:
        wanted.append(OTHERS)
    bins = (PointsBin(each, 0, int(n.get(each, 0)), int(gone.get(each, 0))) for each in wanted)
    return PointsAttribute(column, edges, tuple(bins))


def _monotone_edges(column: Input, table: ApplicationTable, base: float) -> tuple[float, ...]:
    """Upper ends of ranges whose smoothed rates go one way, each with enough rows."""
    values = table.frame[column.name].to_numpy(dtype=np.float64)
    known = ~np.isnan(values)
    if known.sum() < 2 * LEAST_ROWS:
        return ()
    levels = np.linspace(0, 1, 2 * MOST_RANGES + 1)[1:-1]
    cuts = np.unique(np.quantile(values[known], levels, method="lower"))
    edges = np.asarray(cuts[cuts < values[known].max()], dtype=np.float64)
    place = np.searchsorted(edges, values[known], side="left")
    n = np.asarray(np.bincount(place, minlength=len(edges) + 1), dtype=np.float64)
    gone = np.asarray(np.bincount(place, table.bad[known], len(edges) + 1), dtype=np.float64)
    ways = (column.direction,) if column.direction else (1, -1)
    tried = [_merged(edges, n, gone, way, base, len(table)) for way in ways]
    return min(tried, key=lambda each: each[0])[1]


def _merged(
    edges: Floats, n: Floats, gone: Floats, way: int, base: float, n_rows: int
) -> tuple[float, tuple[float, ...]]:
    """(Log loss of the ranges, their edges) once neighbours out of order or too small are one."""
    groups = [[place] for place in range(len(n))]
    least = max(LEAST_ROWS, LEAST_RANGE_SHARE * n_rows)

    def rate(group: list[int]) -> float:
        return float((gone[group].sum() + SMOOTHING * base) / (n[group].sum() + SMOOTHING))

    def worst() -> int | None:
        """The first place after which two groups belong together; None where all is well."""
        for place in range(len(groups) - 1):
            pair = groups[place], groups[place + 1]
            is_small = any(n[group].sum() < least for group in pair)
            if is_small or way * (rate(pair[1]) - rate(pair[0])) <= 0:
                return place
        if len(groups) <= MOST_RANGES:
            return None
        steps = [abs(rate(b) - rate(a)) for a, b in itertools.pairwise(groups)]
        return int(np.argmin(steps))

    while (place := worst()) is not None:
        groups[place : place + 2] = [groups[place] + groups[place + 1]]
    rates = np.array([rate(group) for group in groups])
    bad = np.array([gone[group].sum() for group in groups])
    good = np.array([n[group].sum() for group in groups]) - bad
    loss = -float(weighted_sums(bad, np.log(rates)) + weighted_sums(good, np.log(1.0 - rates)))
    return loss, tuple(float(edges[group[-1]]) for group in groups[:-1])
