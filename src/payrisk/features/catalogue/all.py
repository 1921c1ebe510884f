"""Every feature by its name; a line in a feature file adds one here."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Sequence

from payrisk.errors import InputError
from payrisk.features.catalogue import conduct, customer, exposure, groups, invoice
from payrisk.features.catalogue.daily import DAILY
from payrisk.features.catalogue.feature import Feature

CATALOGUE: dict[str, Feature] = {
    feature.name: feature
    for file in (customer, conduct, groups, exposure, invoice)
    for feature in file.FEATURES
}
"""Every feature of a moment, in the order of a matrix's columns."""

DEFINED: dict[str, Feature] = {**CATALOGUE, **DAILY}
"""Every feature of a moment or of a day: what a model's input may be."""


def features(names: Sequence[str] | None = None) -> list[Feature]:
    """The named features in the order given, all where None; raises InputError for others."""
    if names is None:
        return list(CATALOGUE.values())
    for name in names:
        if name not in CATALOGUE:
            near = difflib.get_close_matches(name, CATALOGUE, n=1)
            hint = f"did you mean '{near[0]}'" if near else "see 'payrisk features list'"
            raise InputError(f"There is no feature '{name}'; {hint}.")
    return [CATALOGUE[name] for name in names]


def feature_names_read_by(model: str) -> tuple[str, ...]:
    """Names of the features of a moment whose own line says that a model reads them."""
    return tuple(feature.name for feature in CATALOGUE.values() if model in feature.read_by)


def catalogue_hash(names: Sequence[str] | None = None) -> str:
    """One hash over the definitions of some features, in their order."""
    hashes = "|".join(feature.definition_hash for feature in features(names))
    return hashlib.sha256(hashes.encode()).hexdigest()[:16]
