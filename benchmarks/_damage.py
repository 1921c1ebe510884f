"""Ways to ruin a bundle on disk, by accident or on purpose; each leaves something to be found."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from payrisk import sealed

PICKLE = b"cos\nsystem\n(S'true'\ntR."


def reseal(folder: Path) -> None:
    """Make the manifest agree with whatever the folder holds now, as an intruder would."""
    manifest = json.loads((folder / sealed.MANIFEST).read_bytes())
    manifest.pop("digest", None)
    manifest["files"] = {
        path.name: {"sha256": sealed.sha256(path.read_bytes()), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != sealed.MANIFEST
    }
    manifest["digest"] = sealed.sha256(sealed.as_json(manifest))
    (folder / sealed.MANIFEST).write_bytes(sealed.as_json(manifest))


def _any(folder: Path, chance: random.Random) -> Path:
    return chance.choice(sorted(path for path in folder.iterdir() if path.stat().st_size))


def _paper(folder: Path, chance: random.Random) -> Path:
    return chance.choice(sorted(p for p in folder.iterdir() if p.name != sealed.MANIFEST))


def flip(folder: Path, chance: random.Random) -> None:
    """Turn one bit of one file."""
    path = _any(folder, chance)
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def flip_and_reseal(folder: Path, chance: random.Random) -> None:
    """Turn one bit of one paper and let the manifest agree."""
    path = _paper(folder, chance)
    content = bytearray(path.read_bytes() or b" ")
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    reseal(folder)


def truncate(folder: Path, chance: random.Random) -> None:
    """Cut a file off somewhere."""
    path = _any(folder, chance)
    os.truncate(path, chance.randrange(path.stat().st_size))


def lengthen(folder: Path, chance: random.Random) -> None:
    """Write on after the end of a file."""
    with _any(folder, chance).open("ab") as file:
        file.write(chance.randbytes(1 + chance.randrange(5_000)))


def swap(folder: Path, chance: random.Random) -> None:
    """Let two papers change their names."""
    papers = sorted(p for p in folder.iterdir() if p.name != sealed.MANIFEST)
    one, other = chance.sample(papers, 2)
    aside = folder.parent / ".swapped"
    if one.read_bytes() == other.read_bytes():
        one.write_bytes(one.read_bytes() + b"\n")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def swap_and_reseal(folder: Path, chance: random.Random) -> None:
    """Let two papers change their names, and the manifest agree."""
    swap(folder, chance)
    reseal(folder)


def edit_manifest(folder: Path, chance: random.Random) -> None:
    """Change what the manifest says of the model, its digest left as it was."""
    manifest = json.loads((folder / sealed.MANIFEST).read_bytes())
    key = chance.choice(("name", "kind", "format", "versions", "files", "digest"))
    values: tuple[object, ...] = (None, "", 0, [], {}, "default-risk", "../../x", 1e300)
    manifest[key] = chance.choice([value for value in values if value != manifest.get(key)])
    (folder / sealed.MANIFEST).write_bytes(sealed.as_json(manifest))


def edit_manifest_and_reseal(folder: Path, chance: random.Random) -> None:
    """Change what the manifest says of the model, and its digest with it."""
    manifest = json.loads((folder / sealed.MANIFEST).read_bytes())
    key = chance.choice(("name", "kind", "format", "seed", "git_commit"))
    values = ("default-risk", "shrunk-ecdf", 7, None, "x")
    manifest[key] = chance.choice([value for value in values if value != manifest.get(key)])
    (folder / sealed.MANIFEST).write_bytes(sealed.as_json(manifest))
    reseal(folder)


def climb(folder: Path, chance: random.Random) -> None:
    """List a file outside the folder, its hash right and the digest, too."""
    manifest = json.loads((folder / sealed.MANIFEST).read_bytes())
    outside = folder.parent / "outside.txt"
    outside.write_bytes(b"outside")
    name = chance.choice(("../outside.txt", str(outside.absolute()), "./../outside.txt"))
    manifest.pop("digest")
    manifest["files"][name] = {"sha256": sealed.sha256(b"outside"), "bytes": 7}
    manifest["digest"] = sealed.sha256(sealed.as_json(manifest))
    (folder / sealed.MANIFEST).write_bytes(sealed.as_json(manifest))


def not_json(folder: Path, chance: random.Random) -> None:
    """Let the manifest be something else: nothing, too deep, too long a number, or noise."""
    content = chance.choice(
        (b"", b"[" * 100_000, b'{"files": 1' + b"0" * 5_000 + b"}", b"null", chance.randbytes(999))
    )
    (folder / sealed.MANIFEST).write_bytes(content)


def lose(folder: Path, chance: random.Random) -> None:
    """Lose a file."""
    _any(folder, chance).unlink()


def add(folder: Path, chance: random.Random) -> None:
    """Lay a pickle beside the papers."""
    (folder / chance.choice(("model.pkl", "conftest.py", ".hidden"))).write_bytes(PICKLE)


def add_and_reseal(folder: Path, chance: random.Random) -> None:
    """Lay a pickle beside the papers and list it, too."""
    add(folder, chance)
    reseal(folder)


def pickle_and_reseal(folder: Path, chance: random.Random) -> None:
    """Put a pickle in the place of a paper, and let the manifest agree."""
    _paper(folder, chance).write_bytes(PICKLE)
    reseal(folder)


def link(folder: Path, chance: random.Random) -> None:
    """Let a file be a link to one that holds the same."""
    path = _any(folder, chance)
    aside = folder.parent / f".linked-{folder.name}"
    path.rename(aside)
    path.symlink_to(aside)


def hide_in_folder(folder: Path, chance: random.Random) -> None:
    """Let a file be a folder of its name."""
    path = _any(folder, chance)
    path.unlink()
    path.mkdir()


def pipe(folder: Path, chance: random.Random) -> None:
    """Let a file be a pipe, which nobody ever writes to."""
    path = _any(folder, chance)
    path.unlink()
    os.mkfifo(path)


def vanish(folder: Path, chance: random.Random) -> None:  # noqa: ARG001 - as all the others
    """Take the whole folder away."""
    shutil.rmtree(folder)


WAYS: tuple[Callable[[Path, random.Random], None], ...] = (
    flip, flip_and_reseal, truncate, lengthen, swap, swap_and_reseal, edit_manifest,
    edit_manifest_and_reseal, climb, not_json, lose, add, add_and_reseal, pickle_and_reseal, link,
    hide_in_folder, pipe, vanish,
)  # fmt: skip


def damage(folder: Path, number: int, seed: int) -> str:
    """Ruin a bundle in the way of a number, the ways by turns; returns the way's name."""
    way = WAYS[number % len(WAYS)]
    way(folder, random.Random(seed * 1_000_003 + number))
    return way.__name__
