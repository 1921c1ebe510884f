"""How well applicants of later years are told apart and priced, walking forward year by year.

    payrisk bench applicants-forward [--json] [--only sba polish german]

Needs PAYRISK_REAL_DATA, which names the folder that has the tables; nothing of them is kept.
sba: each fiscal year is scored by what is fitted on all fiscal years before it, without `Term`.
polish, german have no dates: folds at random (3 and 5), each row scored by what has not seen it.

One row a year and model: auc, brier, log_loss, ece (ten bins of equally many), level (seen over
said). Then new-customer beside each baseline: what its Brier score is less by, with the 95 %
interval of drawing rows anew, and whether it is *shown* to be worse by no more than MARGIN:
one-sided 95 %, Holm over all years, sets and baselines asked for that have LEAST good and bad
ones; with fewer nothing is shown. *surely worse* is a Brier score surely above the baseline's
(one-sided 95 %, no margin, no Holm: the strictest reading). `half_life_days`, `log_odds_kept` and
the other columns of `chosen` tell what walking forward chose of each past.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _applicant_tables import mapping_from, polish, sba
from _running import say
from _tables import Table, printed
from scipy.stats import norm

from payrisk.arrays import Flags, Ints, Probabilities
from payrisk.calendar import date_of
from payrisk.learning.measuring.bootstrap_risk import paired_risk
from payrisk.learning.measuring.risk_metrics import risk_metrics
from payrisk.learning.new_customer.applications import (
    ApplicationTable,
    applications_of,
    raw_applications,
)
from payrisk.learning.new_customer.folds import folds_of, in_order
from payrisk_pipelines.backtests.applicants import NAME, backtest_on_split

MARGIN, LEVEL, LEAST = 0.02, 0.05, 20
FIGURES = ("auc", "brier", "log_loss", "ece", "level")
CHOSEN = ("half_life_days", "log_odds_kept", "level_deviation", "inputs_that_turned", "setting")
SETS = ("sba", "polish", "german")
FOLDS = {"polish": 3, "german": 5}
GERMAN = """
[target]
column = "creditability"
bad = ["bad"]
[columns]
numeric = ["duration_in_month", "credit_amount", "present_residence_since",
    "installment_rate_in_percentage_of_disposable_income",
    "number_of_existing_credits_at_this_bank"]
categorical = ["status_of_existing_checking_account", "credit_history", "purpose", "property",
    "savings_account_and_bonds", "present_employment_since", "other_debtors_or_guarantors",
    "other_installment_plans", "housing", "job", "telephone"]
"""


@dataclass(frozen=True)
class Scored:
    """What each model said of some rows that it had not seen, and what became of them."""

    name: str
    chances: dict[str, Probabilities]
    bad: Flags
    chosen: dict[str, Any]

    @property
    def has_enough(self) -> bool:
        """Whether there are good and bad ones enough to show anything."""
        return min(int(self.bad.sum()), int((~self.bad).sum())) >= LEAST

    def p_value(self, other: str) -> float:
        """Of "its Brier score is above that of another by the margin or more"; 1 with too few."""
        if not self.has_enough:
            return 1.0
        ours, theirs = ((self.chances[name] - self.bad) ** 2 for name in (NAME, other))
        return above_zero((1.0 + MARGIN) * theirs - ours)

    def is_surely_worse(self, other: str) -> bool:
        """Whether its Brier score is surely above that of another."""
        ours, theirs = ((self.chances[name] - self.bad) ** 2 for name in (NAME, other))
        return self.has_enough and above_zero(ours - theirs) < LEVEL


def above_zero(gains: Probabilities) -> float:
    """P of a mean so high if it were 0 or below, by its standard error."""
    error = float(gains.std(ddof=1)) / np.sqrt(len(gains))
    return float(norm.sf(float(gains.mean()) / error)) if error else 1.0


def holm(p_values: Sequence[float]) -> list[bool]:
    """Which of several are shown at LEVEL in all (Holm 1979).

    >>> holm([0.001, 0.2, 0.02])
    [True, False, True]
    """
    shown = [False] * len(p_values)
    for rank, place in enumerate(np.argsort(p_values, kind="stable")):
        if p_values[place] > LEVEL / (len(p_values) - rank):
            break
        shown[place] = True
    return shown


def german(folder: Path) -> ApplicationTable:
    """Applications for credit, without what may not be asked."""
    raw = raw_applications(folder / "german_credit.csv.gz")
    return applications_of(raw, mapping_from(GERMAN))


def fiscal_years(table: ApplicationTable) -> Ints:
    """(n,) fiscal years of dated loans: each begins on the first of October."""
    days = [date_of(int(day)) for day in table.dated_on]
    return np.array([day.year + (day.month >= 10) for day in days if day is not None])


def by_year(table: ApplicationTable) -> Iterator[Scored]:
    """Each fiscal year, scored by what is fitted on the years before."""
    years = fiscal_years(table)
    for year in np.unique(years):
        past, new = (table.take(np.flatnonzero(rows)) for rows in (years < year, years == year))
        if past.n_rarer < 10:
            continue
        say(f"  {year}: {len(past):,} before it, {len(new):,} in it ...")
        found = backtest_on_split(past, new, 0)
        yield Scored(f"sba {year}", found.chances, found.outcome, _chosen(found.parameters))


def by_fold(name: str, table: ApplicationTable) -> Scored:
    """Each row of a table without dates, scored by what is fitted on the other folds."""
    table = in_order(table)
    fold = folds_of(table, 0, FOLDS[name])
    chances: dict[str, Probabilities] = {}
    for number in np.unique(fold):
        say(f"  {name}, fold {number} ...")
        rows = np.flatnonzero(fold == number)
        found = backtest_on_split(table.take(np.flatnonzero(fold != number)), table.take(rows), 0)
        for model, said in found.chances.items():
            chances.setdefault(model, np.zeros(len(table)))[rows] = said
    return Scored(name, chances, table.bad, {})


def _chosen(parameters: dict[str, Any]) -> dict[str, Any]:
    told = {name: parameters[name] for name in CHOSEN if name in parameters}
    return {n: ", ".join(v) or "none" if isinstance(v, list) else v for n, v in told.items()}


def measured(folder: Path, only: Sequence[str]) -> dict[str, Table]:
    """Every set asked for: the models on each year or table, and new-customer beside others."""
    scored: list[Scored] = []
    if "sba" in only:
        scored += by_year(sba(folder, lambda _: True))
    for name, read in (("polish", polish), ("german", german)):
        if name in only:
            scored.append(by_fold(name, read(folder)))
    models: Table = [
        {"on": each.name, "n": len(each.bad), "bad": int(each.bad.sum()), "model": model}
        | {figure: risk_metrics(p, each.bad)[figure] for figure in FIGURES}
        for each in scored
        for model, p in each.chances.items()
    ]
    pairs = [(each, other) for each in scored for other in each.chances if other != NAME]
    asked = [nth for nth, (each, _) in enumerate(pairs) if each.has_enough]
    results = holm([pairs[nth][0].p_value(pairs[nth][1]) for nth in asked])
    shown = {nth for nth, is_shown in zip(asked, results, strict=True) if is_shown}
    beside: Table = [
        _compared(each, other, is_shown=nth in shown) for nth, (each, other) in enumerate(pairs)
    ]
    chosen: Table = [{"on": each.name} | each.chosen for each in scored if each.chosen]
    return {"models": models, "beside": beside, "chosen": chosen}


def _compared(each: Scored, other: str, *, is_shown: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"on": each.name, "beside": other}
    if each.bad.any() and not each.bad.all():
        ours, theirs = each.chances[NAME], each.chances[other]
        ours, theirs = each.chances[NAME], each.chances[other]
        pair = paired_risk(ours, theirs, each.bad).set_index("metric")
        for metric in ("auc", "brier"):
            row |= {
                f"{metric}_better_by": float(pair.loc[metric, "better_by"]),
                f"{metric}_low": float(pair.loc[metric, "low"]),
                f"{metric}_high": float(pair.loc[metric, "high"]),
            }
    words = "shown" if is_shown else "not shown"
    return row | {
        "p_margin": each.p_value(other),
        "not_worse_by_2_percent": words if each.has_enough else "not shown (too few)",
        "surely_worse": each.is_surely_worse(other),
    }


def main() -> None:
    """Measure the sets asked for and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", nargs="+", choices=SETS, default=SETS)
    given = parser.parse_args()
    folder = os.environ.get("PAYRISK_REAL_DATA", "")
    if not folder:
        raise SystemExit("PAYRISK_REAL_DATA names no folder of real tables; nothing was measured.")
    tables = measured(Path(folder), given.only)
    if given.json:
        print(json.dumps(tables))
        return
    for name, rows in tables.items():
        printed(name, rows)


if __name__ == "__main__":
    main()
