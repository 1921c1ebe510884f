"""A column of text cells, and what reading it gives: values, empty cells, bad cells, doubts."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags

Text = Any  # pa.Array of strings, null = empty cell

# Spaces of every width become the plain one.
_SPACES = r"[\x{00A0}\x{1680}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}\t]"


_OPEN_CELL = {
    "number_grammar": "not read while the column leaves its decimal sign open",
    "other_currency": "in another currency than its row",
    "scientific": "a number whose last digits are lost",
    "date_order": "not read while the column leaves the order of day and month open",
    "date_serial": "a bare number among dates",
    "time_zone": "another day in another time zone",
}


@dataclass(frozen=True)
class Doubt:
    """What a whole column leaves open: the cells it concerns and how the mapping would end it.

    hit: (n,) bool. why: what is open, and the setting that says it; it follows the field's name.
    is_read: whether the cells are read all the same, in the way that `why` names.
    """

    code: str
    why: str
    hit: Flags
    is_read: bool = False

    @property
    def of_cell(self) -> str:
        """What one of the cells is; it follows 'is'."""
        return _OPEN_CELL[self.code]


@dataclass(frozen=True)
class ParsedColumn:
    """One column read: values (n,), which cells were empty, which could not be understood.

    `why` says in words what a bad cell is not; `repaired` marks values that were rounded;
    `doubts` say what the column as a whole leaves open; `order` is that of its dates, where they
    tell one.
    """

    values: Any
    empty: Flags
    bad: Flags
    why: str
    repaired: Flags | None = None
    doubts: tuple[Doubt, ...] = ()
    order: str = ""


_UNSEEN = (
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{00AD}\x{200B}-\x{200F}\x{202A}-\x{202E}"
    r"\x{2060}\x{2066}-\x{2069}\x{FEFF}]"
)
"""Control signs, marks of direction and signs of no width, which exports leave in cells."""


_OTHER_DIGITS = [*filter(str.isdecimal, map(chr, range(0x80, 0x1FBFA)))]
_DIGITS = {
    str(digit): "".join(sign for sign in _OTHER_DIGITS if unicodedata.digit(sign) == digit)
    for digit in range(10)
}
"""The digits of other scripts (Arabic, Persian, Devanagari, full width, …) by the plain one."""


def strip_cells(text: Text, empty_words: Sequence[str] = ()) -> Text:
    """The column without outer spaces and signs that nobody sees; an empty cell becomes null.

    empty_words: further texts that stand for an empty cell.
    """
    text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, _UNSEEN, ""))
    is_empty = pc.equal(text, "")
    if empty_words:
        is_empty = pc.or_(is_empty, pc.is_in(text, value_set=pa.array(list(empty_words))))
    return pc.if_else(is_empty, pa.scalar(None, pa.string()), text)


def combine_chunks(column: Any) -> Text:
    """The chunks of an arrow column as one array."""
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def flags_of(condition: Text) -> Flags:
    """An arrow condition as (n,) bool; null counts as false."""
    return np.asarray(pc.fill_null(condition, False)).astype(bool)


def empty_cells(text: Text) -> Flags:
    """(n,) bool: where the cell is empty."""
    return np.asarray(pc.is_null(text)).astype(bool)


def matches(text: Text, pattern: str) -> Flags:
    """(n,) bool: where the pattern (RE2) occurs; an empty cell has none."""
    return flags_of(pc.match_substring_regex(text, pattern))


def plain_characters(text: Text) -> Text:
    """The column with spaces as ' ', digits of every script as 0 to 9, and no unseen signs."""
    if pc.all(pc.string_is_ascii(text)).as_py() is not False:
        return text
    text = pc.replace_substring_regex(text, _SPACES, " ")
    text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, _UNSEEN, ""))
    if not pc.any(pc.match_substring_regex(text, f"[{''.join(_DIGITS.values())}]")).as_py():
        return text
    for sign, others in (_DIGITS | {".": "٫．", ",": "٬，"}).items():
        text = pc.replace_substring_regex(text, f"[{others}]", sign)
    return text
