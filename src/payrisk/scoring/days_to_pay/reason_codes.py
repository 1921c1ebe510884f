"""Codes of the reasons why an invoice is expected when it is, with the causes each takes."""

from __future__ import annotations

from payrisk.features.catalogue.all import DEFINED
from payrisk.features.catalogue.causes import FeatureCause

PAST, TERMS = "past_lateness", "terms"
DATES = "dates"
"""Tells only the date or the age: the ordinary invoice beside has the same, so it is no reason."""
OTHER = "other"

CODES: dict[str, tuple[FeatureCause, ...]] = {
    DATES: (FeatureCause.DATES, FeatureCause.PAST_DUE),
    "disputes_and_reminders": (
        FeatureCause.DISPUTES,
        FeatureCause.PROMISES,
        FeatureCause.COLLECTION,
        FeatureCause.CREDIT_NOTES,
        FeatureCause.WRITE_OFFS,
    ),
    "overdue_now": (FeatureCause.EXPOSURE, FeatureCause.ARREARS, FeatureCause.GROUP_EXPOSURE),
    "month_end": (FeatureCause.MONTH_END,),
    "payment_days": (FeatureCause.PAYMENT_DAYS,),
    "amount": (FeatureCause.AMOUNT, FeatureCause.RESIDUAL),
    TERMS: (FeatureCause.TERMS,),
    PAST: (
        FeatureCause.PAST_LATENESS,
        FeatureCause.RECEIPTS,
        FeatureCause.GROUP_LATENESS,
        FeatureCause.PEER_LATENESS,
    ),
    "custom": (FeatureCause.PURCHASES, FeatureCause.TENURE),
}
"""Code of a reason → the causes of the catalogue that it takes together."""

_CODE_OF = {cause: code for code, causes in CODES.items() for cause in causes}


def reason_code(name: str) -> str:
    """The code of the reason that an input of the trees belongs to."""
    cause = DEFINED[name].cause
    return OTHER if cause is None else _CODE_OF.get(cause, OTHER)
