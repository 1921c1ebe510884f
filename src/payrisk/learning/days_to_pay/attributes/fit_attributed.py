"""Fit the daily hazard with a prior, where attributes surely tell new customers apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from payrisk.arrays import Flags, Floats, Ints
from payrisk.learning.days_to_pay.attributes.fit_prior import fit_prior
from payrisk.learning.days_to_pay.attributes.past_invoices import PastInvoices
from payrisk.learning.days_to_pay.attributes.readable import readable_columns
from payrisk.learning.days_to_pay.fit_hazard import EVERY, fit_daily_hazard
from payrisk.learning.days_to_pay.sampling import Sampling
from payrisk.learning.measuring.curve_metrics import JudgedCurves, crps
from payrisk.learning.recipe_inputs import RecipeInputs
from payrisk.ledger import History
from payrisk.scoring import CurveModel
from payrisk.scoring.days_to_pay.attributes.columns import AttributeColumn
from payrisk.scoring.days_to_pay.attributes.model import AttributedHazard, InformedInvoices
from payrisk.scoring.days_to_pay.attributes.prior import AttributePrior
from payrisk.scoring.days_to_pay.daily_hazard import DailyHazard

STRENGTHS = (1.0, 3.0, 10.0, 30.0)
"""Settled invoices that a prior may weigh: how soon the customer's own past takes over."""
MOST_ROWS = 10_000
MOST_JUDGED = 2_500
FOLDS = 4
SURE = 1.645
"""Standard errors of the mean over customers by which the prior has to be better."""
LEAST_CUSTOMERS = 50


class ChosenPrior(NamedTuple):
    """How much a prior weighs, and what the choice found; strength 0: it is not used."""

    strength: float
    facts: Mapping[str, Any]


def fit_attributed_hazard(
    history: History,
    inputs: RecipeInputs = EVERY,
    *,
    seed: int = 0,
    seeds: int = 3,
    sampling: Sampling | Mapping[str, Any] | None = None,
    backdated: Collection[str] = (),
    **settings: Any,
) -> CurveModel:
    """The daily hazard of `fit_daily_hazard` and a prior over attributes beside it.

    backdated: attributes without date history that may be read; others without are left out and
    named among the facts. The hazard alone, with the same bits, where the ledger has no column
    that tells customers apart, or where customers left out were not surely foretold better.
    """
    base = fit_daily_hazard(history, inputs, seed=seed, seeds=seeds, sampling=sampling, **settings)
    if not isinstance(base, DailyHazard):
        return base
    limits = Sampling(**sampling) if isinstance(sampling, Mapping) else sampling or Sampling()
    most = min(MOST_ROWS, limits.issues)
    return with_prior(base, history, backdated=backdated, seed=seed, seeds=seeds, most=most)


def with_prior(
    base: DailyHazard,
    history: History,
    *,
    backdated: Collection[str] = (),
    seed: int = 0,
    seeds: int = 3,
    most: int = MOST_ROWS,
) -> CurveModel:
    """A fitted daily hazard with the prior of its history beside it, or itself.

    most: past invoices learnt from.
    """
    readable = readable_columns(history, backdated)
    columns, allowed = readable.columns, frozenset(backdated)
    past = PastInvoices.of(history, base.ecdf, columns, allowed, most=most)
    if past.rows.customer.max(initial=-1) + 1 < LEAST_CUSTOMERS:
        return base
    chosen = choose_strength(base, past, columns, seed)
    if not chosen.strength:
        return base
    prior = fit_prior(past.rows, columns, seed=seed, seeds=seeds, backdated=sorted(allowed))
    facts = dict(chosen.facts)
    if readable.refused:
        facts["undated_attributes_left_out"] = ", ".join(readable.refused)
    return AttributedHazard(base, prior, chosen.strength, facts)


def choose_strength(
    base: DailyHazard, past: PastInvoices, columns: Sequence[AttributeColumn], seed: int
) -> ChosenPrior:
    """The strength with the least CRPS of customers whose fold taught nothing, each alike.

    0 unless it is surely better than the terms' own prior at its best strength.
    """
    places = np.arange(len(past.rows))
    places = places[np.unique(np.linspace(0, len(places) - 1, MOST_JUDGED).astype(np.int64))]
    is_judged = np.zeros(len(past.rows), dtype=bool)
    is_judged[places] = True
    whose = np.unique(past.rows.customer[places])
    usual = {k: _scores(base, past, None, k, places)[whose] for k in STRENGTHS}
    informed = _cross_fitted(base, past, columns, seed, is_judged)
    informed = {k: scores[whose] for k, scores in informed.items()}
    before = min(usual.values(), key=lambda scores: float(scores.mean()))
    strength = min(STRENGTHS, key=lambda k: float(informed[k].mean()))
    after = informed[strength]
    gain = before - after
    error = float(gain.std(ddof=1)) / len(gain) ** 0.5
    facts: dict[str, Any] = {
        "crps_of_new_customers_by_terms": round(float(before.mean()), 4),
        "crps_of_new_customers_by_attributes": round(float(after.mean()), 4),
    }
    outside = [column for column in columns if not column.is_own_decision]
    if len(outside) < len(columns):
        kept = _cross_fitted(base, past, outside, seed, is_judged, (strength,))[strength][whose]
        facts["crps_of_new_customers_without_own_decisions"] = round(float(kept.mean()), 4)
    return ChosenPrior(strength if gain.mean() > SURE * error else 0.0, facts)


def _cross_fitted(
    base: DailyHazard,
    past: PastInvoices,
    columns: Sequence[AttributeColumn],
    seed: int,
    is_judged: Flags,
    strengths: Sequence[float] = STRENGTHS,
) -> dict[float, Floats]:
    """Strength → (customers,) CRPS, each customer foretold by a prior that never saw it."""
    n = int(past.rows.customer.max()) + 1
    fold = np.random.default_rng([seed, 13]).integers(FOLDS, size=n)[past.rows.customer]
    found = {k: np.zeros(n) for k in strengths}
    for nth in range(FOLDS):
        here, there = np.flatnonzero(is_judged & (fold == nth)), np.flatnonzero(fold != nth)
        if not len(here) or not len(there):
            continue
        prior = fit_prior(past.rows.take(there), columns, seed=seed)
        for k in strengths:
            found[k] += _scores(base, past, prior, k, here)
    return found


def _scores(
    base: DailyHazard,
    past: PastInvoices,
    prior: AttributePrior | None,
    strength: float,
    places: Ints,
) -> Floats:
    """(customers,) mean CRPS of each customer's invoices among some; 0 of others.

    Of the prior and the customer's counts at issue alone: what the daily hazard adds is the same
    for every prior.
    """
    model = AttributedHazard(base, prior or AttributePrior((), (), ()), strength)
    sums = np.zeros(int(past.rows.customer.max()) + 1)
    counts = np.bincount(past.rows.customer[places], minlength=len(sums))
    for begin in range(0, len(places), 4096):
        rows = places[begin : begin + 4096]
        curves = model.informed(_take(past.informed, rows))
        judged = JudgedCurves.of(curves, past.judged.iloc[rows].reset_index(drop=True))
        np.add.at(sums, past.rows.customer[rows], crps(judged))
    return np.asarray(sums / np.maximum(counts, 1))


def _take(informed: InformedInvoices, rows: Ints) -> InformedInvoices:
    return InformedInvoices(
        informed.known.iloc[rows].reset_index(drop=True),
        informed.counts.take(rows),
        informed.as_of[rows],
        informed.due_on[rows],
        informed.terms[rows],
        informed.country[rows],
    )
