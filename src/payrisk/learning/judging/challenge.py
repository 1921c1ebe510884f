"""Whether a recipe may take the place of another: by rows both scored, drawn anew many times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from payrisk.arrays import Flags
from payrisk.calendar import iso
from payrisk.learning.judging.gates import Check
from payrisk.learning.measuring.bootstrap import LEVEL, intervals, level_for_tries
from payrisk.learning.measuring.comparison import Comparison
from payrisk.learning.measuring.slices import slice_labels

LEAST_ROWS = 200
"""Rows below which two models are not told apart."""
LEAST_OF_A_SLICE, LEAST_CUSTOMERS = 100, 5
SLICE_RATIO = 1.05
"""CRPS over the other's from which a group of rows counts as worse, if that is sure."""
ORIGIN_RATIO = 1.05
LATE_RATIO = 1.02
NLL_SLACK, PIT_SLACK, COVERAGE_SLACK = 0.02, 0.03, 0.05
CHANCE_OF_PIT = 0.5
"""Over the root of the rows: by how much the PIT of two equally good models may differ."""
LEAST_COVERAGE = 0.8


@dataclass(frozen=True)
class Challenge:
    """Two models on the same rows: the one that is to answer, and the one in its way.

    found: what both scored. other: the name of the one in its way, as in `found.scores`. rows: on
    which they may be compared. tries: recipes judged on these very rows so far, this one with
    them; each further one must be surer (Bonferroni). must_win: whether it has to be better, or
    only not surely worse.
    """

    found: Comparison
    other: str
    rows: Flags
    tries: int = 1
    must_win: bool = False

    @property
    def level(self) -> float:
        """Of every interval, the wider the more recipes were tried on the rows."""
        return level_for_tries(self.tries)

    @property
    def is_same(self) -> bool:
        """Whether both score every row that may be compared alike, to the bit."""
        if int(self.rows.sum()) < LEAST_ROWS:
            return False
        return self._gap("crps", self.rows, self.level) == (0.0, 0.0)

    def checks(self) -> list[Check]:
        """Every promise towards the other model; one that is not verifiable where rows are few."""
        n = int(self.rows.sum())
        if n < LEAST_ROWS:
            words = f"crps {'surely better' if self.must_win else 'not surely worse'}"
            needs = f"{LEAST_ROWS} rows"
            nothing = float("nan")
            return [Check(f"{words} than {self.other}", nothing, 0.0, needs, self.must_win)]
        return [
            self._primary(),
            *self._whole(),
            *self._origins(),
            self._worst_slice(),
        ]

    def _gap(self, metric: str, rows: Flags, level: float) -> tuple[float, float]:
        """Lower and upper bound of own − other, per row: below 0 the candidate is better."""
        judged = getattr(self.found.scores[self.found.name], metric)
        other = getattr(self.found.scores[self.other], metric)
        rows = rows & ~np.isnan(judged - other)
        gap = (judged - other)[rows, None]
        low, high = intervals(gap, self.found.cells(rows), level=level)[0]
        return float(low), float(high)

    def _primary(self) -> Check:
        low, high = self._gap("crps", self.rows, self.level)
        sure = f"{self.level:.4g} of the draws of customers and weeks"
        if self.must_win and low == high == 0.0:  # changed in what the gate does not read
            return Check(f"crps the same as that of {self.other}, to the bit", high, 0.0)
        if self.must_win:
            words = f"crps surely better than {self.other} ({sure})"
            return Check(words, high, 0.0, is_decisive=True)
        return Check(f"crps not surely worse than {self.other} ({sure})", low, 0.0)

    def _whole(self) -> Iterator[Check]:
        metrics = self.found.metrics(self.rows)
        judged, other = metrics[self.found.name], metrics[self.other]
        yield self._within("nll", judged, other, other["nll"] + NLL_SLACK)
        yield self._within("log_loss_late", judged, other, other["log_loss_late"] * LATE_RATIO)
        slack = PIT_SLACK + CHANCE_OF_PIT / float(np.sqrt(self.rows.sum()))
        bound = other["pit_deviation"] + slack
        words = f"pit_deviation at most {bound:.4g}, {self.other} having"
        yield Check(f"{words} {other['pit_deviation']:.4g}", judged["pit_deviation"], bound)
        least = min(LEAST_COVERAGE, other["coverage_80"] - COVERAGE_SLACK)
        words = f"missed by the 80 % interval, against {self.other}"
        yield Check(words, 1.0 - judged["coverage_80"], 1.0 - least)

    def _within(
        self, metric: str, ours: dict[str, float], other: dict[str, float], bound: float
    ) -> Check:
        words = f"{metric} at most {bound:.4g}, {self.other} having {other[metric]:.4g}"
        return self._surely(Check(words, ours[metric], bound), metric, self.rows)

    def _surely(self, check: Check, metric: str, rows: Flags) -> Check:
        """The check, which what may be chance neither breaks nor proves."""
        if check.outcome == "refused" and self._gap(metric, rows, LEVEL)[0] <= 0.0:
            return replace(check, needs="more rows: it may be chance")
        return check

    def _origins(self) -> Iterator[Check]:
        """Not clearly worse at any origin: a recipe that wins by the luck of one is unstable."""
        days = self.found.rows["train_as_of"].to_numpy(dtype=np.int64)
        for day in np.unique(days[self.rows]):
            here = self.rows & (days == day)
            if here.sum() < LEAST_ROWS:
                continue
            judged, other = (
                float(self.found.scores[name].crps[here].mean())
                for name in (self.found.name, self.other)
            )
            words = f"crps of the origin {iso(int(day))} at most {ORIGIN_RATIO:g} times"
            check = Check(f"{words} {self.other}", judged, ORIGIN_RATIO * other)
            yield self._surely(check, "crps", here)

    def _worst_slice(self) -> Check:
        """The group of rows that loses most, and surely."""
        judged = self.found.scores[self.found.name].crps
        other = self.found.scores[self.other].crps
        groups = []
        for title, labels in slice_labels(self.found.rows).items():
            if title == "weekday paid":
                continue  # known only afterwards: it says where the mass lies, not who is better
            for code, group in enumerate(labels.categories):
                rows = self.rows & (labels.codes == code)
                if (
                    rows.sum() >= LEAST_OF_A_SLICE
                    and len(np.unique(self.found.customers[rows])) >= LEAST_CUSTOMERS
                ):
                    groups.append((f"{title}: {group}", rows))
        worst, where = 0.0, "none"
        level = level_for_tries(len(groups))
        for name, rows in groups:
            ratio = float(judged[rows].mean()) / max(float(other[rows].mean()), 1e-9)
            if ratio <= max(worst, 1.0):
                continue
            if ratio <= SLICE_RATIO or self._gap("crps", rows, level)[0] > 0.0:
                worst, where = ratio, name
        return Check(
            f"crps of every group at most {SLICE_RATIO:g} times {self.other} or not surely above"
            f" (worst: {where})",
            worst,
            SLICE_RATIO,
        )
