"""DeployedChampion: what answers now, as the one that a new recipe has to stand beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from payrisk.bundle import Bundle
from payrisk.calendar import day_of, iso
from payrisk.learning.judging.card import feature_diff
from payrisk.learning.judging.spec import ModelSpec


@dataclass(frozen=True)
class DeployedChampion:
    """The champion of a name: its bundle, and the recipe it was made by, to be fitted anew.

    bundle: without a model where it cannot be loaded. recipe: None where today's code cannot fit
    it. why_not says why, of either.
    """

    bundle: Bundle
    recipe: ModelSpec | None
    why_not: str = ""

    @property
    def as_of(self) -> int:
        """The morning the champion was trained as of."""
        return day_of(str(self.bundle.manifest.get("as_of") or "9999-12-31"))

    @property
    def model(self) -> Any:
        """What answers; None where it cannot be loaded."""
        return self.bundle.model

    @property
    def identity(self) -> dict[str, str]:
        """Its version and digest, as the card of a model judged beside it says."""
        return {"version": self.bundle.version, "digest": self.bundle.digest}

    @property
    def facts(self) -> dict[str, str]:
        """What the window of a judgement says of it."""
        which = {"champion": f"version {self.bundle.version}, as of {iso(self.as_of)}"}
        return which | ({"champion_not_refitted": self.why_not} if self.why_not else {})

    @property
    def inputs(self) -> dict[str, str]:
        """Name → definition hash of what it reads; of its recipe where it cannot be loaded."""
        if self.model is None:
            return dict(self.bundle.manifest.get("recipe", {}).get("inputs", {}))
        return {feature.name: feature.definition_hash for feature in self.model.inputs}


def recipe_difference(
    features: Mapping[str, str], champion: DeployedChampion | None
) -> dict[str, Any]:
    """How what a model reads differs from what answers now; empty where nothing answers."""
    if champion is None:
        return {}
    return feature_diff(features, champion.inputs, f"version {champion.bundle.version}")
