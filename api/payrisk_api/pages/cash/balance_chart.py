"""The chart of balances to come: what will be owed, how sure that is, and what of it overdue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from payrisk.languages import Wording
from payrisk.money import decimal_of

FIELDS = ("open", "open_p10", "open_p90", "overdue_of_today")


def balance_chart(
    rows: Sequence[Mapping[str, Any]], currency: str, wording: Wording, names: tuple[str, str]
) -> dict[str, Any]:
    """A Vega-Lite specification, its colours named as tokens.

    rows: of `/v1/cash/positions`, minor units; names: the legend's, of all and of what is overdue.
    """
    values = [
        {
            "at": wording.short_date(row["close_of"]),
            **{
                name: float(decimal_of(row[name], currency))
                for name in FIELDS
                if row.get(name) is not None
            },
        }
        for row in rows
    ]
    x = {
        "field": "at", "type": "ordinal", "sort": None, "title": None,
        "axis": {"labelAngle": 0, "labelOverlap": "greedy"},
    }  # fmt: skip
    y = {"type": "quantitative", "title": currency, "axis": {"format": "~s", "tickCount": 5}}
    scale = {"domain": list(names), "range": ["--band-strong", "--bad"]}

    def line(field: str, name: str) -> dict[str, Any]:
        legend = {"title": None, "orient": "top"}
        colour = {"datum": name, "type": "nominal", "scale": scale, "legend": legend}
        return {
            "mark": {"type": "line", "strokeWidth": 2, "point": True},
            "encoding": {"x": x, "y": {**y, "field": field}, "color": colour},
        }

    band = {
        "mark": {"type": "area", "color": "--band", "opacity": 0.55},
        "encoding": {"x": x, "y": {**y, "field": "open_p10"}, "y2": {"field": "open_p90"}},
    }
    layers = [band, line("open", names[0]), line("overdue_of_today", names[1])]
    return {"width": "container", "height": 240, "data": {"values": values}, "layer": layers}
