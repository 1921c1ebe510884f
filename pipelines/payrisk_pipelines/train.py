"""Ledger to registered candidate: split, fit, judge beside baselines, card, gates, MLflow."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass
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
    metric_table,
    population,
    share_recorded_later,
)
from payrisk.learning.default import fit_roll_up
from payrisk.learning.ecdf import YOUNG_BELOW
from payrisk.learning.spec import ModelSpec
from payrisk.ledger import History, Ledger
from payrisk.registry import Registry, Version
from payrisk.scoring import CurveModel
from payrisk.scoring.hazard import DailyHazard
from payrisk.scoring.rollup import RollUp
from payrisk.settings import Settings
from payrisk_models import spec
from payrisk_pipelines.judging import Judgement, judged_curves, judged_risk, landmarks_of, unjudged


@dataclass(frozen=True)
class Trained:
    """A candidate: its card and the version it was registered as."""

    card: ModelCard
    version: Version

    def table(self) -> pd.DataFrame:
        """Metrics, this model first; without any, the verdict alone."""
        if not self.card.metrics:
            sentence = self.card.verdict.sentence
            return pd.DataFrame({"model": [self.card.name], "verdict": [sentence]})
        return metric_table(self.card.metrics)

    @property
    def sentence(self) -> str:
        """What was made, and the verdict."""
        return (
            f"{self.card.name} version {self.version.version} is the candidate,"
            f" trained as of {iso(self.card.as_of)}. {self.card.verdict.sentence}"
        )

    def to_json(self) -> dict[str, Any]:
        """The card and where it went."""
        return {
            "version": self.version.version,
            "run_id": self.version.run_id,
            "card": self.card.to_json(),
        }


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
    morning = ledger.default_as_of if as_of is None else as_of
    history = ledger.as_of(morning)
    if not len(history.invoices()):
        raise ModelError(f"No invoice is known before {iso(morning)}; train as of a later day.")
    recipe = spec(chosen.over) if chosen.over else chosen
    first = int(history.invoices()["issued_on"].min())
    allowed = admitted(ledger, (*chosen.features, *recipe.features), first, allow_undated)
    recipe = recipe.backdating(allowed)
    if chosen.head == "curves":
        model, judged, golden = _curves(recipe, ledger, history)
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
        _parameters(model),
        tuple(sorted(allowed)),
    )
    facts = {
        "git_commit": git_commit,
        "ledger_sha": ledger_sha,
        "seed": chosen.seed,
        "as_of": iso(morning),
    }
    with tempfile.TemporaryDirectory() as aside:
        folder = bundle.write(
            Path(aside) / f"{name}-{iso(morning)}",
            name=name,
            model=model,
            golden=golden,
            card=card.to_json(),
            card_text=card.to_text(),
            facts=facts,
        )
        bundle.load(folder, trial_seconds=0)
        version = _register(settings, card, folder, judged.rows, golden)
    return Trained(card, version)


def registry_of(settings: Settings) -> Registry:
    """The registry these settings name."""
    return Registry(settings.home, settings.mlflow_uri, settings.mlflow_artifacts)


def _register(
    settings: Settings, card: ModelCard, folder: Path, rows: pd.DataFrame, golden: pd.DataFrame
) -> Version:
    own = dict(card.metrics.get(card.name, {}))
    others = {
        f"{model}.{metric}": value
        for model, values in card.metrics.items()
        if model != card.name
        for metric, value in values.items()
    }
    manifest = bundle.verify(folder)
    tags = {
        "gate": card.verdict.outcome,
        "as_of": iso(card.as_of),
        "ledger_sha": card.ledger_sha,
        "git_commit": str(manifest["git_commit"]),
        "bundle_digest": str(manifest["digest"]),
    }
    return registry_of(settings).register(
        card.name,
        folder,
        params=dict(card.parameters) | {"as_of": iso(card.as_of), "seed": manifest["seed"]},
        metrics=own | others,
        tags=tags,
        dataset=rows,
        dataset_digest=card.ledger_sha or str(manifest["digest"]),
        example=golden,
    )


# -- payment curves ----------------------------------------------------------------------------


def _curves(
    chosen: ModelSpec, ledger: Ledger, history: History
) -> tuple[Any, Judgement, pd.DataFrame]:
    assert chosen.fit is not None
    model: Any = chosen.fit(history)
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
) -> tuple[RollUp, Judgement, pd.DataFrame]:
    assert recipe.fit is not None
    past = landmarks_of(chosen, recipe, ledger, history)
    model = fit_roll_up(
        history,
        past,
        _champion_curves(home, chosen.over) or recipe.fit(history),
        chosen.rule,
        chosen.horizon_days,
    )
    customers = history.open_invoices()["customer_id"].drop_duplicates().sort_values()
    golden = model.rows(history, list(customers.head(bundle.GOLDEN_ROWS)))
    return model, judged_risk(chosen, history, past), golden


def _champion_curves(home: Path, name: str) -> CurveModel | None:
    try:
        model: CurveModel = bundle.champion(home, name, trial_seconds=0).model
    except NoChampion:
        return None
    return model


# -- shared ------------------------------------------------------------------------------------


def _parameters(model: Any) -> dict[str, Any]:
    """What a reader may want to know of the fitted model, as plain values."""
    if isinstance(model, RollUp):
        rule = model.rule
        return {
            "default_days": rule.days,
            "default_share": rule.share,
            "default_minimum_cents": rule.minimum,
            "cure_days": rule.cure_days,
            "horizon_days": model.horizon_days,
            "longest_matured_horizon_days": model.longest_matured_days,
            "base_probability": round(model.base_probability, 5),
            "defaults_per_invoice": round(model.prior_share, 5),
            "level": round(model.level, 4),
        }
    if isinstance(model, DailyHazard):
        return {
            "boosters": len(model.boosters),
            "boosters_for_parts": len(model.money),
            "features_of_a_moment": len(model.names),
            "covariates_of_a_day": len(model.days),
            "weight_of_the_trees": model.weight,
            "share_never_of_unpaid": round(model.share_never, 4),
            **_parameters(model.beside),
        }
    return {
        "customer_weight": model.customer_weight,
        "terms_weight": model.terms_weight,
        "terms_with_own_counts": len(model.terms),
        "share_staying_on_closed_days": round(model.on_closed_days, 4),
        "daily_chance_of_cash_when_very_late": round(model.tail[0], 5),
        "daily_chance_of_closing_unpaid_when_very_late": round(model.tail[1], 5),
        "is_young_ledger": model.is_young,
    }
