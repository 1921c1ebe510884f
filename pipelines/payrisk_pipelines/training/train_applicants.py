"""A labelled table of past applications to a registered candidate."""

from __future__ import annotations

import hashlib
from pathlib import Path

from payrisk.learning.judging.spec import ModelSpec
from payrisk.learning.new_customer.applications import read_applications, require_enough_bad
from payrisk.learning.new_customer.mapping import read_mapping
from payrisk.settings import Settings
from payrisk_pipelines.training.candidate import TrainedCandidate
from payrisk_pipelines.training.heads import (
    ApplicationSource,
    TrainingOptions,
    application_dates,
    prepare_applicants,
)
from payrisk_pipelines.training.train import judge_and_register


def train_on_table(
    settings: Settings,
    recipe: ModelSpec,
    applications: Path,
    mapping: Path,
    *,
    as_of: int,
    options: TrainingOptions | None = None,
) -> TrainedCandidate:
    """Train on a labelled table and register the candidate; as_of: the day it is trained.

    Raises InputError for a file, mapping or column that cannot be used, too few of either class,
    and a suspected leak that is not allowed by name.
    """
    options = options or TrainingOptions()
    table = read_applications(applications, read_mapping(mapping))
    require_enough_bad(table, f"'{applications.name}'")
    population = {
        "table": applications.name,
        "table_sha256": hashlib.sha256(applications.read_bytes()).hexdigest(),
        **table.counts,
        **application_dates(table),
    }
    limits = (
        *recipe.limits,
        "Its outcomes are those of the table, within whatever time that gave them.",
        "What it says holds for applicants like those of the table.",
    )
    source = ApplicationSource(table, as_of, population, limits)
    training = prepare_applicants(settings, recipe, source, options.allow_leaks)
    return judge_and_register(settings, training, options)
