"""The word by which a recipe names its fit, in today's bundles and in earlier ones.

A word is for ever, since homes keep bundles: where the function lies and what it is called may
change, the word may not. A fit of a model's own is named by its file and its function,
`patient_curves.fit_patiently` of models/payrisk_models/patient_curves.py.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from payrisk.learning.days_to_pay.attributes.fit_attributed import fit_attributed_hazard
from payrisk.learning.days_to_pay.baselines import BASELINES
from payrisk.learning.days_to_pay.fit_best_ecdf import fit_best_ecdf
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.days_to_pay.fit_hazard import fit_daily_hazard
from payrisk.learning.default_risk.fit import fit_default_risk
from payrisk.learning.new_customer.fit import fit_applicant
from payrisk.learning.new_customer.fit_points import fit_points
from payrisk.learning.new_customer.fit_years import fit_across_years

Fit = Callable[..., Any]

FITS: Mapping[str, Fit] = {
    **BASELINES,
    "daily-hazard": fit_daily_hazard,
    "hazard-and-attributes": fit_attributed_hazard,
    "shrunk-ecdf": fit_shrunk_ecdf,
    "best-ecdf": fit_best_ecdf,
    "curves-and-behaviour": fit_default_risk,
    "application-trees": fit_applicant,
    "application-years": fit_across_years,
    "points-card": fit_points,
}
"""The fits that come with payrisk, by their words."""

EARLIER: Mapping[str, str] = tomllib.loads(
    Path(__file__).with_name("earlier_fits.toml").read_text(encoding="utf-8")
)
"""Word → what recipes called the fit before it had a word; '' where they told no fit."""

MODELS = "payrisk_models."
_WORDS = {name: word for word, name in EARLIER.items() if name}


def fit_word(fit: Fit) -> str:
    """The word of a fit.

    >>> fit_word(fit_shrunk_ecdf)
    'shrunk-ecdf'
    """
    words = [word for word, function in FITS.items() if function is fit]
    return words[0] if words else _word(f"{fit.__module__}.{fit.__qualname__}")


def with_current_fit_word(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe of any bundle with its fit named by today's word.

    >>> with_current_fit_word({"fit": "payrisk_models.patient_curves.fit_patiently"})
    {'fit': 'patient_curves.fit_patiently'}
    """
    if recipe["fit"]:
        word = _word(recipe["fit"])
    else:  # it told of a chance of default: over curves, or of an application alone
        word = "curves-and-behaviour" if recipe["over"] else "application-trees"
    return {**recipe, "fit": word}


def with_first_fit_name(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe with its fit named as it first was: what its sha is worked out from.

    >>> with_first_fit_name({"fit": "patient_curves.fit_patiently"})
    {'fit': 'payrisk_models.patient_curves.fit_patiently'}
    """
    word = with_current_fit_word(recipe)["fit"]
    path = f"{MODELS}{word}" if "." in word else word
    return {**recipe, "fit": EARLIER.get(word, path)}


def _word(name: str) -> str:
    return _WORDS.get(name, name.removeprefix(MODELS))
