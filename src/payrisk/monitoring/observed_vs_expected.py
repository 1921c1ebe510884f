"""What happened against what was expected, and whether the difference is more than the usual.

Earlier spans were off, too: months have shocks in common that no model sees. How far spans are
off beyond the noise of their rows is estimated from them (a random-effects mean, DerSimonian and
Laird 1986), and the span under watch is held to that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from payrisk.arrays import Flags, Floats, Ints, weighted_sums

LEAST_EXPECTED = 10.0
LEAST_SPREAD = 0.02
"""The least a span is taken to be off by chance beyond its rows: the model learnt from the past
spans, so they are closer to it than a new one can be."""
MATERIAL = 0.05
"""A difference below a twentieth is no alarm, however sure."""


@dataclass(frozen=True)
class ObservedCounts:
    """(n,) of one span: what happened to each row, what was expected, and its variance.

    A row that was not at risk has 0 in all three.
    """

    happened: Floats
    expected: Floats
    variance: Floats

    def take(self, rows: Flags) -> ObservedCounts:
        """Some of the rows."""
        return ObservedCounts(self.happened[rows], self.expected[rows], self.variance[rows])


@dataclass(frozen=True)
class Excess:
    """One comparison: happened / expected − 1 under watch, against that of earlier spans.

    ratio: happened over expected under watch. usual: the same of earlier spans. z: the
    difference in its own standard deviations; p: the chance of one so large, two-sided.
    """

    measure: str
    group: str
    n: int
    happened: float
    expected: float
    ratio: float
    usual: float
    z: float
    p: float

    @property
    def relative_excess(self) -> float:
        """How far off, as a share of what was to be expected by the usual."""
        return self.ratio / self.usual - 1.0 if self.usual else float("nan")


def design_effect(spans: Sequence[ObservedCounts], customer: Ints) -> float:
    """How much more the customers' sums vary than their rows alone would; at least 1.

    Source: the design effect of samples drawn in clusters (Kish, Survey Sampling, 1965).
    """
    by_row = spread = 0.0
    for counts in spans:
        gap = np.bincount(customer, counts.happened - counts.expected)
        by_row += float((gap * gap).sum())
        spread += float(counts.variance.sum())
    return max(1.0, by_row / spread) if spread else 1.0


def excess(
    measure: str, group: str, spans: Sequence[ObservedCounts], cluster: float
) -> Excess | None:
    """Compare the first span with the others; None where too little was expected of it.

    cluster: see `design_effect`, of all rows.
    """
    sums = np.array(
        [[o.happened.sum(), o.expected.sum(), o.variance.sum()] for o in spans], dtype=np.float64
    )
    now, past = sums[0], sums[1:]
    past = past[past[:, 1] >= LEAST_EXPECTED / 2.0]
    if now[1] < LEAST_EXPECTED or len(past) < 3:
        return None
    off = past[:, 0] / past[:, 1] - 1.0
    noise = np.maximum(past[:, 2] * cluster, 0.25) / past[:, 1] ** 2
    between = max(_between(off, noise), LEAST_SPREAD**2)
    weight = 1.0 / (noise + between)
    usual = float(weighted_sums(weight, off) / weight.sum())
    gap = now[0] / now[1] - 1.0 - usual
    own_variance = max(now[2] * cluster, 0.25) / now[1] ** 2
    z = gap / float(np.sqrt(own_variance + between + 1.0 / weight.sum()))
    p = float(2.0 * student.sf(abs(z), len(past) - 1))
    n = int((spans[0].expected > 0).sum())
    ratio = float(now[0] / now[1])
    return Excess(measure, group, n, float(now[0]), float(now[1]), ratio, 1.0 + usual, z, p)


def _between(off: Floats, noise: Floats) -> float:
    """Variance between spans beyond their noise."""
    weight = 1.0 / noise
    mean = float(weighted_sums(weight, off) / weight.sum())
    q = float(weighted_sums(weight, (off - mean) ** 2))
    scale = float(weight.sum() - (weight**2).sum() / weight.sum())
    return max(0.0, (q - (len(off) - 1)) / scale) if scale > 0 else 0.0


def compare_spans(
    measures: Mapping[str, Sequence[ObservedCounts]],
    customer: Ints,
    groups: Mapping[str, pd.Categorical],
    alarm: float,
) -> pd.DataFrame:
    """One row a measure and group of rows, the surest first; empty where nothing can be said.

    measures: name → the span under watch and the earlier ones. Columns measure, group, n,
    happened, expected, ratio, usual, off, z, p, strength (above 1 is an alarm: p under its share
    of `alarm` and at least MATERIAL off) and is_alarm. The chance of a false alarm is `alarm` for
    the whole table: half of it for all rows together, half for the groups, all of it where there
    are no groups (Bonferroni within each).
    """
    whole: list[Excess | None] = []
    parts: list[Excess | None] = []
    for name, spans in measures.items():
        cluster = design_effect(spans[1:], customer)
        whole.append(excess(name, "all", spans, cluster))
        for title, labels in groups.items():
            for code, group in enumerate(labels.categories):
                in_group = np.asarray(labels.codes == code)
                group_spans = [comparison.take(in_group) for comparison in spans]
                parts.append(excess(name, f"{title}: {group}", group_spans, cluster))
    rows = []
    known_whole, known_parts = (
        [comparison for comparison in f if comparison is not None] for f in (whole, parts)
    )
    halves = 2.0 if known_parts else 1.0
    for comparisons in (known_whole, known_parts):
        for comparison in comparisons:
            sure = alarm / halves / len(comparisons)
            bound = student.isf(sure / 2.0, 12)
            reached = student.isf(max(comparison.p, 1e-300) / 2.0, 12)
            strength = min(float(reached / bound), abs(comparison.relative_excess) / MATERIAL)
            rows.append(
                vars(comparison)
                | {
                    "off": comparison.relative_excess,
                    "strength": strength,
                    "is_alarm": strength > 1.0,
                }
            )
    if not rows:
        return pd.DataFrame(columns=["measure", "group", "strength", "is_alarm"])
    table = pd.DataFrame(rows).sort_values("strength", ascending=False, kind="stable")
    return table.reset_index(drop=True)
