"""Scales: headers and titles by which amounts are thousands, millions, cents or shares."""

from __future__ import annotations

import re
from collections.abc import Iterable

from payrisk.ledger.importing.reading.headers.bare_words import fold_text

_CODES = r"(?:eur|usd|gbp|chf|pln|inr|jpy|sek|dkk|nok|€|\$|£)"
_THOUSANDS = (
    r"thousands?|tausend|tsd|milliers|miles|migliaia|milhares|duizend(?:en)?|tys|tusen|tusind"
    rf"|χιλιαδες|k ?{_CODES}|{_CODES} ?k|t{_CODES}|{_CODES} ?000s?|000s?|in 1[., ]?000"
)
_PER_CENT = r"%|percent|per cent|percentage|prozent|pourcent(?:age)?|porcentaje"
_SCALES = (
    ("thousands", _THOUSANDS),
    ("millions", rf"millions?|millionen|mio|mln|milioni|millones|m{_CODES}|{_CODES} ?m(?=\W*$)"),
    ("hundredths", r"cents?|centimes|centimos|centesimi|pence|minor units?"),
    # 19 % is a tax or a discount in the amount, not what the amount is counted in
    (
        "per cent",
        r"(?<!\d)(?<!\d )(?:%|percent|per cent|percentage|prozent|pourcent(?:age)?|porcentaje)",
    ),
)
_IN_HEADER = [(name, re.compile(rf"(?<!\w)(?:{words})(?!\w)")) for name, words in _SCALES]
_IN_TITLE = [
    (name, re.compile(rf"(?:(?<!\w)(?:in|en|em|i|w|σε) |\()(?:{_CODES}[ ']*)?(?:{words})(?!\w)"))
    for name, words in _SCALES[:2]
]


def scale_of_header(header: str) -> str:
    """What the amounts below a header are counted in, where it is not their currency's unit.

    >>> scale_of_header("Amount (in thousands)"), scale_of_header("Betrag TEUR")
    ('thousands', 'thousands')
    >>> scale_of_header("Brutto inkl. 19 % MwSt"), scale_of_header("Betrag EUR m. MwSt")
    ('', '')
    >>> scale_of_header("amount_cents"), scale_of_header("Paid %"), scale_of_header("Amount EUR")
    ('hundredths', 'per cent', '')
    """
    text = fold_text(header).replace("_", " ")
    return next((name for name, words in _IN_HEADER if words.search(text)), "")


def scale_of_titles(titles: Iterable[str]) -> str:
    """What all amounts of a file are counted in by the lines above its header; '' where by none.

    >>> scale_of_titles(["Aged debt", "All amounts in thousands of EUR"])
    'thousands'
    >>> scale_of_titles(["Sales (EUR thousands)"]), scale_of_titles(["Open items in EUR"])
    ('thousands', '')
    """
    texts = [fold_text(title) for title in titles]
    return next((n for n, words in _IN_TITLE for text in texts if words.search(text)), "")
