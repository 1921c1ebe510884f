"""Ledger to registered candidate: split, fit, judge beside baselines, card, gates, MLflow."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk import bundle
from payrisk.calendar import iso
from payrisk.errors import ModelError, NoChampion
from payrisk.features.undated import admitted
from payrisk.learning.card import (
    ModelCard,
    limits_of,
    population,
    share_recorded_later,
)
from payrisk.learning.default_risk import fit_default_risk
from payrisk.learning.ecdf import YOUNG_BELOW
from payrisk.learning.spec import ModelSpec
from payrisk.ledger import History, Ledger
from payrisk.scoring import CurveModel
from payrisk.scoring.default_risk import DefaultModel
from payrisk.settings import Settings
from payrisk_models import spec
from payrisk_pipelines.applicants import train_on_ledger
from payrisk_pipelines.candidate import Trained, candidate
from payrisk_pipelines.cash_past import replayed
from payrisk_pipelines.judging import (
    Judgement,
    applicants_of,
    judged_curves,
    judged_risk,
    landmarks_of,
    unjudged,
)


def train(
    settings: Settings,
    name: str,
    as_of: int | None = None,
    *,
    git_commit: str = "",
    ledger: Ledger | None = None,
    ledger_sha: str = "",
    allow_undated: Collection[str] = (),
) -> Trained:
    """Train `name` on what was known at as_of, judge the recipe, register the candidate.

    The recipe is judged by fitting it at an earlier origin and scoring later dates, beside its
    baselines; what is registered is the recipe fitted at as_of. allow_undated: attributes without
    date history that may be read as if known since ever. Raises ModelError for a name without a
    spec, InputError for an input read from such an attribute that is not allowed; a ledger too
    young to judge on gives a candidate whose verdict says so.
    """
    chosen = spec(name)
    if ledger is None:
        from payrisk.ledger.storage import current, load

        ledger_sha = current(settings.home)
        ledger = load(settings.home, ledger_sha)
    if chosen.head == "applicant":
        return train_on_ledger(
            settings, chosen, ledger, as_of, ledger_sha=ledger_sha, git_commit=git_commit
        )
    morning = ledger.default_as_of if as_of is None else as_of
    history = ledger.as_of(morning)
    if not len(history.invoices()):
        raise ModelError(f"No invoice is known before {iso(morning)}; train as of a later day.")
    recipe = spec(chosen.over) if chosen.over else chosen
    first = int(history.invoices()["issued_on"].min())
    allowed = admitted(ledger, (*chosen.features, *recipe.features), first, allow_undated)
    recipe = recipe.backdating(allowed)
    beside: dict[str, Any] = {}
    if chosen.head == "curves":
        model, judged, golden = _curves(recipe, ledger, history)
        beside = replayed(ledger, history, recipe.sketch, seed=chosen.seed).papers()
    else:
        model, judged, golden = _risk(chosen, recipe, ledger, history, settings.home)
    card = ModelCard(
        chosen.name,
        chosen.purpose,
        chosen.recipe,
        morning,
        ledger_sha,
        population(history),
        judged.window,
        judged.metrics,
        judged.verdict,
        limits_of(chosen, history, share_recorded_later(history)),
        model.parameters,
        tuple(sorted(allowed)),
    )
    return candidate(
        settings,
        model,
        card,
        golden,
        judged.rows,
        git_commit=git_commit,
        seed=chosen.seed,
        beside=beside,
    )


# -- payment curves ----------------------------------------------------------------------------


def _curves(
    chosen: ModelSpec, ledger: Ledger, history: History
) -> tuple[Any, Judgement, pd.DataFrame]:
    model: Any = chosen.full(history)
    invoices = history.open_invoices()
    if len(invoices) < bundle.GOLDEN_ROWS:
        invoices = pd.concat([invoices, history.settled()])
    golden = model.rows(history, invoices.head(bundle.GOLDEN_ROWS))
    n_paid = len(history.settled())
    if n_paid < YOUNG_BELOW:
        note = (
            f"The ledger is too young to judge on: {n_paid} invoices are settled, {YOUNG_BELOW}"
            " are needed; the shrunk ECDF answers as the fallback."
        )
        return model, unjudged(chosen, history, note), golden
    return model, judged_curves(chosen, ledger, history), golden


# -- default risk ------------------------------------------------------------------------------


def _risk(
    chosen: ModelSpec, recipe: ModelSpec, ledger: Ledger, history: History, home: Path
) -> tuple[DefaultModel, Judgement, pd.DataFrame]:
    past = landmarks_of(chosen, recipe, ledger, history)
    curves = _champion_curves(home, chosen.over) or recipe.full(history)
    rule, horizon = chosen.rule, chosen.horizon_days
    model = fit_default_risk(history, past, curves, rule, horizon, chosen.seed)
    customers = history.open_invoices()["customer_id"].drop_duplicates().sort_values()
    bound = model.over(curves, applicants_of(chosen, history))
    golden = bound.rows(history, list(customers.head(bundle.GOLDEN_ROWS)))
    return model, judged_risk(chosen, history, past), golden


def _champion_curves(home: Path, name: str) -> CurveModel | None:
    try:
        model: CurveModel = bundle.champion(home, name, trial_seconds=0).model
    except NoChampion:
        return None
    return model
