"""Amounts as whole minor units and rates as floats, a whole column at a time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags, Floats, Ints
from payrisk.ledger.importing.reading.cells.number_grammar import NumberGrammar, plain_column
from payrisk.ledger.importing.reading.cells.plain import PLAIN_NUMBER, plain_numbers
from payrisk.ledger.importing.reading.cells.spelling import SCIENTIFIC, split_signed_digits
from payrisk.ledger.importing.reading.cells.text import (
    Doubt,
    ParsedColumn,
    Text,
    empty_cells,
    matches,
)

TOLD_BY_CELLS = NumberGrammar()
LARGEST = 10**15
"""Largest amount in minor units: below it float64 carries every cent exactly."""

_TINY = r"^[+-]?\d+(?:\.\d*)?[eE]-\d{1,3}$"


def minor_units(
    text: Text,
    decimals: Ints,
    *,
    grammar: NumberGrammar = TOLD_BY_CELLS,
    divide_by: Floats | None = None,
    currency: Text | None = None,
    typed: Flags | None = None,
    credit_is_negative: bool = True,
) -> ParsedColumn:
    """Amounts in major units as int64 minor units, exact to the last one.

    decimals: (n,) of each row's currency. Below `LARGEST` minor units the float product is less
    than half a unit off, so rounding it is exact for every text with no more decimals than the
    currency has. A text with more of them is float noise if it lies within 1e-6 of a minor unit
    (2309.7899999999995): rounded half to even and marked `repaired`; otherwise it is bad.
    grammar: what the mapping says of numbers, beyond which the column's cells tell.
    divide_by: (n,) rates by which a converted amount is turned back. currency: (n,) codes, held
    against a currency in the cell. typed: (n,) cells that a program wrote as numbers.
    credit_is_negative: what a CR beside an amount means.
    """
    plain, doubts, foreign = _plain_text(
        text, decimals, grammar, currency, typed, credit_is_negative=credit_is_negative
    )
    value, bad = plain_numbers(plain)
    if divide_by is not None:
        value = value / divide_by
    # Tested before the product: a huge amount must be bad, not an overflow.
    too_large = np.abs(value) > LARGEST
    scaled = np.where(bad | too_large, 0.0, value) * 10.0**decimals
    too_large |= np.abs(scaled) > LARGEST
    nearest = np.rint(np.where(too_large, 0.0, scaled))
    too_fine = _n_decimals(plain) > decimals
    if divide_by is not None:
        too_fine |= divide_by != 1.0
    slack = np.maximum(1e-6, 4 * np.finfo(float).eps * np.abs(scaled))
    off = too_fine & (np.abs(scaled - nearest) > slack) & ~too_large
    is_empty = empty_cells(text)
    sign = f"decimal sign '{grammar.sign}', " if grammar.sign else ""
    fine = "no more decimals than the currency has" if off.any() else ""
    limits = f"{sign}{fine}".rstrip(", ")
    why = f"not an amount ({limits})" if limits else "not an amount"
    unread = (bad | too_large | off | foreign) & ~is_empty
    if too_large.any() and not (unread & ~too_large).any():
        why = "larger than an amount can be here (10,000,000,000,000.00)"
    return ParsedColumn(
        nearest.astype(np.int64),
        is_empty,
        unread,
        why,
        repaired=too_fine & ~off & ~bad & ~too_large & ~is_empty & ~foreign,
        doubts=tuple(doubts),
    )


def _plain_text(
    text: Text,
    decimals: Ints,
    grammar: NumberGrammar,
    currency: Text | None,
    typed: Flags | None,
    *,
    credit_is_negative: bool,
) -> tuple[Text, list[Doubt], Flags]:
    """The column in plain form, null where it is no number; its doubts; foreign currencies."""
    by_program = np.zeros(len(text), dtype=bool) if typed is None else typed
    # 1e-05 is how programs write next to nothing; no digit is lost in it.
    by_program = (by_program & matches(text, PLAIN_NUMBER)) | matches(text, _TINY)
    people = pc.if_else(pa.array(by_program), pa.scalar(None, pa.string()), text)
    spelt = split_signed_digits(people, currency, credit_is_negative=credit_is_negative)
    read = plain_column(spelt.digits, decimals, grammar)
    signed = pc.binary_join_element_wise(
        pc.if_else(pa.array(spelt.negative), "-", ""), read.text, ""
    )
    doubts = list(read.doubts)
    if spelt.foreign.any():
        why = "has cells that name another currency than their row; correct one of the two"
        doubts.append(Doubt("other_currency", why, spelt.foreign))
    scientific = matches(people, SCIENTIFIC)
    if scientific.any():
        why = (
            "has cells in powers of ten (1.23E+05), whose last digits are lost; export them again"
        )
        doubts.append(Doubt("scientific", why, scientific))
    return pc.if_else(pa.array(by_program), text, signed), doubts, spelt.foreign


def _n_decimals(text: Text) -> Ints:
    """(n,) digits after the point, trailing zeros not counted; many where there is an exponent."""
    point = pc.find_substring(text, ".")
    stripped = pc.if_else(pc.greater_equal(point, 0), pc.utf8_rtrim(text, "0"), text)
    point = np.asarray(pc.fill_null(point, -1)).astype(np.int64)
    length = np.asarray(pc.fill_null(pc.utf8_length(stripped), 0)).astype(np.int64)
    scientific = matches(text, "[eE]")
    return np.where(scientific, 99, np.where(point < 0, 0, length - 1 - point))


def rates(
    text: Text,
    *,
    is_share: bool = False,
    grammar: NumberGrammar = TOLD_BY_CELLS,
    typed: Flags | None = None,
) -> ParsedColumn:
    """Numbers as float64, from 0 to 1 if they are shares; 2% is 0.02; NaN where empty."""
    # A rate may have any number of decimals, three among them.
    fine = np.full(len(text), 3, dtype=np.int64)
    hundredths = matches(text, r"\d *%$")
    text = pc.replace_substring_regex(text, " *%$", "")
    by_program = matches(text, r"[eE]") if typed is None else typed | matches(text, r"[eE]")
    people = pc.if_else(pa.array(by_program), pa.scalar(None, pa.string()), text)
    read = plain_column(pc.replace_substring_regex(people, "^[+-]", ""), fine, grammar)
    minus = pc.if_else(pc.starts_with(people, "-"), "-", "")
    plain = pc.if_else(
        pa.array(by_program), text, pc.binary_join_element_wise(minus, read.text, "")
    )
    value, bad = plain_numbers(plain)
    value = np.where(hundredths, value / 100.0, value)
    is_empty = empty_cells(text)
    sign = f" (decimal sign '{grammar.sign}')" if grammar.sign else ""
    why = f"not a number{sign}"
    if is_share:
        bad |= (value < 0) | (value > 1)
        why = f"not a number from 0 to 1{sign}"
    values = np.where(is_empty | bad, np.nan, value)
    return ParsedColumn(values, is_empty, bad & ~is_empty, why, doubts=tuple(read.doubts))
