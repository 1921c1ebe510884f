"""What a run shows in MLflow: one page on the candidate, its charts as pictures, its tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from payrisk.calendar import iso
from payrisk.learning.judging.backtest import Backtest
from payrisk.learning.judging.card import ModelCard
from payrisk_pipelines.backtests.report import report_sections
from payrisk_pipelines.papers.card_papers import PICTURE, calibration_picture
from payrisk_pipelines.papers.charts import COLOURS, dots
from payrisk_pipelines.papers.page import figure, page, paragraph, table

MOST_CHARTED = 8
"""Metrics of a card that are drawn where there is no backtest of curves to draw."""

MOST_DAYS = 120
BESIDE = ("l1-boosting", "due-plus-mean")
"""Baselines whose error by days ahead is kept with a run, besides the reference's."""

_CHART = re.compile(r"<svg.*?</svg>", re.DOTALL)
_STYLE = f"<style>{COLOURS}svg {{ font-family: system-ui, sans-serif; max-width: 60rem }}</style>"


def run_documents(backtest: Backtest | None, card: ModelCard) -> dict[str, bytes]:
    """Name → content: report.html, calibration.svg and charts/*.svg, each needing nothing else.

    backtest: behind the card's metrics of curves, where there is one. No customer is named:
    MLflow's readers are not always the ledger's.
    """
    body = card.to_json()
    parts = _card(card, body)
    if backtest is None:
        parts += _metrics(card)
    else:
        parts += report_sections(backtest, with_customers=False)
    title = f"{card.name} as of {iso(card.as_of)}"
    text = page(title, card.verdict.sentence, parts)
    papers = {"report.html": text}
    for drawn in _CHART.findall(text):
        key = re.search(r'<title id="t-([^"]*)"', drawn)
        assert key is not None
        papers[f"charts/{re.sub('-+', '-', key[1]).strip('-')}.svg"] = _alone(drawn)
    calibration = calibration_picture(body)
    if calibration:
        papers[PICTURE] = calibration
    return {name: content.encode() for name, content in papers.items()}


def slices_of(backtest: Backtest | None, card: ModelCard) -> pd.DataFrame | None:
    """The groups of rows that were judged, as `Registry.register` takes them."""
    if backtest is not None:
        return backtest.comparison.slices
    return None if card.evidence.slices.empty else card.evidence.slices


def horizons_of(backtest: Backtest | None) -> pd.DataFrame | None:
    """Mean (F − paid)² by days ahead, as `Registry.register` takes it: ours and some beside it."""
    if backtest is None:
        return None
    comparison = backtest.comparison
    days = comparison.days_ahead[comparison.days_ahead["days_ahead"] <= MOST_DAYS]
    named = dict.fromkeys((comparison.name, comparison.reference, *BESIDE))
    return days[["days_ahead", *(name for name in named if name in days)]]


def _alone(drawn: str) -> str:
    """A chart as a file that brings its colours."""
    return drawn.replace("<title", f"{_STYLE}<title", 1) + "\n"


def _card(card: ModelCard, values: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    parts = [("The model", [paragraph(card.purpose), paragraph(card.recipe)])]
    checks = pd.DataFrame(values["verdict"]["checks"])
    if len(checks):
        parts.append(("Gates", [table("What it had to hold, and what was found", checks)]))
    facts = {
        "The ledger it was fitted on": {"ledger": card.ledger_sha or "not stored"}
        | dict(card.population),
        "What it was judged on": card.window,
        "What ships": card.shipped,
        "Parameters": card.parameters,
    }
    named = [table(title, _listed(values)) for title, values in facts.items() if values]
    parts.append(("Data and parameters", named))
    difference = {k: v for k, v in card.feature_diff.items() if v}
    if difference:
        parts.append(
            ("Features beside the champion's", [table("Difference", _listed(difference))])
        )
    parts.append(("Limits", [paragraph(limit) for limit in card.limits] or [paragraph("None.")]))
    return parts


def _metrics(card: ModelCard) -> list[tuple[str, list[str]]]:
    """The card's metrics beside its baselines, a chart each, where no backtest tells more."""
    if not card.metrics:
        return []
    frame = card.table()
    pieces = [table("All rows, one model a line", frame)]
    numbers = [c for c in frame.columns[1:] if c != "n" and frame[c].notna().any()]
    for name in numbers[:MOST_CHARTED]:
        filled = frame.loc[frame[name].notna(), ["model", name]]
        words = name.replace("_", " ")
        drawn = dots(
            f"{words} by model",
            f"The {words} of {card.name} and of what stands beside it.",
            filled["model"].tolist(),
            {words: filled[name].astype(float).tolist()},
            x=words,
        )
        pieces.append(figure(f"{words} by model", drawn, filled))
    slices = card.evidence.slices
    if not slices.empty:
        pieces.append(table("Groups of rows", slices))
    return [("Beside every baseline", pieces)]


def _listed(values: Mapping[str, Any]) -> pd.DataFrame:
    texts = [
        ", ".join(map(str, v)) if isinstance(v, (list, tuple)) else str(v) for v in values.values()
    ]
    return pd.DataFrame({"what": [str(key).replace("_", " ") for key in values], "value": texts})
