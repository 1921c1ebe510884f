"""What a prepared morning stands on besides the ledger: this code and the libraries it runs on."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import payrisk

LIBRARIES = ("numpy", "pandas", "lightgbm", "pyarrow")
SOURCES = (".py", ".toml")


@cache
def code_sha() -> str:
    """A hash of payrisk's own sources and of what decides the bits they come to.

    Another release, an edited checkout or another processor's architecture makes it another: what
    they worked out is not taken for what this process would.
    """
    return _sources_sha()


def has_code_moved() -> bool:
    """Whether the sources on the disk are no longer those that this process began with."""
    return _sources_sha() != code_sha()


def _sources_sha() -> str:
    root = Path(payrisk.__file__).parent
    words = [platform.python_version(), platform.machine(), *map(_version, LIBRARIES)]
    whole = hashlib.sha256("\0".join(words).encode())
    for path in sorted(path for path in root.rglob("*") if path.suffix in SOURCES):
        whole.update(f"\0{path.relative_to(root).as_posix()}\0".encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()


def machine_fingerprint() -> str:
    """What names this machine well enough to trust a trial that a bundle passed on it."""
    return f"{platform.node()} {platform.machine()}"


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""
