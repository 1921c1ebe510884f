"""Payment terms as a grammar: the due day and the discount they grant, or not understood."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from payrisk.arrays import Days, Flags
from payrisk.ledger.facts.terms_words import terms_as_signs

_NUMBER = r"\d{1,3}(?:\.0)?"
_NET = rf"""
    (?P<part>PART\ )?
    (?: (?P<now>(?:NET\ )?NOW(?:\ NET)?)
      | (?:NET\ )?(?:/\ )?(?P<weeks>{_NUMBER})\ W(?:\ NET)?
      | (?:NET\ )?(?P<months>\d{{1,2}})\ M(?:\ NET)?
      | (?:NET\ )?(?:/\ )?(?P<beyond>{_NUMBER})(?:\ D)?(?:\ NET)?\ XEOM(?:\ NET)?
      | (?:NET\ )?X?EOM\ (?:NET\ )?(?P<after>{_NUMBER})(?:\ D)?(?:\ NET)?
      | (?:NET\ )?(?:/\ )?(?P<around>{_NUMBER})(?:\ D)?(?:\ NET)?\ EOM(?:\ NET)?
      | (?P<month_end>(?:NET\ )?EOM(?:\ NET)?)
      | (?:NET\ )?(?P<sole_day>\d{{1,2}})th
      | (?:NET\ )?(?:PROX\ )?(?P<next_day>\d{{1,2}})(?:th)?(?:\ D)?\ PROX
      | (?:NET\ )?PROX\ (?P<prox_day>\d{{1,2}})(?:th)?
      | (?:NET\ )?(?:/\ )?(?P<days>{_NUMBER})(?:\ D)?(?:\ NET)?
    )
"""
_DISCOUNT = r"""
    (?: (?P<a>\d+(?:\.\d+)?)(?P<pa>\ %)?\ /\ (?P<an>\d{1,3})(?:\ D)?(?:\ DISC)?
      | (?P<b>\d+(?:\.\d+)?)\ %(?:\ DISC)?\ (?P<bn>\d{1,3})(?:\ D)?(?:\ DISC)?
      | (?P<cn>\d{1,3})(?:\ D)?\ (?P<c>\d+(?:\.\d+)?)\ %(?:\ DISC)?
    )
"""
_LATER = re.sub(r"\?P<\w+>", "?:", _DISCOUNT)
_FORMS = [
    re.compile(form, re.VERBOSE)
    for form in (
        _NET,
        # 2/10 EOM grants its discount until the 10th after; it names no due day
        rf"{_DISCOUNT}(?!\ X?EOM)(?:\ {_LATER}(?!\ X?EOM))?(?:\ {_NET})?",
        rf"{_NET}\ {_DISCOUNT}",
    )
]


@dataclass(frozen=True)
class Terms:
    """Terms as understood: when an invoice falls due, and the discount for paying early.

    The due day is `days` after issue, `months` after it, or `days` after the end of its month
    (`from_month_end`), or the `day_of_month` next to come (`is_next_month`: not in the month of
    issue); None and 0 = the terms name no due day.
    is_sure: no other house would read another day.
    """

    days: int | None = None
    months: int = 0
    from_month_end: bool = False
    day_of_month: int = 0
    is_sure: bool = True
    is_next_month: bool = False
    discount_rate: float = 0.0
    discount_days: int = 0

    @property
    def names_a_day(self) -> bool:
        """Whether they say when an invoice falls due."""
        return self.days is not None or bool(self.months or self.day_of_month)


@lru_cache(maxsize=4096)
def parse_terms(text: str) -> Terms | None:
    """The terms a text means, None where it is not understood whole.

    >>> parse_terms("2% 10 Net 30").discount_rate, parse_terms("30 Tage netto").days
    (0.02, 30)
    >>> parse_terms("Payable in 2 instalments"), parse_terms("Internet order 100")
    (None, None)
    """
    signs = terms_as_signs(text)
    if not signs:
        return None
    for form in _FORMS:
        if hit := form.fullmatch(signs):
            return _terms(hit.groupdict())
    return None


def _terms(part: dict[str, str | None]) -> Terms | None:
    due = _due(part)
    rate = part.get("a") or part.get("b") or part.get("c")
    if rate is None:
        return due
    discount_days = int(part.get("an") or part.get("bn") or part.get("cn") or 0)
    share = float(rate) / 100
    # 10/2 is no discount of ten per cent: without a % the rate is the smaller number.
    swapped = part.get("a") and not part.get("pa") and float(rate) >= discount_days
    late = due.days is not None and not due.from_month_end and discount_days > due.days
    if swapped or late or not 0 < share <= 0.25:
        return None
    return Terms(**{**due.__dict__, "discount_rate": share, "discount_days": discount_days})


def _due(part: dict[str, str | None]) -> Terms:
    """The due day of the one part that the grammar filled."""
    number = {name: int(float(text)) for name, text in part.items() if text and text[0].isdigit()}
    forms: dict[str, dict[str, Any]] = {
        "weeks": {"days": 7 * number.get("weeks", 0)},
        "months": {"months": number.get("months", 0)},
        "beyond": {"days": number.get("beyond"), "from_month_end": True},
        "after": {"days": number.get("after"), "from_month_end": True},
        # Some houses count the days first and go to the end of that month.
        "around": {"days": number.get("around"), "from_month_end": True, "is_sure": False},
        "sole_day": {"day_of_month": number.get("sole_day", 0)},
        "next_day": {"day_of_month": number.get("next_day", 0), "is_next_month": True},
        "prox_day": {"day_of_month": number.get("prox_day", 0), "is_next_month": True},
        "days": {"days": number.get("days")},
        "month_end": {"days": 0, "from_month_end": True},
        "now": {"days": 0},
    }
    form = next((form for name, form in forms.items() if part.get(name)), {})
    if not 0 <= form.get("day_of_month", 0) <= 31:
        return Terms()
    # What was to be paid in advance is due earlier than the rest.
    return Terms(**{"is_sure": part.get("part") is None, **form})


def due_days(terms: Terms, issued: Days) -> tuple[Days, Flags]:
    """(n,) due days of invoices issued on (n,) days, and where another reading is as good."""
    open_ = np.full(len(issued), not terms.is_sure)
    month = issued.astype("datetime64[D]").astype("datetime64[M]")
    if terms.months:
        first = issued - _first_day(month)
        return _on(month + terms.months, first), open_
    if terms.day_of_month:
        # On the 5th, 'net 10th' may mean the 10th of this month as well.
        is_ahead = issued - _first_day(month) < terms.day_of_month - 1
        due = _on(month + 1, np.full(len(issued), terms.day_of_month - 1))
        return due, open_ | (is_ahead & (not terms.is_next_month))
    base = _first_day(month + 1) - 1 if terms.from_month_end else issued
    return np.asarray(base + int(terms.days or 0), dtype=np.int64), open_


def _first_day(month: np.ndarray) -> Days:
    return np.asarray(month.astype("datetime64[D]").astype(np.int64))


def _on(month: np.ndarray, day: Days) -> Days:
    """The day of a month counted from 0, its last where it has fewer."""
    return np.asarray(
        np.minimum(_first_day(month) + day, _first_day(month + 1) - 1), dtype=np.int64
    )


def terms_days(terms: str) -> int | None:
    """Days of terms such as 'net 30', '30 days' or '2/10 net 45'; None when none are named.

    >>> terms_days("2/10 net 45"), terms_days("30"), terms_days("NAH4")
    (45, 30, None)
    """
    parsed = parse_terms(terms)
    if parsed is None:
        return None
    return parsed.days if not parsed.months else 30 * parsed.months
