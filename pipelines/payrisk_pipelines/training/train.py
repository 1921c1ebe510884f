"""Ledger to registered candidate: judge at past origins, fit, hold what ships to it, register."""

from __future__ import annotations

import time
from dataclasses import replace

from payrisk.learning.judging.card import ModelCard, expiry
from payrisk.learning.judging.champion import recipe_difference
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.settings import Settings
from payrisk_pipelines.training.candidate import TrainedCandidate, candidate
from payrisk_pipelines.training.choosing import choose_recipe
from payrisk_pipelines.training.heads import HEADS, TrainingOptions, TrainingPlan, TrainingTask

PROCESSOR = time.process_time
"""The clock of what an answer costs: a busy machine refuses no model."""


def train(
    settings: Settings,
    name: str,
    as_of: int | None = None,
    *,
    ledger: Ledger | None = None,
    ledger_sha: str = "",
    options: TrainingOptions | None = None,
) -> TrainedCandidate:
    """Train `name` on what was known at as_of, judge the recipe, register the candidate.

    The recipe is judged by fitting it at earlier origins and scoring later dates, beside its
    baselines and what answers now; what is registered is the recipe fitted at as_of, held against
    what was judged. Raises ModelError for a name without a spec, and where the fit does not keep
    to its recipe; InputError for an input read from an undated attribute, and for a suspected
    leak, that is not allowed. A ledger too young to judge on gives a candidate whose verdict says
    so.
    """
    options = options or TrainingOptions()
    recipe = choose_recipe(settings.home, name, options.recipe, options.allow_undated)
    if options.own_settings is not None:
        recipe = replace(recipe, settings=dict(options.own_settings))
    if ledger is None:
        with options.enter("read the ledger"):
            ledger_sha = storage.current_sha(settings.home)
            ledger = storage.load(settings.home, ledger_sha)
    morning = ledger.default_as_of if as_of is None else as_of
    task = TrainingTask(settings, recipe, ledger, ledger_sha, morning, options)
    return judge_and_register(settings, HEADS[recipe.head].prepare(task), options)


def judge_and_register(
    settings: Settings, training: TrainingPlan, options: TrainingOptions
) -> TrainedCandidate:
    """Judge a recipe, fit it, hold what ships to what was judged, and register the candidate."""
    judge, recipe, enter = training.judge, training.recipe, options.enter
    with enter(training.judging):
        judgement = judge.judge(training.count_tries)
    with enter("look for leaks and stale data"):
        checks = judge.honesty()
    with enter(training.fitting):
        final = training.ship()
    with enter("hold what ships to what was judged"):
        checks += judge.ship(final.answering_model, judgement, PROCESSOR)
        evidence = judgement.evidence()
    features = {feature.name: feature.definition_hash for feature in final.model.inputs}
    card = ModelCard(
        recipe.name,
        recipe.purpose,
        recipe.recipe,
        training.as_of,
        training.ledger_sha,
        training.population,
        judgement.window,
        judgement.metrics,
        judgement.verdict.with_checks(checks),
        training.limits,
        final.model.parameters,
        tuple(sorted(recipe.backdated)),
        evidence,
        features,
        recipe_difference(features, training.champion),
        settings.card_owner,
        expiry(training.as_of, settings.card_months),
        {"ships": training.ships, "was_judged": training.was_judged(judgement)},
        {} if training.champion is None else training.champion.identity,
    )
    with enter("card, bundle and registry"):
        return candidate(settings, recipe, final, card, judgement, git_commit=options.git_commit)
