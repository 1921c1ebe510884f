"""Strong models of other houses, each run in its own environment on the same numbers as ours.

    python _outsiders.py NAME NUMBERS.npz CURVES.npy CPU_SECONDS

NUMBERS: learn (n, k) and ask (m, k) inputs, NaN where nothing is known; days (n,) from issue to
payment or to where it is no longer followed, 1 and more; is_paid (n,); width: columns of the
curves. CURVES: (m, width) chance of being paid by day 0, 1, 2 … after issue.
"""

from __future__ import annotations

import importlib
import resource
import sys
from typing import Any

import numpy as np

Array = Any
SEED = 0


def survival_boost(numbers: dict[str, Array]) -> Array:
    """Hazardous' boosted competing risks, one risk (Alberge et al. 2024)."""
    pandas = importlib.import_module("pandas")
    model = importlib.import_module("hazardous").SurvivalBoost(
        n_iter=100, random_state=SEED, show_progressbar=False
    )
    outcome = pandas.DataFrame({"event": numbers["is_paid"], "duration": numbers["days"]})
    model.fit(numbers["learn"], outcome)
    times = np.arange(1, int(numbers["width"]) + 1).astype(float)
    return model.predict_cumulative_incidence(numbers["ask"], times=times)[:, 1]


def _filled(numbers: dict[str, Array]) -> tuple[Array, Array]:
    """The inputs, what is not known as the middle of what is: these models take no gaps."""
    middle = np.nan_to_num(np.nanmedian(numbers["learn"], axis=0))
    learn, ask = (
        np.where(np.isnan(numbers[name]), middle, numbers[name]) for name in ("learn", "ask")
    )
    return learn, ask


def _survival_curves(model: Any, numbers: dict[str, Array]) -> Array:
    outcome = np.array(
        list(zip(numbers["is_paid"].astype(bool), numbers["days"].astype(float), strict=True)),
        dtype=[("is_paid", bool), ("days", float)],
    )
    learn, ask = _filled(numbers)
    model.fit(learn, outcome)
    unpaid = model.predict_survival_function(ask, return_array=True)
    times = np.arange(1, int(numbers["width"]) + 1)
    place = np.searchsorted(model.unique_times_, times, side="right")
    return 1.0 - np.column_stack([np.ones(len(unpaid)), unpaid])[:, place]


def survival_forest(numbers: dict[str, Array]) -> Array:
    """scikit-survival's random survival forest (Ishwaran et al. 2008)."""
    ensemble = importlib.import_module("sksurv.ensemble")
    model = ensemble.RandomSurvivalForest(
        n_estimators=100, min_samples_leaf=15, max_features="sqrt", random_state=SEED
    )
    return _survival_curves(model, numbers)


def boosted_cox(numbers: dict[str, Array]) -> Array:
    """scikit-survival's boosted proportional hazards (Ridgeway 1999)."""
    ensemble = importlib.import_module("sksurv.ensemble")
    model = ensemble.GradientBoostingSurvivalAnalysis(
        n_estimators=150, learning_rate=0.1, max_depth=3, subsample=0.5, random_state=SEED
    )
    return _survival_curves(model, numbers)


def quantile_forest(numbers: dict[str, Array]) -> Array:
    """A quantile forest of the days of what was paid (Meinshausen 2006)."""
    forest = importlib.import_module("quantile_forest").RandomForestQuantileRegressor(
        n_estimators=200, min_samples_leaf=5, max_features=0.5, random_state=SEED
    )
    paid = numbers["is_paid"].astype(bool)
    learn, ask = _filled(numbers)
    forest.fit(learn[paid], numbers["days"][paid].astype(float))
    levels = np.arange(0.01, 1.0, 0.01)
    days = forest.predict(ask, quantiles=levels.tolist())
    times = np.arange(1, int(numbers["width"]) + 1)
    return (days[:, :, None] <= times).mean(axis=1)


MODELS = {
    "survival-boost": survival_boost,
    "survival-forest": survival_forest,
    "boosted-cox": boosted_cox,
    "quantile-forest": quantile_forest,
}


def main() -> None:
    """Learn and ask one model within its seconds of CPU."""
    name, numbers, curves, seconds = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    with np.load(numbers) as stored:
        answer = MODELS[name](dict(stored))
    np.save(curves, np.clip(np.maximum.accumulate(answer, axis=1), 0.0, 1.0).astype(np.float32))


if __name__ == "__main__":
    main()
