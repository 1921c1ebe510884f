"""What we would have said: past moments scored at their own as_of, beside every baseline."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import pandas as pd

from payrisk.calendar import NEVER, iso
from payrisk.errors import InputError
from payrisk.features.catalogue.undated import admit_undated
from payrisk.files import plain_rows
from payrisk.learning.days_to_pay.baselines import BASELINES
from payrisk.learning.judging.card import metric_table, population
from payrisk.learning.judging.spec import ModelSpec
from payrisk.learning.measuring.comparison import Comparison
from payrisk.learning.measuring.curve_metrics import (
    CURVE_METRICS,
    Judged,
    Scores,
    brier_by_day,
    order_of,
)
from payrisk.learning.measuring.replay import Moments
from payrisk.learning.measuring.slices import settled_known
from payrisk.learning.measuring.splits import is_unseen
from payrisk.ledger import History, Ledger
from payrisk.scoring import CurveModel
from payrisk.settings import Settings
from payrisk_models import spec
from payrisk_pipelines.backtests.curve_file import CurveFile
from payrisk_pipelines.backtests.windows import Rolling, chosen_windows, judgeable

__all__ = ["Backtest", "Rolling", "backtest_days_to_pay", "run"]


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

    def unseen_table(self) -> pd.DataFrame:
        """The same for customers that training had not seen; empty when there are none."""
        table = metric_table(self.comparison.unseen)
        return table if table.empty else table[["model", "n", *CURVE_METRICS]]

    def origin_table(self) -> pd.DataFrame:
        """One row a training date: what it rests on, and CRPS and NLL beside the reference."""
        one = self.comparison
        found = one.over(one.rows["train_as_of"], "train_as_of")
        held = [self.populations[day]["settled_by_cash"] for day in found["train_as_of"]]
        found.insert(1, "settled_then", held)
        return found.assign(train_as_of=[iso(day) for day in found["train_as_of"]])

    @property
    def sentence(self) -> str:
        """What the rows are."""
        days = [iso(day) for day in self.populations]
        when = days[0] if len(days) == 1 else f"each of {len(days)} days {days[0]} … {days[-1]}"
        allowed = ", ".join(self.allowed_undated)
        told = (
            f"{self.n_rows} rows, trained on facts recorded before {when};"
            f" {self.n_open} of them not paid as far as is known (judged up to then),"
            f" {self.n_unseen} of customers unseen in training; left out:"
            f" {self.n_left_out} closed before their as_of."
        )
        if self.tuned_until is not None:
            told += (
                f" Refused: {self.n_tuned} rows issued on or before {iso(self.tuned_until)},"
                " on which the recipe was tuned."
            )
        return told + (f" Read as if known since ever: {allowed}." if allowed else "")

    def to_json(self) -> dict[str, Any]:
        """Plain values; null where nothing could be measured."""
        one = self.comparison
        return {
            "name": self.name,
            "train_as_of": iso(min(self.populations)),
            "n_rows": self.n_rows,
            "n_left_out": self.n_left_out,
            "n_open": self.n_open,
            "n_unseen": self.n_unseen,
            "metrics": plain_rows(self.table()),
            "unseen_customers": plain_rows(self.unseen_table()),
            "allowed_undated": list(self.allowed_undated),
            "n_tuned": self.n_tuned,
            "tuned_until": None if self.tuned_until is None else iso(self.tuned_until),
            "outcomes": one.outcomes,
            "reference": one.reference,
            "trained_on": {iso(day): dict(held) for day, held in self.populations.items()},
            "origins": plain_rows(self.origin_table()),
            "paired": plain_rows(one.paired),
            "weighed": plain_rows(one.weighed),
            "slices": plain_rows(one.slices),
            "customers": plain_rows(one.extremes),
            "reliability": plain_rows(one.reliability),
            "pit": plain_rows(one.pit),
            "days_ahead": plain_rows(one.days_ahead),
        }


def backtest_days_to_pay(  # noqa: PLR0913 - one argument an option of the command
    settings: Settings,
    *,
    train_as_of: int | None = None,
    issued_between: tuple[int, int] | None = None,
    landmark_range: tuple[int, int, int] | None = None,
    rolling: Rolling | None = None,
    tuned_until: int | None = None,
    out: Path | None = None,
    as_of: int | None = None,
    ledger: Ledger | None = None,
    allow_undated: Collection[str] = (),
) -> Backtest:
    """Fit `days-to-pay` on facts before `train_as_of`, score later moments, judge them.

    issued_between: (first, last) issue day, each invoice at its own issue date; or landmark_range:
    (first, last, step), every invoice open on each of those mornings; or `rolling`, which fits
    anew at each of its origins. Outcomes are those known before `as_of` (default: all). Rows
    issued on or before `tuned_until` are refused. `out`: a Parquet file with one row per moment
    and model. allow_undated: as for `train`. Raises InputError when the moments do not lie after
    training or there are none, and for an input read from an attribute without date history.
    """
    windows = chosen_windows(train_as_of, issued_between, landmark_range, rolling)
    if ledger is None:
        from payrisk.ledger.stored.storage import load

        ledger = load(settings.home)
    known = ledger.default_as_of if as_of is None else as_of
    first = ledger.as_of(windows[0].train_as_of)
    chosen = spec("days-to-pay")
    issued_on = int(first.invoices()["issued_on"].min())
    allowed = admit_undated(ledger, chosen.features, issued_on, allow_undated)
    recipe = chosen.backdating(allowed)
    parts: list[Backtest] = []
    n_tuned = 0
    with CurveFile(out) as file:
        for window, moments, refused in judgeable(windows, ledger, known, tuned_until):
            n_tuned += refused
            if not len(moments.rows):
                continue
            parts.append(run(recipe, ledger.as_of(window.train_as_of), moments, file))
    if not parts:
        tuned = f" ({n_tuned} were refused as tuned on)" if n_tuned else ""
        raise InputError(f"There is no invoice to score in that range{tuned}; choose other dates.")
    return replace(
        Backtest.joined(parts),
        n_tuned=n_tuned,
        tuned_until=tuned_until,
        allowed_undated=tuple(sorted(allowed)),
    )


def run(
    chosen: ModelSpec, train: History, moments: Moments, file: CurveFile | None = None
) -> Backtest:
    """Fit the spec and its baselines on a history and judge them on the moments."""
    if file is not None:
        file.open()  # a place that cannot be written to is said before the work
    return compared(
        {chosen.name: chosen.judged(train)} | rivals(chosen, train), train, moments, file
    )


def rivals(chosen: ModelSpec, train: History) -> dict[str, CurveModel]:
    """The baselines of a spec, by name, fitted on a history."""
    return {name: BASELINES[name](train) for name in chosen.baselines}


def compared(
    models: Mapping[str, CurveModel],
    train: History,
    moments: Moments,
    file: CurveFile | None = None,
) -> Backtest:
    """Judge fitted models on the moments, the first of them beside the others."""
    order, unseen = order_of(moments.rows), is_unseen(moments.rows, train)
    parts, at = [], 0
    for part in moments.parts():
        here = slice(at, at + len(part.rows))
        rows = part.rows.assign(
            is_unseen=unseen[here],
            train_as_of=train.as_of,
            n_settled=settled_known(part.rows, part.histories),
        )
        scores, by_day = {}, {}
        for name, model in models.items():
            curves = part.curves(model)
            judged = Judged.of(curves, rows, order[here])
            scores[name], by_day[name] = Scores.of(judged), brier_by_day(judged)
            if file is not None:
                file.write(name, rows, curves)
        parts.append(Comparison(rows, scores, by_day))
        at = here.stop
    found = Comparison.joined(parts)
    return Backtest(found, {train.as_of: population(train)}, moments.n_left_out)
