"""Cells that need no grammar: whole numbers, yes and no, currency codes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags, Floats, Ints
from payrisk.ledger.importing.reading.cells.text import (
    ParsedColumn,
    Text,
    empty_cells,
    flags_of,
    matches,
)
from payrisk.money import decimals as decimals_of
from payrisk.money import is_currency

PLAIN_NUMBER = r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$"
"""A number as programs write it: a point, no groups."""

_YES = "true t yes y 1 ja oui si sí sim tak wahr vrai verdadero vero prawda ναι"
_NO = "false f no n 0 nein non não nao nie nee nej falsch faux falso fałsz όχι οχι"
_TRUE, _FALSE = _YES.split(), _NO.split()


@lru_cache(maxsize=512)
def exponent(currency: str) -> int | None:
    """Decimals of a currency's minor unit; None for a code that is no currency."""
    return decimals_of(currency) if is_currency(currency) else None


def exponents(currency: Text) -> tuple[Ints, Flags]:
    """(n,) decimals of each row's currency and where the code is empty or unknown."""
    coded = pc.dictionary_encode(currency)
    decimals = [exponent(code) for code in coded.dictionary.to_pylist()] + [None]
    codes = np.asarray(pc.fill_null(coded.indices, len(decimals) - 1)).astype(np.int64)
    table = np.array([0 if e is None else e for e in decimals], dtype=np.int64)
    return table[codes], np.array([e is None for e in decimals], dtype=bool)[codes]


def plain_numbers(text: Text) -> tuple[Floats, Flags]:
    """(n,) float64 of numbers as programs write them and where the text is none."""
    good = matches(text, PLAIN_NUMBER)
    clean = pc.if_else(pa.array(good), text, pa.scalar(None, pa.string()))
    values = np.asarray(pc.fill_null(pc.cast(clean, pa.float64()), 0.0))
    with np.errstate(invalid="ignore"):
        return values, ~good | ~np.isfinite(values)


def counts(text: Text) -> ParsedColumn:
    """Whole numbers from 0 to a million as int64 (3 and 3.0 alike); 0 where empty."""
    value, bad = plain_numbers(text)
    is_empty = empty_cells(text)
    bad = (bad | (value != np.rint(value)) | (value < 0) | (value > 1e6)) & ~is_empty
    values = np.where(bad, 0, value).astype(np.int64)
    return ParsedColumn(values, is_empty, bad, "not a whole number from 0 to 1,000,000")


def flags(text: Text) -> ParsedColumn:
    """Yes and no in the usual spellings as bool; False where empty."""
    low = pc.utf8_lower(text)
    low = pc.replace_substring_regex(low, r"^([01])\.0$", r"\1")
    yes = flags_of(pc.is_in(low, value_set=pa.array(_TRUE)))
    no = flags_of(pc.is_in(low, value_set=pa.array(_FALSE)))
    is_empty = empty_cells(text)
    return ParsedColumn(yes, is_empty, ~yes & ~no & ~is_empty, "neither yes nor no")
