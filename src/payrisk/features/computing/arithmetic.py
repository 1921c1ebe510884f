"""What terms do with the numbers of other terms: sums, quotients, roots, choices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from payrisk.features.streams.sources import LOG_UNIT


def _divide(a: Any, b: Any) -> Any:
    quotient = np.true_divide(a, b)
    # 0/0 is NaN of itself, so only what is not 0 over 0 is left to mend
    infinite = np.isinf(quotient)
    return np.where(infinite, np.nan, quotient) if infinite.any() else quotient


def _log(a: Any) -> Any:
    return np.where(a >= 1, np.rint(np.log(np.maximum(a, 1)) * LOG_UNIT) / LOG_UNIT, np.nan)


def _payment_runs(after: Any, upto: Any, *shares: Any) -> Any:
    total = 0.0
    for day, share in enumerate(shares):
        # weekday 0 is a Monday and day 0 was a Thursday
        n = np.floor((upto - day + 3) / 7) - np.floor((after - day + 3) / 7)
        total = total + share * n
    return total


ARITHMETIC: dict[str, Callable[..., Any]] = {
    "constant": lambda value: value,
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": _divide,
    "root": lambda a: np.sqrt(np.maximum(a, 0)),
    "log": _log,
    "either": lambda a, b: np.where(np.isnan(a), b, a),
    "choose": lambda which, *among: np.choose(np.asarray(which, dtype=np.int64), among),
    "runs": _payment_runs,
}
"""Operation of a term → the function of its operands, arrays of one length; NaN stays NaN."""
