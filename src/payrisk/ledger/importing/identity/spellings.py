"""Spellings of an id: what a spreadsheet or another export makes of the same number."""

from __future__ import annotations

import re
from typing import Any

import pyarrow.compute as pc

Text = Any  # pa.Array of strings

_UNSEEN = r"[\x00-\x1f\x7f\x{00AD}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2069}\x{FEFF}]"
_DASHES = r"[\x{2010}-\x{2015}\x{2212}\x{2043}\x{FE58}\x{FE63}\x{FF0D}\x{058A}\x{02D7}]"
_MARKS_BEFORE = r"^['\x{2018}\x{2019}\x{02BC}`\x{00B4}]+"
_MONTHS = (
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "jan feb mär apr mai jun jul aug sep okt nov dez",
    "janv févr mars avr mai juin juil août sept oct nov déc",
    "ene feb mar abr may jun jul ago sep oct nov dic",
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "jan fev mar abr mai jun jul ago set out nov dez",
    "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    "jan feb mar apr maj jun jul aug sep okt nov dec",
    "ιαν φεβ μαρ απρ μαϊ ιουν ιουλ αυγ σεπ οκτ νοε δεκ",
)
_MONTH_OF = {word: place + 1 for names in _MONTHS for place, word in enumerate(names.split())} | {
    "mrz": 3,
    "sept": 9,
    "fév": 2,
    "maa": 3,
}
_DAY_MONTH = re.compile(r"(\d{1,2})\.?[ /-]*([^\W\d_]{3,9})\.?(?:[ /-]*(\d{2}|\d{4}))?")
_MONTH_NUMBER = re.compile(r"([^\W\d_]{3,9})\.?[ /-]*(\d{1,2}|\d{4})")
_DATE = re.compile(
    r"(?:(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{1,2})[./-](\d{1,2})[./-](\d{4}))"
    r"(?:[ T]00:00(?::00)?)?"
)


def exact_keys(ids: Text) -> Text:
    """(n,) each id without what no one sees or types: two with one key are surely the same id.

    Wide and narrow signs, kinds of dashes and spaces, marks that make a cell text (`'0012`,
    `="0012"`), and the `.0` of a number that a program took for one.
    """
    keys = ids
    if pc.all(pc.string_is_ascii(ids)).as_py() is False:
        keys = pc.utf8_normalize(keys, form="NFKC")
        keys = pc.replace_substring_regex(keys, _DASHES, "-")
    keys = without_text_marks(pc.replace_substring_regex(keys, _UNSEEN, ""))
    keys = pc.replace_substring_regex(keys, r"^(\d+)[.,]0{1,2}$", r"\1")
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(keys, r"\s+", " "))


def without_text_marks(ids: Text) -> Text:
    """(n,) each id without the signs by which a cell is made a text: `="0012"`, `'0012`."""
    bare = pc.replace_substring_regex(ids, r'^="?([^"]*)"?$', r"\1")
    return pc.replace_substring_regex(bare, _MARKS_BEFORE, "")


def alike_keys(ids: Text) -> Text:
    """(n,) each id as its runs of letters and digits: two with one key look much the same.

    Case, signs between the runs, leading zeros of a run and groups of thousands make no
    difference.

    >>> import pyarrow as pa
    >>> alike_keys(pa.array(["INV-007", "inv 7", "RE2026/0012", "1,001"])).to_pylist()
    ['inv 7', 'inv 7', 're 2026 12', '1001']
    """
    keys = exact_keys(ids)
    keys = pc.if_else(
        pc.match_substring_regex(keys, r"^\d{1,3}(?:[., ']\d{3})+(?:[.,]00?)?$"),
        pc.replace_substring_regex(
            pc.replace_substring_regex(keys, r"[.,]00?$", ""), r"[^\d]", ""
        ),
        keys,
    )
    keys = pc.utf8_lower(keys)
    keys = pc.replace_substring_regex(keys, r"(\pN)(\pL)", r"\1 \2")
    keys = pc.replace_substring_regex(keys, r"(\pL)(\pN)", r"\1 \2")
    keys = pc.replace_substring_regex(keys, r"[^\pL\pN]+", " ")
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(keys, r"(^| )0+(\d)", r"\1\2"))


def date_keys(text: str) -> tuple[str, ...]:
    """The keys that an id may have had before a spreadsheet read a date in it; () = no date.

    >>> date_keys("03. Okt")
    ('3 10', '10 3')
    """
    bare = text.strip().lower()
    if hit := _DATE.fullmatch(bare):
        year, month, day = (hit[1], hit[2], hit[3]) if hit[1] else (hit[6], hit[5], hit[4])
        swapped = () if hit[1] else _of(int(month), int(day), year)
        return tuple(dict.fromkeys((*_of(int(day), int(month), year), *swapped)))
    if (hit := _DAY_MONTH.fullmatch(bare)) and (month := _month(hit[2])):
        return _of(int(hit[1]), month, hit[3] or "")
    if (hit := _MONTH_NUMBER.fullmatch(bare)) and (month := _month(hit[1])):
        number = int(hit[2])
        years = (number, number + 2000) if number < 100 else (number,)
        return tuple(key for y in years for key in (f"{month} {y}", f"{y} {month}"))
    return ()


def _of(day: int, month: int, year: str) -> tuple[str, ...]:
    """The keys of a day, of whose parts the year, or the first of a month, may be made up."""
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return ()
    keys = [f"{day} {month}", f"{month} {day}"]
    for spelled in dict.fromkeys((year, year[-2:].lstrip("0"))) if year else ():
        keys += [f"{day} {month} {spelled}", f"{month} {day} {spelled}"]
        keys += [f"{spelled} {month} {day}"]
        keys += [f"{month} {spelled}", f"{spelled} {month}"] if day == 1 else []
    return tuple(dict.fromkeys(keys))


def _month(word: str) -> int:
    """The number of a month by its name or the beginning of it; 0 = none."""
    return next((_MONTH_OF[word[:n]] for n in (5, 4, 3) if word[:n] in _MONTH_OF), 0)
