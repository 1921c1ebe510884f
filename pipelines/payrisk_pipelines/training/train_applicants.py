"""Past applications to a registered candidate: no leaks, judge, fit, hold to it, register."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from payrisk.calendar import NEVER, iso
from payrisk.learning.judging.card import ModelCard, expiry, limits_of, share_recorded_later
from payrisk.learning.judging.evidence import of_risks
from payrisk.learning.judging.gates import Check
from payrisk.learning.judging.spec import ModelSpec
from payrisk.learning.new_customer.applications import (
    ApplicationTable,
    hold_enough,
    read_applications,
)
from payrisk.learning.new_customer.leaks import Suspect, hold_no_leak
from payrisk.learning.new_customer.mapping import read_mapping
from payrisk.learning.new_customer.own_applications import own_applications
from payrisk.ledger import Ledger
from payrisk.settings import Settings
from payrisk_pipelines.backtests.attempts import tries_of
from payrisk_pipelines.backtests.judging import Judgement
from payrisk_pipelines.backtests.judging_applicants import (
    applicants_honesty,
    judged_applicants,
    shipped_applicants,
)
from payrisk_pipelines.backtests.standing import Standing, difference
from payrisk_pipelines.training.candidate import Trained, candidate
from payrisk_pipelines.training.shipping import ship_applicants


@dataclass(frozen=True)
class _Source:
    """Where applications came from, as the card and the manifest tell it.

    checks: what a backtest cannot see of them.
    """

    as_of: int
    ledger_sha: str
    population: dict[str, Any]
    limits: tuple[str, ...]
    checks: tuple[Check, ...] = ()


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
        **_dates(table),
    }
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
    source = _Source(
        history.as_of,
        ledger_sha,
        {**table.counts, **_dates(table)},
        (*limits, _accepted(table)),
        tuple(applicants_honesty(chosen, ledger, history.as_of)),
    )
    return _trained(settings, chosen, table, source, allow_leaks, git_commit)


def _dates(table: ApplicationTable) -> dict[str, str]:
    dated = table.dated_on[table.dated_on < NEVER]
    if not len(dated):
        return {}
    return {"first_dated_on": iso(int(dated.min())), "last_dated_on": iso(int(dated.max()))}


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
    standing = Standing.of(settings.home, chosen)
    # the columns of a table are no part of the recipe, so that each run is a try of its own
    tries = tries_of(settings, chosen, standing, by_run=not table.is_own)
    found = judged_applicants(chosen, table, standing, tries=tries)
    made = ship_applicants(chosen, table)
    checks = (*source.checks, *shipped_applicants(made.model, found, table))
    found = replace(found, verdict=found.verdict.also(checks))
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
        shipped=_ships(found, table, source.as_of),
    )
    return candidate(settings, chosen, made, card, found, git_commit=git_commit, standing=standing)


def _allowed(one: Suspect) -> str:
    return f"Suspected leak, allowed by name: {one.sentence}."


# -- papers ------------------------------------------------------------------------------------


def _ships(found: Judgement, table: ApplicationTable, as_of: int) -> dict[str, Any]:
    judged = found.window.get("learned_from")
    return {
        "ships": f"the recipe fitted on {len(table):,} applications as of {iso(as_of)}",
        "was_judged": "none" if judged is None else f"fitted on the {judged:,} not judged on",
    }
