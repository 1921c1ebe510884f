"""Bundles whose bytes are verified now and whose model is loaded when it is first asked."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from payrisk import bundle, pointers, sealed
from payrisk.answers.mornings.basis import code_sha, machine_fingerprint
from payrisk.errors import ModelError

MORNINGS, TRIED = "mornings", "tried"
"""Where a home keeps its prepared mornings, and in it which bundles passed their trial."""


@dataclass(frozen=True)
class DeferredBundle:
    """A bundle that this code has loaded on this machine before, and may load again.

    Its bytes are those that were loaded then. Its model and what its forecasts of cash stand on
    are read from the same bytes again, which raises ModelError when they changed meanwhile.
    """

    name: str
    version: str
    digest: str
    path: Path
    card_json: bytes = field(repr=False)
    manifest: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def _loaded(self) -> bundle.Bundle:
        return bundle.load(self.path, digest=self.digest, trial_seconds=0)

    @property
    def model(self) -> Any:
        """The fitted model, loaded and held against its golden rows."""
        return self._loaded.model

    @cached_property
    def card(self) -> Mapping[str, Any]:
        """What its card says, of the bytes that were verified."""
        told: Mapping[str, Any] = json.loads(self.card_json)
        return told

    @property
    def cash_papers(self) -> Mapping[str, Any]:
        """What its forecasts of cash stand on."""
        return self._loaded.cash_papers


class BundleTrialLoads:
    """Which bundles passed their trial load in a child process, under this code, on this machine.

    A trial takes longer than most answers. It is repeated when the bundle, this code, a library or
    the machine is another; the bytes and the golden rows are checked all the same.
    """

    def __init__(self, home: Path) -> None:
        """home: keeps a file for each trial that was passed."""
        self._folder = home / MORNINGS / TRIED

    def add(self, loaded: bundle.Bundle) -> None:
        """Remember that a bundle loaded; where that cannot be written it is tried again."""
        self._add(_key(loaded.name, loaded.digest))

    def deferred_bundle(
        self, home: Path, name: str, pointed: pointers.PointedVersion
    ) -> DeferredBundle | None:
        """The bundle that is pointed to, if its bytes are those of one that was tried.

        None where it was not, or its files are not whole: then it is to be loaded as any other.
        """
        path = pointers.bundle_folder(home, name, pointed.version)
        if not self.has(name, pointed):
            return None
        try:
            content = sealed.read(path)
        except ModelError:
            return None
        if content.digest != pointed.digest or content.manifest.get("name") != name:
            return None
        return _deferred(path, content)

    def trial_load(self, path: Path) -> DeferredBundle:
        """The bundle of a folder, loaded in a process apart unless it passed that trial before.

        Raises ModelError when its bytes do not match its manifest, or the trial fails.
        """
        content = sealed.read(path)
        key = _key(str(content.manifest.get("name", "")), content.digest)
        if not self._has(key):
            bundle.trial_load(path, content.digest)
            self._add(key)
        return _deferred(path, content)

    def trial_load_together(
        self, home: Path, pointed: Mapping[str, pointers.PointedVersion]
    ) -> None:
        """Load the bundles, by name, that were not tried before in one process apart.

        Where one of them fails, or there is one alone, none counts as tried by this.
        """
        untried = {
            name: version
            for name, version in pointed.items()
            if version.digest and not self.has(name, version)
        }
        if len(untried) < 2:
            return
        first, *others = [
            (pointers.bundle_folder(home, name, version.version), version.digest)
            for name, version in untried.items()
        ]
        with contextlib.suppress(ModelError):  # each is then tried by itself, and told
            bundle.trial_load(*first, others)
            for name, version in untried.items():
                self._add(_key(name, version.digest))

    def has(self, name: str, pointed: pointers.PointedVersion) -> bool:
        """Whether the bytes that are pointed to passed their trial."""
        return bool(pointed.digest) and self._has(_key(name, pointed.digest))

    def _add(self, key: str) -> None:
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            if not self._has(key):
                (self._folder / key).write_text(f"{key}\n", encoding="ascii")

    def _has(self, key: str) -> bool:
        try:
            return (self._folder / key).read_text(encoding="ascii") == f"{key}\n"
        except (OSError, ValueError):
            return False


def _deferred(path: Path, content: sealed.SealedFolder) -> DeferredBundle:
    card, manifest = content.files.get("card.json", b"{}"), content.manifest
    name = str(manifest.get("name", ""))
    return DeferredBundle(name, path.name, content.digest, path, card, manifest)


def _key(name: str, digest: str) -> str:
    return sealed.sha256(f"{name}\0{digest}\0{code_sha()}\0{machine_fingerprint()}".encode())[:40]
