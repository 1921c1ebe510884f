"""How sure it is that one model ranks and prices risk better: a paired bootstrap over groups."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Floats, Probabilities, Texts, weighted_sums
from payrisk.learning.measuring.bootstrap import LEVEL, interval_ends
from payrisk.learning.measuring.risk_metrics import auc, log_losses

DRAWS = 1_000
MOST_ROWS_DRAWN = 50_000_000
"""Rows times draws; a large table takes fewer draws, never fewer than LEAST_DRAWS."""
LEAST_DRAWS = 200


def paired_risk(
    ours: Probabilities,
    other: Probabilities,
    outcome: Flags,
    group: Texts | None = None,
    *,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = 0,
) -> pd.DataFrame:
    """One row a metric: difference, low, high (at `level`), positive where ours is better.

    auc: ours less the other's; brier and log_loss: the other's less ours. Both models see the
    same draws; whole groups are drawn, rows where there is no group ('' = alone).
    """
    n = len(outcome)
    codes = np.arange(n)
    if group is not None and (group != "").any():
        alone = np.array([f"row {at}" for at in range(n)], dtype=object)
        codes = pd.factorize(np.where(group == "", alone, group))[0]
    n_groups = int(codes.max(initial=-1)) + 1
    losses = {
        "brier": (other - outcome) ** 2 - (ours - outcome) ** 2,
        "log_loss": log_losses(other, outcome) - log_losses(ours, outcome),
    }
    ranks = [_TieGroups(one, outcome) for one in (ours, other)]
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(int(np.clip(MOST_ROWS_DRAWN // max(n, 1), LEAST_DRAWS, draws))):
        times = np.bincount(rng.integers(0, n_groups, n_groups), minlength=n_groups)
        weight = times[codes].astype(np.float64)
        found.append(
            [ranks[0].auc(weight) - ranks[1].auc(weight)]
            + [
                float(weighted_sums(weight, loss)) / max(weight.sum(), 1.0)
                for loss in losses.values()
            ]
        )
    drawn: Floats = np.array(found)
    drawn = drawn[~np.isnan(drawn).any(axis=1)]  # draws that held one class only
    low, high = (
        interval_ends(drawn, level) if len(drawn) else np.full((2, len(losses) + 1), np.nan)
    )
    difference = [auc(ours, outcome) - auc(other, outcome)]
    difference += [float(loss.mean()) for loss in losses.values()]
    return pd.DataFrame(
        {"metric": ["auc", *losses], "better_by": difference, "low": low, "high": high}
    )


class _TieGroups:
    """A score's ties and order, worked out once for all draws."""

    def __init__(self, score: Probabilities, outcome: Flags) -> None:
        self.code = np.unique(score, return_inverse=True)[1]
        self.size = int(self.code.max(initial=-1)) + 1
        self.outcome = outcome

    def auc(self, weight: Probabilities) -> float:
        """The AUC with so many copies of each row."""
        bad = np.bincount(self.code, weight * self.outcome, minlength=self.size)
        good = np.bincount(self.code, weight * ~self.outcome, minlength=self.size)
        below = np.cumsum(good) - good
        total = bad.sum() * good.sum()
        return float((bad * (below + good / 2.0)).sum() / total) if total else float("nan")
