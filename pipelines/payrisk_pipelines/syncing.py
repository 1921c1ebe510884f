"""MLflow's champions and those here brought together: whichever side moved, the other follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from payrisk import pointers
from payrisk.errors import ModelError
from payrisk.registry import Registry
from payrisk.settings import Settings
from payrisk_models import specs
from payrisk_pipelines.promoting import Regate, promote
from payrisk_pipelines.registries import registry_of

SECONDS = 2.0
"""How long MLflow may take to answer; what it cannot say now it says the next time."""


@dataclass(frozen=True)
class Synced:
    """What became of one model: `same`, `told` (MLflow follows), `taken` (we do), `apart`."""

    name: str
    what: str
    here: str | None
    there: str | None
    why: str = ""


@dataclass(frozen=True)
class Sync:
    """What became of every model that has a champion on either side."""

    models: Sequence[Synced]

    def table(self) -> pd.DataFrame:
        """A row a model."""
        columns = ["name", "what", "here", "there", "why"]
        return pd.DataFrame([asdict(one) for one in self.models], columns=columns)

    def to_json(self) -> list[dict[str, Any]]:
        """Plain values."""
        return [asdict(one) for one in self.models]

    @property
    def is_apart(self) -> bool:
        """Whether a person has to look at one of them."""
        return any(one.what == "apart" for one in self.models)

    @property
    def moved(self) -> list[str]:
        """A sentence for each that moved or could not."""
        words = {
            "told": "{name}: MLflow names version {here} its champion now.",
            "taken": "{name}: version {here} answers now, as MLflow says.",
            "apart": "{name}: {why}",
        }
        return [words[m.what].format(**asdict(m)) for m in self.models if m.what in words]


def sync(settings: Settings, *, at: str, regate: Regate | None = None) -> Sync:
    """Let each side follow the other: our pointers MLflow's aliases, its aliases our pointers.

    A version that was made champion in MLflow is promoted as `promote` does it: held to its
    gates (its tag `forced` is the reason to pass them over) and to separate duties. Where both
    sides moved, or it may not be promoted, they stay apart and it is said why. Raises ModelError
    when MLflow does not answer.
    """
    registry = registry_of(settings, seconds=SECONDS)
    found = []
    for name in specs():
        one = _one(settings, registry, name, at, regate)
        if one is not None:
            found.append(one)
    return Sync(found)


def _one(
    settings: Settings, registry: Registry, name: str, at: str, regate: Regate | None
) -> Synced | None:
    known = registry.versions(name)
    there = next((one for one in known if "champion" in one.aliases), None)
    here = pointers.champion_version(settings.home, name)
    agreed = pointers.mirrored(settings.home, name)
    theirs = None if there is None else there.version
    if here is None and theirs is None:
        return None
    if here == theirs:
        if here is not None and here != agreed:
            pointers.set_mirrored(settings.home, name, here)
        return Synced(name, "same", here, theirs)
    if here is not None and theirs in (None, agreed):
        if not any(one.version == here for one in known):
            return Synced(name, "apart", here, theirs, f"MLflow knows no version {here} of it.")
        registry.mirror(name)
        pointers.set_mirrored(settings.home, name, here)
        return Synced(name, "told", here, here)
    assert there is not None
    if here is not None and here != agreed:
        why = (
            f"version {here} was promoted here and version {theirs} in MLflow; settle it with"
            f" `payrisk promote {name} VERSION`."
        )
        return Synced(name, "apart", here, theirs, why)
    reason = there.tags.get("forced", "")
    try:
        promote(settings, name, theirs, at=at, reason=reason, how="sync", regate=regate)
    except ModelError as error:
        return Synced(name, "apart", here, theirs, str(error))
    return Synced(name, "taken", theirs, theirs)
