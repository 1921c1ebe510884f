"""payrisk prove: runs probes, prints the table, and ends with 1 when one of them failed."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from proofs.figures import FIGURES, AskedFigure
from proofs.probing import PROFILES, ProofRow, proved
from proofs.registry import probe_of
from proofs.table import commit, keep, kept_rows, line, markdown, summary, verdict


def row_of(figure: AskedFigure, profile: str, seed: int) -> ProofRow:
    """Prove a figure, or say that nothing does yet."""
    probe = probe_of(figure.name)
    if probe is not None:
        return proved(probe, figure.number, figure.asked, profile, seed)
    sentence = "no probe yet"
    if figure.elsewhere:
        sentence += f"; measured by `{figure.elsewhere}`"
    return ProofRow(
        figure.number, figure.name, figure.asked, None, 0, False, "–", sentence, figure.elsewhere
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 when a case went wrong or a broken twin was not found out."""
    parser = argparse.ArgumentParser(prog="payrisk prove", description=__doc__)
    parser.add_argument("name", choices=["all", *(figure.name for figure in FIGURES)])
    parser.add_argument("--profile", choices=PROFILES, default="short")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--resume", action="store_true", help="go on with the rows kept before")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--markdown", action="store_true", help="the table of a page")
    given = parser.parse_args(arguments)
    chosen = [figure for figure in FIGURES if given.name in ("all", figure.name)]
    file = Path(os.environ["PAYRISK_HOME"]) / "proofs" / f"{given.profile}-{given.seed}.jsonl"
    at = commit()
    if not given.resume and given.name == "all":
        file.unlink(missing_ok=True)
    before = kept_rows(file, at) if given.resume else {}
    rows = []
    progress = sys.stderr if given.json or given.markdown else sys.stdout
    for figure in chosen:
        row = before.get(figure.name) or row_of(figure, given.profile, given.seed)
        if figure.name not in before and row.count is not None:
            keep(file, row, at)
        print(line(row), file=progress, flush=True)
        rows.append(row)
    if given.json:
        document = {"commit": at, "profile": given.profile, "seed": given.seed}
        print(json.dumps(document | {"rows": [row.to_json() for row in rows]}))
    elif given.markdown:
        print(markdown(rows))
    elif len(rows) > 1:
        print(summary(rows))
    return int(any(verdict(row) == "FAILED" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
