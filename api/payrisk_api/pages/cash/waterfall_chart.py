"""The chart of a variance: from what was expected, cause by cause, to what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from payrisk.money import decimal_of


def waterfall_chart(
    steps: Sequence[tuple[str, int]], currency: str, ends: tuple[str, str]
) -> dict[str, Any]:
    """A Vega-Lite specification: columns from zero at both ends, floating ones between.

    steps: names with cents, the first is where it begins, the others what each adds; ends: the
    names of the first and last column.
    """
    values: list[Mapping[str, Any]] = []
    level = 0
    for place, (name, cents) in enumerate(steps):
        begins = 0 if place == 0 else level
        level += cents
        kind = "end" if place == 0 else "up" if cents >= 0 else "down"
        values.append(_column(name, begins, level, kind, currency))
    values.append(_column(ends[1], 0, level, "end", currency))
    scale = {"domain": ["end", "up", "down"], "range": ["--band-strong", "--good", "--bad"]}
    return {
        "width": "container",
        "height": 260,
        "data": {"values": values},
        "mark": {"type": "bar"},
        "encoding": {
            "x": {
                "field": "name",
                "type": "ordinal",
                "sort": None,
                "title": None,
                "axis": {"labelAngle": 0, "labelLimit": 110},
            },
            "y": {
                "field": "from",
                "type": "quantitative",
                "title": currency,
                "axis": {"format": "~s", "tickCount": 5},
            },
            "y2": {"field": "to"},
            "color": {"field": "kind", "type": "nominal", "scale": scale, "legend": None},
        },
    }


def _column(name: str, begins: int, ends: int, kind: str, currency: str) -> dict[str, Any]:
    amounts = {"from": begins, "to": ends}
    return {
        "name": name,
        "kind": kind,
        **{key: float(decimal_of(cents, currency)) for key, cents in amounts.items()},
    }
