"""Where each cause of a risk comes from and when it was true, as far as the answer can know."""

from __future__ import annotations

from dataclasses import replace

from payrisk.calendar import NEVER
from payrisk.credit.applicant.application import CreditApplication
from payrisk.credit.reasons.model_reasons import reason_of
from payrisk.predictions import DefaultRisk, Reason

FIELDS = {
    "bureau_report": ("bureau_scored_on", "credit bureau"),
    "net_worth_low": ("financials_on", "financial statements"),
    "business_small": ("financials_on", "financial statements"),
    "press_negative": ("negative_press_on", "press"),
}
"""Code of the dictionary → the application's field that dates it, and where that came from."""


def date_reasons(
    risk: DefaultRisk | None, application: CreditApplication | None
) -> DefaultRisk | None:
    """The risk with a source and a date on every cause that has none.

    What an application states is of the day its report or figures are of; all else was known on
    the evening before the risk's `as_of`.
    """
    if risk is None:
        return None
    last_day = risk.as_of - 1
    reasons = tuple(_dated_reason(reason, application, last_day) for reason in risk.reasons)
    return replace(risk, reasons=reasons)


def _dated_reason(reason: Reason, application: CreditApplication | None, last_day: int) -> Reason:
    entry = reason_of(reason.code)
    if application is not None and reason.source == "application" and entry is not None:
        field, source = FIELDS.get(entry.code, ("", reason.source))
        day = getattr(application, field, None) if field else None
        if day is not None:
            return replace(reason, source=source, dated_on=day)
    if reason.source and reason.dated_on != NEVER:
        return reason
    day = last_day if reason.dated_on == NEVER else reason.dated_on
    return Reason(reason.code, reason.text, reason.contribution, reason.source or "model", day)
