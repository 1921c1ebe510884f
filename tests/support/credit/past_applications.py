"""A made-up table of past applications, as text, and its mapping."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.learning.new_customer.applications import applications_of
from payrisk.learning.new_customer.mapping import mapping_of

MAPPING = {
    "target": {"column": "outcome", "bad": ["lost"]},
    "columns": {
        "date": "applied_on",
        "numeric": ["score", "debt"],
        "categorical": ["sector"],
        "forbidden": ["loss"],
    },
    "missing": {"score": [-9]},
    "monotone": {"score": "-", "debt": "+"},
}


def made(n=900, seed=0, *, level=-1.6, first="2020-01-01", days=700):
    """n rows: score (some -9, some empty), debt, sector code, date, outcome and what was lost."""
    rng = np.random.default_rng(seed)
    score, debt = rng.normal(600, 60, n).round(1), rng.gamma(2.0, 1.0, n).round(3)
    sector = rng.integers(0, 60, n)
    risk = level - (score - 600) / 50 + 0.5 * (debt - 2) + 0.8 * (sector < 20)
    lost = rng.random(n) < 1 / (1 + np.exp(-risk))
    told = score.astype(str).astype(object)
    told[rng.random(n) < 0.05] = "-9"
    told[rng.random(n) < 0.05] = ""
    dates = pd.Timestamp(first) + pd.to_timedelta(np.sort(rng.integers(0, days, n)), unit="D")
    return pd.DataFrame(
        {
            "outcome": np.where(lost, "lost", "paid"),
            "applied_on": dates.strftime("%Y-%m-%d"),
            "score": told,
            "debt": debt.astype(str),
            "sector": [f"{4100 + 100 * (s // 20) + s:06d}" for s in sector],
            "loss": np.where(lost, rng.integers(1, 900, n), 0).astype(str),
        }
    )


def mapping(**sections):
    """The mapping of `made`, with sections replaced."""
    return mapping_of(MAPPING | sections)


def table(n=900, seed=0, **sections):
    """The table of `made` rows."""
    return applications_of(made(n, seed), mapping(**sections))
