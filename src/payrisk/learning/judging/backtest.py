"""Backtest: a recipe of curves and its baselines on past moments, each scored at its own as_of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import pandas as pd

from payrisk.calendar import NEVER, iso
from payrisk.files import plain_rows
from payrisk.learning.days_to_pay.baselines import BASELINES
from payrisk.learning.judging.card import metric_table, population
from payrisk.learning.judging.curve_file import CurveFile
from payrisk.learning.judging.spec import ModelSpec
from payrisk.learning.measuring.comparison import Comparison
from payrisk.learning.measuring.curve_metrics import (
    CURVE_METRICS,
    CurveScores,
    JudgedCurves,
    brier_by_day,
    row_order,
)
from payrisk.learning.measuring.replay import ReplayedRows
from payrisk.learning.measuring.slices import n_settled_known
from payrisk.learning.measuring.splits import is_unseen
from payrisk.ledger import History
from payrisk.scoring import CurveModel


@dataclass(frozen=True)
class Backtest:
    """A model and its baselines on the same rows, from one training date or several.

    populations: training date → what its ledger held, in counts. n_left_out: rows closed before
    their as_of. n_tuned: rows refused because the recipe was tuned on them (issued on or before
    tuned_until). allowed_undated: attributes without date history, read as if known since ever.
    """

    comparison: Comparison
    populations: Mapping[int, Mapping[str, Any]]
    n_left_out: int
    n_tuned: int = 0
    tuned_until: int | None = None
    allowed_undated: tuple[str, ...] = ()

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Several training dates as one: rows of all, each scored by the models of its date."""
        return cls(
            Comparison.joined([part.comparison for part in parts]),
            {day: held for part in parts for day, held in part.populations.items()},
            sum(part.n_left_out for part in parts),
        )

    @property
    def name(self) -> str:
        """The model that is judged."""
        return self.comparison.name

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        """Model → metric → value."""
        return self.comparison.metrics()

    @property
    def n_rows(self) -> int:
        """How many rows are judged."""
        return len(self.comparison.rows)

    @property
    def n_open(self) -> int:
        """How many of them are not paid as far as is known."""
        return int((self.comparison.rows["paid_on"] >= NEVER).sum())

    @property
    def n_unseen(self) -> int:
        """How many of them are of customers without an invoice at training."""
        return int(self.comparison.rows["is_unseen"].sum())

    def table(self) -> pd.DataFrame:
        """One row a model: n and the metrics of docs/design.md, 'Curve metrics'."""
        return metric_table(self.metrics)[["model", "n", *CURVE_METRICS]]

    def unseen_customers_table(self) -> pd.DataFrame:
        """The same for customers that training had not seen; empty when there are none."""
        table = metric_table(self.comparison.unseen)
        return table if table.empty else table[["model", "n", *CURVE_METRICS]]

    def origin_table(self) -> pd.DataFrame:
        """One row a training date: what it rests on, and CRPS and NLL beside the reference."""
        comparison = self.comparison
        found = comparison.by_values(comparison.rows["train_as_of"], "train_as_of")
        held = [self.populations[day]["settled_by_cash"] for day in found["train_as_of"]]
        found.insert(1, "settled_then", held)
        return found.assign(train_as_of=[iso(day) for day in found["train_as_of"]])

    @property
    def sentence(self) -> str:
        """What the rows are."""
        days = [iso(day) for day in self.populations]
        when = days[0] if len(days) == 1 else f"each of {len(days)} days {days[0]} … {days[-1]}"
        allowed = ", ".join(self.allowed_undated)
        words = (
            f"{self.n_rows} rows, trained on facts recorded before {when};"
            f" {self.n_open} of them not paid as far as is known (judged up to then),"
            f" {self.n_unseen} of customers unseen in training; left out:"
            f" {self.n_left_out} closed before their as_of."
        )
        if self.tuned_until is not None:
            words += (
                f" Refused: {self.n_tuned} rows issued on or before {iso(self.tuned_until)},"
                " on which the recipe was tuned."
            )
        return words + (f" Read as if known since ever: {allowed}." if allowed else "")

    def to_json(self) -> dict[str, Any]:
        """Plain values; null where nothing could be measured."""
        comparison = self.comparison
        return {
            "name": self.name,
            "train_as_of": iso(min(self.populations)),
            "n_rows": self.n_rows,
            "n_left_out": self.n_left_out,
            "n_open": self.n_open,
            "n_unseen": self.n_unseen,
            "metrics": plain_rows(self.table()),
            "unseen_customers": plain_rows(self.unseen_customers_table()),
            "allowed_undated": list(self.allowed_undated),
            "n_tuned": self.n_tuned,
            "tuned_until": None if self.tuned_until is None else iso(self.tuned_until),
            "outcomes": comparison.outcomes,
            "reference": comparison.reference,
            "trained_on": {iso(day): dict(held) for day, held in self.populations.items()},
            "origins": plain_rows(self.origin_table()),
            "paired": plain_rows(comparison.paired),
            "weighed": plain_rows(comparison.reweighted),
            "slices": plain_rows(comparison.slices),
            "customers": plain_rows(comparison.extremes),
            "reliability": plain_rows(comparison.reliability),
            "pit": plain_rows(comparison.pit),
            "days_ahead": plain_rows(comparison.days_ahead),
        }


def fit_baselines(recipe: ModelSpec, train: History) -> dict[str, CurveModel]:
    """The baselines of a spec, by name, fitted on a history."""
    return {name: BASELINES[name](train) for name in recipe.baselines}


def judge_models(
    models: Mapping[str, CurveModel],
    train: History,
    moments: ReplayedRows,
    file: CurveFile | None = None,
) -> Backtest:
    """Judge fitted models on the moments, the first of them beside the others."""
    order, unseen = row_order(moments.rows), is_unseen(moments.rows, train)
    parts, start = [], 0
    for part in moments.parts():
        here = slice(start, start + len(part.rows))
        rows = part.rows.assign(
            is_unseen=unseen[here],
            train_as_of=train.as_of,
            n_settled=n_settled_known(part.rows, part.histories),
        )
        scores, by_day = {}, {}
        for name, model in models.items():
            curves = part.curves(model)
            judged = JudgedCurves.of(curves, rows, order[here])
            scores[name], by_day[name] = CurveScores.of(judged), brier_by_day(judged)
            if file is not None:
                file.write(name, rows, curves)
        parts.append(Comparison(rows, scores, by_day))
        start = here.stop
    found = Comparison.joined(parts)
    return Backtest(found, {train.as_of: population(train)}, moments.n_left_out)
