"""A home that earlier code made: unpacked for a test, its MLflow addresses moved along."""

from __future__ import annotations

import json
import sqlite3
import tarfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

HOMES = Path(__file__).resolve().parents[2] / "homes"
MARK = "/home-of-an-earlier-payrisk"
"""Stands in a packed home for the folder that it was made in."""
SAID_THEN = "said-then.json"


def earlier_home(commit: str, folder: Path) -> Path:
    """The home that the code of a commit made, in this folder, as if it had been made here."""
    with tarfile.open(HOMES / f"{commit}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    home = folder / "home"
    with_addresses(home, {f"{MARK}/home": str(home)})
    return home


def said_then(commit: str) -> Any:
    """What the service of that commit answered from the home, as plain values."""
    with tarfile.open(HOMES / f"{commit}.tar.xz") as archive:
        file = archive.extractfile(SAID_THEN)
        assert file is not None
        return json.load(file)


def with_addresses(home: Path, moved: Mapping[str, str]) -> None:
    """Write every address in MLflow's store anew: what begins with a key, with its value.

    MLflow keeps where artifacts lie as whole addresses; nothing else of a home tells its folder.
    """
    with closing(sqlite3.connect(home / "mlflow.db")) as store, store:
        names = store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in names:
            for _, column, kind, *_ in store.execute(f"PRAGMA table_info('{table}')").fetchall():
                if kind.startswith(("VARCHAR", "TEXT", "CLOB")):
                    for old, new in moved.items():
                        store.execute(
                            f'UPDATE "{table}" SET "{column}" = replace("{column}", ?, ?)'
                            f' WHERE instr("{column}", ?) > 0',
                            (old, new, old),
                        )
    for path in home.glob("mlartifacts/*/models/*/artifacts/MLmodel"):
        text = path.read_text(encoding="utf-8")
        for old, new in moved.items():
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
