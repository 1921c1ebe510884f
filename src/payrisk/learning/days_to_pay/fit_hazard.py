"""Fit the daily hazard: boosted trees on person-period rows, three seeds averaged."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from payrisk.arrays import Singles
from payrisk.calendar import NEVER, SATURDAY, weekday
from payrisk.features import DAILY, FrozenMoments, LedgerStreams, build, build_days_from_frozen
from payrisk.features.catalogue.all import feature_names_read_by
from payrisk.learning.days_to_pay.fit_ecdf import (
    YOUNG_BELOW,
    fit_shrunk_ecdf,
    fit_young_ledger,
)
from payrisk.learning.days_to_pay.person_period import PersonPeriod, person_period
from payrisk.learning.days_to_pay.sampling import Sampling
from payrisk.learning.recipe_inputs import RecipeInputs
from payrisk.ledger import History
from payrisk.predictions import CurveMeaning
from payrisk.receivables.between_lists.likely_days import LikelyDays
from payrisk.receivables.days_late import SettlementHistory
from payrisk.scoring import CurveModel
from payrisk.scoring.days_to_pay.curve import BEYOND_DAYS
from payrisk.scoring.days_to_pay.daily_hazard import DailyHazard

SEEDS = 3
WEIGHT = 0.7
"""Of the trees beside the shrunk ECDF; chosen on origins before every window reported."""
FULL_WEIGHT_FROM = 300
"""Settled invoices from which trees have their whole weight; of fewer they learn too little."""
PRACTICE_BELOW = 100
"""Settled invoices below which the ECDF starts from published practice (ADR 0064)."""
ROUNDS = 150
LEARNING_RATE = 0.08
RISING = ("day__customer__hazard__all", "day__same_weekday__hazard__all")
"""Covariates with which the chance of payment may only rise."""
SMALL_BELOW = 3_000
"""Settled invoices below which trees are kept small."""

STATIC: tuple[str, ...] = (
    "customer__settled__n__all",
    "customer__days_late__mean__90d",
    "customer__days_late__mean__365d",
    "customer__late0__share__90d",
    "customer__late30__share__365d",
    "customer__days_late__std__365d",
    "customer__days_late__q50__last20",
    "customer__days_late__q90__last20",
    "customer__days_late__mean__last3",
    "customer__days_late__shrunk__all",
    "customer__settled__age__last",
    "customer__terms__mean__all",
    "customer__broken_promise__share__365d",
    "customer__cash__age__last",
    "weekday__days_late__n__all",
    "weekday__days_late__shrunk__all",
    "customer__overdue__n__now",
    "customer__overdue__share__now",
    "customer__overdue__mean__now",
    "invoice__amount__log__now",
    "invoice__amount__z__now",
    "invoice__terms__days__now",
    "invoice__terms__excess__now",
    "invoice__due__weekday__now",
    "invoice__due__day__now",
    "invoice__due__wait__now",
    "invoice__due__left__now",
    "invoice__issued__left__now",
    "invoice__left__share__now",
    "invoice__dispute__n__all",
    "invoice__reminded__n__all",
    "invoice__handed_over__n__all",
    *feature_names_read_by("days-to-pay"),
)
"""What is read of an invoice's moment."""

EVERY = RecipeInputs(STATIC, tuple(DAILY))
"""What days-to-pay reads."""


def fit_daily_hazard(  # noqa: PLR0913 - one argument a choice
    history: History,
    inputs: RecipeInputs = EVERY,
    *,
    seed: int = 0,
    seeds: int = SEEDS,
    rounds: int | None = None,
    learning_rate: float = LEARNING_RATE,
    leaves: int | None = None,
    sampling: Sampling | Mapping[str, Any] | None = None,
    weight: float = WEIGHT,
    backdated: Collection[str] = (),
    has_money: bool = True,
) -> CurveModel:
    """The hazard of what was known on the morning of history.as_of.

    inputs: the features it reads, and no others. rounds, learning_rate, leaves: of the trees;
    leaves go by the size of the ledger where None. sampling: what `Sampling` is told. weight: of
    the trees beside the ECDF, on a ledger of FULL_WEIGHT_FROM settled invoices and more.
    has_money: whether the reading `money` is learnt, too, where invoices are paid in parts.
    A ledger with fewer than 50 settled invoices gets the shrunk ECDF over published practice,
    which says so.
    """
    del backdated  # it reads no attribute
    n_paid = SettlementHistory.of(history).n_paid
    if n_paid < YOUNG_BELOW:
        return fit_young_ledger(history)
    if isinstance(sampling, Mapping):
        sampling = Sampling(**sampling)
    rows = person_period(history, seed, sampling)
    matrix = training_matrix(history, rows, inputs)
    own = parameters(n_paid, inputs) | {"learning_rate": learning_rate}
    if leaves is not None:
        own |= {"num_leaves": leaves}
    readings: list[CurveMeaning] = (
        ["settled", "money"] if has_money and rows.has_part_payments else ["settled"]
    )

    def learnt(reading: CurveMeaning) -> tuple[str, ...]:
        return boosters(matrix, rows, reading, own, seed, seeds, rounds or ROUNDS)

    # side by side; each is one thread of its own, so the bits are those of one after the other
    with ThreadPoolExecutor() as pool:
        texts = dict(zip(readings, pool.map(learnt, readings), strict=True))
    return DailyHazard(
        texts["settled"],
        inputs.moment,
        inputs.day,
        fit_young_ledger(history) if n_paid < PRACTICE_BELOW else fit_shrunk_ecdf(history),
        weight * min(1.0, n_paid / FULL_WEIGHT_FROM),
        _unpaid(history),
        money=texts.get("money", ()),
        weekends=_weekends(history),
    )


def training_matrix(history: History, rows: PersonPeriod, inputs: RecipeInputs = EVERY) -> Singles:
    """(k, features + days) what each row may know: frozen at its as_of, but for age and date."""
    known = LedgerStreams.of(history.ledger)
    static = build(known, rows.moments, inputs.moment).values
    frozen = FrozenMoments.of(known, rows.moments)
    daily = build_days_from_frozen(frozen, rows.row, rows.day, inputs.day).values
    matrix = np.empty((len(rows.row), len(static) + len(daily)), dtype=np.float32)
    for at, column in enumerate(static):
        matrix[:, at] = column[rows.row]
    matrix[:, len(static) :] = daily.T
    return matrix


def constant_inputs(history: History, names: Sequence[str], seed: int = 0) -> frozenset[str]:
    """Those of some features that are the same in every row learnt from: no tree can read them.

    Or in all rows but fewer than a leaf must hold, since LightGBM leaves such columns out.
    """
    inputs = RecipeInputs.of(names)
    rows = person_period(history, seed)
    matrix = training_matrix(history, rows, inputs)
    least = parameters(SettlementHistory.of(history).n_paid, inputs)["min_data_in_leaf"]
    columns = zip((*inputs.moment, *inputs.day), matrix.T, strict=True)
    return frozenset(name for name, column in columns if _n_apart(column) < least)


def _n_apart(column: Singles) -> int:
    """How many rows hold another value than most do; missing values are alike."""
    counts = np.unique(column, return_counts=True)[1]
    return len(column) - int(counts.max(initial=0))


def parameters(n_paid: int, inputs: RecipeInputs) -> dict[str, Any]:
    """LightGBM's parameters: smaller trees for a small ledger."""
    is_small = n_paid < SMALL_BELOW
    return {
        "objective": "binary",
        "learning_rate": LEARNING_RATE,
        "num_leaves": 7 if is_small else 31,
        "min_data_in_leaf": 50 if is_small else 200,
        "feature_fraction": 0.8,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "path_smooth": 100.0,
        "monotone_constraints": [int(name in RISING) for name in (*inputs.moment, *inputs.day)],
        "max_bin": 127,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
    }


def boosters(
    matrix: Singles,
    rows: PersonPeriod,
    reading: CurveMeaning,
    parameters: dict[str, Any],
    seed: int,
    seeds: int,
    rounds: int,
) -> tuple[str, ...]:
    """LightGBM's model texts for one reading, one a seed."""
    import lightgbm

    weight = rows.weight(reading)
    used = np.flatnonzero(weight > 0)
    some = matrix if len(used) == len(weight) else matrix[used]
    data = lightgbm.Dataset(
        some, rows.paid[used].astype(np.float64), weight=weight[used], params=parameters
    )
    return tuple(
        lightgbm.train(parameters | {"seed": seed * 1000 + one}, data, rounds).model_to_string()
        for one in range(seeds)
    )


def _unpaid(history: History) -> tuple[int, int]:
    """Invoices that reached their horizon unpaid: those closed without cash, and all."""
    rows = history.invoices()
    horizon = rows["due_on"] + BEYOND_DAYS
    reached = (horizon < history.as_of) & (rows["paid_on"] > horizon) & (rows["sold_on"] == NEVER)
    closed = reached & rows["closed_by"].isin(["without_cash", "loss"])
    return int(closed.sum()), int(reached.sum())


def _weekends(history: History) -> tuple[int, int]:
    """Payments on Saturdays and Sundays, and how many there would be if days were all alike."""
    paid = LikelyDays.of(history).settled_on(history)[history.position.is_issued]
    paid = paid[(history.invoices()["paid_on"] < NEVER).to_numpy()]
    return int((weekday(paid) >= SATURDAY).sum()), round(len(paid) * 2 / 7)
