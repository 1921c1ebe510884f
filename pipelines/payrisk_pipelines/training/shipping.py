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
from payrisk.learning.judging.spec import ModelSpec
from payrisk.learning.new_customer.applications import ApplicationTable
from payrisk.learning.new_customer.folds import in_order
from payrisk.ledger import History, Ledger
from payrisk.scoring import CurveModel
from payrisk_models import spec
from payrisk_pipelines.backtests.cash_replay import replayed
from payrisk_pipelines.backtests.judging_risk import applicants_of
from payrisk_pipelines.backtests.standing import recipe_of


@dataclass(frozen=True)
class Shipped:
    """A fitted model as its bundle holds it.

    golden: flat input rows. beside: further papers by name. facts: what the manifest must tell
    for the same to be fitted again. bound: a risk over its curves, as it answers.
    """

    model: Any
    golden: pd.DataFrame
    beside: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    bound: Any = None


@dataclass(frozen=True)
class Over:
    """The payment curves that a risk is a formula over.

    recipe: fitted anew on past mornings: the champion's own, today's where that is gone. found:
    the champion, None where none is promoted: then the recipe is fitted on this morning, too,
    unless it was already (`fitted`).
    """

    recipe: ModelSpec
    found: bundle.Bundle | None = None
    fitted: CurveModel | None = None

    @classmethod
    def of(cls, home: Path, recipe: ModelSpec) -> Over:
        """What answers in a home; raises ModelError when it is damaged."""
        try:
            found = bundle.champion(home, recipe.name, trial_seconds=0)
        except NoChampion:
            return cls(recipe)
        with suppress(ModelError):
            recipe = recipe_of(found.manifest, recipe)
        return cls(recipe, found)

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest tells of it."""
        told: dict[str, Any] = {"name": self.recipe.name, "recipe": self.recipe.told()}
        if self.found is not None:
            told |= {"version": self.found.version, "digest": self.found.manifest["digest"]}
        return {"over": told}

    def curves(self, history: History) -> CurveModel:
        """The curves of this morning."""
        if self.found is None:
            return self.fitted or self.recipe.full(history)
        model: CurveModel = self.found.model
        return model


def ship_curves(chosen: ModelSpec, ledger: Ledger, history: History) -> Shipped:
    """Payment curves, and what forecasts of cash stand on."""
    # side by side, they share nothing: each says what it would alone
    with ThreadPoolExecutor(max_workers=1) as aside:
        past = aside.submit(replayed, ledger, history, chosen.sketch, seed=chosen.seed)
        model: Any = chosen.full(history)
    invoices = history.open_invoices()
    if len(invoices) < bundle.GOLDEN_ROWS:
        invoices = pd.concat([invoices, history.settled()])
    golden = model.rows(history, invoices.head(bundle.GOLDEN_ROWS))
    return Shipped(model, golden, past.result().papers())


def ship_risk(chosen: ModelSpec, over: Over, history: History, past: list[Landmark]) -> Shipped:
    """The chance of default; past: see `judging_risk.landmarks_of`."""
    curves = over.curves(history)
    rule, horizon = chosen.rule, chosen.horizon_days
    model = chosen.fit(history, past, curves, rule, horizon, chosen.seed)
    customers = history.open_invoices()["customer_id"].drop_duplicates().sort_values()
    bound = model.bind(curves, applicants_of(chosen, history))
    golden = bound.rows(history, list(customers.head(bundle.GOLDEN_ROWS)))
    return Shipped(model, golden, {}, over.facts, bound)


def ship_applicants(chosen: ModelSpec, table: ApplicationTable) -> Shipped:
    """What applications alone say."""
    model = chosen.fit(table, chosen.seed)
    golden = in_order(table).frame.head(bundle.GOLDEN_ROWS)[list(model.encoding.columns)]
    return Shipped(model, golden)


def over_of(home: Path, chosen: ModelSpec, backdated: frozenset[str] = frozenset()) -> Over:
    """What a spec of risks is over in a home; backdated: see `ModelSpec.backdating`."""
    return Over.of(home, spec(chosen.over).backdating(backdated))
