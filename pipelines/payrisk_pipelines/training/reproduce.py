"""Train a version anew on the same ledger and compare its files byte for byte."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk import bundle
from payrisk.calendar import day_of
from payrisk.errors import ModelError
from payrisk.learning.judging.spec import ModelSpec
from payrisk.learning.new_customer.applications import ApplicationTable, read_applications
from payrisk.learning.new_customer.mapping import read_mapping
from payrisk.ledger.stored import storage
from payrisk.settings import Settings
from payrisk_models import spec
from payrisk_pipelines.training.build_lock import differences, lock_sha
from payrisk_pipelines.training.heads import HEADS
from payrisk_pipelines.training.shipping import FinalFit, RollUpCurves, ship_applicants
from payrisk_pipelines.versions.deployed import recipe_of
from payrisk_pipelines.versions.finding import find_version

CARDS = ("card.json", "card.md")
"""What a judgement wrote, which is no part of the model."""


@dataclass(frozen=True)
class Reproduction:
    """A version and the same trained anew: one digest a file then and now.

    lock: package → (version then, version now) of those that differ; is_same_lock: None where the
    version does not tell its lock.
    """

    name: str
    version: str
    then: Mapping[str, str]
    now: Mapping[str, str]
    lock: Mapping[str, tuple[str, str]]
    is_same_lock: bool | None

    @property
    def different(self) -> list[str]:
        """The files that are not the same."""
        files = sorted({*self.then, *self.now})
        return [file for file in files if self.then.get(file) != self.now.get(file)]

    def table(self) -> pd.DataFrame:
        """One row a file: its sha256 then and now, and whether it is the same."""
        files = sorted({*self.then, *self.now})
        return pd.DataFrame(
            {
                "file": files,
                "then": [self.then.get(file, "")[:12] for file in files],
                "now": [self.now.get(file, "")[:12] for file in files],
                "is": ["differs" if file in self.different else "same" for file in files],
            }
        )

    @property
    def sentence(self) -> str:
        """What came of it, and what differs in the lock."""
        n, title = len(self.different), f"{self.name} version {self.version}"
        found = (
            f"{title} is reproduced: all {len(self.then)} files are the same, byte for byte."
            if not n
            else f"{title} is not reproduced: {n} of {len(self.then)} files differ"
            f" ({', '.join(self.different)})."
        )
        return f"{found} {self._lock_sentence}"

    @property
    def _lock_sentence(self) -> str:
        if self.lock:
            moves = [f"{name} {was}, now {now}" for name, (was, now) in self.lock.items()]
            return f"The lock differs: {'; '.join(moves)}."
        if self.is_same_lock is None:
            return "It does not tell its lock; the versions it does tell are the same."
        if not self.is_same_lock:
            return "The lock differs, but not in what is known to decide a model's bits."
        return "The lock is the same."

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name,
            "version": self.version,
            "is_reproduced": not self.different,
            "files": {
                file: {"then": self.then.get(file), "now": self.now.get(file)}
                for file in sorted({*self.then, *self.now})
            },
            "is_same_lock": self.is_same_lock,
            "lock_differs": {name: list(pair) for name, pair in self.lock.items()},
        }


def reproduce(
    settings: Settings,
    reference: str,
    *,
    applications: Path | None = None,
    mapping: Path | None = None,
) -> Reproduction:
    """Train anew what `reference` names, on its own ledger, morning, recipe and seed.

    reference: see `find_version`. applications, mapping: the table that a version was trained on
    where that was no ledger. Nothing is registered and no pointer moves. Raises ModelError where
    the recipe, the ledger or the model it is a formula over is gone, InputError for another table.
    """
    name, version, folder = find_version(settings, reference)
    manifest = bundle.verify(folder)
    final = _made_anew(settings, spec(name), manifest, folder, applications, mapping)
    with tempfile.TemporaryDirectory() as aside:
        anew = bundle.write(
            Path(aside) / version,
            name=name,
            model=final.model,
            golden=final.golden,
            card={},
            card_text="",
            facts={},
            cash_papers=final.cash_papers,
        )
        now = _digests(anew)
    recorded = manifest.get("lock_sha")
    return Reproduction(
        name,
        version,
        {file: entry["sha256"] for file, entry in manifest["files"].items() if file not in CARDS},
        now,
        differences(manifest.get("built_with") or manifest["versions"]),
        None if recorded is None else recorded == lock_sha(),
    )


def _digests(folder: Path) -> dict[str, str]:
    files = bundle.verify(folder)["files"]
    return {file: entry["sha256"] for file, entry in files.items() if file not in CARDS}


def _made_anew(
    settings: Settings,
    today: ModelSpec,
    manifest: Mapping[str, Any],
    folder: Path,
    applications: Path | None,
    mapping: Path | None,
) -> FinalFit:
    recipe, head = recipe_of(manifest, today), HEADS[today.head]
    if not manifest["ledger_sha"] and head.reads_tables:
        return ship_applicants(recipe, _table(folder, applications, mapping))
    if not manifest["ledger_sha"]:
        raise ModelError(
            f"This version of '{today.name}' does not tell its ledger, so that it cannot be"
            " trained anew; import the ledger and train a new version."
        )
    ledger = storage.load(settings.home, manifest["ledger_sha"])
    history = ledger.as_of(day_of(manifest["as_of"]))
    return head.anew(recipe, ledger, history, lambda: _base(settings, recipe, manifest))


def _base(settings: Settings, recipe: ModelSpec, manifest: Mapping[str, Any]) -> RollUpCurves:
    """What the version was a formula over; what answers now where it does not tell."""
    over = manifest.get("over")
    if over is None:
        return RollUpCurves.of(settings.home, recipe, recipe.backdated)
    curves = recipe_of(over, spec(over["name"]))
    if "version" not in over:
        return RollUpCurves(curves)
    _, _, folder = find_version(settings, f"{over['name']}/{over['version']}")
    champion = bundle.load(folder, trial_seconds=0)
    if champion.manifest["digest"] != over["digest"]:
        raise ModelError(
            f"Version {over['version']} of '{over['name']}', which it is a formula over, is not"
            " the same any more; take the home that it was trained in."
        )
    return RollUpCurves(curves, champion)


def _table(folder: Path, applications: Path | None, mapping: Path | None) -> ApplicationTable:
    population = json.loads((folder / "card.json").read_bytes())["population"]
    if applications is None or mapping is None:
        raise ModelError(
            f"It was trained on the table '{population['table']}'; give that file and its mapping"
            " with --applications and --mapping."
        )
    sha = hashlib.sha256(applications.read_bytes()).hexdigest()
    if sha != population["table_sha256"]:
        raise ModelError(
            f"'{applications}' is not the table it was trained on: its sha256 is {sha[:12]}, not"
            f" {population['table_sha256'][:12]}; give the same file."
        )
    return read_applications(applications, read_mapping(mapping))
