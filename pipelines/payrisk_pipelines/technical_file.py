"""The technical file of a model as Annex IV of the EU AI Act asks, from run, card and monitor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from payrisk import bundle
from payrisk.errors import InputError, PayriskError
from payrisk.features.catalogue.all import DEFINED
from payrisk.learning.judging.card_text import card_markdown
from payrisk.settings import Settings
from payrisk_pipelines.papers.annex_four import ANNEX, NOT_REVIEWED, STATED
from payrisk_pipelines.versions.finding import find_version
from payrisk_pipelines.watching.monitor import monitor

OPEN = "To be filled in by the provider"
"""Begins what no run, card or monitor tells."""
SHOWN_FINDINGS = 12

Plain = Mapping[str, Any]


class AnnexPoint(NamedTuple):
    """One point of the annex: its letter, what it asks, and what is known of it, line by line."""

    point: str
    asks: str
    lines: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether somebody has to write it."""
        return any(OPEN in line for line in self.lines)


@dataclass(frozen=True)
class TechnicalFile:
    """The file of one version: the annex's points in its order, and the card whole.

    monitored: the monitor's report where the version answers, else why there is none.
    """

    name: str
    version: str
    card: Plain
    manifest: Plain
    points: tuple[AnnexPoint, ...]
    monitored: Plain | str = field(default="")

    @property
    def open_points(self) -> list[str]:
        """The points that somebody has to write."""
        return [each.point for each in self.points if each.is_open]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name,
            "version": self.version,
            "notice": NOT_REVIEWED,
            "open_points": self.open_points,
            "points": [
                each._asdict() | {"lines": list(each.lines), "is_open": each.is_open}
                for each in self.points
            ],
            "card": dict(self.card),
            "manifest": dict(self.manifest),
            "monitor": self.monitored,
        }

    def markdown(self) -> str:
        """The file as Markdown; the card stands whole at its end."""
        lines = [
            f"# Technical file: {self.name}, version {self.version}",
            "",
            f"> {NOT_REVIEWED}",
            "",
            f"Open points: {', '.join(self.open_points) or 'none'}.",
            "",
        ]
        section = ""
        for each in self.points:
            number = each.point.partition("(")[0]
            if number != section:
                section = number
                lines += [f"## {number}. {ANNEX[number]}", ""]
            if each.point != number:
                lines += [f"### {each.point} {each.asks}", ""]
            lines += [*(f"- {line}" for line in each.lines), ""]
        return "\n".join([*lines, "## Annex: the card", "", card_markdown(self.card)])


def technical_file(
    settings: Settings, reference: str, *, as_of: int | None = None, with_monitor: bool = True
) -> TechnicalFile:
    """The file of a version; reference: see `find_version`.

    The monitor is asked where the version is the one that answers. Raises ModelError where there
    is no such version, InputError for a monitor's morning that is too early.
    """
    name, version, folder = find_version(settings, reference)
    card = json.loads((folder / "card.json").read_bytes())
    manifest = json.loads((folder / "manifest.json").read_bytes())
    monitored = _monitored(settings, name, version, as_of) if with_monitor else "Not asked."
    points = tuple(_points(name, version, card, manifest, monitored))
    return TechnicalFile(name, version, card, manifest, points, monitored)


def write_technical_file(file: TechnicalFile, folder: Path) -> list[Path]:
    """Write technical-file.md and .json to a folder; InputError when it cannot be written to."""
    contents = {
        "technical-file.md": file.markdown(),
        "technical-file.json": json.dumps(file.to_json(), indent=1, sort_keys=True),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in contents.items():
            (folder / name).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"'{folder}' cannot be written to ({error.strerror}); choose another folder."
        ) from None
    return [folder / name for name in contents]


def _monitored(settings: Settings, name: str, version: str, as_of: int | None) -> Plain | str:
    if str(bundle.champion_version(settings.home, name)) != version:
        return f"Version {version} does not answer, so nothing is watched of it."
    try:
        run = monitor(settings, name, as_of=as_of)
    except PayriskError as error:
        return str(error)
    return run.reports[0].to_json() if run.reports else "Nothing could be watched."


def _points(
    name: str, version: str, card: Plain, manifest: Plain, monitored: Plain | str
) -> list[AnnexPoint]:
    """The points of the annex in its order, each with what is known."""
    known = {
        **_general(name, version, card, manifest),
        **_development(card, manifest),
        "3": _metrics(card),
        "6": _changes(card),
        "9": _watched(monitored),
    }
    lettered = {point.partition("(")[0] for point in ANNEX if "(" in point}
    points = []
    for point, asks in ANNEX.items():
        if point in lettered:  # its letters are the points
            continue
        stated = [STATED[point]] if point in STATED else []
        lines = (*stated, *known.get(point, ()))
        points.append(AnnexPoint(point, asks, lines or (f"{OPEN}.",)))
    return points


def _general(name: str, version: str, card: Plain, manifest: Plain) -> dict[str, list[str]]:
    built = manifest.get("built_with") or manifest.get("versions") or {}
    return {
        "1(a)": [
            f"Intended purpose: {card['purpose']}",
            f"Name and version: {name}, version {version}, sha256 {manifest['digest']}.",
            f"Provider: {card.get('owner') or OPEN + ' (name and address)'}.",
        ],
        "1(c)": [f"{package} {number}" for package, number in sorted(built.items())],
    }


def _development(card: Plain, manifest: Plain) -> dict[str, list[str]]:
    recipe = manifest.get("recipe") or {}
    inputs = sorted({*card.get("features", {}), *recipe.get("inputs", {})})
    settings = json.dumps(recipe.get("settings", {}), sort_keys=True)
    by = manifest.get("trained_by") or "not recorded"
    lock = manifest.get("lock_sha") or "not recorded"
    commit = manifest.get("git_commit") or "not recorded"
    expires = card.get("expires_on") or "no stated day"
    return {
        "2(a)": [
            f"Recipe: {card['recipe']}",
            f"Fit '{recipe.get('fit', '')}', seed {recipe.get('seed', '')}, settings {settings}.",
            f"Code: commit {commit}, lock {lock}; trained by {by}.",
        ],
        "2(b)": [
            f"Accepted by its gates: {card['verdict']['sentence']}",
            *(f"Assumption or limit: {limit}" for limit in card["limits"]),
        ],
        "2(d)": [
            f"Ledger {card['ledger_sha'] or 'not stored'}, as known on {card['as_of']}.",
            *(f"{key}: {value}" for key, value in sorted(card["population"].items())),
            *(f"{each}: {DEFINED[each].meaning}" for each in inputs if each in DEFINED),
        ],
        "2(f)": [f"This version expires on {expires}."],
        "2(g)": [
            *(f"{key}: {value}" for key, value in sorted(card["window"].items())),
            *map(_gate, card["verdict"].get("checks", ())),
        ],
    }


def _gate(check: Plain) -> str:
    value, bound = _number(check["value"]), _number(check["bound"])
    name = check.get("gate") or check.get("sentence", "")
    return f"{name}: {check['outcome']} (found {value}, bound {bound})"


def _metrics(card: Plain) -> list[str]:
    """How good it was, as a whole and by slice, and what limits it."""
    own = card["metrics"].get(card["name"], {})
    lines = [f"{key}: {_number(value)}" for key, value in sorted(own.items())]
    for each in card.get("slices", ()):
        if each.get("model") in {None, card["name"]}:
            keys = sorted(set(each) - {"slice", "group", "n", "model"})
            told = ", ".join(f"{key} {_number(each[key])}" for key in keys)
            lines.append(f"{each['slice']} = {each['group']} (n {each['n']}): {told}")
    return [*lines, *(f"Limit: {limit}" for limit in card["limits"])]


def _changes(card: Plain) -> list[str]:
    if not card.get("champion"):
        return ["No version answered before it."]
    change = json.dumps(card.get("feature_diff") or {}, sort_keys=True)
    return [f"Beside version {card['champion'].get('version')}, which answered: {change}."]


def _watched(monitored: Plain | str) -> list[str]:
    """What the monitor found, the strongest comparisons first."""
    if isinstance(monitored, str):
        return [monitored]
    lines = [str(monitored.get("sentence", ""))]
    for each in monitored.get("findings", [])[:SHOWN_FINDINGS]:
        alarm = "alarm" if each.get("is_alarm") else "no alarm"
        strength = _number(each.get("strength"))
        lines.append(f"{each.get('family')}: {each.get('what')}, strength {strength}, {alarm}")
    return [*lines, *map(str, monitored.get("notes", ()))]


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
