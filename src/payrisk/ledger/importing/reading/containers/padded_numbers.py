"""Padded numbers: cells of a workbook that are shown with more signs than they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PARTS = re.compile(r'"([^"]*)"|\\(.)|(0+)|([-/. ])')


@dataclass(frozen=True)
class PaddedNumberFormat:
    """How a whole number is shown: groups of digits, some of fixed width, and signs between."""

    parts: tuple[tuple[str, int], ...]

    def displayed_text(self, digits: str) -> str:
        """The number as a spreadsheet shows it; what is no whole number as it is.

        >>> PaddedNumberFormat((("INV-", 0), ("", 5))).displayed_text("42")
        'INV-00042'
        """
        if not digits.isdecimal():
            return digits
        width = sum(n for _, n in self.parts)
        rest = digits.zfill(width)
        out: list[str] = []
        for place, (text, n) in enumerate(reversed(self.parts)):
            is_first = not any(w for _, w in self.parts[: len(self.parts) - place - 1])
            cut = 0 if is_first else len(rest) - n
            out.append(rest[cut:] if n else text)
            rest = rest[:cut] if n else rest
        return "".join(reversed(out))


def parse_padded_format(code: str) -> PaddedNumberFormat | None:
    """What a format code says where it is of zeros and fixed signs; None for any other.

    >>> parse_padded_format("0000000")
    PaddedNumberFormat(parts=(('', 7),))
    >>> parse_padded_format("#,##0.00"), parse_padded_format("0")
    (None, None)
    """
    positive = re.sub(r"\[[^\]]*\]", "", code).split(";", 1)[0].strip()
    parts: list[tuple[str, int]] = []
    end = 0
    for hit in _PARTS.finditer(positive):
        if hit.start() != end:
            return None
        end = hit.end()
        parts.append(("", len(hit[3])) if hit[3] else (hit[1] or hit[2] or hit[4] or "", 0))
    width = sum(n for _, n in parts)
    has_signs = any(text.strip() for text, n in parts if not n)
    is_decimal = re.search(r"0\.0", positive) is not None
    if end != len(positive) or is_decimal or width < 1 or (width == 1 and not has_signs):
        return None
    return PaddedNumberFormat(tuple(parts))
