"""The chart of receipts to come: a band, its middle, what is expected, and what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from payrisk.languages import Wording
from payrisk.money import decimal_of

WORDS = ("middle", "expected", "published")


def fan_chart(
    rows: Sequence[Mapping[str, Any]],
    before: Mapping[tuple[str, str], int],
    currency: str,
    wording: Wording,
    names: Mapping[str, str],
) -> dict[str, Any]:
    """A Vega-Lite specification, its colours named as tokens.

    rows: buckets with starts_on, expected, p10, p90 and perhaps p50 in minor units; before: what
    is laid over it, an earlier forecast or what came, by a bucket's first and last day; names:
    the legend's words by `WORDS`.
    """
    values = [
        {
            "at": wording.short_date(row["starts_on"]),
            **{
                name: float(decimal_of(row[name], currency))
                for name in ("expected", "p10", "p50", "p90")
                if row.get(name) is not None
            },
            "published": None
            if _days(row) not in before
            else float(decimal_of(before[_days(row)], currency)),
        }
        for row in rows
    ]
    x = {
        "field": "at",
        "type": "ordinal",
        "sort": None,
        "title": None,
        "axis": {"labelAngle": 0, "labelOverlap": "greedy"},
    }
    y = {"type": "quantitative", "title": currency, "axis": {"format": "~s", "tickCount": 5}}
    colours = {"middle": "--band-strong", "expected": "--ink", "published": "--warn"}
    has_middle = any(row.get("p50") is not None for row in rows)
    there = {"middle": has_middle, "expected": True, "published": bool(before)}
    shown = [name for name in WORDS if there[name]]
    scale = {"domain": [names[n] for n in shown], "range": [colours[n] for n in shown]}
    legend = {"title": None, "orient": "top"}

    def line(field: str, name: str, mark: dict[str, Any]) -> dict[str, Any]:
        colour = {"datum": names[name], "type": "nominal", "scale": scale, "legend": legend}
        return {
            "mark": mark,
            "encoding": {"x": x, "y": {**y, "field": field}, "color": colour},
        }

    layers = [
        {
            "mark": {"type": "area", "color": "--band", "opacity": 0.55},
            "encoding": {"x": x, "y": {**y, "field": "p10"}, "y2": {"field": "p90"}},
        },
        *([line("p50", "middle", {"type": "line", "strokeWidth": 2})] if has_middle else []),
        line("expected", "expected", {"type": "point", "filled": True, "size": 28}),
    ]
    if before:
        dashed = {"type": "line", "strokeDash": [4, 3], "strokeWidth": 1.5}
        layers.append(line("published", "published", dashed))
    return {"width": "container", "height": 280, "data": {"values": values}, "layer": layers}


def _days(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["starts_on"], row["ends_on"]
