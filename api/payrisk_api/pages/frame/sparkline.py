"""A sparkline: a few numbers as one small line of SVG, and words for who does not see it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, EDGE = 96.0, 20.0, 2.0


def sparkline(values: Sequence[float | None], label: str) -> Markup:
    """SVG of a line through the values; gaps where there is none, nothing where there are not two.

    >>> "M2.0,18.0 L94.0,2.0" in sparkline([1.0, 2.0], "up")
    True
    """
    known = [value for value in values if value is not None and value == value]
    if len(known) < 2:
        return Markup("")
    low, high = min(known), max(known)
    step = (WIDTH - 2 * EDGE) / (len(values) - 1)
    span = (high - low) or 1.0
    path, pen = [], "M"
    for place, value in enumerate(values):
        if value is None or value != value:
            pen = "M"
            continue
        y = HEIGHT - EDGE - (value - low) / span * (HEIGHT - 2 * EDGE)
        path.append(f"{pen}{EDGE + place * step:.1f},{y:.1f}")
        pen = "L"
    return Markup(
        '<svg class="spark" viewBox="0 0 96 20" role="img" aria-label="{}"><path d="{}"/></svg>'
    ).format(label, " ".join(path))
