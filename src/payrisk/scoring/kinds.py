"""Every kind of model that a bundle may hold, and how one is bound to the champions it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from payrisk.errors import ModelError
from payrisk.features.catalogue.feature import Feature
from payrisk.scoring import CurveModel, Model
from payrisk.scoring.days_to_pay.attributes.model import AttributedHazard
from payrisk.scoring.days_to_pay.daily_hazard import DailyHazard
from payrisk.scoring.days_to_pay.ecdf import ShrunkEcdf
from payrisk.scoring.default_risk.model import DefaultModel
from payrisk.scoring.new_customer.model import ApplicantModel
from payrisk.scoring.new_customer.scorecard import ScorecardModel

KINDS: dict[str, type[Model]] = {
    kind.kind: kind
    for kind in (
        ShrunkEcdf,
        DailyHazard,
        AttributedHazard,
        DefaultModel,
        ApplicantModel,
        ScorecardModel,
    )
}
"""What a manifest calls a kind of model → its class."""

CURVE_KINDS = frozenset(kind for kind, model in KINDS.items() if hasattr(model, "curves"))
"""Kinds that answer with payment curves; the others with one probability."""


@runtime_checkable
class ComposedModel(Protocol):
    """A model that is a formula over other champions, of which it holds no copy.

    needs: the name of the curve champion without which it cannot answer. wants: the name of the
    champion of applicants, used where there is one.
    """

    needs: ClassVar[str]
    wants: ClassVar[str]

    def bind(self, curves: CurveModel, applicants: Any = None) -> Any:
        """The same model over these champions."""
        ...


def bind(model: Any, champions: Mapping[str, Any]) -> Any:
    """The model over the champions it is a formula of; itself where it is of none.

    champions: the models in service by name. None where the one that it needs is not among them.
    """
    if not isinstance(model, ComposedModel):
        return model
    curves = champions.get(model.needs)
    return None if curves is None else model.bind(curves, champions.get(model.wants))


def check_definitions(path: Path, used: list[dict[str, Any]], now: Iterable[Feature]) -> None:
    """Raise ModelError where a feature in use is gone or changed; additions do not matter.

    path: of the bundle. used: the entries of its features.json. now: the features as they are.
    Features of the catalogue have a term; the others belong to the kind of model.
    """
    hashes = {feature.name: feature.definition_hash for feature in now}
    for entry in used:
        name = entry["name"]
        if hashes.get(name) != entry["definition_hash"]:
            how = f"another definition of {name}" if name in hashes else f"{name}, now undefined"
            raise ModelError(f"The bundle '{path}' was trained on {how}; train a new version.")
