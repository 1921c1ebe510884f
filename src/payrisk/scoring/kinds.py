"""Every kind of model that a bundle may hold, read only while its features mean the same."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from payrisk.errors import ModelError
from payrisk.features.catalogue.feature import Feature
from payrisk.scoring.days_to_pay.daily_hazard import DailyHazard
from payrisk.scoring.days_to_pay.ecdf import ShrunkEcdf
from payrisk.scoring.default_risk.model import DefaultModel
from payrisk.scoring.new_customer.model import ApplicantModel

Model = ShrunkEcdf | DailyHazard | DefaultModel | ApplicantModel


KINDS: dict[str, type[Model]] = {
    m.kind: m for m in (ShrunkEcdf, DailyHazard, DefaultModel, ApplicantModel)
}

CURVE_KINDS = frozenset(kind for kind, model in KINDS.items() if hasattr(model, "curves"))
"""Kinds that answer with payment curves; the others with one probability."""


def hold_definitions(path: Path, used: list[dict[str, Any]], now: Iterable[Feature]) -> None:
    """Raise ModelError where a feature in use is gone or changed; additions do not matter.

    Features of the catalogue have a term; the others belong to the kind of model.
    """
    hashes = {feature.name: feature.definition_hash for feature in now}
    for name, told in ((entry["name"], entry["definition_hash"]) for entry in used):
        if hashes.get(name) != told:
            how = f"another definition of {name}" if name in hashes else f"{name}, now undefined"
            raise ModelError(f"The bundle '{path}' was trained on {how}; train a new version.")
