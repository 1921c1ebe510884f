"""A verified model on disk without pickle, and HOME/champions: which of them answers."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from payrisk.errors import ModelError, NoChampion
from payrisk.features.catalogue import DEFINED
from payrisk.scoring.default_risk import DefaultModel
from payrisk.scoring.kinds import KINDS, Model, hold_definitions

GOLDEN_ROWS = 200
GOLDEN_TOLERANCE = 1e-12
TRIAL_SECONDS = 60.0
RECORDED_VERSIONS = ("payrisk", "numpy", "pandas", "lightgbm", "mlflow")

_MANIFEST = "manifest.json"
BESIDE = ("dependence.json", "landmarks.json")
"""Papers a bundle may have: what its forecasts of cash stand on."""
_PAPERS = ("features.json", "golden.jsonl", "card.md", "card.json", *BESIDE)


@dataclass(frozen=True)
class Bundle:
    """A model that matched its manifest and its golden rows, with its papers.

    beside: name of each of `BESIDE` that it has → what it says.
    """

    name: str
    version: str
    model: Any
    card: Mapping[str, Any]
    manifest: Mapping[str, Any]
    path: Path
    beside: Mapping[str, Any] = field(default_factory=dict)


def write(
    path: Path,
    *,
    name: str,
    model: Model,
    golden: pd.DataFrame,
    card: Mapping[str, Any],
    card_text: str,
    facts: Mapping[str, Any],
    beside: Mapping[str, Any] | None = None,
) -> Path:
    """Write a bundle folder and return it; raises ModelError when the folder exists.

    golden: flat input rows (`model.rows`), the first 200 are kept with what the model says of
    them. facts: what the manifest adds: git_commit, ledger_sha, seed, as_of. beside: plain values
    by names of `BESIDE`; raises KeyError for another name.
    """
    if path.exists():
        raise ModelError(f"The bundle folder '{path}' exists already; bundles are never changed.")
    papers = dict(beside or {})
    if not set(papers) <= set(BESIDE):
        raise KeyError(min(set(papers) - set(BESIDE)))
    rows = golden.head(GOLDEN_ROWS)
    lines = [
        json.dumps({"input": inputs, "output": output}, sort_keys=True)
        for inputs, output in zip(rows.to_dict("records"), model.predict(rows), strict=True)
    ]
    files = model.to_files() | {
        "features.json": _json([feature.to_json() for feature in model.inputs]),
        "golden.jsonl": "".join(f"{line}\n" for line in lines).encode(),
        "card.json": _json(dict(card)),
        "card.md": card_text.encode(),
        **{name: _json(value) for name, value in papers.items()},
    }
    manifest = {
        "name": name,
        "kind": model.kind,
        "format": 1,
        "files": {
            file: {"sha256": _sha256(content), "bytes": len(content)}
            for file, content in sorted(files.items())
        },
        "versions": {package: _version(package) for package in RECORDED_VERSIONS},
        **facts,
    }
    manifest["digest"] = _sha256(_json(manifest))
    aside = path.with_name(f".{path.name}.partial")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for file, content in (files | {_MANIFEST: _json(manifest)}).items():
        (aside / file).write_bytes(content)
    aside.rename(path)
    return path


def load(path: Path, *, trial_seconds: float = TRIAL_SECONDS) -> Bundle:
    """The bundle of a folder: bytes verified, tried in a child process, golden rows matched.

    The version is the folder's name. `trial_seconds=0` skips the child (for a bundle that this
    very process wrote). Raises ModelError with the reason when anything differs.
    """
    verify(path)
    if trial_seconds:
        _try_in_child(path, trial_seconds)
    return _load_here(path)


def verify(path: Path) -> dict[str, Any]:
    """The manifest of a bundle folder whose every byte matches it; raises ModelError otherwise."""
    try:
        raw = (path / _MANIFEST).read_bytes()
        manifest: dict[str, Any] = json.loads(raw)
        digest = manifest.pop("digest")
        listed: dict[str, dict[str, Any]] = manifest["files"]
        is_whole = digest == _sha256(_json(manifest))
        is_whole &= raw == _json(manifest | {"digest": digest})
        is_whole &= {p.name for p in path.iterdir()} == {*listed, _MANIFEST}
        damaged = [
            file
            for file, said in listed.items()
            if not is_whole or _sha256((path / file).read_bytes()) != said["sha256"]
        ]
    except FileNotFoundError as error:
        raise ModelError(
            f"The bundle '{path}' lacks {Path(str(error.filename)).name};"
            " promote the version again or train a new one."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        damaged, is_whole = [_MANIFEST], False
    if damaged or not is_whole:
        name = damaged[0] if damaged and is_whole else _MANIFEST
        raise ModelError(
            f"The bundle '{path}' is damaged: {name} does not match its recorded sha256;"
            " promote the version again or train a new one."
        )
    return manifest | {"digest": digest}


def _try_in_child(path: Path, seconds: float) -> None:
    """Load in a throw-away process first: a model file can crash or hang the one that reads it."""
    command = [sys.executable, "-m", "payrisk.bundle", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise ModelError(
            f"The bundle '{path}' did not load within {seconds:g} seconds; train a new version."
        ) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise ModelError(
            f"The bundle '{path}' failed its trial load ({said[-1] if said else 'it crashed'});"
            " train a new version."
        )


def _load_here(path: Path) -> Bundle:
    manifest = verify(path)
    files = {file: (path / file).read_bytes() for file in manifest["files"]}
    try:
        used = json.loads(files["features.json"])
        hold_definitions(path, [f for f in used if f.get("term")], DEFINED.values())
        kind = KINDS[manifest["kind"]]
        model: Model = kind.from_files({f: c for f, c in files.items() if f not in _PAPERS})
        hold_definitions(path, [f for f in used if not f.get("term")], model.inputs)
        card = json.loads(files["card.json"])
        beside = {name: json.loads(files[name]) for name in BESIDE if name in files}
        lines = [json.loads(line) for line in files["golden.jsonl"].decode().splitlines()]
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(
            f"The bundle '{path}' cannot be read by this version of payrisk ({error});"
            " train a new version."
        ) from None
    if lines:
        said = model.predict(pd.DataFrame([line["input"] for line in lines]))
        if not all(_same(line["output"], now) for line, now in zip(lines, said, strict=True)):
            raise ModelError(
                f"The bundle '{path}' no longer answers its golden rows as it did when trained;"
                " train a new version."
            )
    return Bundle(manifest["name"], path.name, model, card, manifest, path, beside)


def _same(recorded: Any, now: Any) -> bool:
    was, is_ = np.asarray(recorded, dtype=np.float64), np.asarray(now, dtype=np.float64)
    return was.shape == is_.shape and bool((np.abs(was - is_) <= GOLDEN_TOLERANCE).all())


# -- which version answers ---------------------------------------------------------------------


def folder(home: Path, name: str, version: str) -> Path:
    """Where a version of a model lives."""
    return home / "bundles" / name / version


def champion(home: Path, name: str, *, trial_seconds: float = TRIAL_SECONDS) -> Bundle:
    """The bundle that answers for `name`, with the champion it is a formula over, if any.

    Raises NoChampion when none is promoted, ModelError when it is damaged.
    """
    version = champion_version(home, name)
    if version is None:
        raise NoChampion(
            f"No version of '{name}' is promoted in {home};"
            f" run `payrisk train {name}` and then `payrisk promote {name}`."
        )
    found = load(folder(home, name, version), trial_seconds=trial_seconds)
    if isinstance(found.model, DefaultModel):
        curves = champion(home, found.model.needs, trial_seconds=trial_seconds)
        applicants = None
        if champion_version(home, found.model.wants) is not None:
            applicants = champion(home, found.model.wants, trial_seconds=trial_seconds).model
        return replace(found, model=found.model.over(curves.model, applicants))
    return found


def champion_version(home: Path, name: str) -> str | None:
    """The version HOME/champions/<name> points to, if any; ModelError when it cannot be read."""
    return _pointed(home / "champions" / name)


def previous_version(home: Path, name: str) -> str | None:
    """The version that answered before the present champion; None when there is none."""
    return _pointed(home / "champions" / f"{name}.previous")


def set_champion(home: Path, name: str, version: str) -> None:
    """Let a version answer from now on, in one atomic step; the former one becomes previous.

    Raises ModelError when the version's bundle is not in HOME/bundles.
    """
    target = folder(home, name, version)
    if not (target / _MANIFEST).is_file():
        raise ModelError(f"Version {version} of '{name}' is not in {target}; promote it first.")
    former = champion_version(home, name)
    if former is not None and former != version:
        _point(home / "champions" / f"{name}.previous", folder(home, name, former), home)
    _point(home / "champions" / name, target, home)


def _pointed(pointer: Path) -> str | None:
    try:
        return Path(pointer.read_text(encoding="utf-8").strip()).name or None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        name = pointer.name.removesuffix(".previous")
        raise ModelError(
            f"The pointer '{pointer}' cannot be read; remove it and run `payrisk promote {name}`."
        ) from None


def _point(pointer: Path, target: Path, home: Path) -> None:
    pointer.parent.mkdir(parents=True, exist_ok=True)
    aside = pointer.with_name(f".{pointer.name}.partial")
    with aside.open("w", encoding="utf-8") as file:
        file.write(f"{target.relative_to(home).as_posix()}\n")
        file.flush()
        os.fsync(file.fileno())
    aside.replace(pointer)


# -- plain things ------------------------------------------------------------------------------


def _json(value: Any) -> bytes:
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


if __name__ == "__main__":
    try:
        _load_here(Path(sys.argv[1]))
    except ModelError as error:
        sys.exit(str(error))
