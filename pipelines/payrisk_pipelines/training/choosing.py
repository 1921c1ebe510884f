"""Which of a model's recipes is trained where none is named: the one that its data ask for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from payrisk import bundle, pointers
from payrisk.errors import ModelError
from payrisk.features.catalogue.undated import READ
from payrisk.learning.fits import fit_word, with_current_fit_word
from payrisk.learning.judging.spec import ModelSpec
from payrisk_models import recipes, spec


def choose_recipe(
    home: Path, name: str, recipe: str = "", allow_undated: Collection[str] = ()
) -> ModelSpec:
    """The recipe named; else the one that reads attributes, where these are asked for.

    They are where an attribute is allowed by name that no other recipe reads, and where what
    answers in the home was made by it: it falls back to the other by itself. Raises ModelError
    for a recipe that is not there.
    """
    usual = spec(name, recipe)
    readers = [other for other in recipes(name).values() if other.reads_attributes]
    if recipe or not readers:
        return usual
    is_asked_for = bool(set(allow_undated) - set(READ))
    return readers[0] if is_asked_for or _answers(home, readers[0]) else usual


def allowed_attributes(recipe: ModelSpec, allow_undated: Collection[str]) -> tuple[str, ...]:
    """Of attributes allowed to several models those that a recipe may read at all."""
    if recipe.reads_attributes:
        return tuple(allow_undated)
    return tuple(name for name in allow_undated if name in READ)


def _answers(home: Path, recipe: ModelSpec) -> bool:
    """Whether the champion of a home was fitted as the recipe is."""
    pointed = pointers.champion(home, recipe.name)
    if pointed is None:
        return False
    try:
        manifest = bundle.verify(pointers.bundle_folder(home, recipe.name, pointed.version))
    except ModelError:
        return False
    told: Mapping[str, Any] = manifest.get("recipe") or {}
    return bool(told) and with_current_fit_word(told)["fit"] == fit_word(recipe.fit)
