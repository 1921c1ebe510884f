"""Cells changed about: an id that looks like what another column holds, and not like its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags
from payrisk.ledger.importing.reading.cells import Text, flags_of

CHANGED_ABOUT = (
    "shaped like what another column of the file holds, or with spaces, unlike the rest"
)

_COLUMNS = ("invoice_id", "credit_id", "customer_id", "amount")
_ENOUGH = 20  # rows below which a column has no shape of its own
_SAMPLE = 2_000
_USUAL, _RARE = 0.75, 0.2
_AMOUNT = re.compile(r"\d[\d'., \u00a0\u202f]*[.,]\d{2}")


def swapped_cells(texts: Mapping[str, Text]) -> dict[str, Flags]:
    """(n,) cells of each id column that have the usual shape of another column, not of theirs.

    A shape is the text with every run of digits and of letters made one sign. Only where three of
    four cells of either column share a shape, and no more than one in five differs so.
    """
    shapes = {name: shape for name in _COLUMNS if name in texts and (shape := _usual(texts[name]))}
    out = {}
    for name, shape in shapes.items():
        others = {other for other in shapes.values() if other != shape}
        if name == "amount" or (not others and "amount" not in texts):
            continue
        odd = pc.invert(pc.match_substring_regex(texts[name], _pattern(shape)))
        places = np.flatnonzero(flags_of(odd))
        if not len(places) or len(places) > _RARE * len(texts[name]):
            continue
        cells = texts[name].take(pa.array(places)).to_pylist()
        hit = np.zeros(len(texts[name]), dtype=bool)
        hit[places[[_is_other(cell, shape, others) for cell in cells]]] = True
        if hit.any():
            out[name] = hit
    return out


def _is_other(cell: str | None, shape: str, others: set[str]) -> bool:
    if cell is None:
        return False
    has_space = any(sign.isspace() for sign in cell) and " " not in shape
    return _shape(cell) in others or has_space or _AMOUNT.fullmatch(cell) is not None


def _shape(text: str) -> str:
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d+", "9", text))


def _pattern(shape: str) -> str:
    signs = {"9": r"\d+", "A": r"\pL+"}
    return "^" + "".join(signs.get(sign, re.escape(sign)) for sign in shape) + "$"


def _usual(text: Text) -> str:
    """The shape that nearly all cells of a column have; '' where there is none."""
    filled = text.drop_null()
    if len(filled) < _ENOUGH:
        return ""
    step = max(1, len(filled) // _SAMPLE)
    sample = filled.take(pa.array(np.arange(0, len(filled), step))).to_pylist()
    shape, n = Counter(map(_shape, sample)).most_common(1)[0]
    return shape if n >= _USUAL * len(sample) else ""
