"""Every spec in this folder, found by looking."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from payrisk.errors import ModelError
from payrisk.learning.fits import FITS, Fit
from payrisk.learning.judging.spec import ModelSpec


@cache
def specs() -> dict[str, ModelSpec]:
    """Name → spec of every file here; the file's SPEC is what counts."""
    found = [import_module(f"{__name__}.{module.name}").SPEC for module in iter_modules(__path__)]
    return {spec.name: spec for spec in sorted(found, key=lambda spec: spec.name)}


def spec(name: str, recipe: str = "") -> ModelSpec:
    """The spec of a name, or another recipe for it; raises ModelError listing those there are."""
    if name not in specs():
        raise ModelError(f"There is no model '{name}'; the models are {', '.join(specs())}.")
    if not recipe:
        return specs()[name]
    others = recipes(name)
    if recipe not in others:
        told = f"it has {', '.join(others)}" if others else "it has one recipe alone"
        raise ModelError(f"'{name}' has no recipe '{recipe}'; {told}.")
    return others[recipe]


def recipes(name: str) -> dict[str, ModelSpec]:
    """The other recipes of a model, by their names."""
    return _recipes().get(name, {})


@cache
def _recipes() -> dict[str, dict[str, ModelSpec]]:
    """Name → the other recipes of every file here: its RECIPES."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return {module.SPEC.name: dict(getattr(module, "RECIPES", {})) for module in modules}


def fit_named(word: str) -> Fit:
    """The fit that a recipe's word names: one of payrisk's, or `file.function` of this folder.

    Raises ModelError where there is none: a word read from a file imports nothing else.
    """
    if word in FITS:
        return FITS[word]
    file, _, function = word.rpartition(".")
    if file not in {module.name for module in iter_modules(__path__)}:
        raise ModelError(
            f"A recipe is fitted by '{word}', which is neither payrisk's nor a model's."
        )
    fit: Fit | None = getattr(import_module(f"{__name__}.{file}"), function, None)
    if fit is None:
        raise ModelError(f"A recipe is fitted by '{word}', which is gone.")
    return fit
