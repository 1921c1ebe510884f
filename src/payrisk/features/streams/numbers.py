"""How the text of a dated attribute is read as a number."""

from __future__ import annotations

from collections.abc import Callable

from payrisk.ledger.facts.terms import terms_days

NAN = float("nan")


def read_number(text: str) -> float:
    """A plain number; NaN where the text is none.

    >>> read_number("740000"), read_number("n/a")
    (740000.0, nan)
    """
    try:
        return float(text)
    except ValueError:
        return NAN


def read_days(text: str) -> float:
    """Days of terms such as 'net 30'; NaN where none are named.

    >>> read_days("2/10 net 45"), read_days("NAH4")
    (45.0, nan)
    """
    term_days = terms_days(text)
    return NAN if term_days is None else float(term_days)


def read_flag(text: str) -> float:
    """1 for yes, true or 1, 0 for no, false or 0; NaN where the text is none of them.

    >>> read_flag("Yes"), read_flag("0"), read_flag("perhaps")
    (1.0, 0.0, nan)
    """
    return FLAGS.get(text.strip().lower(), NAN)


FLAGS = {"yes": 1.0, "true": 1.0, "1": 1.0, "no": 0.0, "false": 0.0, "0": 0.0}

READERS: dict[str, Callable[[str], float]] = {
    "limit": read_number,
    "insured_amount": read_number,
    "terms": read_days,
    "blocked": read_flag,
}
"""The dated attributes that features read, and how."""
