"""What catalogues hold beyond the templates: sentences kept elsewhere, and words alike."""

from __future__ import annotations

from payrisk.credit.explaining import spoken
from payrisk.credit.explaining.person_sheet import sheet_sentences
from payrisk.credit.reasons.policy_reasons import CLEARS, REASONS
from payrisk.languages.recognising import SentenceBook

KEPT_ELSEWHERE: tuple[str, ...] = (
    *spoken.OUTCOMES.values(),
    *spoken.RELEASES.values(),
    *spoken.KINDS.values(),
    *spoken.PROTECTIONS.values(),
    *spoken.LIMITS.values(),
    *spoken.EXPOSURE.values(),
    *sheet_sentences(),
)
"""Sentences that the library says and pages show, word for word as they stand there."""

FLAGS = (
    "No VAT number is given.",
    "No website is given.",
    "The day of founding is not stated.",
    "No credit report is given.",
    "The financial figures have no date.",
)
"""Red flags that are shown most often, as `payrisk.credit.weighing.flags` says them."""
BOOK = SentenceBook((*REASONS.values(), *CLEARS.values(), *FLAGS))
"""Sentences of the library that are filled in before they are shown: shown in English, and marked
as such, in a language that has no translation of one yet."""

MAY_BE_SAME = frozenset(
    """
Cause
Default
E-mail
IBAN
in default
Later
Limit
limit
Limit in %(currency)s
Model
Name
no
order
Protection
Ratio
Sector
timing
Website
""".strip().splitlines()
)
"""Strings that some language writes as the source does."""
