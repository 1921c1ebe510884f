"""Models side by side on the same rows: means, paired differences, slices, calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.arrays import Flags, Ints, Probabilities
from payrisk.calendar import NEVER, weekday
from payrisk.learning.measuring.bootstrap import Cells, intervals
from payrisk.learning.measuring.curve_metrics import PIT_BINS, CurveScores
from payrisk.learning.measuring.slices import slice_labels

REFERENCE = "customer-ecdf"
"""The baseline every published ratio refers to (docs/design.md, 'Baselines')."""

COMPARED = ("crps", "nll")
LATE_BINS = 10
MOST_EXTREMES = 10

Metrics = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Comparison:
    """What models scored on the same rows, the judged one first.

    rows: as `ReplayedRows.rows`, with is_unseen (the customer had no invoice at training) and,
    for slices, n_settled (its settled invoices known at as_of). scores: model → its scores.
    by_day: model → `metrics.brier_by_day`.
    """

    rows: pd.DataFrame
    scores: Mapping[str, CurveScores]
    by_day: Mapping[str, Probabilities]

    @classmethod
    def joined(cls, parts: Sequence[Comparison]) -> Comparison:
        """The rows of all parts, in order; all of the same models."""
        names = list(parts[0].scores)
        return cls(
            pd.concat([part.rows for part in parts], ignore_index=True),
            {name: CurveScores.joined([part.scores[name] for part in parts]) for name in names},
            {name: np.sum([part.by_day[name] for part in parts], axis=0) for name in names},
        )

    @property
    def name(self) -> str:
        """The judged model."""
        return next(iter(self.scores))

    @property
    def reference(self) -> str:
        """The baseline every ratio refers to; the judged model itself where there is none."""
        return REFERENCE if REFERENCE in self.scores else self.name

    def metrics(self, rows: Flags | None = None) -> Metrics:
        """Model → metric → value, over all rows or some."""
        return {
            name: (scores if rows is None else scores.take(rows)).metrics()
            for name, scores in self.scores.items()
        }

    @property
    def unseen(self) -> Metrics:
        """The metrics of customers that training had not seen; empty when there are none."""
        is_unseen = self.rows["is_unseen"].to_numpy(dtype=bool)
        return self.metrics(is_unseen) if is_unseen.any() else {}

    @property
    def outcomes(self) -> dict[str, int]:
        """Rows by what became of them, so far as is known; together all rows."""
        rows = self.rows
        is_paid = (rows["paid_on"] < NEVER).to_numpy()
        is_closed = (rows["closed_on"] < NEVER).to_numpy() & ~is_paid
        is_loss = is_closed & (rows["closed_by"] == "loss").to_numpy(dtype=bool)
        is_open = ~is_paid & ~is_closed
        is_sold = is_open & (rows["last_known_on"] < rows["books_end_on"]).to_numpy()
        flags = {
            "paid": is_paid,
            "closed without cash": is_closed & ~is_loss,
            "lost": is_loss,
            "sold": is_sold,
            "still open": is_open & ~is_sold,
        }
        return {name: int(flag.sum()) for name, flag in flags.items()}

    # -- differences -------------------------------------------------------------------------

    @cached_property
    def customers(self) -> Ints:
        """(n,) a code of each row's customer, in the order of their ids."""
        return np.asarray(pd.factorize(self.rows["customer_id"], sort=True)[0])

    def cells(self, rows: Flags | slice = slice(None)) -> Cells:
        """All rows or some, gathered by customer and week."""
        days = self.rows["as_of"].to_numpy(dtype=np.int64)
        return Cells.of(self.customers[rows], days[rows])

    @cached_property
    def paired(self) -> pd.DataFrame:
        """CRPS and NLL of each other model minus the judged one's, with a 95 % interval.

        Columns baseline, metric, own, theirs, ratio (own / theirs, of the CRPS), difference, low,
        high and is_sure: whether the interval excludes 0.
        """
        others = [name for name in self.scores if name != self.name]
        pairs = [(name, metric) for metric in COMPARED for name in others]
        of_judged = {metric: getattr(self.scores[self.name], metric) for metric in COMPARED}
        of_others = [getattr(self.scores[name], metric) for name, metric in pairs]
        gaps = [
            values_of_other - of_judged[metric]
            for values_of_other, (_, metric) in zip(of_others, pairs, strict=True)
        ]
        columns = ["baseline", "metric", "own", "theirs", "ratio", "difference", "low", "high"]
        if not pairs:
            return pd.DataFrame(columns=[*columns, "is_sure"])
        span = intervals(np.column_stack(gaps), self.cells())
        judged = np.array([of_judged[metric].mean() for _, metric in pairs])
        other = np.array([values_of_other.mean() for values_of_other in of_others])
        is_days = np.array([metric == "crps" for _, metric in pairs])
        ratio = _ratio(judged, np.where(is_days, other, 0.0))
        values = [*zip(*pairs, strict=True), judged, other, ratio, other - judged, *span.T]
        table = pd.DataFrame(dict(zip(columns, values, strict=True)))
        return table.assign(is_sure=(table["low"] > 0) | (table["high"] < 0))

    # -- slices ------------------------------------------------------------------------------

    @cached_property
    def reweighted(self) -> pd.DataFrame:
        """All rows weighed otherwise: by amount, each customer alike, without the largest one."""
        n = np.bincount(self.customers)
        if not len(n):
            return self._against([])
        is_top = self.customers == n.argmax()
        return self._against(
            [
                ("every row alike", np.ones(len(self.rows))),
                ("by amount", _amounts(self.rows)),
                ("each customer alike", 1.0 / n[self.customers]),
                ("without the top customer", (~is_top).astype(np.float64)),
                ("the top customer", is_top.astype(np.float64)),
            ]
        )

    @cached_property
    def slices(self) -> pd.DataFrame:
        """Groups of rows under what they are grouped by, beside the reference.

        Columns slice, group, n, customers, unresolved, then crps, nll and mae, each also of the
        reference, ratio of the CRPS, and the interval low..high of its difference.
        """
        parts = []
        for title, labels in slice_labels(self.rows).items():
            groups = [
                (str(group), (labels.codes == code).astype(np.float64))
                for code, group in enumerate(labels.categories)
            ]
            part = self._against([pair for pair in groups if pair[1].any()])
            part.insert(0, "slice", title)
            parts.append(part)
        empty = self._against([]).assign(slice=[])
        return pd.concat(parts or [empty], ignore_index=True)

    def _against(self, groups: Sequence[tuple[str, Probabilities]]) -> pd.DataFrame:
        """One row a group, given by a weight a row, of the judged model and the reference."""
        judged, other = self.scores[self.name], self.scores[self.reference]
        is_open = (self.rows["closed_on"] >= NEVER).to_numpy()
        lines = []
        for group, weights in groups:
            is_in = weights > 0
            means, of_reference = judged.weighted(weights), other.weighted(weights)
            gap = (other.crps - judged.crps)[is_in, None]
            span = intervals(gap, self.cells(is_in), weights=weights[is_in])[0]
            row = {
                "group": group,
                "n": int(is_in.sum()),
                "customers": len(np.unique(self.customers[is_in])),
                "unresolved": int((is_in & is_open).sum()),
            }
            for name, value in means.items():
                row |= {name: value, f"{name}_reference": of_reference[name]}
            ratio = _ratio(np.array([means["crps"]]), np.array([of_reference["crps"]]))[0]
            lines.append(row | {"ratio": ratio, "low": span[0], "high": span[1]})
        return pd.DataFrame(lines)

    @cached_property
    def extremes(self) -> pd.DataFrame:
        """The customers that gain least and most from the judged model, at most ten of each.

        Columns customer_id, n, crps, crps_reference and gained: CRPS of the reference minus
        ours, summed over the customer's rows; least first.
        """
        frame = pd.DataFrame({"customer_id": self.rows["customer_id"].to_numpy()})
        frame["crps"] = self.scores[self.name].crps
        frame["crps_reference"] = self.scores[self.reference].crps
        groups = frame.groupby("customer_id", sort=True)
        gains = groups.mean().assign(n=groups.size())
        gains["gained"] = (gains["crps_reference"] - gains["crps"]) * gains["n"]
        gains = gains.sort_values("gained", kind="stable")
        ends = np.unique(np.r_[: min(MOST_EXTREMES, len(gains)), -MOST_EXTREMES:0] % len(gains))
        order = ["n", "crps", "crps_reference", "gained"]
        return gains.iloc[ends][order].reset_index()

    def by_values(self, values: npt.ArrayLike, name: str) -> pd.DataFrame:
        """One row for each value that the rows have: n, unresolved, CRPS and NLL beside.

        values: (rows,), such as the training date of each. Columns name, n, unresolved, crps,
        crps_reference, ratio, nll, nll_reference.
        """
        frame = pd.DataFrame({name: np.asarray(values)})
        frame["unresolved"] = (self.rows["closed_on"] >= NEVER).to_numpy()
        for metric in COMPARED:
            frame[metric] = getattr(self.scores[self.name], metric)
            frame[f"{metric}_reference"] = getattr(self.scores[self.reference], metric)
        groups = frame.groupby(name, sort=True)
        means = groups.mean().assign(n=groups.size(), unresolved=groups["unresolved"].sum())
        means["ratio"] = _ratio(means["crps"].to_numpy(), means["crps_reference"].to_numpy())
        order = ["n", "unresolved", "crps", "crps_reference", "ratio", "nll", "nll_reference"]
        return means[order].reset_index()

    @property
    def by_week(self) -> pd.DataFrame:
        """One row a week of the as_of, named by its Monday."""
        days = self.rows["as_of"].to_numpy(dtype=np.int64)
        return self.by_values(days - weekday(days), "week")

    # -- calibration -------------------------------------------------------------------------

    @cached_property
    def reliability(self) -> pd.DataFrame:
        """Chance of being late as said and as it came, in ten bins a model."""
        parts = []
        for name, scores in self.scores.items():
            is_known = ~np.isnan(scores.is_late)
            chance, came = scores.chance_late[is_known], scores.is_late[is_known]
            bins = np.minimum((chance * LATE_BINS).astype(np.int64), LATE_BINS - 1)
            frame = pd.DataFrame({"bin": bins, "said": chance, "came": came})
            means = frame.groupby("bin", sort=True).agg(
                n=("said", "size"), said=("said", "mean"), came=("came", "mean")
            )
            parts.append(means.reset_index(drop=True).assign(model=name))
        return pd.concat(parts, ignore_index=True)[["model", "n", "said", "came"]]

    @cached_property
    def pit(self) -> pd.DataFrame:
        """Share of rows in each twentieth of the PIT, a column a model; even = calibrated."""
        edges = np.linspace(0.0, 1.0, PIT_BINS + 1)
        shares = {
            name: np.histogram(scores.pit, edges)[0] / max(len(scores), 1)
            for name, scores in self.scores.items()
        }
        return pd.DataFrame({"from": edges[:-1].round(2), "to": edges[1:].round(2), **shares})

    @cached_property
    def days_ahead(self) -> pd.DataFrame:
        """Mean (F − paid)² on each day after as_of, one column a model; n rows known by then."""
        n = next(iter(self.by_day.values()))[:, 1]
        is_counted = n > 0
        errors = {
            name: sums[is_counted, 0] / sums[is_counted, 1] for name, sums in self.by_day.items()
        }
        return pd.DataFrame(
            {"days_ahead": np.flatnonzero(is_counted), "n": n[is_counted].astype(int), **errors}
        )


def _ratio(ours: Probabilities, others: Probabilities) -> Probabilities:
    """(n,) ours / others; NaN where the other is 0."""
    return np.asarray(np.divide(ours, others, out=np.full(len(ours), np.nan), where=others > 0))


def _amounts(rows: pd.DataFrame) -> Probabilities:
    """(n,) weights by amount; every currency weighs as much as it has rows."""
    amount = rows["amount"].to_numpy(dtype=np.float64)
    mean = rows.groupby("currency")["amount"].transform("mean").to_numpy(dtype=np.float64)
    return np.asarray(np.divide(amount, mean, out=np.zeros(len(rows)), where=mean > 0))
