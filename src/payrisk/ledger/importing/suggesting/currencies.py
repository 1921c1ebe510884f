"""The one currency of a file that has no column for it: in its cells, headers or titles."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow.compute as pc

from payrisk.ledger.importing.reading import cells
from payrisk.ledger.importing.reading.cells import Text

_SIGNS = {"€": "EUR", "£": "GBP", "zł": "PLN", "₹": "INR", "R$": "BRL", "CHF": "CHF"}
_CODE = re.compile(r"(?<![A-Za-z])([A-Z]{3})(?![A-Za-z])")
_WORDS = r"(?i)\b(?:currency|ccy|w[äa]hrung|devise|moneda|divisa|valuta|moeda|waluta|νόμισμα)\b"


def currency_of_file(
    headers: Sequence[str], titles: Sequence[str], amounts: Sequence[Text]
) -> str:
    """The code that the marks in a file's cells, amount headers or titles name; '' for none.

    A sign such as $, which several currencies bear, names none.
    """
    marks: set[str] = set()
    for text in amounts:
        hits = pc.unique(pc.replace_substring_regex(text, r"[\d.,'’()\-+\s]", ""))
        marks |= {str(mark) for mark in hits.to_pylist() if mark}
    for found in (_codes(marks), _codes(headers), _titled(titles)):
        if len(found) == 1:
            return found.pop()
        if found:
            return ""
    return ""


def _codes(texts: Sequence[str] | set[str]) -> set[str]:
    out = {code for sign, code in _SIGNS.items() for text in texts if sign in text}
    return out | {hit for text in texts for hit in _CODE.findall(text) if _is_code(hit)}


def _titled(titles: Sequence[str]) -> set[str]:
    """Currencies in titles that speak of one, or that stand alone in a cell beside it."""
    worded = any(re.search(_WORDS, title) for title in titles)
    bracketed = {hit for title in titles for hit in re.findall(r"\(([A-Z]{3})\)", title)}
    alone = {title for title in titles if worded and re.fullmatch(r"[A-Z]{3}", title)}
    beside = [title for title in titles if re.search(_WORDS, title)]
    return {code for code in bracketed | alone if _is_code(code)} | _codes(beside)


def _is_code(code: str) -> bool:
    return code not in _NO_CODES and cells.exponent(code) is not None


_NO_CODES = {"ALL", "TOP", "CUP", "LAK", "GEL", "PEN", "RON", "SOS", "MOP", "TRY", "BAM", "INC"}
"""Codes that are words as well, in capitals as titles are."""
