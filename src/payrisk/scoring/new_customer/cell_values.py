"""What was written in a cell: the plain text of a value, and the number it can only mean."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Texts

UNSAID = frozenset({"", "nan", "na", "n/a", "null", "none"})
"""What counts as missing where a number is expected; elsewhere only nothing at all does."""


TRUTH = {"true": 1.0, "false": 0.0}


_WHOLE = re.compile(r"[+-]?\d+\.0+")


_GROUPED = re.compile(r"([+-]?)[$€£]?(\d{1,3}(?:,\d{3})*(?:\.\d+)?|\d+(?:\.\d+)?)")


def plain_text(value: Any) -> str:
    """A value as the text by which categories are told apart, the same from CSV and Parquet.

    >>> [plain_text(v) for v in (451120, 451120.0, "451120.0", " a ", True, "TRUE", None, "007")]
    ['451120', '451120', '451120', 'a', 'true', 'true', '', '007']
    """
    if is_absent(value):
        return ""
    text = str(value).strip()
    if text.lower() in ("true", "false"):
        return text.lower()
    return text.partition(".")[0] if _WHOLE.fullmatch(text) else text


def plain_column(values: Iterable[Any]) -> Texts:
    """(n,) each value as `plain` text."""
    codes, values_there = pd.factorize(
        pd.Series(list(values), dtype=object), use_na_sentinel=False
    )
    texts: Texts = np.array([plain_text(v) for v in values_there], dtype=object)
    return np.asarray(texts[codes], dtype=object)


def parse_number(text: str) -> float:
    """The number a text says; NaN where it says nothing; raises ValueError for anything else.

    Plain numbers, and money written like $60,000.00: commas before groups of three digits, where
    a currency sign, a decimal point or a second comma shows that they are no decimal commas; true
    and false are 1 and 0.

    >>> parse_number("$60,000.00"), parse_number("-1e3"), parse_number("1,234,567")
    (60000.0, -1000.0, 1234567.0)
    """
    bare = text.strip()
    if bare.lower() in UNSAID:
        return math.nan
    if bare.lower() in TRUTH:
        return TRUTH[bare.lower()]
    try:
        value = float(bare)
    except ValueError:
        match = _GROUPED.fullmatch(bare.replace(" ", ""))
        is_clear = match is not None and (
            "." in bare or bare.count(",") != 1 or any(sign in bare for sign in "$€£")
        )
        if match is None or not is_clear:
            raise ValueError(text) from None
        value = float(match[1] + match[2].replace(",", ""))
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def is_absent(value: Any) -> bool:
    """Whether a cell holds nothing at all."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    return isinstance(value, float) and math.isnan(value)
