"""Backtest the model of applicants: learn from one file, score another, beside two baselines."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Probabilities
from payrisk.errors import InputError
from payrisk.files import plain_rows, plain_value, write_tables
from payrisk.learning.measuring.bootstrap_risk import paired_risk
from payrisk.learning.measuring.rank_order import rank_order
from payrisk.learning.measuring.risk_metrics import risk_metrics
from payrisk.learning.new_customer.applications import (
    ApplicationTable,
    read_applications,
    require_enough_bad,
)
from payrisk.learning.new_customer.fit_years import fit_across_years
from payrisk.learning.new_customer.leaks import Suspect, require_no_leak
from payrisk.learning.new_customer.mapping import read_mapping
from payrisk.learning.new_customer.scorecards import BESIDE

NAME = "new-customer"


@dataclass(frozen=True)
class ApplicantBacktest:
    """What came of a backtest of applicants.

    chances: model → (n,) chance of each test row with an outcome, this model first. row: (n,) its
    number in the test file, from 0. counts: of either file. allowed: suspected leaks let in.
    """

    chances: dict[str, Probabilities]
    outcome: Flags
    row: np.ndarray[Any, np.dtype[np.int64]]
    group: np.ndarray[Any, np.dtype[np.object_]]
    counts: dict[str, dict[str, Any]]
    parameters: dict[str, Any]
    allowed: tuple[Suspect, ...] = ()

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        """Every risk metric of each model."""
        return {name: risk_metrics(p, self.outcome) for name, p in self.chances.items()}

    def table(self) -> pd.DataFrame:
        """One row a model."""
        return pd.DataFrame(
            [{"model": name} | measures for name, measures in self.metrics.items()]
        )

    def paired(self) -> pd.DataFrame:
        """What this model is better by than each other one, 95 % intervals of paired draws."""
        ours = self.chances[NAME]
        return pd.concat(
            [
                paired_risk(ours, p, self.outcome, self.group).assign(beside=name)
                for name, p in self.chances.items()
                if name != NAME
            ],
            ignore_index=True,
        )[["beside", "metric", "better_by", "low", "high"]]

    def bands(self, name: str = NAME) -> pd.DataFrame:
        """The rank order of a model in tenths, the riskiest first."""
        return rank_order(self.chances[name], self.outcome)

    def rows(self) -> pd.DataFrame:
        """One row a model and test row: row, probability, outcome (1 = bad), model."""
        return pd.concat(
            [
                pd.DataFrame(
                    {
                        "row": self.row,
                        "probability": p,
                        "outcome": self.outcome.astype(np.int64),
                        "model": name,
                    }
                )
                for name, p in self.chances.items()
            ],
            ignore_index=True,
        )

    @property
    def sentence(self) -> str:
        """What was learned from and scored, and what was left out."""
        train, test = self.counts["train"], self.counts["test"]
        text = (
            f"Learned from {train['applications']:,} applications ({train['bad']:,} bad;"
            f" {train['rows_without_outcome_dropped']:,} without outcome dropped), scored"
            f" {test['applications']:,} ({test['bad']:,} bad;"
            f" {test['rows_without_outcome_dropped']:,} without outcome dropped)."
        )
        if self.allowed:
            text += f" Allowed by name: {'; '.join(leak.sentence for leak in self.allowed)}."
        return text

    def to_json(self) -> dict[str, Any]:
        """Plain values; null where nothing could be measured."""
        return {
            "metrics": {name: plain_value(measures) for name, measures in self.metrics.items()},
            "paired": plain_rows(self.paired()),
            "bands": {name: plain_rows(self.bands(name)) for name in self.chances},
            "counts": self.counts,
            "parameters": self.parameters,
            "allowed_leaks": [leak.name for leak in self.allowed],
            "sentence": self.sentence,
        }


def backtest_applicants(
    applications: Path,
    test: Path,
    mapping: Path,
    *,
    out: Path | None = None,
    allow_leaks: Collection[str] = (),
    seed: int = 0,
) -> ApplicantBacktest:
    """Learn from one file and score another, both read by one mapping; write `out` if given.

    Raises InputError for a file, mapping or column that cannot be used, and for a suspected leak
    that is not allowed.
    """
    columns = read_mapping(mapping)
    past = read_applications(applications, columns)
    new = read_applications(test, columns, to_learn=False)
    if not len(new):
        raise InputError(f"'{test.name}' holds no application with an outcome; take another file.")
    require_enough_bad(past, f"'{applications.name}'")
    allowed = require_no_leak(past, {*allow_leaks, *past.allowed_leaks}, seed)
    backtest = backtest_on_split(past, new, seed, tuple(allowed))
    if out is not None:
        write_tables(out, {"scores": backtest.rows()})
    return backtest


def backtest_on_split(
    past: ApplicationTable,
    new: ApplicationTable,
    seed: int = 0,
    allowed: tuple[Suspect, ...] = (),
) -> ApplicantBacktest:
    """What the model and the baselines, fitted on `past`, say of `new`."""
    model = fit_across_years(past, seed)
    chances = {NAME: np.array(model.predict(new.frame))}
    for name, fit in BESIDE.items():
        chances[name] = np.array(fit(past).predict(new.frame))
    counts = {"train": dict(past.counts), "test": dict(new.counts)}
    return ApplicantBacktest(
        chances, new.bad, new.row, new.group, counts, model.parameters, allowed
    )
