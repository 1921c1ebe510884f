"""A source and a day for every cause that a model gives without them."""

from __future__ import annotations

from dataclasses import replace

from payrisk.calendar import NEVER
from payrisk.credit.applicant.application import CreditApplication
from payrisk.credit.reasons.model_reasons import DATED_BY, reason_of
from payrisk.predictions import DefaultRisk, Reason


def with_dated_reasons(
    risk: DefaultRisk | None, application: CreditApplication | None
) -> DefaultRisk | None:
    """The risk with a source and a date on every cause that has none.

    What an application states is of the day its report or figures are of; all else was known on
    the evening before the risk's `as_of`.
    """
    if risk is None:
        return None
    last_day = risk.as_of - 1
    if application is None and all(map(_is_dated, risk.reasons)):
        return risk
    reasons = tuple(_dated_reason(reason, application, last_day) for reason in risk.reasons)
    return replace(risk, reasons=reasons)


def _is_dated(reason: Reason) -> bool:
    return bool(reason.source) and reason.dated_on != NEVER


def _dated_reason(reason: Reason, application: CreditApplication | None, last_day: int) -> Reason:
    entry = reason_of(reason.code)
    if application is not None and reason.source == "application" and entry is not None:
        field, source = DATED_BY.get(entry.code, ("", reason.source))
        day = getattr(application, field, None) if field else None
        if day is not None:
            return replace(reason, source=source, dated_on=day)
    if _is_dated(reason):
        return reason
    day = last_day if reason.dated_on == NEVER else reason.dated_on
    return Reason(reason.code, reason.text, reason.contribution, reason.source or "model", day)
