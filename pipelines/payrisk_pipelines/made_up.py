"""The ledgers of a home that a demo made up, and those that its own actions made of them."""

from __future__ import annotations

from pathlib import Path

OWN_LEDGERS = "demo-ledgers"
"""File of a home that names the ledgers a demo made there; any other is left alone."""


def made_up_ledgers(home: Path) -> set[str]:
    """The shas of the made-up ledgers of a home."""
    path = home / OWN_LEDGERS
    return set(path.read_text(encoding="utf-8").split()) if path.exists() else set()


def note_made_up(home: Path, sha: str) -> None:
    """Count a ledger among them."""
    names = sorted(made_up_ledgers(home) | {sha})
    (home / OWN_LEDGERS).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
