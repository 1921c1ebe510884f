"""A data scientist's month in one go: ledger, quality, every spec to its candidate, a report."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk import pointers
from payrisk.calendar import iso
from payrisk.errors import ModelError, PayriskError
from payrisk.learning.judging.canary import freshness
from payrisk.learning.judging.card import population, share_recorded_later
from payrisk.ledger import History
from payrisk.ledger.stored import storage
from payrisk.registry import Version
from payrisk.scoring import CurveModel
from payrisk.settings import Settings
from payrisk_models import specs
from payrisk_pipelines.training.build_lock import lock_sha
from payrisk_pipelines.training.candidate import TrainedCandidate, base_recipe_sha
from payrisk_pipelines.training.choosing import allowed_attributes, choose_recipe
from payrisk_pipelines.training.heads import HEADS, TrainingOptions, recipe_with_undated
from payrisk_pipelines.training.shipping import RollUpCurves
from payrisk_pipelines.training.stages import Step, StepClock, WatchSteps
from payrisk_pipelines.training.train import train
from payrisk_pipelines.versions.deployed import champion_own_settings
from payrisk_pipelines.versions.finding import registry_of

log = logging.getLogger(__name__)

HELD = "retrain.lock"


@dataclass(frozen=True)
class SpecOutcome:
    """What became of one spec.

    trained: the candidate; version: the one that was there already, when nothing had changed;
    failed: a sentence, when there is neither. kept: the champion's settings, where these were
    given by hand or by tuning: then it was trained with them instead of the spec's.
    """

    name: str
    trained: TrainedCandidate | None = None
    version: Version | None = None
    failed: str = ""
    kept: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """What became of it, in words."""
        if self.trained is not None:
            remark = " With the settings that its champion was given." if self.kept else ""
            return f"{self.trained.sentence}{remark}"
        if self.version is not None:
            return (
                f"{self.name} version {self.version.version} was trained on this ledger, morning,"
                f" recipe and lock already ({self.version.tags.get('gate', 'no gate')});"
                " nothing to do."
            )
        return f"{self.name} was not trained: {self.failed}"

    @property
    def gate(self) -> str:
        """passed, refused, not verifiable, or failed."""
        if self.trained is not None:
            return self.trained.card.verdict.outcome
        return "failed" if self.version is None else self.version.tags.get("gate", "")


@dataclass(frozen=True)
class RetrainingRun:
    """A whole run: the ledger it stood on, its quality, the candidates, and what it cost."""

    as_of: int
    ledger_sha: str
    quality: Mapping[str, Any]
    outcomes: Sequence[SpecOutcome]
    steps: Sequence[Step]

    @property
    def has_failed(self) -> bool:
        """Whether a spec could not be trained at all; a refusal by its gates is no failure."""
        return any(outcome.failed for outcome in self.outcomes)

    def table(self) -> pd.DataFrame:
        """One row a step: model, step, seconds, peak memory."""
        rows = [vars(step) for step in self.steps]
        return pd.DataFrame(rows, columns=["model", "step", "seconds", "peak_gb"])

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "as_of": iso(self.as_of),
            "ledger_sha": self.ledger_sha,
            "quality": dict(self.quality),
            "models": [
                {
                    "name": outcome.name,
                    "gate": outcome.gate,
                    "sentence": outcome.sentence,
                    "version": _version(outcome),
                }
                for outcome in self.outcomes
            ],
            "steps": [vars(step) for step in self.steps],
            "seconds": round(sum(step.seconds for step in self.steps), 1),
        }


def _version(outcome: SpecOutcome) -> str | None:
    if outcome.trained is not None:
        return outcome.trained.version.version
    return None if outcome.version is None else outcome.version.version


def retrain(
    settings: Settings,
    names: Sequence[str] = (),
    as_of: int | None = None,
    *,
    git_commit: str = "",
    allow_undated: Sequence[str] = (),
    anew: bool = False,
    tell: WatchSteps = lambda *_: None,
) -> RetrainingRun:
    """Train every spec (or some) on the current ledger and register the candidates.

    Safe to run from cron: a second run at the same time is turned away, a model that was trained
    on the same ledger, morning, recipe and lock (and, of a risk, over the same curves) is left as
    it is unless `anew`, and a run that was killed goes on with the models it had not come to. A
    spec that cannot be trained is told and does not hold up the others. Raises LedgerError
    without a ledger, ModelError for an unknown name or while another run is at work.
    """
    in_turn = _in_order(names)
    clock = StepClock(tell)
    with _alone(settings.home):
        with clock.steps_of("ledger")("read the ledger"):
            sha = storage.current_sha(settings.home)
            ledger = storage.load(settings.home, sha)
        morning = ledger.default_as_of if as_of is None else as_of
        with clock.steps_of("ledger")("report on its quality"):
            history = ledger.as_of(morning)
            quality = _quality(history)
        outcomes: list[SpecOutcome] = []
        for name in in_turn:
            try:
                own_settings = champion_own_settings(settings.home, specs()[name])
                recipe = choose_recipe(settings.home, name, allow_undated=allow_undated)
                allowed = allowed_attributes(recipe, allow_undated)
                tags = _wanted(settings, name, sha, history, allowed, own_settings)
                if git_commit:
                    tags |= {"git_commit": git_commit}
                there = None if anew else _already(settings, name, tags)
                if there is not None:
                    outcomes.append(SpecOutcome(name, version=there))
                    continue
                done = train(
                    settings,
                    name,
                    morning,
                    ledger=ledger,
                    ledger_sha=sha,
                    options=TrainingOptions(
                        git_commit,
                        allowed,
                        own_settings=own_settings,
                        curves=_made_for(name, outcomes),
                        enter=clock.steps_of(name),
                    ),
                )
                outcomes.append(SpecOutcome(name, done, kept=own_settings or {}))
            except PayriskError as error:
                outcomes.append(SpecOutcome(name, failed=str(error)))
            except Exception as error:  # the others are trained all the same
                log.exception("%s was not trained", name)
                outcomes.append(SpecOutcome(name, failed=f"{type(error).__name__}: {error}"))
        run = RetrainingRun(morning, sha, quality, outcomes, clock.steps)
        if any(outcome.version is None for outcome in outcomes):
            _keep(settings.home, run)
    return run


def _in_order(names: Sequence[str]) -> list[str]:
    """The specs asked for, those that others are over first."""
    by_name = specs()
    unknown = sorted(set(names) - set(by_name))
    if unknown:
        raise ModelError(f"There is no model '{unknown[0]}'; the models are {', '.join(by_name)}.")
    chosen_specs = [by_name[name] for name in by_name if name in names or not names]
    return [spec.name for spec in sorted(chosen_specs, key=lambda spec: bool(spec.over))]


def _made_for(name: str, outcomes: Sequence[SpecOutcome]) -> CurveModel | None:
    """The curves of this run that a risk stands over while none are promoted."""
    made = {outcome.name: outcome.trained for outcome in outcomes}.get(specs()[name].over)
    return None if made is None else made.model


def _quality(history: History) -> dict[str, Any]:
    fresh = freshness(history.ledger, history.as_of)
    return {
        **population(history),
        "open_invoices": len(history.open_invoices()),
        "share_recorded_later": round(share_recorded_later(history), 4),
        "days_without_a_recorded_fact": fresh.value,
        "is_fresh": fresh.outcome == "passed",
    }


def _wanted(
    settings: Settings,
    name: str,
    sha: str,
    history: History,
    allow_undated: Sequence[str],
    own_settings: Mapping[str, Any] | None,
) -> dict[str, str]:
    """The tags of a version that would be made of the same."""
    recipe, over = choose_recipe(settings.home, name, allow_undated=allow_undated), ""
    if own_settings is not None:
        recipe = replace(recipe, settings=dict(own_settings))
    if HEADS[recipe.head].reads_invoices and len(history.invoices()):
        recipe = recipe_with_undated(recipe, history, allow_undated)
    if recipe.over:
        over = base_recipe_sha(RollUpCurves.of(settings.home, recipe, recipe.backdated).facts)
    return {
        "ledger_sha": sha,
        "as_of": iso(history.as_of),
        "recipe_sha": recipe.sha,
        "lock_sha": lock_sha(),
        "over_sha": over,
    }


def _already(settings: Settings, name: str, tags: Mapping[str, str]) -> Version | None:
    """The newest version made of the same that answers, or was judged beside what answers."""
    champion = pointers.champion(settings.home, name)
    digest = "" if champion is None else champion.digest
    for version in registry_of(settings).versions(name):
        is_current = digest in (
            version.tags.get("champion_digest", ""),
            version.tags.get("bundle_digest"),
        )
        if is_current and all(version.tags.get(key, "") == value for key, value in tags.items()):
            return version
    return None


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold the home's one place for a retraining; given up with the process, however it ends."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / HELD).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ModelError(
                f"Another retraining is at work in {home}; let it end, then run this again."
            ) from None
        yield


def _keep(home: Path, run: RetrainingRun) -> None:
    folder = home / "reports" / "retrain"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{iso(run.as_of)}-{run.ledger_sha[:12]}"
    path = folder / f"{name}-{len(list(folder.glob(f'{name}-*'))) + 1}.json"
    path.write_text(json.dumps(run.to_json(), indent=1) + "\n", encoding="utf-8")
