"""The table of figures: rows kept as they finish, printed as text or Markdown."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from proofs.probing import ProofRow

HERE = Path(__file__).parent


def commit() -> str:
    """The commit of the checkout, with a plus where files differ from it; empty without git."""
    asked = ("git", "-C", str(HERE), "describe", "--always", "--abbrev=12", "--dirty=+")
    try:
        told = subprocess.run(asked, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return told.stdout.strip()


def kept_rows(file: Path, at: str) -> dict[str, ProofRow]:
    """Name → row of an earlier run at the same commit; a line that was cut off is none."""
    rows: dict[str, ProofRow] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if document.pop("commit") == at:
            rows[document["name"]] = ProofRow(**document)
    return rows


def keep(file: Path, row: ProofRow, at: str) -> None:
    """Add a finished row to the file of a run."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as kept:
        kept.write(json.dumps(row.to_json() | {"commit": at}) + "\n")


def verdict(row: ProofRow) -> str:
    """Reached, or how far."""
    if row.is_reached:
        return "reached"
    if row.count is None:
        return "no"
    return "FAILED" if row.failures or not row.twin.startswith("caught") else f"{row.count:,} run"


def line(row: ProofRow) -> str:
    """A row as printed while the others still run."""
    return f"{row.number:>3} {row.name:<14} {verdict(row):<12} {row.sentence} · twin {row.twin}"


def markdown(rows: Sequence[ProofRow]) -> str:
    """All rows as a table of Markdown."""
    lines = [
        "| | figure | asked | | run | broken twin | CPU s |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        told = (row.number, f"`{row.name}`", row.asked, verdict(row), row.sentence, row.twin)
        lines.append(f"| {' | '.join(told)} | {row.cpu_s:g} |")
    return "\n".join(lines)


def summary(rows: Sequence[ProofRow]) -> str:
    """How many figures are reached, tried at a smaller count, and not tried."""
    reached = sum(row.is_reached for row in rows)
    failed = sum(verdict(row) == "FAILED" for row in rows)
    untried = sum(row.count is None for row in rows)
    tried = len(rows) - reached - failed - untried
    return (
        f"{reached} of {len(rows)} figures reached, {tried} held at a smaller count,"
        f" {failed} failed, {untried} not tried."
    )
