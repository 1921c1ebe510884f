"""What ships: a recipe fitted on the morning asked for, its golden rows and what it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk import bundle
from payrisk.errors import ModelError, NoChampion
from payrisk.learning.default_risk.landmarks import Landmark
from payrisk.learning.judging.judge_default import applicants_of
from payrisk.learning.judging.spec import ModelSpec
from payrisk.learning.new_customer.applications import ApplicationTable
from payrisk.learning.new_customer.folds import in_order
from payrisk.ledger import History, Ledger
from payrisk.scoring import CurveModel
from payrisk_models import spec
from payrisk_pipelines.backtests.cash_replay import replay_weeks
from payrisk_pipelines.versions.deployed import recipe_of


@dataclass(frozen=True)
class FinalFit:
    """A fitted model as its bundle holds it.

    golden: flat input rows. cash_papers: what forecasts stand on, by name. facts: what the
    manifest must tell for the same to be fitted again. bound: a risk over its curves, as it
    answers.
    """

    model: Any
    golden: pd.DataFrame
    cash_papers: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    bound: Any = None

    @property
    def answering_model(self) -> Any:
        """The model as it answers: over its curves, where it is a formula over some."""
        return self.model if self.bound is None else self.bound


@dataclass(frozen=True)
class RollUpCurves:
    """The payment curves that a risk is a formula over.

    recipe: fitted anew on past mornings: the champion's own, today's where that is gone.
    champion: None where none is promoted: then the recipe is fitted on this morning, too, unless
    it was already (`fitted`).
    """

    recipe: ModelSpec
    champion: bundle.Bundle | None = None
    fitted: CurveModel | None = None

    @classmethod
    def of(
        cls, home: Path, risk: ModelSpec, backdated: frozenset[str] = frozenset()
    ) -> RollUpCurves:
        """Those of a spec of risks in a home; raises ModelError when what answers is damaged.

        backdated: see `ModelSpec.with_backdated`.
        """
        recipe = spec(risk.over).with_backdated(backdated)
        try:
            champion = bundle.champion(home, recipe.name, trial_seconds=0)
        except NoChampion:
            return cls(recipe)
        with suppress(ModelError):
            recipe = recipe_of(champion.manifest, recipe)
        return cls(recipe, champion)

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest tells of it."""
        over: dict[str, Any] = {"name": self.recipe.name, "recipe": self.recipe.to_json()}
        if self.champion is not None:
            digest = self.champion.manifest["digest"]
            over |= {"version": self.champion.version, "digest": digest}
        return {"over": over}

    def curves(self, history: History) -> CurveModel:
        """The curves of this morning."""
        if self.champion is None:
            return self.fitted or self.recipe.fit_as_served(history)
        model: CurveModel = self.champion.model
        return model


def ship_curves(recipe: ModelSpec, ledger: Ledger, history: History) -> FinalFit:
    """Payment curves, and what forecasts of cash stand on."""
    # side by side, they share nothing: each says what it would alone
    with ThreadPoolExecutor(max_workers=1) as aside:
        past = aside.submit(replay_weeks, ledger, history, recipe.fit_sketch, seed=recipe.seed)
        model: Any = recipe.fit_as_served(history)
    invoices = history.open_invoices()
    if len(invoices) < bundle.GOLDEN_ROWS:
        invoices = pd.concat([invoices, history.settled_invoices()])
    golden = model.rows(history, invoices.head(bundle.GOLDEN_ROWS))
    return FinalFit(model, golden, past.result().papers())


def ship_risk(
    recipe: ModelSpec, base: RollUpCurves, history: History, past: list[Landmark]
) -> FinalFit:
    """The chance of default; past: see `judge_default.landmarks_of`."""
    curves = base.curves(history)
    model = recipe.risk(history, past, curves)
    customers = history.open_invoices()["customer_id"].drop_duplicates().sort_values()
    bound = model.bind(curves, applicants_of(recipe, history))
    golden = bound.rows(history, list(customers.head(bundle.GOLDEN_ROWS)))
    return FinalFit(model, golden, {}, base.facts, bound)


def ship_applicants(recipe: ModelSpec, table: ApplicationTable) -> FinalFit:
    """What applications alone say."""
    model = recipe.applicants(table)
    golden = in_order(table).frame.head(bundle.GOLDEN_ROWS)[list(model.encoding.columns)]
    return FinalFit(model, golden)
