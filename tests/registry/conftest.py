"""A small candidate to register: a real bundle with its card, tables and papers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from payrisk import bundle
from payrisk.registry import Registry, RunContents, Version
from support.home.small_home import PAPERS, small_home

VERDICT = "Refused: crps at most 0.9 times due-plus-mean."
DIGEST = "ab" * 32
ROWS = "cd" * 32


class Candidate:
    """A bundle folder and what is told of it."""

    def __init__(self, source: Path, folder: Path) -> None:
        made = bundle.load(source, trial_seconds=0)
        lines = (source / "golden.jsonl").read_text().splitlines()
        self.example = pd.DataFrame([json.loads(line)["input"] for line in lines])
        self.model, self.name = made.model, made.name
        card = {"purpose": f"What {made.name} is for.", "verdict": {"sentence": VERDICT}}
        self.folder = bundle.write(
            folder / f"{made.name}-2025-01-01",
            name=made.name,
            model=made.model,
            golden=self.example,
            **(PAPERS | {"card": card, "card_text": "# A card\n"}),
        )
        self.digest = bundle.verify(self.folder)["digest"]
        self.report = folder / "report.html"
        self.report.write_text("<!doctype html><title>A report</title>")

    def register(self, registry: Registry, **more: Any) -> Version:
        tags = {
            "gate": "refused",
            "as_of": "2025-01-01",
            "ledger_sha": DIGEST,
            "git_commit": "c0ffee",
            "bundle_digest": self.digest,
            "recipe_sha": "1f" * 32,
            "judged_rows": ROWS,
            "trained_by": "ann",
        }
        slices = pd.DataFrame(
            {
                "slice": ["terms", "terms", "country"],
                "group": ["61+ days", "61- days", "D/E"],
                "n": [3, 4, 7],
                "crps": [1.5, np.nan, 2.5],
                "low": [0.1, 0.2, 0.3],
            }
        )
        horizons = pd.DataFrame({"days_ahead": [0, 1, 5], self.name: [0.1, 0.2, np.nan]})
        told: dict[str, Any] = {
            "params": {"rounds": 60, "shrink": {"customer": 5.0, "over": {}}},
            "metrics": {"crps": 1.25, "coverage_80": float("nan"), "due-date.crps": 3.0},
            "tags": tags,
            "dataset": pd.DataFrame({"invoice_id": ["a", "b"], "amount": [1, 2]}),
            "dataset_digest": DIGEST,
            "example": self.example,
            "slices": slices,
            "horizons": horizons,
            "artifacts": {"report.html": self.report, "charts/one.html": b"<p>"},
        }
        return registry.register(self.name, self.folder, RunContents(**(told | more)))


@pytest.fixture(scope="session")
def candidates(tmp_path_factory) -> dict[str, Candidate]:
    """Candidates of days-to-pay and default-risk, by name."""
    home = small_home(tmp_path_factory.mktemp("small")).home
    return {
        name: Candidate(bundle.bundle_folder(home, name, "1"), tmp_path_factory.mktemp(name))
        for name in ("days-to-pay", "default-risk")
    }
