"""Promotion from a page: the command in a process of its own, since it fits and asks MLflow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from payrisk.languages import marked

MOST_SECONDS = 300
TOO_LONG = marked(
    "The promotion took too long and was ended; nothing answers that did not before."
)


def versions_on_disk(home: Path, name: str) -> list[dict[str, Any]]:
    """The versions of a model that this home holds, the newest first, by what their cards say.

    A card that cannot be read is shown as such: `as_of` and `outcome` are None. Nothing is
    verified here; promoting does that.
    """
    folder = home / "bundles" / name
    if not folder.is_dir():
        return []
    made = [
        {"version": path.name, **_card(path / "card.json")}
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith(".")
    ]
    return sorted(made, key=lambda line: (len(line["version"]), line["version"]), reverse=True)


def _card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        return {"as_of": card["as_of"], "outcome": card["verdict"]["outcome"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {"as_of": None, "outcome": None}


def promoted(home: Path, name: str, version: str, *, reason: str, actor: str) -> str:
    """Promote a version as `payrisk promote` does; why it was refused, or nothing.

    reason: why in spite of its gates. actor: who asks.
    """
    if not any(line["version"] == version for line in versions_on_disk(home, name)):
        return f"There is no version {version} of {name} here."
    command = [sys.executable, "-m", "payrisk.cli", "--home", str(home), "promote", name, version]
    command += ["--force", reason] if reason else []
    environment = os.environ | ({"PAYRISK_ACTOR": actor} if actor else {})
    try:
        ended = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return TOO_LONG
    if ended.returncode == 0:
        return ""
    lines = ended.stderr.strip().splitlines() or [f"It ended with {ended.returncode}."]
    return lines[-1].removeprefix("payrisk: ")
