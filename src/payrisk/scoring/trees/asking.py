"""Trees asked through LightGBM's C library itself: its own numbers, without what Python adds."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from payrisk.arrays import Floats

Kind = Literal["chance", "raw", "contributions"]
"""What is asked: the objective's own scale, the raw score, or what each input adds to that."""

_KINDS: dict[Kind, ctypes.c_int] = {
    "chance": ctypes.c_int(0),
    "raw": ctypes.c_int(1),
    "contributions": ctypes.c_int(3),
}
_FLOAT32, _FLOAT64, _ROW_MAJOR = ctypes.c_int(0), ctypes.c_int(1), ctypes.c_int(1)
_FIRST, _EVERY = ctypes.c_int(0), ctypes.c_int(-1)
_SETTINGS = ctypes.c_char_p(b"num_threads=1")


class _Library(NamedTuple):
    """The function that predicts, and the one that says what went wrong."""

    predict: Any
    last_error: Any


@lru_cache(maxsize=1)
def _library() -> _Library:
    from lightgbm import basic

    library: Any = vars(basic)["_LIB"]
    return _Library(library.LGBM_BoosterPredictForMat, library.LGBM_GetLastError)


def ask_trees(booster: Any, values: npt.NDArray[Any], kind: Kind = "raw") -> Floats:
    """(n,) what a booster of one class says of rows; of contributions (n, features + 1).

    The same call as `Booster.predict` makes in the end, and so the same bits, on one thread.
    Raises ValueError where LightGBM refuses the rows.
    """
    dtype = np.float32 if values.dtype == np.float32 else np.float64
    rows = np.ascontiguousarray(values, dtype=dtype)
    n, width = rows.shape
    out = np.empty((n, width + 1) if kind == "contributions" else n)
    if not n:
        return out
    size = ctypes.c_int64(0)
    library = _library()
    failed = library.predict(
        booster._handle,  # noqa: SLF001 - its wrapper costs more than the trees of a few rows
        ctypes.c_void_p(rows.ctypes.data),
        _FLOAT32 if dtype == np.float32 else _FLOAT64,
        ctypes.c_int32(n),
        ctypes.c_int32(width),
        _ROW_MAJOR,
        _KINDS[kind],
        _FIRST,
        _EVERY,
        _SETTINGS,
        ctypes.byref(size),
        ctypes.c_void_p(out.ctypes.data),
    )
    if failed:
        raise ValueError(library.last_error().decode())
    return out


def mean_raw_score(boosters: list[Any], values: npt.NDArray[Any]) -> Floats:
    """(n,) mean raw score over some boosters; 0 without any."""
    total = np.zeros(len(values))
    for booster in boosters:
        total += ask_trees(booster, values)
    return total / max(len(boosters), 1)
