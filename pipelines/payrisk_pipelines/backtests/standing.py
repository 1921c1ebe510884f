"""What answers now, as an opponent: the deployed champion, and its recipe to be refitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from payrisk import bundle, pointers
from payrisk.calendar import day_of
from payrisk.errors import ModelError, NoChampion
from payrisk.features.catalogue.all import DEFINED
from payrisk.learning.fits import as_told_today
from payrisk.learning.judging.card import feature_diff
from payrisk.learning.judging.spec import ModelSpec
from payrisk.ledger import DefaultRule
from payrisk_models import fit_named


@dataclass(frozen=True)
class Standing:
    """The champion of a name: its bundle and its recipe.

    found: without a model where it cannot be loaded. recipe: None where today's code cannot fit
    it. why_not says why, of either.
    """

    found: bundle.Bundle
    recipe: ModelSpec | None
    why_not: str = ""

    @classmethod
    def of(cls, home: Path, chosen: ModelSpec) -> Standing | None:
        """What answers for the spec in this home; None where nothing was promoted.

        A champion that cannot be loaded still stands: to be out of order is no way to be passed
        over. Raises ModelError where the pointer itself cannot be read.
        """
        pointed = pointers.champion(home, chosen.name)
        if pointed is None:
            return None
        why_not = ""
        try:
            found = bundle.champion(home, chosen.name)
        except (NoChampion, ModelError) as error:
            found, why_not = _unloaded(home, chosen.name, pointed), str(error)
        try:
            return cls(found, recipe_of(found.manifest, chosen), why_not)
        except ModelError as error:
            return cls(found, None, why_not or str(error))

    @property
    def as_of(self) -> int:
        """The morning the champion was trained as of."""
        return day_of(str(self.found.manifest.get("as_of") or "9999-12-31"))

    @property
    def model(self) -> Any:
        """What answers; None where it cannot be loaded."""
        return self.found.model

    @property
    def told(self) -> dict[str, str]:
        """Which champion it is, as the card of whatever meets it says."""
        return {"version": self.found.version, "digest": self.found.digest}

    @property
    def label(self) -> str:
        """How it is named in tables."""
        return f"champion {self.found.version}"


def recipe_of(manifest: Mapping[str, Any], chosen: ModelSpec) -> ModelSpec:
    """The recipe that a bundle was made by, ready to be fitted anew.

    Raises ModelError where the bundle does not tell it, or its fit or one of its features is gone
    or means something else now.
    """
    if not manifest.get("recipe"):
        raise ModelError("The champion was trained before bundles told their recipe.")
    told = as_told_today(manifest["recipe"])
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
        fit=chosen.fit if same else fit_named(told["fit"]),
        settings=told["settings"],
        inputs=tuple(told["inputs"]),
        when_judged=chosen.when_judged if same else {},
        when_gated=chosen.when_gated if same else {},
        when_sketched=chosen.when_sketched if same else {},
        backdated=frozenset(told["backdated"]),
        seed=told["seed"],
    )


def kept_settings(home: Path, chosen: ModelSpec) -> Mapping[str, Any] | None:
    """The champion's settings where they were given by hand or by tuning; None: the spec's hold.

    A champion of another fit, or one that cannot be read, gives none.
    """
    pointed = pointers.champion(home, chosen.name)
    if pointed is None:
        return None
    try:
        manifest = bundle.verify(pointers.bundle_folder(home, chosen.name, pointed.version))
        recipe = recipe_of(manifest, chosen)
    except ModelError:
        return None
    is_kept = manifest.get("has_own_settings") and recipe.fit is chosen.fit
    return recipe.settings if is_kept else None


def difference(features: Mapping[str, str], standing: Standing | None) -> dict[str, Any]:
    """How what a model reads differs from what answers now; empty where nothing does."""
    if standing is None:
        return {}
    if standing.model is None:
        before = dict(standing.found.manifest.get("recipe", {}).get("inputs", {}))
    else:
        before = {one.name: one.definition_hash for one in standing.model.inputs}
    return feature_diff(features, before, f"version {standing.found.version}")


def _unloaded(home: Path, name: str, pointed: pointers.PointedVersion) -> bundle.Bundle:
    """What is known of a champion that cannot be loaded: its manifest where that verifies."""
    path = pointers.bundle_folder(home, name, pointed.version)
    try:
        manifest = bundle.verify(path)
    except ModelError:
        manifest = {"digest": pointed.digest}
    return bundle.Bundle(name, pointed.version, None, {}, manifest, path)
