"""The spelling of numbers: sign, side and currency taken off, digits and separators left."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags, Ints
from payrisk.ledger.importing.reading.cells.currency_marks import currencies_of, debit_or_credit
from payrisk.ledger.importing.reading.cells.text import Text, flags_of, matches, plain_characters

_SIMPLE = r"^[+-]?[\d.,]+$"
_MINUSES = r"[\x{2212}\x{2010}-\x{2013}\x{FE63}\x{FF0D}]"
_APOSTROPHES = r"[\x{2018}\x{2019}\x{02BC}\x{2032}\x{00B4}\x{0060}]"
SCIENTIFIC = r"^[+-]?\d+(?:[.,]\d*)?[eE]\+?\d{1,3}$"
"""A number in powers of ten: what a spreadsheet makes of one that does not fit its cell."""

# A cell's shape is the cell with its digits as one 0: few shapes make a column.
_DIGITS = r"\d[\d.,' ]*"
_FIRST_DIGITS = r"^[^\d]*(?P<digits>\d[\d.,' ]*)"
_WORD = r"(?:[^\W\d_]|[$€£¥¢₹₺₽₴₩₫฿₦₱₪₵₸₼₾₡₲₭₮₨])(?:[^\W\d_]|[/$€£¥]){0,7}\.?"
_SHAPE = re.compile(
    rf"(?P<open>\()? *(?P<sign1>[-+])? *(?P<word1>{_WORD})? *(?P<sign2>[-+])? *"
    rf"(?P<word2>{_WORD})? *(?P<lead>[.,])?0 *(?P<sign3>-{{1,2}}|\+)? *"
    rf"(?P<word3>{_WORD})? *(?P<word4>{_WORD})? *(?P<sign4>[-+])? *(?P<close>\))?"
)
_LONGEST = 60  # characters of a shape: what is longer is no number


@dataclass(frozen=True)
class SignedDigits:
    """Numbers without what stands round them.

    digits: (n,) text of digits, points, commas, spaces and apostrophes; null where the cell is
    empty or no number. negative: (n,) bool. foreign: (n,) bool, a currency is named that is not
    the row's.
    """

    digits: Text
    negative: Flags
    foreign: Flags


@dataclass(frozen=True)
class _Shape:
    """What stands round the digits. dash: a minus that may stand where cents would."""

    lead: str
    negative: bool
    dash: str
    currencies: frozenset[str]


def split_signed_digits(
    text: Text, currency: Text | None = None, *, credit_is_negative: bool = True
) -> SignedDigits:
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
    return SignedDigits(digits, negative, foreign)


def _odd(
    text: Text, currency: Text | None, *, credit_is_negative: bool
) -> tuple[Any, Flags, Flags]:
    text = plain_characters(text)
    if pc.all(pc.string_is_ascii(text)).as_py() is False:
        text = pc.replace_substring_regex(text, _MINUSES, "-")
        text = pc.replace_substring_regex(text, _APOSTROPHES, "'")
    text = pc.replace_substring_regex(text, "`", "'")
    texts, codes = _coded(pc.replace_substring_regex(text, _DIGITS, "0"))
    shapes = [_shape(shape, credit_is_negative=credit_is_negative) for shape in texts]
    digits = pc.struct_field(pc.extract_regex(text, _FIRST_DIGITS), "digits")
    digits = pc.utf8_rtrim(digits, " ")
    leads = [shape.lead if shape else "" for shape in shapes]
    if any(leads):
        lead = pa.array(leads, pa.string()).take(pa.array(codes))
        digits = pc.binary_join_element_wise(lead, digits, "")
    good = np.array([shape is not None for shape in shapes], dtype=bool)[codes]
    # `1.234,-` has a dash where its cents would stand; `1.234,50-` has a minus.
    ends_open = matches(digits, r"[.,]$")
    one = np.array([shape is not None and shape.dash == "-" for shape in shapes])[codes]
    two = np.array([shape is not None and shape.dash == "--" for shape in shapes])[codes]
    good &= ~two | ends_open
    below = np.array([shape is not None and shape.negative for shape in shapes])[codes]
    below |= one & ~ends_open
    digits = pc.if_else(pa.array(good), digits, pa.scalar(None, pa.string()))
    return digits, below & good, _foreign(shapes, codes, currency) & good


def _coded(text: Text) -> tuple[list[str], Ints]:
    """Every different text once, '' the last, and (n,) which of them stands in each cell."""
    coded = pc.dictionary_encode(text)
    names = [*coded.dictionary.to_pylist(), ""]
    return names, np.asarray(pc.fill_null(coded.indices, len(names) - 1)).astype(np.int64)


def _shape(text: str, *, credit_is_negative: bool) -> _Shape | None:
    """What a shape says of its digits; None where it is no number's."""
    hit = _SHAPE.fullmatch(text) if len(text) <= _LONGEST else None
    if hit is None or bool(hit["open"]) != bool(hit["close"]):
        return None
    words = [hit[f"word{place}"] for place in (1, 2, 3, 4) if hit[f"word{place}"]]
    sides = [side for word in words if (side := debit_or_credit(word))]
    marks = [currencies for word in words if (currencies := currencies_of(word))]
    dash = hit["sign3"] if hit["sign3"] in ("-", "--") else ""
    signs = [hit[name] for name in ("sign1", "sign2", "sign3", "sign4") if hit[name]]
    n_signs = len(signs) + len(sides) + bool(hit["open"])
    has_strange = len(sides) + len(marks) < len(words)
    # A dash for cents may stand beside a sign; whether it is one, the digits tell.
    if has_strange or len(marks) > 1 or n_signs > (2 if dash else 1):
        return None
    if dash == "-" and n_signs == 2:
        dash = "--"
    below = "debit" if not credit_is_negative else "credit"
    negative = bool(hit["open"]) or below in sides
    negative |= any(hit[name] == "-" for name in ("sign1", "sign2", "sign4"))
    return _Shape(hit["lead"] or "", negative, dash, marks[0] if marks else frozenset())


def _foreign(shapes: list[_Shape | None], codes: Ints, currency: Text | None) -> Flags:
    """(n,) where a cell names currencies and the row's is none of them."""
    if currency is None:
        return np.zeros(len(codes), dtype=bool)
    names, row = _coded(currency)
    named = [shape.currencies if shape else frozenset() for shape in shapes]
    other = [[bool(c) and bool(name) and name not in c for name in names] for c in named]
    return np.array(other, dtype=bool)[codes, row]
