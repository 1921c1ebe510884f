"""What answers now, as an opponent: the deployed champion, and its recipe to be refitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from payrisk import bundle
from payrisk.calendar import day_of
from payrisk.errors import ModelError, NoChampion
from payrisk.features.catalogue import DEFINED
from payrisk.learning.card import feature_diff
from payrisk.learning.spec import ModelSpec
from payrisk.ledger import DefaultRule

FITTERS = ("payrisk.learning.", "payrisk_models.")
"""Where a recipe's fit may come from: a name read from a file imports nothing else."""


@dataclass(frozen=True)
class Standing:
    """The champion of a name: its bundle and its recipe.

    recipe: None where today's code cannot fit it; why_not then says why.
    """

    found: bundle.Bundle
    recipe: ModelSpec | None
    why_not: str = ""

    @classmethod
    def of(cls, home: Path, chosen: ModelSpec) -> Standing | None:
        """What answers for the spec in this home; None where nothing does, or it is damaged."""
        try:
            found = bundle.champion(home, chosen.name)
        except (NoChampion, ModelError):
            return None
        try:
            return cls(found, recipe_of(found.manifest, chosen))
        except ModelError as error:
            return cls(found, None, str(error))

    @property
    def as_of(self) -> int:
        """The morning the champion was trained as of."""
        return day_of(str(self.found.manifest.get("as_of") or "9999-12-31"))

    @property
    def label(self) -> str:
        """How it is named in tables."""
        return f"champion {self.found.version}"


def recipe_of(manifest: Mapping[str, Any], chosen: ModelSpec) -> ModelSpec:
    """The recipe that a bundle was made by, ready to be fitted anew.

    Raises ModelError where the bundle does not tell it, or its fit or one of its features is gone
    or means something else now.
    """
    told = manifest.get("recipe")
    if not told:
        raise ModelError("The champion was trained before bundles told their recipe.")
    for name, definition in told["inputs"].items():
        if name not in DEFINED or DEFINED[name].definition_hash != definition:
            raise ModelError(f"The champion's recipe reads {name}, which is gone or changed.")
    same = chosen.told()["fit"] == told["fit"]
    promised = {}
    if chosen.head != "curves":
        promised = {
            "over": told["over"],
            "rule": DefaultRule(**told["rule"]),
            "horizon_days": told["days"],
        }
    return replace(
        chosen,
        **promised,
        fit=chosen.fit if same else _fit(told["fit"]),
        settings=told["settings"],
        inputs=tuple(told["inputs"]),
        when_judged=chosen.when_judged if same else {},
        when_gated=chosen.when_gated if same else {},
        when_sketched=chosen.when_sketched if same else {},
        backdated=frozenset(told["backdated"]),
        seed=told["seed"],
    )


def difference(features: Mapping[str, str], standing: Standing | None) -> dict[str, Any]:
    """How what a model reads differs from what answers now; empty where nothing does."""
    if standing is None:
        return {}
    before = {one.name: one.definition_hash for one in standing.found.model.inputs}
    return feature_diff(features, before, f"version {standing.found.version}")


def _fit(name: str) -> Any:
    module, _, function = name.rpartition(".")
    if not name.startswith(FITTERS):
        raise ModelError(f"The champion's recipe is fitted by '{name}', which is not payrisk's.")
    try:
        return getattr(import_module(module), function)
    except (ImportError, AttributeError):
        raise ModelError(f"The champion's recipe is fitted by '{name}', which is gone.") from None
