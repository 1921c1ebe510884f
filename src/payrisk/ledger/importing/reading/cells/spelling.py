"""The spelling of numbers: sign, side and currency taken off, digits and separators left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags, Ints
from payrisk.ledger.importing.reading.cells.currency_marks import currencies_of, side_of
from payrisk.ledger.importing.reading.cells.text import Text, flags_of, matches, plain_spaces

_SIMPLE = r"^[+-]?[\d.,]+$"
_MINUSES = r"[\x{2212}\x{2010}-\x{2013}\x{FE63}\x{FF0D}]"
_APOSTROPHES = r"[\x{2018}\x{2019}\x{02BC}\x{2032}\x{00B4}\x{0060}]"
_WORD = r"[\pL\p{Sc}][\pL\p{Sc}/]{0,7}\.?"
_SPELT = (
    r"^(?P<open>\()? *(?P<sign1>[-+])? *(?P<word1>" + _WORD + r")? *(?P<sign2>[-+])? *"
    r"(?P<word2>" + _WORD + r")? *"
    r"(?P<digits>\d[\d.,' ]*|[.,]\d+) *(?P<sign3>-{1,2}|\+)? *"
    r"(?P<word3>" + _WORD + r")? *(?P<word4>" + _WORD + r")? *(?P<sign4>[-+])? *(?P<close>\))?$"
)
SCIENTIFIC = r"^[+-]?\d+(?:[.,]\d*)?[eE]\+?\d{1,3}$"
"""A number in powers of ten: what a spreadsheet makes of one that does not fit its cell."""


@dataclass(frozen=True)
class Spelling:
    """Numbers without what stands round them.

    digits: (n,) text of digits, points, commas, spaces and apostrophes; null where the cell is
    empty or no number. negative: (n,) bool. foreign: (n,) bool, a currency is named that is not
    the row's.
    """

    digits: Text
    negative: Flags
    foreign: Flags


def spelling(
    text: Text, currency: Text | None = None, *, credit_is_negative: bool = True
) -> Spelling:
    """Take sign, side (CR, DR, S, H) and currency off every number.

    currency: (n,) codes of the rows, against which a currency in the cell is held; None = any.
    credit_is_negative: whether the credit side is below zero (it is for a claim, it is not for a
    payment). A cell with two signs, or with a word that is neither, is no number.
    """
    is_simple = matches(text, _SIMPLE)
    negative = flags_of(pc.starts_with(text, "-"))
    digits = pc.if_else(
        pa.array(is_simple), pc.utf8_ltrim(text, "+-"), pa.scalar(None, pa.string())
    )
    foreign = np.zeros(len(text), dtype=bool)
    odd = ~is_simple & np.asarray(pc.is_valid(text)).astype(bool)
    if odd.any():
        mask = pa.array(odd)
        rows = None if currency is None else currency.filter(mask)
        bare, odd_negative, odd_foreign = _odd(
            text.filter(mask), rows, credit_is_negative=credit_is_negative
        )
        digits = pc.replace_with_mask(digits, mask, bare)
        negative[odd], foreign[odd] = odd_negative, odd_foreign
    return Spelling(digits, negative, foreign)


def _odd(
    text: Text, currency: Text | None, *, credit_is_negative: bool
) -> tuple[Any, Flags, Flags]:
    text = plain_spaces(text)
    if pc.all(pc.string_is_ascii(text)).as_py() is False:
        text = pc.replace_substring_regex(text, _MINUSES, "-")
    text = pc.replace_substring_regex(text, _APOSTROPHES, "'")
    parts = pc.extract_regex(text, _SPELT)
    part = {name: pc.struct_field(parts, name) for name in _GROUPS}
    digits = pc.utf8_rtrim(part["digits"], " ")
    # `1.234,-` has a dash where its cents would stand: no minus.
    no_cents = matches(digits, r"[.,]$") & matches(part["sign3"], "^-{1,2}$")
    minus, plus = np.zeros(len(text), dtype=np.int64), np.zeros(len(text), dtype=np.int64)
    for name in ("sign1", "sign2", "sign3", "sign4"):
        minus += matches(part[name], "^-")
        plus += matches(part[name], r"^\+")
    minus -= no_cents
    opened, closed = matches(part["open"], "."), matches(part["close"], ".")
    double = matches(part["sign3"], "^--$") & ~no_cents
    words = [_coded(part[name]) for name in ("word1", "word2", "word3", "word4")]
    sides = _count(words, lambda word: side_of(word) != "")
    credits = _count(words, lambda word: side_of(word) == "credit")
    marks = _count(words, lambda word: bool(currencies_of(word)))
    strange = _count(words, lambda word: not side_of(word) and not currencies_of(word))
    signs = minus + plus + opened + sides
    bad = (signs > 1) | (opened != closed) | (marks > 1) | (strange > 0) | double
    below = (minus > 0) | opened
    below |= (credits > 0) if credit_is_negative else (sides > credits)
    digits = pc.if_else(pa.array(bad), pa.scalar(None, pa.string()), digits)
    return digits, below & ~bad, _foreign(words, currency) & ~bad


_GROUPS = (
    *("open", "sign1", "word1", "sign2", "word2", "digits"),
    *("sign3", "word3", "word4", "sign4", "close"),
)
_Words = tuple[list[str], Ints]


def _coded(word: Text) -> _Words:
    """Every word once, '' the last, and (n,) which of them stands in each cell."""
    coded = pc.dictionary_encode(word)
    names = [*coded.dictionary.to_pylist(), ""]
    return names, np.asarray(pc.fill_null(coded.indices, len(names) - 1)).astype(np.int64)


def _count(words: list[_Words], has: Callable[[str], bool]) -> Ints:
    """(n,) how many of a cell's words are of a kind."""
    total = sum(np.array([w != "" and has(w) for w in names])[codes] for names, codes in words)
    return np.asarray(total, dtype=np.int64) if len(words) else np.zeros(0, dtype=np.int64)


def _foreign(words: list[_Words], currency: Text | None) -> Flags:
    out = np.zeros(len(words[0][1]), dtype=bool)
    if currency is None:
        return out
    codes, row = _coded(currency)
    for names, place in words:
        known = [i for i, name in enumerate(names) if name and currencies_of(name)]
        for i in known:
            here = place == i
            meant = np.array([not code or code in currencies_of(names[i]) for code in codes])
            out[here] |= ~meant[row[here]]
    return out
