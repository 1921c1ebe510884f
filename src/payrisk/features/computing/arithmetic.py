"""Arithmetic: what terms do with their numbers, for blocks and, bit for bit alike, for one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from payrisk.features.streams.sources import LOG_UNIT

NAN = float("nan")


def _divide(a: Any, b: Any) -> Any:
    found = np.true_divide(a, b)
    # 0/0 is NaN of itself, so only what is not 0 over 0 is left to mend
    infinite = np.isinf(found)
    return np.where(infinite, NAN, found) if infinite.any() else found


def _log(a: Any) -> Any:
    return np.where(a >= 1, np.rint(np.log(np.maximum(a, 1)) * LOG_UNIT) / LOG_UNIT, NAN)


def _runs(after: Any, upto: Any, *shares: Any) -> Any:
    total = 0.0
    for day, share in enumerate(shares):
        # weekday 0 is a Monday and day 0 was a Thursday
        n = np.floor((upto - day + 3) / 7) - np.floor((after - day + 3) / 7)
        total = total + share * n
    return total


BLOCKS: Mapping[str, Callable[..., Any]] = {
    "constant": lambda value: value,
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": _divide,
    "root": lambda a: np.sqrt(np.maximum(a, 0)),
    "log": _log,
    "either": lambda a, b: np.where(np.isnan(a), b, a),
    "choose": lambda which, *among: np.choose(np.asarray(which, dtype=np.int64), among),
    "runs": _runs,
}
"""For arrays of one length. What is NaN goes in and comes out as NaN."""


def _divide_one(a: float, b: float) -> float:
    return float(a) / float(b) if b else NAN


def _log_one(a: float) -> float:
    # numpy's logarithm, as in the blocks: the C library's may differ in the last bit
    return float(np.rint(np.log(np.float64(a)) * LOG_UNIT) / LOG_UNIT) if a >= 1 else NAN


def _at_least_one(limit: float, a: float) -> float:
    return a if a != a or a > limit else limit


ONE: Mapping[str, Callable[..., Any]] = {
    "constant": lambda value: value,
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": _divide_one,
    "root": lambda a: math.sqrt(_at_least_one(0.0, a)),
    "log": _log_one,
    "either": lambda a, b: b if a != a else a,
    "choose": lambda which, *among: among[int(which)],
    "runs": lambda *numbers: float(_runs(*numbers)),
}
"""For plain numbers, twenty times faster than arrays of length one."""
