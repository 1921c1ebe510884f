"""Past applications to a registered candidate: no leaks, fit, judge, card, gates, MLflow."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.calendar import NEVER, iso
from payrisk.learning.applicant import fit_applicant
from payrisk.learning.applications import (
    LEAST_OF_A_CLASS,
    ApplicationTable,
    hold_enough,
    read_applications,
)
from payrisk.learning.card import ModelCard, expiry, limits_of, share_recorded_later
from payrisk.learning.evidence import of_risks
from payrisk.learning.gates import judge
from payrisk.learning.held_out import folds_of, in_order
from payrisk.learning.leaks import Suspect, hold_no_leak
from payrisk.learning.mapping import read_mapping
from payrisk.learning.own_applications import own_applications
from payrisk.learning.risk_metrics import risk_metrics
from payrisk.learning.spec import ModelSpec
from payrisk.learning.woe import BESIDE
from payrisk.ledger import Ledger
from payrisk.settings import Settings
from payrisk_pipelines.candidate import Trained, candidate
from payrisk_pipelines.fitting import ship_applicants
from payrisk_pipelines.judging import Judgement
from payrisk_pipelines.standing import Standing, difference

TEST_SHARE = 0.3
LEAST_DAYS = 20
"""Different dates from which on a table is parted by date."""
BASE_RATE = "base-rate"
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Source:
    """Where applications came from, as the card and the manifest tell it."""

    as_of: int
    ledger_sha: str
    population: dict[str, Any]
    limits: tuple[str, ...]


def train_on_table(
    settings: Settings,
    chosen: ModelSpec,
    applications: Path,
    mapping: Path,
    *,
    as_of: int,
    allow_leaks: Collection[str] = (),
    git_commit: str = "",
) -> Trained:
    """Train on a labelled table and register the candidate; as_of: the day it is trained.

    Raises InputError for a file, mapping or column that cannot be used, too few of either class,
    and a suspected leak that is not allowed by name.
    """
    table = read_applications(applications, read_mapping(mapping))
    hold_enough(table, f"'{applications.name}'")
    population = {
        "table": applications.name,
        "table_sha256": hashlib.sha256(applications.read_bytes()).hexdigest(),
        **table.counts,
    }
    if (table.dated_on < NEVER).any():
        dated = table.dated_on[table.dated_on < NEVER]
        population |= {"first_dated_on": iso(int(dated.min()))}
        population |= {"last_dated_on": iso(int(dated.max()))}
    more = (
        "Its outcomes are those of the table, within whatever time that gave them.",
        "What it says holds for applicants like those of the table.",
    )
    source = _Source(as_of, "", population, (*chosen.limits, *more))
    return _trained(settings, chosen, table, source, allow_leaks, git_commit)


def train_on_ledger(
    settings: Settings,
    chosen: ModelSpec,
    ledger: Ledger,
    as_of: int | None = None,
    *,
    ledger_sha: str = "",
    allow_leaks: Collection[str] = (),
    git_commit: str = "",
) -> Trained:
    """Train on the company's own past applications, as known at as_of, and register it.

    With too few defaults the candidate is the shrunk base rate, and its verdict says so. Raises
    InputError for a suspected leak that is not allowed by name.
    """
    history = ledger.as_of(ledger.default_as_of if as_of is None else as_of)
    table = own_applications(history, chosen.rule, chosen.horizon_days)
    limits = limits_of(chosen, history, share_recorded_later(history))
    source = _Source(history.as_of, ledger_sha, dict(table.counts), (*limits, _accepted(table)))
    return _trained(settings, chosen, table, source, allow_leaks, git_commit)


def _accepted(table: ApplicationTable) -> str:
    known, refused = table.counts["applications_known"], table.counts["refused"]
    return (
        f"Of {known:,} applications known {refused:,} were refused and taught it nothing"
        f" (accepted-only share {table.counts['accepted_share']:.0%}): for applicants unlike those"
        " accepted it extrapolates."
    )


def _trained(
    settings: Settings,
    chosen: ModelSpec,
    table: ApplicationTable,
    source: _Source,
    allow_leaks: Collection[str],
    git_commit: str,
) -> Trained:
    suspected = hold_no_leak(table, {*allow_leaks, *table.allowed_leaks}, chosen.seed)
    made = ship_applicants(chosen, table)
    standing = Standing.of(settings.home, chosen)
    found = judged_applicants(chosen, table)
    features = {one.name: one.definition_hash for one in made.model.inputs}
    card = ModelCard(
        chosen.name,
        chosen.purpose,
        chosen.recipe,
        source.as_of,
        source.ledger_sha,
        source.population,
        found.window,
        found.metrics,
        found.verdict,
        (*source.limits, *(_allowed(one) for one in suspected)),
        made.model.parameters,
        evidence=of_risks(found.scores, list(found.metrics)),
        features=features,
        feature_diff=difference(features, standing),
        owner=settings.card_owner,
        expires_on=expiry(source.as_of, settings.card_months),
    )
    return candidate(settings, chosen, made, card, found, git_commit=git_commit, standing=standing)


def _allowed(one: Suspect) -> str:
    return f"Suspected leak, allowed by name: {one.sentence}."


# -- judging -------------------------------------------------------------------------------------


def split(table: ApplicationTable, seed: int) -> tuple[Rows, Rows, str]:
    """Rows to learn from, rows to judge on, and in words how they were parted.

    By date where most rows have one and the past is long enough: the latest TEST_SHARE is judged,
    and only what was known before the first of them is learned from. Else at random.
    """
    dated = table.dated_on < NEVER
    if len(table) and dated.mean() > 0.5 and len(np.unique(table.dated_on[dated])) >= LEAST_DAYS:
        rows = np.flatnonzero(dated)
        first = int(np.quantile(table.dated_on[rows], 1.0 - TEST_SHARE, method="higher"))
        test = rows[table.dated_on[rows] >= first]
        known = table.dated_on + 1 if table.known_on is None else table.known_on
        train = rows[known[rows] <= first]
        judged_groups = set(table.group[test]) - {""}
        train = train[[group not in judged_groups for group in table.group[train]]]
        if _n_least(table.take(train)) >= LEAST_OF_A_CLASS and table.bad[test].any():
            return train, test, f"dated from {iso(first)} on, by what was known before"
    held = folds_of(table, seed, 10) < round(TEST_SHARE * 10)
    return np.flatnonzero(~held), np.flatnonzero(held), "three tenths at random, whole groups"


def _n_least(table: ApplicationTable) -> int:
    """How many there are of the rarer class."""
    return min(table.n_bad, len(table) - table.n_bad)


def judged_applicants(chosen: ModelSpec, table: ApplicationTable) -> Judgement:
    """The recipe fitted on some applications and scored on others, beside its baselines."""
    table = in_order(table)
    if not len(table):
        return _unjudged(chosen, table, "No application of the past has an outcome yet.")
    train, test, how = split(table, chosen.seed)
    past, new = table.take(train), table.take(test)
    if _n_least(past) < LEAST_OF_A_CLASS or not new.n_bad or new.n_bad == len(new):
        note = (
            f"{past.n_bad} of {len(past)} applications to learn from went bad and {new.n_bad} of"
            f" {len(new)} to judge on; {LEAST_OF_A_CLASS} good and bad ones are needed."
        )
        return _unjudged(chosen, table, note)
    model = fit_applicant(past, chosen.seed)
    said = {chosen.name: np.array(model.predict(new.frame))}
    said[BASE_RATE] = np.full(len(new), (past.n_bad + 1.0) / (len(past) + 2.0))
    for name, fit in BESIDE.items():
        said[name] = np.array(fit(past).predict(new.frame))
    metrics = {name: risk_metrics(p, new.bad) for name, p in said.items()}
    # One chance for everybody has no slope.
    metrics[BASE_RATE] = {**metrics[BASE_RATE], "slope": float("nan")}
    window = {
        "judged_on": how,
        "learned_from": len(past),
        "rows": len(new),
        "bad": new.n_bad,
        "mean_probability": round(float(said[chosen.name].mean()), 4),
        "rate_of_bad": round(float(new.bad.mean()), 4),
    }
    verdict = judge(chosen.name, chosen.gates, metrics)
    scores = pd.DataFrame({"outcome": new.bad, **said})
    return Judgement(metrics, verdict, window, _rows(new), scores=scores)


def _unjudged(chosen: ModelSpec, table: ApplicationTable, note: str) -> Judgement:
    return Judgement({}, judge(chosen.name, chosen.gates, {}, note), {"rows": 0}, _rows(table))


def _rows(table: ApplicationTable) -> pd.DataFrame:
    """What identifies the rows judged, for the run's data set; nothing an applicant said."""
    return pd.DataFrame({"row": table.row, "outcome": table.bad.astype(np.int64)})
