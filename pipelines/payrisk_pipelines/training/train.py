"""Ledger to registered candidate: judge at past origins, fit, hold what ships to it, register."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from payrisk.calendar import iso
from payrisk.errors import ModelError
from payrisk.features.catalogue.undated import admit_undated
from payrisk.learning.days_to_pay.fit_ecdf import YOUNG_BELOW
from payrisk.learning.judging.card import (
    ModelCard,
    expiry,
    limits_of,
    population,
    share_recorded_later,
)
from payrisk.learning.judging.evidence import Evidence, of_curves, of_risks
from payrisk.learning.judging.gates import Check
from payrisk.learning.judging.serving_cost import burden
from payrisk.learning.judging.spec import ModelSpec
from payrisk.ledger import History, Ledger
from payrisk.scoring import CurveModel
from payrisk.settings import Settings
from payrisk_models import spec
from payrisk_pipelines.backtests.attempts import tries_of
from payrisk_pipelines.backtests.judging import (
    Judgement,
    honesty,
    judged_curves,
    shipped,
    unjudged,
)
from payrisk_pipelines.backtests.judging_risk import (
    BESIDE_RISK,
    judged_risk,
    landmarks_of,
    risk_honesty,
    shipped_risk,
)
from payrisk_pipelines.backtests.standing import Standing, difference
from payrisk_pipelines.training.candidate import Trained, candidate
from payrisk_pipelines.training.shipping import Shipped, over_of, ship_curves, ship_risk
from payrisk_pipelines.training.train_applicants import train_on_ledger

Stage = Callable[[str], AbstractContextManager[object]]
"""Told of each step as it begins and ends."""


@dataclass(frozen=True)
class _Asked:
    """What is to be trained: the spec, the one it is over, and the books of the morning."""

    settings: Settings
    chosen: ModelSpec
    ledger: Ledger
    history: History
    standing: Standing | None
    over: CurveModel | None
    stage: Stage

    @property
    def tries(self) -> Callable[[str], int]:
        """See `tries_of`."""
        return tries_of(self.settings, self.chosen, self.standing)


def train(  # noqa: PLR0913 - one argument an option of the command
    settings: Settings,
    name: str,
    as_of: int | None = None,
    *,
    git_commit: str = "",
    ledger: Ledger | None = None,
    ledger_sha: str = "",
    allow_undated: Collection[str] = (),
    told: Mapping[str, Any] | None = None,
    over: CurveModel | None = None,
    stage: Stage = lambda _what: nullcontext(),
) -> Trained:
    """Train `name` on what was known at as_of, judge the recipe, register the candidate.

    The recipe is judged by fitting it at earlier origins and scoring later dates, beside its
    baselines and what answers now; what is registered is the recipe fitted at as_of, held against
    what was judged. allow_undated: attributes without date history that may be read as if known
    since ever. told: settings in place of the spec's own. over: curves fitted as of the same
    morning by the recipe that a risk is over, for where none are promoted. Raises ModelError for a
    name without a spec, InputError for an input read from such an attribute that is not allowed; a
    ledger too young to judge on gives a candidate whose verdict says so.
    """
    chosen = spec(name)
    if told is not None:
        chosen = replace(chosen, settings=dict(told))
    if ledger is None:
        from payrisk.ledger.stored.storage import current_sha, load

        with stage("read the ledger"):
            ledger_sha = current_sha(settings.home)
            ledger = load(settings.home, ledger_sha)
    if chosen.head == "applicant":
        with stage("fit, judge and register"):
            return train_on_ledger(
                settings, chosen, ledger, as_of, ledger_sha=ledger_sha, git_commit=git_commit
            )
    morning = ledger.default_as_of if as_of is None else as_of
    history = ledger.as_of(morning)
    if not len(history.invoices()):
        raise ModelError(f"No invoice is known before {iso(morning)}; train as of a later day.")
    chosen = read_on(chosen, history, allow_undated)
    with stage("look at what answers now"):
        standing = Standing.of(settings.home, chosen)
    asked = _Asked(settings, chosen, ledger, history, standing, over, stage)
    found, made, evidence = _curves(asked) if chosen.head == "curves" else _risk(asked)
    features = {one.name: one.definition_hash for one in made.model.inputs}
    card = ModelCard(
        chosen.name,
        chosen.purpose,
        chosen.recipe,
        morning,
        ledger_sha,
        population(history),
        found.window,
        found.metrics,
        found.verdict,
        limits_of(chosen, history, share_recorded_later(history)),
        made.model.parameters,
        tuple(sorted(chosen.backdated)),
        evidence,
        features,
        difference(features, standing),
        settings.card_owner,
        expiry(morning, settings.card_months),
        _ships(found, morning),
    )
    with stage("card, bundle and registry"):
        return candidate(
            settings, chosen, made, card, found, git_commit=git_commit, standing=standing
        )


def read_on(chosen: ModelSpec, history: History, allow_undated: Collection[str] = ()) -> ModelSpec:
    """The recipe as it is read on a morning, with the undated attributes it may and does read.

    Those of its curves, of a risk: what else it reads is known from the day it was recorded on.
    Raises InputError for an attribute that is not allowed.
    """
    recipe = spec(chosen.over) if chosen.over else chosen
    first = int(history.invoices()["issued_on"].min())
    return chosen.backdating(admit_undated(history.ledger, recipe.features, first, allow_undated))


# -- payment curves ----------------------------------------------------------------------------


def _curves(asked: _Asked) -> tuple[Judgement, Shipped, Evidence]:
    chosen, history, stage = asked.chosen, asked.history, asked.stage
    n_paid = len(history.settled())
    if n_paid < YOUNG_BELOW:
        note = (
            f"The ledger is too young to judge on: {n_paid} invoices are settled, {YOUNG_BELOW}"
            " are needed; the shrunk ECDF answers as the fallback."
        )
        with stage("fit as of the morning"):
            return (
                unjudged(chosen, history, note),
                ship_curves(chosen, asked.ledger, history),
                Evidence(),
            )
    with stage("judge at past origins"):
        found = judged_curves(chosen, asked.ledger, history, asked.standing, tries=asked.tries)
    checks: list[Check] = []
    with stage("look for leaks and stale data"):
        checks += honesty(chosen, asked.ledger, history.as_of)
    with stage("fit as of the morning, replay past cash"):
        made = ship_curves(chosen, asked.ledger, history)
    with stage("hold what ships to what was judged"):
        checks.append(shipped(made.model, found, history))
        one = history.open_invoices().head(1)
        if len(one):
            files = made.model.to_files()
            checks += burden(files, lambda: made.model.curves(history, one), time.perf_counter)
        evidence = Evidence() if found.found is None else of_curves(found.found.comparison)
    return replace(found, verdict=found.verdict.also(checks)), made, evidence


# -- default risk ------------------------------------------------------------------------------


def _risk(asked: _Asked) -> tuple[Judgement, Shipped, Evidence]:
    chosen, history, stage = asked.chosen, asked.history, asked.stage
    over = replace(over_of(asked.settings.home, chosen, chosen.backdated), fitted=asked.over)
    with stage("curves of past mornings"):
        past = landmarks_of(chosen, over.recipe, asked.ledger, history)
    with stage("judge at past mornings"):
        found = judged_risk(chosen, history, past, asked.standing, tries=asked.tries)
    with stage("look for leaks and stale data"):
        checks = risk_honesty(chosen, asked.ledger, history.as_of)
    with stage("fit as of the morning"):
        made = ship_risk(chosen, over, history, past)
    with stage("hold what ships to what was judged"):
        if found.tried is not None:
            checks.append(shipped_risk(made.bound, found.tried, history))
        ids = list(history.open_invoices()["customer_id"].head(1))
        if ids:
            files = made.model.to_files()
            checks += burden(files, lambda: made.bound.risks(history, ids), time.perf_counter)
        evidence = of_risks(found.scores, (chosen.name, *BESIDE_RISK))
    return replace(found, verdict=found.verdict.also(checks)), made, evidence


# -- papers ------------------------------------------------------------------------------------


def _ships(found: Judgement, morning: int) -> dict[str, Any]:
    judged = found.window.get("trained_as_of") or found.window.get("mornings") or "none"
    return {"ships": f"the recipe fitted as of {iso(morning)}", "was_judged": f"as of {judged}"}
