"""Bundles that carry code: none of it runs, whatever the bundle says of itself."""

from __future__ import annotations

import json
import pickle
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _damage import reseal

from payrisk import bundle, pointers
from payrisk.errors import ModelError
from proofs.artefacts import NAME, promoted
from proofs.probing import Probe, ProofRun, Tally

Loader = Callable[[Path], object]


class _Touches:
    """Unpickled it makes a file, as an intruder would do worse."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, (f"open({str(self.mark)!r}, 'w').close()",))


def pickled(folder: Path, mark: Path, name: str) -> None:
    """A pickle under a name that some loaders open."""
    (folder / name).write_bytes(pickle.dumps(_Touches(mark)))


def _document(folder: Path, name: str, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads((folder / name).read_bytes())
    change(document)
    (folder / name).write_text(json.dumps(document), encoding="utf-8")


def named_loader(folder: Path, mark: Path, name: str) -> None:
    """A module beside the model, and papers that name it as the loader."""
    (folder / "evil.py").write_text(f"open({str(mark)!r}, 'w').close()\n", encoding="utf-8")
    words = {"loader_module": "evil", "code": ".", "kind": "evil", "python_function": "evil"}
    (folder / "MLmodel").write_text(json.dumps(words), encoding="utf-8")
    _document(folder, name, lambda document: document.update(words))


def evaluated(folder: Path, mark: Path, name: str) -> None:
    """A value that is a Python expression."""
    text = f"__import__('pathlib').Path({str(mark)!r}).touch()"
    _document(folder, name, lambda document: document.update({"kind": text, "format": text}))


def linked(folder: Path, mark: Path, name: str) -> None:
    """A link out of the bundle, to a pickle."""
    outside = folder.parent / f"{folder.name}-outside.pkl"
    outside.write_bytes(pickle.dumps(_Touches(mark)))
    (folder / name).unlink()
    (folder / name).symlink_to(outside)


FILES = ("model.pkl", "model.joblib", "python_model.pkl", "data.npy", "model.lgb", "features.pkl")
PAPERS = ("manifest.json", "model.json", "card.json")
WAYS: list[tuple[Callable[[Path, Path, str], None], str]] = [
    *((pickled, name) for name in (*FILES, "model.json", "features.json", "golden.jsonl")),
    *((named_loader, name) for name in PAPERS),
    *((evaluated, name) for name in PAPERS),
    *((linked, name) for name in ("model.json", "features.json", "card.json")),
]


def by_payrisk(home: Path) -> object:
    """As the service loads what a pointer means, without a digest that would refuse all."""
    return bundle.load_promoted(home, NAME, pointers.PointedVersion("1"), trial_seconds=0)


def by_unpickling(home: Path) -> object:
    """As a loader does that takes what it finds for a pickle."""
    for file in sorted(bundle.bundle_folder(home, NAME, "1").iterdir()):
        try:
            pickle.loads(file.read_bytes())  # noqa: S301 - the broken twin does just this
        except Exception:  # noqa: S112 - most files are none
            continue
    return None


def _executed(run: ProofRun, load: Loader) -> Tally:
    draw, unpickled = random.Random(run.seed), []
    is_watching = [True]

    def hook(event: str, _told: Any) -> None:
        if is_watching[0] and event == "pickle.find_class":
            unpickled.append(event)

    sys.addaudithook(hook)
    n_run = n_loaded = 0
    promoted(run.folder / "sound")
    for number in range(run.count):
        home, mark = run.folder / f"home-{number}", run.folder / f"mark-{number}"
        shutil.copytree(run.folder / "sound", home)
        folder = bundle.bundle_folder(home, NAME, "1")
        way, name = WAYS[number % len(WAYS)]
        way(folder, mark, name)
        if draw.random() < 0.8 and way is not linked:
            reseal(folder)
        try:
            load(home)
            n_loaded += 1
        except ModelError:
            pass
        n_run += mark.exists()
    is_watching[0] = False
    return Tally(
        run.count,
        n_run + len(unpickled),
        f"{run.count} bundles with code in {len(WAYS)} ways: {n_run} ran, {len(unpickled)} classes"
        f" looked up by a pickle ({n_loaded} loaded, the code left alone)",
    )


def carry_code(run: ProofRun) -> Tally:
    """Load them as the service does."""
    return _executed(run, by_payrisk)


def carry_code_unpickled(run: ProofRun) -> Tally:
    """The same by a loader that unpickles."""
    return _executed(run, by_unpickling)


NO_CODE = Probe(
    "nocode", 30, 30, carry_code, carry_code_unpickled, "a loader that unpickles what it finds",
    twin_count=9, ci=6,
)  # fmt: skip
