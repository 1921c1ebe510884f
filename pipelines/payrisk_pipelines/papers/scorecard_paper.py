"""A scorecard on one printed page: every answer with its points, and how applicants shift."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk import bundle
from payrisk.calendar import iso
from payrisk.errors import ModelError
from payrisk.features.catalogue.application import parse_fields
from payrisk.ledger import History
from payrisk.scoring.feature_text import plain_meaning
from payrisk.scoring.log_odds import probability_of
from payrisk.scoring.new_customer.points import (
    ANCHOR,
    ANCHOR_ODDS,
    DOUBLING,
    PointsAttribute,
    log_odds_of,
)
from payrisk.scoring.new_customer.scorecard import ScorecardModel
from payrisk.settings import Settings
from payrisk_pipelines.versions.finding import find_version

SOME_SHIFT, MUCH_SHIFT = 0.1, 0.25
"""Usual lines of the population stability index."""
EXAMPLES = (460, 500, 540, 580, 620, 660)
"""Scores whose chance is printed beneath the points."""

STYLE = """
@page { size: A4; margin: 10mm }
body { font: 8.5pt/1.25 system-ui, sans-serif; margin: 0 auto; max-width: 190mm; padding: 4mm }
h1 { font-size: 13pt; margin: 0 } p { margin: 1mm 0 }
.columns { columns: 2; column-gap: 6mm }
table { border-collapse: collapse; width: 100%; break-inside: avoid; margin-bottom: 1.5mm }
caption { text-align: left; font-weight: 600 }
td { padding: 0 1mm; border-bottom: .2mm solid #d6dbe1 } .n { text-align: right }
"""


@dataclass(frozen=True)
class PrintedScorecard:
    """A version of a scorecard and what it is printed with.

    points: a row an answer. stability: a row an attribute, its PSI of the applications `since`
    against training; empty without any.
    """

    name: str
    version: str
    model: ScorecardModel
    card: Mapping[str, Any]
    stability: pd.DataFrame
    since: int
    n_recent: int

    @property
    def points(self) -> pd.DataFrame:
        """attribute, answer, points, n, bad, bad_rate, in the order of the attributes' weight."""
        rows = []
        for each in attributes_by_weight(self.model):
            for one in each.bins:
                rate = one.n_bad / one.n if one.n else None
                label = each.label(one.name)
                row = {"attribute": each.column.name, "answer": label, "points": one.points}
                rows.append(row | {"n": one.n, "bad": one.n_bad, "bad_rate": rate})
        columns = ["attribute", "answer", "points", "n", "bad", "bad_rate"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def sentence(self) -> str:
        """How points become a chance."""
        shift = f"; then {self.model.shift:+.2f} in log-odds, the recent level"
        return (
            f"Begin with {self.model.card.start} points and add those of each answer."
            f" {ANCHOR:.0f} points are {ANCHOR_ODDS:.0f} good applicants to a bad one, every"
            f" {DOUBLING:.0f} more twice as many{shift if self.model.shift else ''}."
        )

    def chances(self) -> list[tuple[int, float]]:
        """(Score, chance of going bad) of some scores."""
        odds = log_odds_of(pd.Series(EXAMPLES).to_numpy(dtype=float)) + self.model.shift
        return list(zip(EXAMPLES, map(float, probability_of(odds)), strict=True))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name,
            "version": self.version,
            "start": self.model.card.start,
            "shift": self.model.shift,
            "points": json.loads(self.points.to_json(orient="records")),
            "stability": self.stability.to_dict("records"),
            "since": iso(self.since),
            "verdict": self.card.get("verdict"),
        }

    def html(self) -> str:
        """One page of A4, without script or network."""
        tables = "".join(_table(each) for each in attributes_by_weight(self.model))
        chances = " · ".join(f"{score}: {chance:.1%}" for score, chance in self.chances())
        psi = " · ".join(
            f"{row['attribute']} {row['psi']:.2f}" for row in self.stability.to_dict("records")
        )
        shifted = f"<p>PSI since {iso(self.since)}: {escape(psi)}</p>" if psi else ""
        title = escape(f"Scorecard {self.name}, version {self.version}")
        policy = "default-src 'none'; style-src 'unsafe-inline'"
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
            f"<title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>"
            f"<p>{escape(self.sentence)}</p><p>Chance of going bad by score: {chances}.</p>"
            f'<div class="columns">{tables}</div>{shifted}</body></html>\n'
        )


def printed_scorecard(
    settings: Settings, reference: str, history: History, *, recent_days: int = 365
) -> PrintedScorecard:
    """A version of a scorecard, and how the applications of late differ from its training.

    reference: see `find_version`. Raises ModelError where the version is no scorecard.
    """
    name, version, folder = find_version(settings, reference)
    found = bundle.load(folder)
    model = found.model
    if not isinstance(model, ScorecardModel):
        raise ModelError(
            f"{name} version {version} is no scorecard; `payrisk train {name} --recipe scorecard`"
            " makes one."
        )
    since = history.as_of - recent_days
    stability, n = pd.DataFrame(columns=["attribute", "n", "psi"]), 0
    if model.is_own:
        facts = history.known_rows("applications")
        facts = facts[facts["applied_on"] >= since]
        if n := len(facts):
            rows = model.rows([parse_fields(text) for text in facts["fields"]])
            stability = pd.DataFrame(model.card.stability(rows))
    return PrintedScorecard(name, version, model, found.card, stability, since, n)


def attributes_by_weight(model: ScorecardModel) -> list[PointsAttribute]:
    """The attributes, those first whose answers are worth most; those of no weight left out."""

    def reach(each: PointsAttribute) -> int:
        return each.most - min(one.points for one in each.bins)

    weighty = [each for each in model.card.attributes if reach(each)]
    return sorted(weighty, key=lambda each: (-reach(each), each.column.name))


def write_scorecard(card: PrintedScorecard, file: Path) -> None:
    """Write the page; raises OSError where it cannot be."""
    file.write_text(card.html(), encoding="utf-8")


def _table(each: PointsAttribute) -> str:
    meaning = each.column.name if each.column.entry is None else plain_meaning(each.column.entry)
    rows = "".join(
        f'<tr><td>{escape(each.label(one.name))}</td><td class="n">{one.points}</td>'
        f'<td class="n">{one.n}</td></tr>'
        for one in each.bins
    )
    return f"<table><caption>{escape(meaning)}</caption>{rows}</table>"
