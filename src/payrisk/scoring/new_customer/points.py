"""A points card: each answer on an application has its points, and their sum is the score."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints, Texts
from payrisk.scoring.new_customer.encoding import SPECIAL, Input, InputEncoder

ANCHOR, ANCHOR_ODDS, DOUBLING = 600.0, 50.0, 20.0
"""A score of ANCHOR: ANCHOR_ODDS good applicants to a bad one; DOUBLING more: twice so many."""
FACTOR = DOUBLING / math.log(2.0)
"""Points that a unit of log-odds is worth."""
MISSING, OTHERS = "missing", "others"
SMOOTHING = 20.0
"""Applications at the overall rate that every bin is filled up with."""
LEAST_SHARE = 1e-4
"""A share below counts as this in the stability index, where an empty one would be infinite."""


@dataclass(frozen=True)
class PointsBin:
    """Answers that earn the same: their points, and how many of training gave one.

    name: the number of a range, MISSING, `special TEXT`, a category, or OTHERS.
    """

    name: str
    points: int
    n: int
    n_bad: int


@dataclass(frozen=True)
class PointsAttribute:
    """One question of the application and the points of its answers.

    edges: upper ends of the ranges of a number but the last. neutral: the mean points of training:
    what an ordinary applicant earns, and what an answer that training never saw counts as.
    """

    column: Input
    edges: tuple[float, ...]
    bins: tuple[PointsBin, ...]

    @cached_property
    def by_name(self) -> dict[str, PointsBin]:
        """The bins by their names."""
        return {each.name: each for each in self.bins}

    @cached_property
    def neutral(self) -> float:
        """The mean points of training."""
        n = sum(each.n for each in self.bins)
        return sum(each.points * each.n for each in self.bins) / n if n else 0.0

    @cached_property
    def most(self) -> int:
        """The points of the best answer."""
        return max(each.points for each in self.bins)

    def names(self, frame: pd.DataFrame) -> Texts:
        """(n,) the name of the bin that each answer falls into."""
        column = self.column
        if column.kind == "category":
            texts = frame[column.name].astype(object).fillna("").astype(str)
            names = texts.where(texts != "", MISSING)
            return np.asarray(names.where(names.isin(list(self.by_name)), OTHERS), dtype=object)
        values = frame[column.name].to_numpy(dtype=np.float64)
        places = np.searchsorted(np.array(self.edges), values, side="left").astype(str)
        names = np.where(np.isnan(values), MISSING, places).astype(object)
        if column.is_flagged:
            special = frame[column.name + SPECIAL].to_numpy(dtype=object)
            names = np.where(special != "", "special " + special.astype(object), names)
        return np.asarray(names, dtype=object)

    def points(self, frame: pd.DataFrame) -> Ints:
        """(n,) whole points; of an answer that training never saw the neutral ones."""
        known = {name: each.points for name, each in self.by_name.items()}
        usual = round(self.neutral)
        return np.array([known.get(name, usual) for name in self.names(frame)], dtype=np.int64)

    @cached_property
    def unresolved(self) -> dict[str, float]:
        """By range, the variance of the points that a smoother card would give inside of it.

        As if points went evenly from half-way to one neighbour to half-way to the next (step²/12);
        the first and last range have no far end and count three times as much.
        """
        if self.column.kind == "category":
            return {}
        points = [self.by_name[str(place)].points for place in range(len(self.edges) + 1)]
        steps = np.abs(np.diff(np.array(points, dtype=np.float64)))
        if not len(steps):
            return {}
        inside = [(a + b) / 2 for a, b in itertools.pairwise(steps)]
        variances = [steps[0] ** 2 / 4, *(step**2 / 12 for step in inside), steps[-1] ** 2 / 4]
        return {str(place): float(each) for place, each in enumerate(variances)}

    @cached_property
    def base(self) -> float:
        """The overall rate of bad ones in training."""
        n_bad, n = (sum(getattr(e, name) for e in self.bins) for name in ("n_bad", "n"))
        return float((n_bad + 0.5) / (n + 1.0))

    def rate(self, answer: PointsBin) -> float:
        """The smoothed rate of bad ones in a bin."""
        return (answer.n_bad + SMOOTHING * self.base) / (answer.n + SMOOTHING)

    @cached_property
    def evidence(self) -> dict[str, float]:
        """By bin the weight of evidence, the way of risk: 0 is the overall rate."""
        usual = math.log(self.base / (1.0 - self.base))
        rates = {each.name: self.rate(each) for each in self.bins}
        return {name: math.log(rate / (1.0 - rate)) - usual for name, rate in rates.items()}

    @cached_property
    def unsure(self) -> dict[str, float]:
        """By bin, the variance of its points: so few of training gave this answer.

        That of the smoothed rate's log-odds, by the delta method, times the square of the points
        that a unit of evidence earns here.
        """
        of_evidence = sum(each.n * self.evidence[each.name] ** 2 for each in self.bins)
        earned = sum(each.n * each.points * self.evidence[each.name] for each in self.bins)
        unit = earned / of_evidence if of_evidence else 0.0
        variances = {}
        for each in self.bins:
            rate = self.rate(each)
            weight = each.n / (each.n + SMOOTHING) ** 2
            variances[each.name] = unit**2 * weight / (rate * (1.0 - rate))
        return variances

    def label(self, name: str) -> str:
        """A bin in words.

        >>> one = PointsAttribute(Input("years", "number"), (2.0, 5.0), ())
        >>> [one.label(name) for name in ("0", "1", "2", "missing")]
        ['up to 2', 'over 2 to 5', 'over 5', 'not said']
        """
        if name == MISSING:
            return "not said"
        if self.column.kind == "category" or not name.isdigit():
            return name
        place = int(name)
        low = f"{self.edges[place - 1]:,.6g}" if place else ""
        high = f"{self.edges[place]:,.6g}" if place < len(self.edges) else ""
        if not low:
            return f"up to {high}" if high else "any number"
        return f"over {low} to {high}" if high else f"over {low}"

    def to_json(self) -> dict[str, Any]:
        """Plain values, but for the column."""
        return {
            "edges": list(self.edges),
            "bins": [[each.name, each.points, each.n, each.n_bad] for each in self.bins],
        }

    @classmethod
    def from_json(cls, column: Input, body: Mapping[str, Any]) -> Self:
        """What `to_json` gave."""
        bins = (
            PointsBin(str(name), int(points), int(n), int(n_bad))
            for name, points, n, n_bad in body["bins"]
        )
        return cls(column, tuple(float(edge) for edge in body["edges"]), tuple(bins))


@dataclass(frozen=True)
class PointsCard(InputEncoder):
    """Questions in the order of the inputs; start: the points everybody begins with."""

    attributes: tuple[PointsAttribute, ...] = ()
    start: int = 0

    @cached_property
    def input_of_column(self) -> Ints:
        """(inputs,) each column of the matrix is its own input's."""
        return np.arange(len(self.inputs))

    def matrix(self, frame: pd.DataFrame) -> Floats:
        """(n, inputs) points of each answer, whole numbers."""
        if not self.attributes:
            return np.zeros((len(frame), 0))
        return np.column_stack([each.points(frame) for each in self.attributes]).astype(np.float64)

    def variance(self, frame: pd.DataFrame) -> Floats:
        """(n,) of the points: what ranges do not resolve, and what few answers leave unsure."""
        total = np.zeros(len(frame))
        for each in self.attributes:
            names = [str(name) for name in each.names(frame)]
            for variances in (each.unresolved, each.unsure):
                total += np.array([variances.get(name, 0.0) for name in names])
        return total

    @cached_property
    def neutral(self) -> Floats:
        """(inputs,) the mean points of training."""
        return np.array([each.neutral for each in self.attributes])

    def stability(self, frame: pd.DataFrame) -> list[dict[str, Any]]:
        """By attribute, the population stability index of some applications against training.

        PSI = Σ (share now − share then) × ln(share now ÷ share then) over the bins; 0.1 and 0.25
        are the usual lines of "some" and "much" shift (Siddiqi, Credit Risk Scorecards, 2006).
        """
        found = []
        for each in self.attributes:
            then = np.array([one.n for one in each.bins], dtype=np.float64)
            names = pd.Series(each.names(frame)).value_counts()
            now = np.array([names.get(one.name, 0) for one in each.bins], dtype=np.float64)
            shares = [
                np.maximum(part / max(float(np.sum(part)), 1.0), LEAST_SHARE)
                for part in (then, now)
            ]
            index = float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))
            found.append({"attribute": each.column.name, "n": len(frame), "psi": index})
        return found


def log_odds_of(score: Floats) -> Floats:
    """Log-odds of going bad of scores.

    >>> round(float(log_odds_of(np.array([620.0]))[0]), 3)  # 100 good ones to a bad one
    -4.605
    """
    return np.asarray(-math.log(ANCHOR_ODDS) - (score - ANCHOR) / FACTOR)
