"""A model's card as files: in words, as JSON, and the picture of its calibration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from payrisk.errors import InputError
from payrisk.learning.judging.card_text import card_markdown
from payrisk.settings import Settings
from payrisk_pipelines.papers.charts import COLOURS, Series, lines
from payrisk_pipelines.versions.finding import find_version

PICTURE = "calibration.svg"
ALONE = """svg { font-family: system-ui, sans-serif; max-width: 60rem; color: #1f2328 }
@media (prefers-color-scheme: dark) { svg { color: #e6edf3 } }
"""
"""What a page would give a picture."""


def card_of(settings: Settings, name: str) -> dict[str, Any]:
    """What the card of a version says; wanted: see `find_version`."""
    _, version, folder = find_version(settings, name)
    card: dict[str, Any] = json.loads((folder / "card.json").read_bytes())
    return {"version": version} | card


def calibration_picture(card: Mapping[str, Any]) -> str:
    """The calibration as an SVG file that stands alone; '' where nothing was judged."""
    calibration = card.get("calibration") or {}
    bins = [row for row in calibration.get("bins", ()) if row["model"] == card["name"]]
    if not bins:
        return ""
    n = sum(row["n"] for row in bins)
    drawn = lines(
        f"Calibration of {card['name']}",
        f"The chance of {calibration['of']} that was said against the share that came, in"
        f" {len(bins)} bins of together {n} rows; on the dashed line both are equal.",
        [Series(card["name"], [row["said"] for row in bins], [row["came"] for row in bins])],
        x=f"said: chance of {calibration['of']}",
        y="came: share of rows",
        diagonal=True,
        marked=True,
    )
    style = (
        f"<style>{COLOURS}svg {{ font-family: system-ui, sans-serif; max-width: 60rem }}</style>"
    )
    return drawn.replace("<title", f"{style}<title", 1) + "\n"


def write(card: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write card.md, card.json and, where something was judged, calibration.svg to a folder.

    Raises InputError when it cannot be written to.
    """
    drawn = calibration_picture(card)
    files = {
        "card.md": card_markdown(card, plot=PICTURE if drawn else ""),
        "card.json": json.dumps(card, indent=1, sort_keys=True, ensure_ascii=False) + "\n",
    }
    if drawn:
        files[PICTURE] = drawn
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"'{folder}' cannot be written to ({error.strerror}); choose another with --out."
        ) from None
    return [folder / name for name in files]
