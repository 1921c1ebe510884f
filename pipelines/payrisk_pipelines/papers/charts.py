"""Charts as SVG text: lines, columns and dots, drawn from numbers alone.

Each has a title and a description that are read aloud, needs no script and no network, and takes
its colours from the page (`COLOURS`); series differ by dash and mark as well as by colour.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

Numbers = Sequence[float]

WIDTH, HEIGHT = 720, 320
LEFT, RIGHT, TOP, BOTTOM = 60, 40, 34, 44
ROW = 20
LABEL = 230
DASHES = ("", "7 3", "2 3", "9 3 2 3")
COLOURS = """
:root { --s0: #0b5cad; --s1: #b4400a; --s2: #157a3c; --s3: #7b2fa6 }
@media (prefers-color-scheme: dark) {
  :root { --s0: #6db3ff; --s1: #ff9d66; --s2: #62d190; --s3: #cf9bff }
}
svg { width: 100%; height: auto; display: block }
svg text { fill: currentColor; font-size: 12px }
svg .axis { stroke: currentColor; stroke-opacity: .55 }
svg .grid { stroke: currentColor; stroke-opacity: .14 }
svg .guide { stroke: currentColor; stroke-opacity: .6; stroke-dasharray: 5 4; fill: none }
"""
"""Style that a page with these charts needs."""


@dataclass(frozen=True)
class Series:
    """Points of one name, in the order they are joined."""

    name: str
    x: Numbers
    y: Numbers


@dataclass(frozen=True)
class _Scale:
    """From values to places on the page."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def over(cls, values: Numbers, start: float, end: float, *, from_zero: bool) -> _Scale:
        finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
        low, high = min(finite), max(finite)
        if from_zero:
            low, high = min(low, 0.0), max(high, 0.0)
        if low == high:
            high = low + 1.0
        step = _step(high - low)
        return cls(math.floor(low / step) * step, math.ceil(high / step) * step, start, end)

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    @property
    def ticks(self) -> list[float]:
        """Whole steps, so that zero is among them wherever it is on the page."""
        step = _step(self.high - self.low)
        first, last = (round(end / step, 6) for end in (self.low, self.high))
        return [step * number for number in range(math.ceil(first), math.floor(last) + 1)]


def _step(span: float) -> float:
    """A round distance that gives about five ticks."""
    power = 10.0 ** math.floor(math.log10(span / 5.0))
    return next(
        power * factor for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if power * factor * 6.0 >= span
    )


def lines(
    title: str,
    description: str,
    series: Sequence[Series],
    *,
    x: str,
    y: str,
    diagonal: bool = False,
    x_names: Sequence[str] = (),
    marked: bool = False,
) -> str:
    """Lines of points.

    diagonal: also draw where y = x. x_names: names of the places 0, 1, 2 and so on.
    marked: also mark each point.
    """
    across = _Scale.over(
        [v for line in series for v in line.x], LEFT, WIDTH - RIGHT, from_zero=not x_names
    )
    up = _Scale.over([v for line in series for v in line.y], HEIGHT - BOTTOM, TOP, from_zero=True)
    drawn = _axes(across, up, x, y, x_names)
    if diagonal:
        drawn.append(
            f'<path class="guide" d="M{across(0):.1f} {up(0):.1f} L{across(1):.1f} {up(1):.1f}"/>'
        )
    for number, line in enumerate(series):
        places = [
            (across(a), up(b)) for a, b in zip(line.x, line.y, strict=True) if math.isfinite(b)
        ]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        dash = f' stroke-dasharray="{DASHES[number % len(DASHES)]}"' if number else ""
        colour = _colour(number)
        drawn.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
        )
        if marked or len(places) == 1:
            drawn += [_mark(number, a, b) for a, b in places]
    drawn += _legend([line.name for line in series])
    return _svg(title, description, HEIGHT, drawn)


def columns(
    title: str, description: str, edges: Numbers, heights: Numbers, *, x: str, y: str, level: float
) -> str:
    """A histogram; `level` is the height of all columns if they were even."""
    across = _Scale.over(edges, LEFT, WIDTH - RIGHT, from_zero=False)
    up = _Scale.over([*heights, level], HEIGHT - BOTTOM, TOP, from_zero=True)
    drawn = _axes(across, up, x, y, ())
    for low, high, height in zip(edges[:-1], edges[1:], heights, strict=True):
        left, top = across(low) + 1.0, up(height)
        drawn.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{across(high) - left - 1.0:.1f}"'
            f' height="{up(0.0) - top:.1f}" fill="{_colour(0)}" fill-opacity=".75"/>'
        )
    drawn.append(f'<path class="guide" d="M{LEFT} {up(level):.1f} H{WIDTH - RIGHT}"/>')
    return _svg(title, description, HEIGHT, drawn)


def dots(
    title: str,
    description: str,
    labels: Sequence[str],
    series: Mapping[str, Numbers],
    *,
    x: str,
    spans: Sequence[tuple[float, float]] = (),
) -> str:
    """One row a label, one mark a series; `spans` draws the interval of each row."""
    values = [v for values_of in series.values() for v in values_of] + [
        v for span in spans for v in span
    ]
    across = _Scale.over(values, LABEL, WIDTH - RIGHT, from_zero=True)
    height = TOP + ROW * len(labels) + BOTTOM
    foot = height - BOTTOM
    drawn = [
        f'<path class="{"axis" if tick == 0 else "grid"}" d="M{across(tick):.1f} {TOP} V{foot}"/>'
        f'<text x="{across(tick):.1f}" y="{foot + 16}" text-anchor="middle">{_said(tick)}</text>'
        for tick in across.ticks
    ]
    drawn.append(_text((LABEL + WIDTH - RIGHT) / 2, height - 8, x))
    for row, label in enumerate(labels):
        middle = TOP + ROW * (row + 0.5)
        drawn.append(
            f'<text x="{LABEL - 10}" y="{middle + 4:.1f}" text-anchor="end">{escape(label)}</text>'
        )
        if spans and all(math.isfinite(v) for v in spans[row]):
            low, high = (across(v) for v in spans[row])
            drawn.append(
                f'<path d="M{low:.1f} {middle:.1f} H{high:.1f}" stroke="{_colour(0)}"'
                ' stroke-width="3" stroke-opacity=".5"/>'
            )
        points = [(number, values_of[row]) for number, values_of in enumerate(series.values())]
        drawn += [_mark(number, across(v), middle) for number, v in points if math.isfinite(v)]
    drawn += _legend(list(series))
    return _svg(title, description, height, drawn)


def _axes(across: _Scale, up: _Scale, x: str, y: str, x_names: Sequence[str]) -> list[str]:
    foot = HEIGHT - BOTTOM
    drawn = [
        f'<path class="grid" d="M{LEFT} {up(tick):.1f} H{WIDTH - RIGHT}"/>'
        f'<text x="{LEFT - 6}" y="{up(tick) + 4:.1f}" text-anchor="end">{_said(tick)}</text>'
        for tick in up.ticks
    ]
    every = max(1, -(-len(x_names) // 8))
    named = [(float(number), name) for number, name in enumerate(x_names)][::every]
    for tick, name in named or [(tick, _said(tick)) for tick in across.ticks]:
        drawn.append(_text(across(tick), foot + 16, name))
    drawn.append(f'<path class="axis" d="M{LEFT} {foot} H{WIDTH - RIGHT}"/>')
    drawn.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x))
    drawn.append(
        f'<text transform="translate(14 {(TOP + foot) / 2:.0f}) rotate(-90)"'
        f' text-anchor="middle">{escape(y)}</text>'
    )
    return drawn


def _legend(names: Sequence[str]) -> list[str]:
    if len(names) < 2:
        return []
    drawn, left = [], float(LEFT)
    for number, name in enumerate(names):
        drawn.append(_mark(number, left, 14.0))
        drawn.append(f'<text x="{left + 9:.0f}" y="18">{escape(name)}</text>')
        left += 26.0 + 6.6 * len(name)
    return drawn


def _mark(number: int, x: float, y: float) -> str:
    """A disc, a diamond, a square or a triangle."""
    shapes = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5"',
        f'<path d="M{x:.1f} {y - 5.5:.1f} l5.5 5.5 l-5.5 5.5 l-5.5 -5.5 z"',
        f'<path d="M{x - 4:.1f} {y - 4:.1f} h8 v8 h-8 z"',
        f'<path d="M{x:.1f} {y - 5:.1f} l5 9 h-10 z"',
    )
    return f'{shapes[number % len(shapes)]} fill="{_colour(number)}"/>'


def _colour(number: int) -> str:
    return f"var(--s{number % len(DASHES)})"


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.0f}" text-anchor="middle">{escape(words)}</text>'


def _said(value: float) -> str:
    return f"{0.0 if abs(value) < 1e-12 else value:.4g}"


def _svg(title: str, description: str, height: float, drawn: Sequence[str]) -> str:
    key = "".join(c if c.isalnum() else "-" for c in title.lower())
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img"'
        f' aria-labelledby="t-{key} d-{key}" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="t-{key}">{escape(title)}</title>'
        f'<desc id="d-{key}">{escape(description)}</desc>{"".join(drawn)}</svg>'
    )
