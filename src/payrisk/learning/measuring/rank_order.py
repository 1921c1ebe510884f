"""Bands of applicants by risk: whether a worse band loses more, and how much the worst hold."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Probabilities

BANDS = 10


def rank_order(
    probability: Probabilities, outcome: Flags, bands: int = BANDS, loss_given_default: float = 1.0
) -> pd.DataFrame:
    """One row a band of equally many rows, band 1 = the riskiest.

    lowest, highest: chances in it. n, n_bad, bad_rate: what happened. mean_probability: what was
    said. expected_loss: sum of chance × `loss_given_default`, every row with an exposure of 1.
    captured: share of all bad rows in this band and the riskier ones. is_in_order: it loses no
    more than the band before. Equal chances fall into bands by their place in `probability`.
    """
    order = np.argsort(-probability, kind="stable")
    n_bad = max(int(outcome.sum()), 1)
    rows, seen, before = [], 0, float("inf")
    for at, part in enumerate(np.array_split(order, min(bands, max(len(order), 1)))):
        if not len(part):
            continue
        gone = int(outcome[part].sum())
        seen += gone
        rate = gone / len(part)
        rows.append(
            {
                "band": at + 1,
                "lowest": float(probability[part].min()),
                "highest": float(probability[part].max()),
                "n": len(part),
                "n_bad": gone,
                "bad_rate": rate,
                "mean_probability": float(probability[part].mean()),
                "expected_loss": float(probability[part].sum()) * loss_given_default,
                "captured": seen / n_bad,
                "is_in_order": rate <= before,
            }
        )
        before = rate
    return pd.DataFrame(rows)
