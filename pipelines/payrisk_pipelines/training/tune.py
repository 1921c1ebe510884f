"""Search a spec's settings on past origins that no gate judges on, each trial a child run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.calendar import iso
from payrisk.errors import InputError, ModelError
from payrisk.features.catalogue.undated import admit_undated
from payrisk.learning.days_to_pay.fit_ecdf import YOUNG_BELOW
from payrisk.learning.judging.spec import ModelSpec, Span, as_json
from payrisk.learning.measuring.bootstrap import Cells, intervals
from payrisk.learning.measuring.curve_metrics import JudgedCurves, crps
from payrisk.learning.measuring.replay import ReplayedRows, rows_at_issue, sample
from payrisk.learning.measuring.splits import LEAST_TRAIN_DAYS, Split, last_origin, origins
from payrisk.ledger import History, Ledger
from payrisk.ledger.stored import storage
from payrisk.receivables.days_late import SettlementHistory
from payrisk.scoring import CurveModel
from payrisk.settings import Settings
from payrisk_models import spec
from payrisk_pipelines.training.tuned import TuningResult
from payrisk_pipelines.versions.finding import registry_of

TRIALS = 30
CHOOSING = 2
"""Origins that settings are chosen on; the one after them is kept to compare the found ones."""
STARTUP = 5
"""Trials before the first may be given up half-way."""
MOST_ROWS, MOST_DAYS = 5_000, 30


@dataclass(frozen=True)
class Origin:
    """A past morning: what is trained on, and the rows that came after it."""

    train: History
    moments: ReplayedRows

    def crps(self, model: CurveModel) -> Floats:
        """(rows,) CRPS in days."""
        parts = [
            crps(JudgedCurves.of(part.curves(model), part.rows)) for part in self.moments.parts()
        ]
        return np.concatenate(parts)


def tune(
    settings: Settings,
    name: str,
    as_of: int | None = None,
    *,
    trials: int = TRIALS,
    seconds: float | None = None,
    allow_undated: Collection[str] = (),
    report: Callable[[str], None] = lambda _: None,
) -> TuningResult:
    """Try settings of `spec(name).search`, by Optuna's TPE with the spec's seed.

    seconds: no trial begins later; then how many there are depends on the machine. report: hears a
    sentence a trial. Nothing is changed: what is found is told and logged as runs. Raises
    ModelError where the spec has nothing to search or the ledger is too short, InputError without
    the extra `tune`.
    """
    optuna = _optuna()
    chosen = spec(name)
    if not chosen.search or not chosen.has_curves:
        raise ModelError(f"There is nothing to tune in '{name}': its spec has no search space.")
    sha = storage.current_sha(settings.home)
    ledger = storage.load(settings.home, sha)
    history = ledger.as_of(ledger.default_as_of if as_of is None else as_of)
    first = int(history.invoices()["issued_on"].min())
    recipe = chosen.with_backdated(admit_undated(ledger, chosen.features, first, allow_undated))
    past, until = _past(ledger, history, recipe.seed)
    keeps_one = len(past) > CHOOSING
    choosing, compared = (past[:-1], past[-1:]) if keeps_one else (past, past)
    registry = registry_of(settings)
    facts = {"ledger_sha": sha, "as_of": iso(history.as_of), "tuned_until": iso(until)}
    space = {key: as_json(vars(span)) for key, span in recipe.search.items()}
    parent = registry.run(name, "tune", {"search": space, "trials": trials}, {}, facts)
    rows: list[dict[str, Any]] = []

    def objective(trial: Any) -> float:
        tried = {key: _suggested(trial, key, span) for key, span in recipe.search.items()}
        scores: list[float] = []
        state = "complete"
        for turn, origin in enumerate(choosing):
            scores.append(
                float(origin.crps(_set(recipe, tried).fit_for_gate(origin.train)).mean())
            )
            trial.report(float(np.mean(scores)), turn)
            if turn + 1 < len(choosing) and trial.should_prune():
                state = "pruned"
                break
        row = {"number": trial.number, "state": state, "crps": float(np.mean(scores))}
        rows.append(row | tried)
        days = [iso(origin.train.as_of) for origin in choosing[: len(scores)]]
        by_origin = {f"crps/{day}": score for day, score in zip(days, scores, strict=True)}
        found = {"crps": row["crps"], **by_origin}
        registry.run(name, f"trial {trial.number}", tried, found, facts | {"state": state}, parent)
        report(f"trial {trial.number}: CRPS {row['crps']:.4g}, {state}")
        if state == "pruned":
            raise optuna.TrialPruned
        return float(row["crps"])

    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=recipe.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP),
    )
    study.optimize(objective, n_trials=trials, timeout=seconds)
    best = {key: _plain(recipe.search[key], value) for key, value in study.best_params.items()}
    found = {**recipe.settings, **best}
    theirs = [
        (o.crps(recipe.fit_for_gate(o.train)), o.crps(_set(recipe, best).fit_for_gate(o.train)))
        for o in compared
    ]
    present, ours = (np.concatenate(side) for side in zip(*theirs, strict=True))
    tuned = TuningResult(
        name,
        dict(recipe.settings),
        found,
        pd.DataFrame(rows),
        (float(present.mean()), float(ours.mean())),
        _difference(ours - present, compared),
        len(ours),
        keeps_one,
        tuple(origin.train.as_of for origin in past),
        until,
        parent,
    )
    gap, low, high = tuned.difference
    measured = {"crps": tuned.crps[1], "crps_present": tuned.crps[0], "difference": gap}
    registry.run(name, "found", found, measured | {"low": low, "high": high}, facts, parent)
    return tuned


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise InputError(
            "Tuning needs Optuna, which is not installed; run `pip install 'payrisk[tune]'` and"
            " then the same command again."
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _past(ledger: Ledger, history: History, seed: int) -> tuple[list[Origin], int]:
    """Origins before all that the gate judges on, oldest first, and their last day.

    What became of their rows is told as it was known on the gate's first morning.
    """
    gated = origins(history)
    if not gated:
        raise ModelError("The ledger is too short to tune on; wait for more of it.")
    until = gated[-1].train_as_of
    found = []
    for split in _windows(ledger.as_of(until)):
        train = ledger.as_of(split.train_as_of)
        if SettlementHistory.of(train).n_paid < YOUNG_BELOW:
            continue
        window = (split.issued_from, split.issued_to)
        moments = sample(
            rows_at_issue(ledger, *window, until, most_days=MOST_DAYS), MOST_ROWS, seed
        )
        if len(moments.rows):
            found.append(Origin(train, moments))
    if not found:
        raise ModelError(
            f"Before {iso(until)}, from which on the gate judges, the ledger is too short to tune"
            " on; wait for more of it."
        )
    return found, until - 1


def _windows(history: History) -> list[Split]:
    """Adjoining windows up to the latest that has outcomes, oldest first.

    As long as the gate's, or as short as lets half of the ledger be trained on first.
    """
    latest = last_origin(history)
    if latest is None:
        return []
    end, first = latest.issued_to + 1, int(history.invoices()["recorded_on"].min())
    room = (end - first - LEAST_TRAIN_DAYS) // (2 * (CHOOSING + 1))
    days = min(end - latest.issued_from, max(room, 1))
    starts = [end - days * back for back in range(CHOOSING + 1, 0, -1)]
    return [
        Split(start, start, start + days - 1, history.as_of)
        for start in starts
        if start - first >= LEAST_TRAIN_DAYS
    ]


def _set(recipe: ModelSpec, more: Mapping[str, Any]) -> ModelSpec:
    return replace(recipe, settings={**recipe.settings, **more})


def _suggested(trial: Any, name: str, span: Span) -> Any:
    if span.choices:
        return span.choices[trial.suggest_categorical(name, list(range(len(span.choices))))]
    if isinstance(span.low, int) and isinstance(span.high, int):
        return trial.suggest_int(name, span.low, span.high, log=span.is_log)
    return trial.suggest_float(name, span.low, span.high, log=span.is_log)


def _plain(span: Span, value: Any) -> Any:
    """A setting as a spec tells it: the choice behind its place, four digits of a number."""
    if span.choices:
        return span.choices[value]
    return value if isinstance(value, int) else float(f"{value:.4g}")


def _difference(gap: Floats, compared: Sequence[Origin]) -> tuple[float, float, float]:
    rows = pd.concat([origin.moments.rows for origin in compared], ignore_index=True)
    customers = pd.factorize(rows["customer_id"], sort=True)[0]
    cells = Cells.of(customers, rows["as_of"].to_numpy(dtype=np.int64))
    low, high = intervals(gap[:, None], cells)[0]
    return float(gap.mean()), float(low), float(high)
