"""How well chances of default rank, price and add up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Probabilities, solve_positive_definite, weighted_sums
from payrisk.scoring.log_odds import log_odds, probability_of

FLOOR = 1e-5


ECE_BINS = 10


def auc(score: Probabilities, outcome: Flags) -> float:
    """Chance that a row with the outcome scores above one without (ties count half)."""
    n_bad = int(outcome.sum())
    n_good = len(outcome) - n_bad
    if not n_bad or not n_good:
        return float("nan")
    ranks = pd.Series(score).rank().to_numpy()
    return float((ranks[outcome].sum() - n_bad * (n_bad + 1) / 2) / (n_bad * n_good))


def log_loss(probability: Probabilities, outcome: Flags) -> float:
    """Mean −log of the chance given to what happened, floored at 1e-5."""
    return float(log_losses(probability, outcome).mean()) if len(outcome) else float("nan")


def log_losses(probability: Probabilities, outcome: Flags) -> Probabilities:
    """(n,) −log of the chance given to what happened, floored at 1e-5."""
    chance = np.where(outcome, probability, 1.0 - probability)
    return np.asarray(-np.log(np.clip(chance, FLOOR, 1.0)))


def brier(probability: Probabilities, outcome: Flags) -> float:
    """Mean squared difference between the chance and what happened."""
    return float(((probability - outcome) ** 2).mean()) if len(outcome) else float("nan")


def ks(score: Probabilities, outcome: Flags) -> float:
    """Largest distance between the shares of bad and of good rows scoring at most so much."""
    n_bad = int(outcome.sum())
    n_good = len(outcome) - n_bad
    if not n_bad or not n_good:
        return float("nan")
    order = np.argsort(score, kind="stable")
    ends = np.append(np.diff(score[order]) != 0, True)
    bad = np.cumsum(outcome[order]) / n_bad
    good = np.cumsum(~outcome[order]) / n_good
    return float(np.abs(bad - good)[ends].max())


def ece(probability: Probabilities, outcome: Flags, bins: int = ECE_BINS) -> float:
    """Expected calibration error: mean |chance − rate| over bins of equally many rows."""
    if not len(outcome):
        return float("nan")
    order = np.argsort(probability, kind="stable")
    parts = [rows for rows in np.array_split(order, bins) if len(rows)]
    gaps = [abs(probability[rows].mean() - outcome[rows].mean()) * len(rows) for rows in parts]
    return float(sum(gaps) / len(outcome))


def calibration_line(log_odds: Probabilities, bad: Flags) -> tuple[float, float]:
    """Intercept and slope of the logistic regression of what happened on log-odds (Cox 1958)."""
    a, b = 0.0, 1.0
    design = np.vstack([np.ones(len(log_odds)), log_odds])
    for _ in range(50):
        p = probability_of(a + b * log_odds)
        weight = np.maximum(p * (1.0 - p), 1e-12)
        hessian = weighted_sums(design[:, None], design * weight) + 1e-9 * np.eye(2)
        step = solve_positive_definite(hessian, weighted_sums(design, bad - p))
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        a, b = a + float(step[0]), b + float(step[1])
        if float(np.abs(step).max()) < 1e-10:
            break
    return a, b


def risk_metrics(probability: Probabilities, outcome: Flags) -> dict[str, float]:
    """Every metric of docs/design.md, 'Risk metrics', with the rows and events it rests on.

    auc, gini = 2 auc − 1 and ks of the order; brier, log_loss (floored at 1e-5) and ece (ten bins
    of equally many rows) of the chances; slope of the outcome on their log-odds (1 = as spread
    as it should be); level: events over events expected.
    """
    ranked = auc(probability, outcome)
    has_both = bool(outcome.any()) and not outcome.all()
    expected = float(probability.sum())
    return {
        "n": float(len(outcome)),
        "n_events": float(outcome.sum()),
        "auc": ranked,
        "gini": 2.0 * ranked - 1.0,
        "ks": ks(probability, outcome),
        "brier": brier(probability, outcome),
        "log_loss": log_loss(probability, outcome),
        "ece": ece(probability, outcome),
        "slope": calibration_line(log_odds(probability), outcome)[1] if has_both else float("nan"),
        "level": float(outcome.sum()) / expected if expected else float("nan"),
    }
