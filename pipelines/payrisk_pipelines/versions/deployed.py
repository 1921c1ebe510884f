"""What answers in a home, read back as a champion that can be met and fitted again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from payrisk import bundle, pointers
from payrisk.errors import ModelError, NoChampion
from payrisk.features.catalogue.all import DEFINED
from payrisk.learning.fits import fit_word, with_current_fit_word
from payrisk.learning.judging.champion import DeployedChampion
from payrisk.learning.judging.spec import ModelSpec
from payrisk.ledger import DefaultRule
from payrisk_models import fit_named, recipes


def deployed_champion(home: Path, today: ModelSpec) -> DeployedChampion | None:
    """What answers for a spec in a home; None where nothing was promoted.

    A champion that cannot be loaded still stands: to be out of order is no way to be passed
    over. Raises ModelError where the pointer itself cannot be read.
    """
    pointed = pointers.champion(home, today.name)
    if pointed is None:
        return None
    why_not = ""
    try:
        champion = bundle.champion(home, today.name)
    except (NoChampion, ModelError) as error:
        champion, why_not = _unloaded(home, today.name, pointed), str(error)
    try:
        return DeployedChampion(champion, recipe_of(champion.manifest, today), why_not)
    except ModelError as error:
        return DeployedChampion(champion, None, why_not or str(error))


def recipe_of(manifest: Mapping[str, Any], today: ModelSpec) -> ModelSpec:
    """The recipe that a bundle was made by, ready to be fitted anew.

    today: the spec of its name, which lends what a bundle does not hold. Raises ModelError where
    the bundle does not tell its recipe, or its fit or one of its features is gone or means
    something else now.
    """
    if not manifest.get("recipe"):
        raise ModelError("The champion was trained before bundles told their recipe.")
    recipe = with_current_fit_word(manifest["recipe"])
    for name, definition in recipe["inputs"].items():
        if name not in DEFINED or DEFINED[name].definition_hash != definition:
            raise ModelError(f"The champion's recipe reads {name}, which is gone or changed.")
    alike = [own for own in recipes(today.name).values() if fit_word(own.fit) == recipe["fit"]]
    today = next(iter(alike), today) if fit_word(today.fit) != recipe["fit"] else today
    is_same_fit = fit_word(today.fit) == recipe["fit"]
    promise = {}
    if "over" in recipe:
        promise = {
            "over": recipe["over"],
            "rule": DefaultRule.of_json(recipe["rule"]),
            "horizon_days": recipe["days"],
        }
    return replace(
        today,
        **promise,
        fit=today.fit if is_same_fit else fit_named(recipe["fit"]),
        settings=recipe["settings"],
        inputs=_in_order(recipe["inputs"], today),
        when_judged=today.when_judged if is_same_fit else {},
        when_gated=today.when_gated if is_same_fit else {},
        when_sketched=today.when_sketched if is_same_fit else {},
        backdated=frozenset(recipe["backdated"]),
        seed=recipe["seed"],
    )


def champion_own_settings(home: Path, today: ModelSpec) -> Mapping[str, Any] | None:
    """The champion's settings where they were given by hand or by tuning; None: the spec's hold.

    A champion of another fit, or one that cannot be read, gives none.
    """
    pointed = pointers.champion(home, today.name)
    if pointed is None:
        return None
    try:
        manifest = bundle.verify(pointers.bundle_folder(home, today.name, pointed.version))
        recipe = recipe_of(manifest, today)
    except ModelError:
        return None
    is_kept = manifest.get("has_own_settings") and recipe.fit is today.fit
    return recipe.settings if is_kept else None


def _in_order(names: Mapping[str, str], today: ModelSpec) -> tuple[str, ...]:
    """The inputs in the order of today's: a bundle keeps none, and columns in it give the bits."""
    common = [name for name in today.inputs if name in names]
    return (*common, *sorted(set(names) - set(common)))


def _unloaded(home: Path, name: str, pointed: pointers.PointedVersion) -> bundle.Bundle:
    """What is known of a champion that cannot be loaded: its manifest where that verifies."""
    path = pointers.bundle_folder(home, name, pointed.version)
    try:
        manifest = bundle.verify(path)
    except ModelError:
        manifest = {"digest": pointed.digest}
    return bundle.Bundle(name, pointed.version, None, {}, manifest, path)
