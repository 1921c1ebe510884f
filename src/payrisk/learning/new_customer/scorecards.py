"""The two models a score of applicants has to beat: a WOE scorecard and a logistic regression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from payrisk.arrays import Floats, Texts
from payrisk.learning.new_customer.applications import ApplicationTable
from payrisk.learning.new_customer.folds import in_order
from payrisk.scoring.new_customer.encoding import SPECIAL, Input

SMOOTHING = 20.0
"""Applications at the overall rate that every bin is filled up with."""
MOST_BINS, LEAST_SHARE = 6, 0.05
LEAST_CATEGORY = 20
"""Training rows below which a category goes with the others."""
STRENGTH = 0.1
"""C of the logistic regression on standardised inputs (smaller = stronger penalty)."""
FURTHEST = 4.0
"""Standard deviations to which a number is drawn in."""


class RiskScorer(Protocol):
    """Says the chance of going bad of flat rows."""

    def predict(self, rows: pd.DataFrame) -> list[float]:
        """The chance of each row."""
        ...


Bins = Callable[[pd.DataFrame], Texts]


@dataclass(frozen=True)
class _Woe:
    """One input: which bin a row falls into, and the weight of evidence of each bin."""

    one: Input
    edges: Floats
    kept: frozenset[str]
    evidence: Mapping[str, float]

    def bins(self, frame: pd.DataFrame) -> Texts:
        """(n,) names of bins; missing, special and rare values have their own."""
        if self.one.kind == "category":
            texts = frame[self.one.name].astype(object).fillna("")
            return np.asarray(texts.where(texts.isin(self.kept), "others"), dtype=object)
        values = frame[self.one.name].to_numpy(dtype=np.float64)
        names = np.char.add("bin ", np.searchsorted(self.edges, values).astype(str))
        bins = np.where(np.isnan(values), "missing", names).astype(object)
        if self.one.is_flagged:
            special = frame[self.one.name + SPECIAL].to_numpy(dtype=object)
            bins = np.where(special != "", "special " + special.astype(object), bins)
        return bins

    def values(self, frame: pd.DataFrame) -> Floats:
        """(n,) weight of evidence; 0 for what training never saw."""
        return np.array([self.evidence.get(str(b), 0.0) for b in self.bins(frame)])


@dataclass(frozen=True)
class Scorecard:
    """A logistic regression on the weights of evidence of binned inputs."""

    parts: tuple[_Woe, ...]
    model: Any

    def predict(self, rows: pd.DataFrame) -> list[float]:
        """The chance of going bad of flat rows."""
        if not len(rows):
            return []
        design = np.column_stack([part.values(rows) for part in self.parts])
        return [float(p) for p in self.model.predict_proba(design)[:, 1]]


def fit_scorecard(table: ApplicationTable) -> Scorecard:
    """Bins by a small tree an input (6 at most, 5 % of the rows at least), smoothed WOE, logistic.

    WOE of a bin: log-odds of its rate of bad ones, filled up with SMOOTHING rows at the overall
    rate, less the overall log-odds; so it points the same way as risk.
    """
    table = in_order(table)
    parts = tuple(_evidence(entry, table) for entry in table.inputs)
    design = np.column_stack([part.values(table.frame) for part in parts])
    model = LogisticRegression(C=1.0, max_iter=1000).fit(design, table.bad)
    return Scorecard(parts, model)


def _evidence(column: Input, table: ApplicationTable) -> _Woe:
    edges, frequent = np.zeros(0), frozenset[str]()
    if column.kind == "category":
        n = table.frame[column.name].astype(object).fillna("").value_counts()
        frequent = frozenset(str(text) for text in n[n >= LEAST_CATEGORY].index)
    else:
        values = table.frame[column.name].to_numpy(dtype=np.float64)
        is_present = ~np.isnan(values)
        if is_present.sum() >= LEAST_CATEGORY:
            tree = DecisionTreeClassifier(
                max_leaf_nodes=MOST_BINS, min_samples_leaf=LEAST_SHARE, random_state=0
            ).fit(values[is_present][:, None], table.bad[is_present])
            cuts = tree.tree_.threshold[tree.tree_.feature >= 0]
            edges = np.sort(cuts.astype(np.float64))
    empty = _Woe(column, edges, frequent, {})
    base = (table.n_bad + 0.5) / (len(table) + 1.0)
    bins = empty.bins(table.frame)
    counted = pd.DataFrame({"bin": bins, "bad": table.bad}).groupby("bin")["bad"]
    evidence = {}
    for name, outcomes in counted:
        rate = (float(outcomes.sum()) + SMOOTHING * base) / (len(outcomes) + SMOOTHING)
        evidence[str(name)] = float(np.log(rate / (1 - rate)) - np.log(base / (1 - base)))
    return _Woe(column, edges, frequent, evidence)


# -- logistic regression -------------------------------------------------------------------------


@dataclass(frozen=True)
class Logistic:
    """A regularised logistic regression on standardised numbers and the frequent categories.

    scales: per number (median, mean, standard deviation), missing taken as the median and told
    by a flag. kept: per category its frequent values.
    """

    inputs: tuple[Input, ...]
    scales: Mapping[str, tuple[float, float, float]]
    kept: Mapping[str, tuple[str, ...]]
    model: Any

    def design(self, frame: pd.DataFrame) -> Floats:
        """(n, k) standardised columns."""
        columns: list[npt.NDArray[Any]] = []
        for entry in self.inputs:
            if entry.kind == "category":
                texts = frame[entry.name].astype(object).fillna("").to_numpy(dtype=object)
                columns += [texts == value for value in self.kept[entry.name]]
                continue
            values = frame[entry.name].to_numpy(dtype=np.float64)
            median, mean, spread = self.scales[entry.name]
            filled = np.where(np.isnan(values), median, values)
            columns.append(np.clip((filled - mean) / spread, -FURTHEST, FURTHEST))
            columns.append(np.isnan(values))
            if entry.is_flagged:
                special = frame[entry.name + SPECIAL].to_numpy(dtype=object)
                columns += [special == value for value in entry.specials]
        return np.column_stack(columns).astype(np.float64)

    def predict(self, rows: pd.DataFrame) -> list[float]:
        """The chance of going bad of flat rows."""
        if not len(rows):
            return []
        return [float(p) for p in self.model.predict_proba(self.design(rows))[:, 1]]


def fit_logistic(table: ApplicationTable) -> Logistic:
    """The logistic regression of a table; numbers are drawn in to FURTHEST deviations."""
    table = in_order(table)
    scales, frequent = {}, {}
    for entry in table.inputs:
        if entry.kind == "category":
            n = table.frame[entry.name].astype(object).fillna("").value_counts()
            frequent[entry.name] = tuple(sorted(str(v) for v in n[n >= LEAST_CATEGORY].index))
            continue
        values = table.frame[entry.name].to_numpy(dtype=np.float64)
        present = values[~np.isnan(values)]
        if not len(present):
            scales[entry.name] = (0.0, 0.0, 1.0)
            continue
        low, high = np.quantile(present, [0.01, 0.99])
        drawn = np.clip(present, low, high)
        spread = float(drawn.std())
        scales[entry.name] = (float(np.median(present)), float(drawn.mean()), spread or 1.0)
    empty = Logistic(table.inputs, scales, frequent, None)
    model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(empty.design(table.frame), table.bad)
    return Logistic(table.inputs, scales, frequent, model)


BESIDE: Mapping[str, Callable[[ApplicationTable], RiskScorer]] = {
    "woe-scorecard": fit_scorecard,
    "logistic": fit_logistic,
}
"""The baselines by name."""
