"""MLflow's champions and those here brought together: whichever side moved, the other follows."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk import pointers
from payrisk.errors import ModelError, PayriskError
from payrisk.pointers import PointerMove
from payrisk.registry import Registry, Version
from payrisk.settings import Settings
from payrisk_models import specs
from payrisk_pipelines.versions.finding import registry_of
from payrisk_pipelines.versions.promoting import Regate, mirror_aliases, promote

SECONDS = 2.0
"""How long MLflow may take to answer; what it cannot say now it says the next time."""
ANSWERING = ("promote", "rollback", "sync")
"""Moves after which another version answers."""


@dataclass(frozen=True)
class SyncedModel:
    """What became of one model: `same`, `told` (MLflow follows), `taken` (we do), `apart`."""

    name: str
    what: str
    here: str | None
    there: str | None
    why: str = ""


@dataclass(frozen=True)
class Sync:
    """What became of every model that has a champion on either side."""

    models: Sequence[SyncedModel]

    def table(self) -> pd.DataFrame:
        """A row a model."""
        columns = ["name", "what", "here", "there", "why"]
        return pd.DataFrame([asdict(model) for model in self.models], columns=columns)

    def to_json(self) -> list[dict[str, Any]]:
        """Plain values."""
        return [asdict(model) for model in self.models]

    @property
    def needs_a_person(self) -> bool:
        """Whether a person has to look at one of them."""
        return any(model.what == "apart" for model in self.models)

    @property
    def moved(self) -> list[str]:
        """A sentence for each that moved or could not."""
        words = {
            "told": "{name}: MLflow names version {here} its champion now.",
            "taken": "{name}: version {here} answers now, as MLflow says.",
            "apart": "{name}: {why}",
        }
        return [words[m.what].format(**asdict(m)) for m in self.models if m.what in words]


def sync(settings: Settings, *, moved_at: str, regate: Regate | None = None) -> Sync:
    """Let each side follow the other: our pointers MLflow's aliases, its aliases our pointers.

    A version that was made champion in MLflow is promoted as `promote` does it, held to its gates:
    a reason to pass them over comes only from who forces it here, never from a tag over there,
    which whoever writes to MLflow can set. What has answered here before needs none:
    it was rolled back to over there. Where duties are separate nothing else is taken, since MLflow
    does not say who moved an alias. Where both sides moved, or it may or can not be promoted, they
    stay apart and it is said why, and the other models go on. Raises ModelError when MLflow does
    not answer.
    """
    registry = registry_of(settings, seconds=SECONDS)
    versions = {name: registry.versions(name) for name in specs()}
    synced = [
        _one(settings, registry, name, versions[name], moved_at, regate) for name in versions
    ]
    return Sync([model for model in synced if model is not None])


def _one(
    settings: Settings,
    registry: Registry,
    name: str,
    versions: Sequence[Version],
    moved_at: str,
    regate: Regate | None,
) -> SyncedModel | None:
    there = next((version for version in versions if "champion" in version.aliases), None)
    there_version = None if there is None else there.version
    here = None
    try:
        here = pointers.champion_version(settings.home, name)
        if here is None and there_version is None:
            return None
        agreed = pointers.mirrored_version(settings.home, name)
        if here == there_version:
            if here is not None and here != agreed:
                pointers.set_mirrored_version(settings.home, name, here)
            return SyncedModel(name, "same", here, there_version)
        if here is not None and there_version in (None, agreed):
            if not any(version.version == here for version in versions):
                raise ModelError(f"MLflow knows no version {here} of it; promote another.")
            registry.mirror(name)
            pointers.set_mirrored_version(settings.home, name, here)
            return SyncedModel(name, "told", here, here)
        assert there is not None
        if here is not None and here != agreed:
            raise ModelError(
                f"version {here} was promoted here and version {there_version} in MLflow; settle"
                f" it with `payrisk promote {name} VERSION`."
            )
        _take(settings, registry, there, moved_at, regate)
        return SyncedModel(name, "taken", there_version, there_version)
    except PayriskError as error:
        return SyncedModel(name, "apart", here, there_version, str(error))
    except OSError as error:
        why = f"the home cannot be written ({error.strerror}); free some space or let this user."
        return SyncedModel(name, "apart", here, there_version, why)


def _take(
    settings: Settings, registry: Registry, there: Version, moved_at: str, regate: Regate | None
) -> None:
    """Let what is champion in MLflow answer here; raises PayriskError where it may or can not."""
    home, name, version = settings.home, there.name, there.version
    digest = _answered(home, name, version)
    if digest:
        registry.bundle_of(name, version)
        move = PointerMove(moved_at, "sync", settings.actor, reason="it has answered here before")
        pointers.set_champion(home, name, version, move, digest=digest)
        mirror_aliases(settings, name, version)
    elif settings.separate_duties:
        raise ModelError(
            f"version {version} was made champion in MLflow, which does not say by whom, and"
            f" duties are separate here; promote it here: `payrisk promote {name} {version}`."
        )
    else:
        promote(settings, name, version, moved_at=moved_at, how="sync", regate=regate)


def _answered(home: Path, name: str, version: str) -> str:
    """The digest under which a version has answered here; '' if never, or rolled back from since.

    A journal that does not verify remembers nothing.
    """
    digest = ""
    with contextlib.suppress(ModelError):
        for move in pointers.moves(home):
            if move["name"] != name or move["how"] not in ANSWERING:
                continue
            if move["version"] == version:
                digest = move["digest"]
            elif move["how"] == "rollback" and move["former"] == version:
                digest = ""
        return digest
    return ""
