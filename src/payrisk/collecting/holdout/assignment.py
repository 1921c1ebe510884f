"""Assignment by lot: groups of customers to arms, by seed and stratum, each group as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.errors import InputError

CONTROL = "control"
"""The arm that is left alone."""


@dataclass(frozen=True)
class Arm:
    """One arm of a trial and the share of groups that it gets; `step` is what is done in it."""

    name: str
    share: float
    step: str | None = None


def require_arms(arms: Sequence[Arm]) -> None:
    """Raise InputError unless the shares add up to 1 and one arm, of no step, is the control."""
    names = [arm.name for arm in arms]
    if len(arms) < 2 or CONTROL not in names or len(set(names)) != len(names):
        raise InputError(
            f"A trial has two arms or more, one of them '{CONTROL}', each named once."
        )
    if any(arm.share <= 0 for arm in arms) or abs(sum(arm.share for arm in arms) - 1) > 1e-9:
        raise InputError("The shares of the arms are above 0 and add up to 1.")


def assign(groups: Sequence[str], strata: Ints, arms: Sequence[Arm], seed: int) -> Ints:
    """(n,) the arm of each group, its place in `arms`.

    groups: ids, each once: customers under one parent are one group, for what one is told the
    other hears. Within a stratum the groups stand in an order that only the seed and their ids
    decide, and the arms take turns along it by their shares from a start drawn by the seed: each
    group has the chance of its arm's share, and no arm gets more than one group too many. Raises
    InputError for arms that are none.
    """
    require_arms(arms)
    if len(set(groups)) != len(groups):
        raise InputError("A group stands twice in the trial; give each once.")
    upto = np.cumsum([arm.share for arm in arms])
    out = np.zeros(len(groups), dtype=np.int64)
    rank = np.array([_unit(seed, name) for name in groups])
    for stratum in np.unique(strata):
        mine = np.flatnonzero(strata == stratum)
        order = mine[np.argsort(rank[mine], kind="stable")]
        places = (np.arange(len(order)) + _unit(seed, f"start of stratum {stratum}")) / len(order)
        out[order] = np.minimum(np.searchsorted(upto, places % 1.0, side="right"), len(arms) - 1)
    return out


def strata_by(amount: Floats, days_late: Ints, n_bands: int = 4) -> Ints:
    """(n,) strata: bands of equally many by amount, split by whether more than 30 days late."""
    rank = pd.Series(amount).rank(method="first").to_numpy() - 1
    band = (rank * n_bands // max(len(amount), 1)).astype(np.int64)
    return np.asarray(band * 2 + (days_late > 30))


def _unit(seed: int, text: str) -> float:
    """A number in [0, 1) that only the seed and the text decide."""
    digest = hashlib.sha256(f"{seed}:{text}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
