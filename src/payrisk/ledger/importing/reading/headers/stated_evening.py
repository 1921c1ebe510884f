"""The evening that the title of a list names, beside the one for which it is imported."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import pyarrow as pa

from payrisk.calendar import iso
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.importing.reading.cells import days
from payrisk.ledger.importing.reading.headers.bare_words import fold_text

DATE = (
    r"\d{4}-\d{2}-\d{2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|"
    r"\d{1,2}\.?\s+(?:de\s+)?[^\W\d_]+\.?,?\s+(?:de\s+)?\d{4}|[^\W\d_]+\s+\d{1,2},?\s+\d{4}"
)
_AS_OF = re.compile(
    r"\b(?:as (?:of|at)|stichtag|stand|per(?: den)?|zum|arrete au|situation au|au|al"
    rf"|a fecha(?: de)?|em|na dzien|stan na|pr\.?|peildatum|στισ)[\s:;,]+({DATE})(?!\w)"
)


def stated_evenings(titles: Sequence[str], formats: Sequence[str]) -> frozenset[int]:
    """The evenings of which lines above a table say that it is true.

    formats: in which dates may be written; none where a line can be read in two ways.
    """
    hits = [hit for title in titles for hit in _AS_OF.findall(fold_text(title))]
    parsed = [days(pa.array([hit]), formats) for hit in hits]
    return frozenset(int(p.values[0]) for p in parsed if not p.bad[0] and not p.empty[0])


def evening_mismatch_doubts(named: Collection[int], evening: int) -> list[Problem]:
    """The doubt of a list whose own title names other evenings than the one it is taken for."""
    if not named or evening in named:
        return []
    message = (
        f"the file says that it is of {', '.join(map(iso, sorted(named)))}, and it was imported"
        f" as the list of {iso(evening)}: give its own evening by --snapshot"
    )
    return [Problem("other_evening", message, "doubted")]
