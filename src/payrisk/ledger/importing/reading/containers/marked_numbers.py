"""Marked numbers: cells of a workbook that are shown as per cent, in a currency or on a side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from payrisk.ledger.importing.reading.cells.currency_marks import currencies_of, debit_or_credit

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_THOUSANDTHS = re.compile(r"-?\d{1,3}\.\d{3}")
_SECTION_END = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_LITERAL = re.compile(r'"([^"]*)"|\[\$([^\]-]+)[^\]]*\]|\\(.)|([$€£¥₹₺₽₴₩₫฿₦₱₪₵₸₼₾])')
_NOT_SHOWN = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|[_*].')


@dataclass(frozen=True)
class MarkedNumberFormat:
    """What a number format says of its numbers: above and below zero, one mark each.

    A mark is "%", a currency or a side (CR, DR); "" where the format says none.
    """

    above: str
    below: str

    def displayed_text(self, number: str) -> str:
        """The number with its mark, as a spreadsheet shows it; what is no number as it is.

        >>> MarkedNumberFormat("USD", "USD").displayed_text("1000.5")
        '1000.5 USD'
        """
        mark = self.below if number.startswith("-") else self.above
        if not mark or not _NUMBER.fullmatch(number):
            return number
        if mark == "%":
            return f"{(Decimal(number) * 100).normalize():f}%"
        # Three decimals would be taken for thousands where a person wrote them.
        exact = f"{number}0" if _THOUSANDTHS.fullmatch(number) else number
        return f"{exact} {mark}"


def parse_marked_format(code: str) -> MarkedNumberFormat | None:
    """What a format code says of money and shares; None for any other.

    >>> parse_marked_format("#,##0.00 [$€-407]")
    MarkedNumberFormat(above='€', below='€')
    >>> parse_marked_format('0.00" Cr"'), parse_marked_format("0.00%")
    (MarkedNumberFormat(above='Cr', below='Cr'), MarkedNumberFormat(above='%', below='%'))
    >>> parse_marked_format("#,##0.00"), parse_marked_format("yyyy-mm-dd")
    (None, None)
    """
    sections = _SECTION_END.split(code)
    marks = [_mark(section) for section in sections[:2]]
    return MarkedNumberFormat(marks[0], marks[-1]) if any(marks) else None


def _mark(section: str) -> str:
    bare = _NOT_SHOWN.sub("", section)
    if not re.search(r"[0#?]", bare):
        return ""  # a format of days or texts
    if "%" in bare:
        return "%"
    words = [next(filter(None, hit), "").strip() for hit in _LITERAL.findall(section)]
    known = {word for word in words if word and (currencies_of(word) or debit_or_credit(word))}
    return known.pop() if len(known) == 1 else ""
