"""The lock a model is trained under: what decides its bits, in versions and as one hash."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DECIDING = ("payrisk", "numpy", "pandas", "scipy", "scikit-learn", "lightgbm", "holidays")
LOCK = Path(__file__).parents[3] / "requirements.lock"
"""Of a checkout; an installed wheel has none."""


def versions() -> dict[str, str]:
    """Package → version of what decides the bits of a model here, Python with them."""
    found = {"python": ".".join(platform.python_version_tuple()[:2])}
    for package in DECIDING:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def lock_sha() -> str:
    """Sha256 of the checkout's requirements.lock; where there is none, of the versions here."""
    if LOCK.is_file():
        return hashlib.sha256(LOCK.read_bytes()).hexdigest()
    told = "\n".join(f"{name}=={number}" for name, number in versions().items())
    return hashlib.sha256(told.encode()).hexdigest()


def differences(then: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Package → (version then, version now) of those recorded then that differ now."""
    now = versions()
    return {
        name: (was, now[name]) for name, was in then.items() if name in now and now[name] != was
    }
