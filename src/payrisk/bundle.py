"""A fitted model as a folder without pickle: it is written once, and verified when it is loaded.

Loading checks the sha256 of every file against the manifest before anything reads the model, then
loads it in a child process (a damaged file of trees can crash or hang its reader), then asks it
the golden rows that were kept when it was trained and compares the answers.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from payrisk import pointers, sealed
from payrisk.errors import ModelError, NoChampion
from payrisk.features.catalogue.all import DEFINED
from payrisk.pointers import bundle_folder, champion_version, previous_version, set_champion
from payrisk.scoring import Model
from payrisk.scoring.kinds import KINDS, ComposedModel, bind, check_definitions

__all__ = [
    "CASH_PAPERS",
    "Bundle",
    "bundle_folder",
    "champion",
    "champion_version",
    "load",
    "load_promoted",
    "previous_version",
    "set_champion",
    "trial_load",
    "verify",
    "without_sklearn",
    "write",
]

GOLDEN_ROWS = 200
GOLDEN_TOLERANCE = 1e-12
TRIAL_SECONDS = 60.0
RECORDED_VERSIONS = ("payrisk", "numpy", "pandas", "lightgbm", "mlflow")

CASH_PAPERS = ("dependence.json", "landmarks.json")
"""Papers a bundle may have: what its forecasts of cash stand on."""
_PAPERS = ("features.json", "golden.jsonl", "card.md", "card.json", *CASH_PAPERS)


@dataclass(frozen=True)
class Bundle:
    """A model that matched its manifest and its golden rows, with its papers.

    cash_papers: name of each of `CASH_PAPERS` that it has → what it says.
    """

    name: str
    version: str
    model: Any
    card: Mapping[str, Any]
    manifest: Mapping[str, Any]
    path: Path
    cash_papers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """What names its bytes."""
        return str(self.manifest["digest"])


def write(
    path: Path,
    *,
    name: str,
    model: Model,
    golden: pd.DataFrame,
    card: Mapping[str, Any],
    card_text: str,
    facts: Mapping[str, Any],
    cash_papers: Mapping[str, Any] | None = None,
) -> Path:
    """Write a bundle folder and return it; raises ModelError when the folder exists.

    golden: flat input rows (`model.rows`), the first 200 are kept with what the model says of
    them, and its raw scores. facts: what the manifest adds: git_commit, ledger_sha, seed, as_of.
    beside: plain values by names of `CASH_PAPERS`; raises KeyError for another name.
    """
    papers = dict(cash_papers or {})
    if not set(papers) <= set(CASH_PAPERS):
        raise KeyError(min(set(papers) - set(CASH_PAPERS)))
    rows = golden.head(GOLDEN_ROWS)
    lines = [
        json.dumps({"input": inputs, "output": output, "raw": raw}, sort_keys=True)
        for inputs, output, raw in zip(
            rows.to_dict("records"), model.predict(rows), model.raw(rows), strict=True
        )
    ]
    files = model.to_files() | {
        "features.json": sealed.as_json([feature.to_json() for feature in model.inputs]),
        "golden.jsonl": "".join(f"{line}\n" for line in lines).encode(),
        "card.json": sealed.as_json(dict(card)),
        "card.md": card_text.encode(),
        **{name: sealed.as_json(value) for name, value in papers.items()},
    }
    versions = {package: _version(package) for package in RECORDED_VERSIONS}
    manifest = {"name": name, "kind": model.kind, "format": 1, "versions": versions, **facts}
    return sealed.seal(path, files, manifest)


def load(path: Path, *, digest: str = "", trial_seconds: float = TRIAL_SECONDS) -> Bundle:
    """The bundle of a folder: bytes verified, tried in a child process, golden rows matched.

    The version is the folder's name. The bytes that are used are those that were verified: they
    are read once. digest: what was promoted, '' for whatever is there. `trial_seconds=0` skips
    the child (for a bundle that this very process wrote). Raises ModelError with the reason when
    anything differs.
    """
    folder_bytes = sealed.read(path)
    if digest and folder_bytes.digest != digest:
        raise ModelError(
            f"The bundle '{path}' is not the one that was promoted: its digest differs;"
            " promote the version again or train a new one."
        )
    if trial_seconds:
        _try_in_child(path, trial_seconds, folder_bytes.digest)
    return _loaded(path, folder_bytes)


def load_promoted(
    home: Path,
    name: str,
    pointed: pointers.PointedVersion,
    *,
    trial_seconds: float = TRIAL_SECONDS,
) -> Bundle:
    """The bundle that a pointer means: of that model, and bit for bit the one that was promoted.

    Raises ModelError when it is another or damaged.
    """
    path = bundle_folder(home, name, pointed.version)
    loaded = load(path, digest=pointed.digest, trial_seconds=trial_seconds)
    if loaded.name != name:
        raise ModelError(
            f"The bundle '{path}' holds '{loaded.name}', not '{name}'; train it anew."
        )
    return loaded


def trial_load(
    path: Path,
    digest: str,
    others: Sequence[tuple[Path, str]] = (),
    *,
    trial_seconds: float = TRIAL_SECONDS,
) -> None:
    """Load the bundle of a folder in a process apart; raises ModelError with why it did not.

    others: folders and digests that are loaded in the same process, which most of a trial is.
    """
    _try_in_child(path, trial_seconds, digest, others)


def verify(path: Path) -> dict[str, Any]:
    """The manifest of a bundle folder whose every byte matches it; raises ModelError otherwise."""
    return dict(sealed.read(path).manifest)


def _try_in_child(
    path: Path, seconds: float, digest: str, others: Sequence[tuple[Path, str]] = ()
) -> None:
    """Load in a throw-away process first: a model file can crash or hang the one that reads it."""
    pairs = [(path, digest), *others]
    words = [str(word) for pair in pairs for word in pair]
    command = [sys.executable, "-m", "payrisk.bundle", *words]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise ModelError(
            f"The bundle '{path}' did not load within {seconds:g} seconds; train a new version."
        ) from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise ModelError(
            f"The bundle '{path}' failed its trial load ({lines[-1] if lines else 'it crashed'});"
            " train a new version."
        )


def _loaded(path: Path, content: sealed.SealedFolder) -> Bundle:
    files, manifest = content.files, content.manifest
    try:
        used = json.loads(files["features.json"])
        check_definitions(path, [f for f in used if f.get("term")], DEFINED.values())
        kind = KINDS[manifest["kind"]]
        model: Model = kind.from_files({f: c for f, c in files.items() if f not in _PAPERS})
        check_definitions(path, [f for f in used if not f.get("term")], model.inputs)
        card = json.loads(files["card.json"])
        cash_papers = {name: json.loads(files[name]) for name in CASH_PAPERS if name in files}
        lines = [json.loads(line) for line in files["golden.jsonl"].decode().splitlines()]
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(
            f"The bundle '{path}' cannot be read by this version of payrisk ({error});"
            " train a new version."
        ) from None
    if lines:
        rows = pd.DataFrame([line["input"] for line in lines])
        # what wrote before raw scores were kept wrote none
        if any("raw" in line for line in lines) and not all(
            _is_exactly(line.get("raw"), now)
            for line, now in zip(lines, model.raw(rows), strict=True)
        ):
            raise ModelError(
                f"The bundle '{path}' no longer gives the raw scores of its golden rows to the"
                " last bit; train a new version."
            )
        answers = model.predict(rows)
        if not all(_same(line["output"], now) for line, now in zip(lines, answers, strict=True)):
            raise ModelError(
                f"The bundle '{path}' no longer answers its golden rows as it did when trained;"
                " train a new version."
            )
    return Bundle(manifest["name"], path.name, model, card, manifest, path, cash_papers)


def _same(recorded: Any, now: Any) -> bool:
    was, is_ = np.asarray(recorded, dtype=np.float64), np.asarray(now, dtype=np.float64)
    return was.shape == is_.shape and bool((np.abs(was - is_) <= GOLDEN_TOLERANCE).all())


def _is_exactly(recorded: Any, now: Any) -> bool:
    """Whether both are the same to the last bit: as JSON a double is told exactly."""
    return json.dumps(recorded, sort_keys=True) == json.dumps(now, sort_keys=True)


def champion(home: Path, name: str, *, trial_seconds: float = TRIAL_SECONDS) -> Bundle:
    """The bundle that answers for `name`, with the champion it is a formula over, if any.

    Raises NoChampion when none is promoted, ModelError when it is damaged.
    """
    pointed = pointers.champion(home, name)
    if pointed is None:
        raise NoChampion(
            f"No version of '{name}' is promoted in {home};"
            f" run `payrisk train {name}` and then `payrisk promote {name}`."
        )
    loaded = load_promoted(home, name, pointed, trial_seconds=trial_seconds)
    model = loaded.model
    if not isinstance(model, ComposedModel):
        return loaded
    champions = {model.needs: champion(home, model.needs, trial_seconds=trial_seconds).model}
    if champion_version(home, model.wants) is not None:
        champions[model.wants] = champion(home, model.wants, trial_seconds=trial_seconds).model
    return replace(loaded, model=bind(model, champions))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def without_sklearn() -> None:
    """Keep scikit-learn out of a process that only answers; call it before LightGBM is there.

    LightGBM imports it, which takes a second, for classes that no bundle holds.
    """
    sys.modules.setdefault("sklearn", None)  # type: ignore[arg-type]


if __name__ == "__main__":
    without_sklearn()
    try:
        for folder, digest in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
            load(Path(folder), digest=digest, trial_seconds=0)
    except ModelError as error:
        sys.exit(str(error))
