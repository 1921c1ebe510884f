"""What the cells of a column show: days, numbers, currencies, ids, words."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow.compute as pc

from payrisk.ledger.importing.reading import cells
from payrisk.ledger.importing.reading.cells import Text, flags_of
from payrisk.ledger.importing.reading.sheet import Sheet

N_LOOKED_AT = 2_000
"""Rows from the top by which a column's kind is told."""

_NUMBER = (
    r"^[(\-+−–]?\s*(?:[A-Z]{3}|[A-Za-z]{0,2}[€$£¥₹]|kr\.?|zł|R\$|CHF)?\s*[(\-+−–]?\s*"
    r"(?:\d[\d.,'’\s\x{00A0}\x{202F}]*|[.,]\d+)\s*[-−)]?\s*"
    r"(?:[A-Z]{3}|[€$£¥₹]|kr\.?|zł|CR|DR|Cr|Dr|S|H|C|D)?\s*[-−)]?$"
)
_KEY = r"^(?:[a-z]{1,4}_)?(?:[0-9a-f-]{10,}|[a-zA-Z0-9]{16,})$"
_FRACTION = r"\d[.,]\d{1,2}(?:\D|$)"


@dataclass(frozen=True)
class ColumnEvidence:
    """Shares, from 0 to 1, of the cells looked at; all but `filled` of those that are filled.

    days: can be read as days. numbers: as amounts. fractions: have decimals. digits: digits only.
    currencies: ISO codes. letters: hold a letter. unique: distinct cells per filled one.
    keys: are long and hexadecimal, or numbers of many digits.
    """

    filled: float
    days: float
    numbers: float
    fractions: float
    digits: float
    currencies: float
    letters: float
    unique: float
    keys: float
    samples: tuple[str, ...]

    @property
    def is_key(self) -> bool:
        """Whether its cells are the keys of a program, which no person would quote."""
        return self.keys >= 0.8

    @property
    def is_day(self) -> bool:
        """Whether its cells are days, and not numbers that could be."""
        return self.days >= 0.8 and (self.numbers < 0.8 or self.digits < 0.8)

    @property
    def is_amount(self) -> bool:
        """Whether its cells are numbers, and not days written with points."""
        return self.numbers >= 0.8 and (self.days < 0.8 or self.digits >= 0.8)


def evidence_of(sheet: Sheet) -> list[ColumnEvidence]:
    """The evidence of each column of a sheet, from its first rows."""
    return [_of_column(sheet, position) for position in range(len(sheet.header))]


def _of_column(sheet: Sheet, position: int) -> ColumnEvidence:
    text = sheet.text(position)[:N_LOOKED_AT]
    n_rows = len(text)
    text = pc.drop_null(text)
    n = len(text)
    if not n:
        return ColumnEvidence(*(0.0,) * 9, ())
    distinct = pc.unique(text)
    return ColumnEvidence(
        filled=n / max(n_rows, 1),
        days=_day_share(text),
        numbers=_share(text, _NUMBER),
        fractions=_share(text, _FRACTION),
        digits=_share(text, r"^\d+(?:\.0+)?$"),
        currencies=float((~cells.exponents(pc.utf8_upper(text))[1]).mean()),
        letters=_share(text, r"\p{L}"),
        unique=len(distinct) / n,
        keys=min(_share(text, _KEY), _share(text, r"[a-z]|\d{15}")),
        samples=tuple(str(cell) for cell in distinct[:3].to_pylist()),
    )


def _share(text: Text, pattern: str) -> float:
    return float(flags_of(pc.match_substring_regex(text, pattern)).mean())


def _day_share(text: Text) -> float:
    """The share of cells that are days in some order; the order may be open."""
    parsed = cells.days(text)
    is_day = ~parsed.bad & ~parsed.empty
    for doubt in parsed.doubts:
        is_day |= doubt.hit
    none = flags_of(pc.match_substring_regex(text, r"^[0/.\- ]+$"))
    return float(is_day[~none].mean()) if (~none).any() else 0.0
