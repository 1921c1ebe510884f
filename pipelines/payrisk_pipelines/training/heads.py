"""What training does for each kind of answer: how a recipe is judged, shipped and made anew."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from payrisk.calendar import iso
from payrisk.errors import ModelError
from payrisk.features.catalogue.undated import admit_named_attributes, admit_undated
from payrisk.learning.judging.card import limits_of, population, share_recorded_later
from payrisk.learning.judging.champion import DeployedChampion
from payrisk.learning.judging.judge import CountTries, Judge, Judgement
from payrisk.learning.judging.judge_applicants import ApplicantJudge
from payrisk.learning.judging.judge_curves import CurveJudge
from payrisk.learning.judging.judge_default import DefaultJudge, landmarks_of
from payrisk.learning.judging.spec import Head, ModelSpec
from payrisk.learning.new_customer.applications import ApplicationTable
from payrisk.learning.new_customer.leaks import require_no_leak
from payrisk.learning.new_customer.own_applications import own_applications
from payrisk.ledger import History, Ledger
from payrisk.scoring import CurveModel
from payrisk.settings import Settings
from payrisk_models import spec
from payrisk_pipelines.training.shipping import (
    FinalFit,
    RollUpCurves,
    ship_applicants,
    ship_curves,
    ship_risk,
)
from payrisk_pipelines.training.stages import EnterStep, without_step_clock
from payrisk_pipelines.versions.deployed import deployed_champion
from payrisk_pipelines.versions.finding import count_tries


@dataclass(frozen=True)
class TrainingOptions:
    """What a training may be told beside its model, ledger and morning.

    allow_undated: attributes without date history that may be read as if known since ever.
    allow_leaks: columns of applications that look like leaks and were known in time.
    recipe: another of the model's recipes. own_settings: in place of the spec's. curves: fitted as
    of the same morning by the recipe that a risk is over, for where none are promoted.
    """

    git_commit: str = ""
    allow_undated: Collection[str] = ()
    allow_leaks: Collection[str] = ()
    recipe: str = ""
    own_settings: Mapping[str, Any] | None = None
    curves: CurveModel | None = None
    enter: EnterStep = without_step_clock


@dataclass(frozen=True)
class TrainingTask:
    """A recipe that is to be trained on what a ledger knew on a morning."""

    settings: Settings
    recipe: ModelSpec
    ledger: Ledger
    ledger_sha: str
    as_of: int
    options: TrainingOptions

    @property
    def history(self) -> History:
        """What was known; raises ModelError where no invoice was."""
        history = self.ledger.as_of(self.as_of)
        if not len(history.invoices()):
            morning = iso(self.as_of)
            raise ModelError(f"No invoice is known before {morning}; train as of a later day.")
        return history


@dataclass(frozen=True)
class TrainingPlan:
    """A recipe ready to be judged and fitted, and what its card says of where it comes from.

    judging, fitting: the two long steps, in words. was_judged: of a judgement, what was judged as
    against what ships.
    """

    recipe: ModelSpec
    as_of: int
    ledger_sha: str
    judge: Judge
    champion: DeployedChampion | None
    count_tries: CountTries
    ship: Callable[[], FinalFit]
    population: Mapping[str, Any]
    limits: tuple[str, ...]
    ships: str
    was_judged: Callable[[Judgement], str]
    judging: str
    fitting: str


def recipe_with_undated(
    recipe: ModelSpec, history: History, allow_undated: Collection[str] = ()
) -> ModelSpec:
    """The recipe as it is read on a morning, with the undated attributes it may and does read.

    Those of its curves, of a risk: what else it reads is known from the day it was recorded on.
    Raises InputError for an attribute that is not allowed.
    """
    if recipe.reads_attributes:
        return recipe.with_backdated(admit_named_attributes(history.ledger, allow_undated))
    read = (spec(recipe.over) if recipe.over else recipe).features
    first = int(history.invoices()["issued_on"].min())
    return recipe.with_backdated(admit_undated(history.ledger, read, first, allow_undated))


# -- payment curves ----------------------------------------------------------------------------


def _prepare_curves(task: TrainingTask) -> TrainingPlan:
    history = task.history
    recipe = recipe_with_undated(task.recipe, history, task.options.allow_undated)
    with task.options.enter("look at what answers now"):
        champion = deployed_champion(task.settings.home, recipe)
    return TrainingPlan(
        recipe,
        task.as_of,
        task.ledger_sha,
        CurveJudge(recipe, history, champion),
        champion,
        count_tries(task.settings, recipe, champion),
        lambda: ship_curves(recipe, task.ledger, history),
        population(history),
        limits_of(recipe, history, share_recorded_later(history)),
        f"the recipe fitted as of {iso(task.as_of)}",
        lambda judgement: f"as of {judgement.window.get('trained_as_of', 'none')}",
        "judge at past origins",
        "fit as of the morning, replay past cash",
    )


def _curves_anew(
    recipe: ModelSpec, ledger: Ledger, history: History, _base: Callable[[], RollUpCurves]
) -> FinalFit:
    return ship_curves(recipe, ledger, history)


# -- default risk ------------------------------------------------------------------------------


def _prepare_risk(task: TrainingTask) -> TrainingPlan:
    history, enter = task.history, task.options.enter
    recipe = recipe_with_undated(task.recipe, history, task.options.allow_undated)
    with enter("look at what answers now"):
        champion = deployed_champion(task.settings.home, recipe)
    base = RollUpCurves.of(task.settings.home, recipe, recipe.backdated)
    base = replace(base, fitted=task.options.curves)
    with enter("curves of past mornings"):
        past = landmarks_of(recipe, base.recipe, task.ledger, history)
    return TrainingPlan(
        recipe,
        task.as_of,
        task.ledger_sha,
        DefaultJudge(recipe, history, past, champion),
        champion,
        count_tries(task.settings, recipe, champion),
        lambda: ship_risk(recipe, base, history, past),
        population(history),
        limits_of(recipe, history, share_recorded_later(history)),
        f"the recipe fitted as of {iso(task.as_of)}",
        lambda judgement: f"as of {judgement.window.get('mornings') or 'none'}",
        "judge at past mornings",
        "fit as of the morning",
    )


def _risk_anew(
    recipe: ModelSpec, ledger: Ledger, history: History, base: Callable[[], RollUpCurves]
) -> FinalFit:
    over = base()
    return ship_risk(recipe, over, history, landmarks_of(recipe, over.recipe, ledger, history))


# -- applicants --------------------------------------------------------------------------------


@dataclass(frozen=True)
class ApplicationSource:
    """Past applications, and what the card says of where they came from.

    history: of the ledger that holds them; None for a file's.
    """

    table: ApplicationTable
    as_of: int
    population: Mapping[str, Any]
    limits: tuple[str, ...]
    history: History | None = None
    ledger_sha: str = ""


def prepare_applicants(
    settings: Settings, recipe: ModelSpec, source: ApplicationSource, allow_leaks: Collection[str]
) -> TrainingPlan:
    """The training of a recipe on past applications, wherever these came from.

    Raises InputError for a suspected leak that is not allowed by name.
    """
    table = source.table
    suspects = require_no_leak(table, {*allow_leaks, *table.allowed_leaks}, recipe.seed)
    allowed = [f"Suspected leak, allowed by name: {suspect.sentence}." for suspect in suspects]
    champion = deployed_champion(settings.home, recipe)
    return TrainingPlan(
        recipe,
        source.as_of,
        source.ledger_sha,
        ApplicantJudge(recipe, table, source.history, champion),
        champion,
        # the columns of a table are no part of the recipe, so that each run is a try of its own
        count_tries(settings, recipe, champion, by_run=not table.is_own),
        lambda: ship_applicants(recipe, table),
        source.population,
        (*source.limits, *allowed),
        f"the recipe fitted on {len(table):,} applications as of {iso(source.as_of)}",
        _what_was_judged,
        "judge on other applications",
        "fit on all applications",
    )


def application_dates(table: ApplicationTable) -> dict[str, str]:
    """The first and the last date of some applications, for the card; nothing without any."""
    if table.last_dated is None:
        return {}
    first = int(table.dated_on.min())
    return {"first_dated_on": iso(first), "last_dated_on": iso(table.last_dated)}


def _prepare_own_applicants(task: TrainingTask) -> TrainingPlan:
    """With too few defaults the candidate is the shrunk base rate, and its verdict says so."""
    recipe, history = task.recipe, task.ledger.as_of(task.as_of)
    table = own_applications(history, recipe.rule, recipe.horizon_days)
    limits = limits_of(recipe, history, share_recorded_later(history))
    source = ApplicationSource(
        table,
        task.as_of,
        {**table.counts, **application_dates(table)},
        (*limits, _accepted(table)),
        history,
        task.ledger_sha,
    )
    return prepare_applicants(task.settings, recipe, source, task.options.allow_leaks)


def _own_applicants_anew(
    recipe: ModelSpec, _ledger: Ledger, history: History, _base: Callable[[], RollUpCurves]
) -> FinalFit:
    return ship_applicants(recipe, own_applications(history, recipe.rule, recipe.horizon_days))


def _accepted(table: ApplicationTable) -> str:
    known, refused = table.counts["applications_known"], table.counts["refused"]
    return (
        f"Of {known:,} applications known {refused:,} were refused and taught it nothing"
        f" (accepted-only share {table.counts['accepted_share']:.0%}): for applicants unlike those"
        " accepted it extrapolates."
    )


def _what_was_judged(judgement: Judgement) -> str:
    n = judgement.window.get("learned_from")
    return "none" if n is None else f"fitted on the {n:,} not judged on"


# -- the table ---------------------------------------------------------------------------------


class ModelTrainer(NamedTuple):
    """What training does for one head.

    prepare: an assignment made ready to be judged and shipped. anew: what a version shipped,
    fitted again from its recipe, ledger, history and, for a risk, what it was over.
    reads_invoices: whether it learns from invoices, and so from features of customers.
    reads_tables: whether it learns from labelled tables, too.
    """

    prepare: Callable[[TrainingTask], TrainingPlan]
    anew: Callable[[ModelSpec, Ledger, History, Callable[[], RollUpCurves]], FinalFit]
    reads_invoices: bool = True
    reads_tables: bool = False


HEADS: Mapping[Head, ModelTrainer] = {
    "curves": ModelTrainer(_prepare_curves, _curves_anew),
    "risk": ModelTrainer(_prepare_risk, _risk_anew),
    "applicant": ModelTrainer(
        _prepare_own_applicants, _own_applicants_anew, reads_invoices=False, reads_tables=True
    ),
}
"""By the head of a spec."""
