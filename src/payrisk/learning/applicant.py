"""Fit the model of applicants: small boosted trees, their setting chosen by cross-validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.calendar import NEVER, Days
from payrisk.learning.applications import ApplicationTable
from payrisk.learning.linear import fit_linear
from payrisk.learning.metrics import calibration_line, log_loss
from payrisk.scoring.applicant import ALIKE_END, ALIKE_STEP, ApplicantModel
from payrisk.scoring.encoding import Encoding, Floats, Input

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]

FOLDS = 5
SEEDS = 3
PAIRS = 4
"""Pairs of halves whose disagreement tells the standard error."""
LEAST_EVENTS = 5
"""Bad ones without which there are no trees: everybody gets the shrunk rate."""
LEAST_TO_CALIBRATE = 30
SLOPES = (0.9, 1.1)
"""Out-of-fold slopes within which no calibration is made (DESIGN §6)."""
WEIGHTS = (1.0, 0.75, 0.5)
"""Weights of the trees beside the linear model that are tried."""
STRENGTHS = (0.05, 0.005)
"""C of the linear models that are tried."""
RECENT_DAYS = 365
LEVEL_WEIGHT = 10.0
"""Expected bad ones that the level's prior of 'as expected' counts for."""
CODE_LENGTH = 4
"""From so many digits on, a code's first 2 and first 4 digits are taken as its parents."""


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
    fold: Codes
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
        return _rate_alone(table)
    found = out_of_fold(table, folds_of(table, seed), seed, settings)
    encoding = fitted_encoding(table)
    matrix = encoding_out_of_fold(table, found.fold)
    own = [
        _boosted(matrix, table.bad, encoding.directions, found.setting, seed + 1000 * at)
        for at in range(SEEDS)
    ]
    line = None
    if found.weight < 1.0:
        line = fit_linear(matrix, table.bad, encoding.directions, found.strength)
    halves = _halves(table, matrix, encoding.directions, found.setting, seed)
    intercept, slope = _platt(found.log_odds, table.bad)
    model = ApplicantModel(
        encoding,
        tuple(one.model_to_string() for one in own),
        tuple(one.model_to_string() for one in halves),
        tuple(0.0 for _ in encoding.inputs),
        (n, bad),
        _alike(intercept + slope * found.log_odds),
        intercept,
        slope,
        horizon_days=table.horizon_days,
        is_own=table.is_own,
        setting=found.setting.name,
        linear=line,
        weight=found.weight,
    )
    parts = model.contributions(table.frame)[:, :-1]
    missing = encoding.is_missing(table.frame)
    model = replace(model, spread=tuple(_spread(parts, missing, model.slope)))
    shift, level = level_shift(intercept + slope * found.log_odds, table.bad, table.dated_on)
    return model.shifted(shift, level)


def _rate_alone(table: ApplicationTable) -> ApplicantModel:
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
        _alike(np.full(n, log_odds)),
        log_odds,
        horizon_days=table.horizon_days,
        is_own=table.is_own,
        setting="base rate alone",
    )


# -- order and folds -----------------------------------------------------------------------------


def in_order(table: ApplicationTable) -> ApplicationTable:
    """The same rows by their content, and the same inputs by name."""
    inputs = tuple(sorted(table.inputs, key=lambda one: one.name))
    frame = table.frame[list(Encoding(inputs, 0.5).columns)]
    table = replace(table, inputs=inputs, frame=frame)
    keys = _hashes(frame, table.bad, table.group, table.dated_on)
    return table.take(np.argsort(keys, kind="stable"))


def _hashes(frame: pd.DataFrame, *more: Any) -> npt.NDArray[np.uint64]:
    """(n,) a hash of each row's content; missing numbers are alike."""
    told = frame.reset_index(drop=True).assign(**{f"__{at}": one for at, one in enumerate(more)})
    return np.asarray(pd.util.hash_pandas_object(told, index=False), dtype=np.uint64)


def folds_of(table: ApplicationTable, seed: int, n_folds: int = FOLDS) -> Codes:
    """(n,) the fold of each row of a table `in_order`: whole groups, bad ones spread evenly.

    By a hash of the group's name, or of the row's content, so that no order matters; equal rows
    without a group are spread.
    """
    has_group = table.group != ""
    single = _hashes(table.frame, table.bad, table.dated_on).astype(str).astype(object)
    # Rows alone get a key each: what they say, and which of the equal ones they are.
    again = pd.Series(single).groupby(single).cumcount().astype(str).to_numpy(dtype=object)
    keys = np.where(has_group, "group " + table.group, "row " + single + " " + again)
    codes, names = pd.factorize(keys)
    has_bad = np.bincount(codes, table.bad, minlength=len(names)) > 0
    salted = pd.Series(names, dtype=object).astype(str) + f" {seed}"
    rank = np.asarray(pd.util.hash_pandas_object(salted, index=False), dtype=np.uint64)
    order = np.lexsort((rank, has_bad))
    fold = np.empty(len(names), dtype=np.int64)
    fold[order] = np.arange(len(names)) % n_folds
    return np.asarray(fold[codes])


# -- encodings -----------------------------------------------------------------------------------


def fitted_encoding(table: ApplicationTable, rows: Flags | None = None) -> Encoding:
    """The inputs with the ranges and counts of some rows (all where None)."""
    frame, bad = table.frame, table.bad
    if rows is not None:
        frame, bad = frame[rows], bad[rows]
    base = (float(bad.sum()) + 1.0) / (len(bad) + 2.0)
    return Encoding(tuple(_fitted(one, frame, bad) for one in table.inputs), base)


def _fitted(one: Input, frame: pd.DataFrame, bad: Flags) -> Input:
    if one.kind == "number":
        values = frame[one.name].to_numpy(dtype=np.float64)
        known = values[~np.isnan(values)]
        if not len(known):
            return one
        return replace(one, low=float(known.min()), high=float(known.max()))
    texts = frame[one.name].astype(object).fillna("").to_numpy(dtype=object)
    codes, found = pd.factorize(texts)
    n = np.bincount(codes, minlength=len(found))
    gone = np.bincount(codes, bad, minlength=len(found)).astype(np.int64)
    whole = {
        str(text): (int(a), int(b))
        for text, a, b in sorted(zip(found, n, gone, strict=True), key=lambda item: str(item[0]))
    }
    counts = {0: whole}
    cuts = _cuts(whole)
    for cut in cuts:
        parents: dict[str, tuple[int, int]] = {}
        for text, (a, b) in whole.items():
            before = parents.get(text[:cut], (0, 0))
            parents[text[:cut]] = (before[0] + a, before[1] + b)
        counts[cut] = parents
    return replace(one, cuts=cuts, counts=counts)


def _cuts(whole: Mapping[str, tuple[int, int]]) -> tuple[int, ...]:
    """The prefix lengths that are parents of a column's codes; none unless they are codes.

    Codes: nine in ten rows hold as many digits, CODE_LENGTH or more, such as those of industries.
    """
    said = {text: n for text, (n, _) in whole.items() if text}
    lengths = pd.Series(
        {text: len(text) if text.isascii() and text.isdigit() else 0 for text in said}, dtype=int
    )
    if lengths.empty:
        return ()
    rows = pd.Series(said).groupby(lengths).sum()
    length = int(rows.idxmax())
    is_code = length >= CODE_LENGTH and rows.max() >= 0.9 * rows.sum() and len(said) > 20
    return tuple(cut for cut in (2, 4) if is_code and cut < length)


def encoding_out_of_fold(table: ApplicationTable, fold: Codes) -> Floats:
    """(n, width) each row as encoded by the other folds: its own outcome never enters."""
    whole = fitted_encoding(table)
    matrix = whole.matrix(table.frame)
    if all(one.kind == "number" for one in table.inputs):
        return matrix
    for one in np.unique(fold):
        held = fold == one
        encoding = fitted_encoding(table, ~held)
        matrix[held] = encoding.matrix(table.frame[held])
    return matrix


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
    fold: Codes,
    seed: int = 0,
    settings: Sequence[Setting] = SETTINGS,
    weights: Sequence[float] = WEIGHTS,
) -> OutOfFold:
    """What the best setting says of each row without having seen it; fold: (n,), see `folds_of`.

    Inside of the rows that are seen, the other folds encode each row in turn. Setting and then
    weight and strength are those of the least log-loss; of equals the first.
    """
    usable = [s for s in settings if s.least <= table.n_bad <= s.most] or list(settings[:1])
    said = {setting.name: np.zeros(len(table)) for setting in usable}
    lines = {strength: np.zeros(len(table)) for strength in STRENGTHS}
    for one in np.unique(fold):
        held = fold == one
        rest = ~held
        if table.bad[rest].all() or not table.bad[rest].any():
            continue
        seen = table.take(np.flatnonzero(rest))
        inner = encoding_out_of_fold(seen, fold[rest])
        encoding = fitted_encoding(seen)
        matrix = encoding.matrix(table.frame[held])
        for setting in usable:
            model = _boosted(inner, seen.bad, encoding.directions, setting, seed)
            said[setting.name][held] = model.predict(matrix, raw_score=True, num_threads=1)
        for strength, straight in lines.items() if min(weights) < 1.0 else ():
            line = fit_linear(inner, seen.bad, encoding.directions, strength)
            straight[held] = line.contributions(matrix).sum(axis=1)
    losses = {name: log_loss(_chance(z), table.bad) for name, z in said.items()}
    best = min(usable, key=lambda setting: losses[setting.name])
    mixed = {
        (w, strength): w * said[best.name] + (1.0 - w) * straight
        for w in weights
        for strength, straight in lines.items()
    }
    chosen = min(mixed, key=lambda one: log_loss(_chance(mixed[one]), table.bad))
    return OutOfFold(table, fold, mixed[chosen], best, *chosen)


def _halves(
    table: ApplicationTable,
    matrix: Floats,
    directions: Sequence[int],
    setting: Setting,
    seed: int,
) -> list[Any]:
    """Boosters of random halves, each beside that of the other half; whole groups."""
    found = []
    for at in range(PAIRS):
        half = folds_of(table, seed + 77 * (at + 1), 2)
        for side in (0, 1):
            rows = half == side
            if table.bad[rows].any() and not table.bad[rows].all():
                found.append(
                    _boosted(matrix[rows], table.bad[rows], directions, setting, seed + at)
                )
    return found if len(found) == 2 * PAIRS else []


def _spread(parts: Floats, missing: Flags, slope: float) -> list[float]:
    """Per input, the variance of what it adds where it is said, on the boosters' own scale."""
    found = []
    for column, absent in zip(parts.T, missing.T, strict=True):
        said = column[~absent]
        found.append(float(np.var(said)) / max(slope**2, 1e-12) if len(said) > 1 else 0.0)
    return found


def _alike(log_odds: Floats) -> tuple[int, ...]:
    """How many have which log-odds, see `ApplicantModel.alike`."""
    edges = np.arange(-ALIKE_END, ALIKE_END + ALIKE_STEP / 2, ALIKE_STEP)
    inside = np.clip(log_odds, edges[0], edges[-1])
    return tuple(int(n) for n in np.histogram(inside, edges)[0])


# -- level and slope -----------------------------------------------------------------------------


def _chance(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(log_odds, -500.0, 500.0))))


def _platt(log_odds: Floats, bad: Flags) -> tuple[float, float]:
    """(0, 1), or the line where the slope out of fold is surely off: by a standard error."""
    if int(bad.sum()) < LEAST_TO_CALIBRATE:
        return 0.0, 1.0
    intercept, slope = calibration_line(log_odds, bad)
    p = _chance(intercept + slope * log_odds)
    weight = p * (1.0 - p)
    centred = log_odds - (weight @ log_odds) / max(weight.sum(), 1e-12)
    error = 1.0 / np.sqrt(max(weight @ centred**2, 1e-12))
    is_off = slope < SLOPES[0] - error or slope > SLOPES[1] + error
    return (intercept, slope) if is_off and slope > 0 else (0.0, 1.0)


def level_shift(
    log_odds: Floats, bad: Flags, dated_on: Days
) -> tuple[float, tuple[int, int, float]]:
    """The shift of the log-odds to the matured recent level, and the counts behind it.

    Recent: dated within RECENT_DAYS of the latest. What is asked for is the rate of bad ones
    among them, shrunk to the mean chance given to them out of fold; after the shift, that mean is
    the shrunk rate exactly. No dates, no shift.
    """
    is_dated = dated_on < NEVER
    if not is_dated.any():
        return 0.0, (0, 0, 0.0)
    recent = is_dated & (dated_on > int(dated_on[is_dated].max()) - RECENT_DAYS)
    own = log_odds[recent]
    n, gone, expected = int(recent.sum()), int(bad[recent].sum()), float(_chance(own).sum())
    wanted = shrunk_rate(n, gone, expected)
    low, high = -20.0, 20.0
    for _ in range(80):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _chance(own + middle).mean() < wanted else (low, middle)
    return (low + high) / 2.0, (n, gone, expected)


def shrunk_rate(n: int, bad: int, expected: float) -> float:
    """The rate of n applications, drawn to what was expected by the weight of LEVEL_WEIGHT.

    >>> shrunk_rate(100, 20, 10.0)
    0.15
    """
    return expected / n * (bad + LEVEL_WEIGHT) / (expected + LEVEL_WEIGHT)
