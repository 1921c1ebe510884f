"""Suspected leaks: an input that alone tells the outcome too well to have been known before it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from payrisk.errors import InputError
from payrisk.learning.measuring.risk_metrics import auc
from payrisk.learning.new_customer.applications import ApplicationTable
from payrisk.learning.new_customer.fit import out_of_fold
from payrisk.learning.new_customer.folds import folds_of, in_order
from payrisk.learning.new_customer.training_matrix import Setting

ALONE = Setting(
    "alone",
    60,
    {
        "learning_rate": 0.1,
        "num_leaves": 8,
        "min_data_in_leaf": 20,
        "lambda_l2": 5.0,
        "feature_fraction": 1.0,
    },
)
"""Small trees over one input."""
SURE_AUC = 0.95
"""An input that separates the classes so well alone is suspected whatever the others do."""
HIGH_AUC, MORE_THAN_REST = 0.80, 0.03
"""So is one above this, where all inputs that are not above it together stay so far below it."""
LEAST_EVENTS = 20


@dataclass(frozen=True)
class Suspect:
    """An input whose AUC alone (out of fold) is too high; rest: that of all the lower ones."""

    name: str
    alone: float
    rest: float

    @property
    def sentence(self) -> str:
        """What was found."""
        return (
            f"'{self.name}' alone separates good from bad with an AUC of {self.alone:.2f}"
            f" (all inputs that are not suspected together: {self.rest:.2f})"
        )


def single_aucs(table: ApplicationTable, seed: int = 0) -> dict[str, float]:
    """Input → AUC, out of fold, of small trees over it alone; missing and special values count."""
    table = in_order(table)
    fold = folds_of(table, seed)
    aucs = {}
    for entry in table.inputs:
        alone = out_of_fold(table.only((entry.name,)), fold, seed, (ALONE,), (1.0,))
        # Never below one half by chance: an input that says nothing is turned by its folds.
        aucs[entry.name] = max(auc(alone.log_odds, alone.table.bad), 0.5)
    return aucs


def suspects(table: ApplicationTable, seed: int = 0) -> list[Suspect]:
    """The inputs that alone separate the classes too well, the worst first.

    An outcome that was written into the application's row afterwards (what the bank lost, until
    when it was repaid) tells more than all that was honestly known together; a good bureau score
    does not. None with fewer than LEAST_EVENTS bad applications: nothing could be told.
    """
    table = in_order(table)
    if table.n_bad < LEAST_EVENTS or len(table) - table.n_bad < LEAST_EVENTS:
        return []
    alone = single_aucs(table, seed)
    high = [name for name, value in alone.items() if value >= HIGH_AUC]
    if not high:
        return []
    lower = [name for name in alone if name not in high]
    rest = 0.5
    if lower:
        others = out_of_fold(table.only(lower), folds_of(table, seed), seed, (_REST,), (1.0,))
        rest = max(auc(others.log_odds, others.table.bad), 0.5)
    suspected = [
        Suspect(name, alone[name], rest)
        for name in high
        if alone[name] >= SURE_AUC or alone[name] >= rest + MORE_THAN_REST
    ]
    return sorted(suspected, key=lambda suspect: (-suspect.alone, suspect.name))


def require_no_leak(
    table: ApplicationTable, allowed: Collection[str], seed: int = 0
) -> list[Suspect]:
    """The suspects, all of them allowed by name; raises InputError for one that is not."""
    suspected = suspects(table, seed)
    names = {suspect.name for suspect in table.inputs}
    unknown = sorted(set(allowed) - names)
    if unknown:
        raise InputError(
            f"A leak is allowed for '{unknown[0]}', which is no input of the mapping; remove it."
        )
    stopped = [suspect for suspect in suspected if suspect.name not in allowed]
    if stopped:
        sentences = "; ".join(suspect.sentence for suspect in stopped)
        options = " ".join(f"--allow-leak '{suspect.name}'" for suspect in stopped)
        raise InputError(
            f"Suspected leak: {sentences}. What was only known after the decision must not be"
            f" learned from: remove it from the mapping, or, if it was known before, allow it by"
            f" name with {options} (or [leaks] allowed in the mapping)."
        )
    return suspected


_REST = Setting(
    "rest",
    150,
    {"learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 40, "lambda_l2": 5.0},
)
