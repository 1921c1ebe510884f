"""Promotion from a page: the versions that are kept here, and the command that lets one answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from payrisk import pointers
from payrisk.answers.home import model_names
from payrisk.calendar import day_of, iso
from payrisk.errors import InputError, ModelError
from payrisk_api.pages.frame.command import run_module

LEARNT = Path("pages") / "learnt.json"
"""Of a home: what the last learning that a page began came to, as `payrisk retrain` prints it."""


def versions_on_disk(home: Path, name: str) -> list[dict[str, Any]]:
    """The versions of a model that this home holds, the newest first, by what their cards say.

    With those that were learnt last from a page: their bundles come here when they are promoted.
    A card that cannot be read is shown as such: `as_of` and `outcome` are None. Nothing is
    verified here; promoting does that.
    """
    folder = home / "bundles" / name
    made = [
        {"version": path.name, **_card(path / "card.json")}
        for path in (folder.iterdir() if folder.is_dir() else ())
        if path.is_dir() and not path.name.startswith(".")
    ]
    there = {line["version"] for line in made}
    made += [line for line in _learnt(home, name) if line["version"] not in there]
    return sorted(made, key=lambda line: (len(line["version"]), line["version"]), reverse=True)


def waiting_candidates(home: Path) -> list[dict[str, Any]]:
    """Versions learned after the champion whose gates let them pass: model, version, as_of."""
    waiting = []
    for name in model_names(home):
        versions = versions_on_disk(home, name)
        try:
            champion = pointers.champion_version(home, name)
        except ModelError:  # what does not answer is said elsewhere
            continue
        day = next((line["as_of"] for line in versions if line["version"] == champion), None)
        newer = [
            {"model": name, **line}
            for line in versions
            if line["outcome"] == "passed"
            and line["version"] != champion
            and (day is None or (line["as_of"] or "") > day)
        ]
        waiting += newer[:1]
    return waiting


def _learnt(home: Path, name: str) -> list[dict[str, Any]]:
    try:
        learnt = json.loads((home / LEARNT).read_text(encoding="utf-8"))
        as_of = iso(day_of(str(learnt["as_of"])))
        return [
            {"version": str(line["version"]), "as_of": as_of, "outcome": line["gate"]}
            for line in learnt["models"]
            if line["name"] == name and line["version"]
        ]
    except (OSError, ValueError, KeyError, TypeError, InputError):
        return []


def _card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        return {"as_of": card["as_of"], "outcome": card["verdict"]["outcome"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {"as_of": None, "outcome": None}


def promote_or_refusal(
    home: Path, name: str, version: str, *, reason: str, actor: str, moved_at: str
) -> str:
    """Promote a version as `payrisk promote` does; why it was refused, or nothing.

    reason: why in spite of its gates. actor: who asks. moved_at: the present time (UTC).
    """
    if not any(line["version"] == version for line in versions_on_disk(home, name)):
        return f"There is no version {version} of {name} here."
    arguments = [str(home), name, version, actor, reason, moved_at]
    result = run_module("payrisk_pipelines.promoting_for_page", arguments, actor)
    return "" if result.code == 0 else result.complaint
