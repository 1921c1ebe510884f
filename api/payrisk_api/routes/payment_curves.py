"""When invoices will be paid."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from payrisk.answers import Answers
from payrisk.answers.discounted_quotes import with_stated_discounts
from payrisk.calendar import day_of
from payrisk.features import Quotes
from payrisk_api.deps import Service, ServiceDep
from payrisk_api.errors import ProblemError
from payrisk_api.heavy import heavily
from payrisk_api.requests.curves import MOST_EXPLAINED, CurvesBody, CurvesQuery, QuoteBody
from payrisk_api.responses.curves import CurveAnswer
from payrisk_api.responses.response_model import json_response

router = APIRouter(prefix="/v1", tags=["payments"])
PATH = "/v1/payment-curves"

LONGEST_TERMS = 1_095
"""Days ahead an invoice may fall due: a curve has one element a day."""
MOST_AT_ONCE = 4
"""Invoices whose kept curves are read without a thread; each holds up the loop for a moment."""


@router.post("/payment-curves", response_model=list[CurveAnswer])
async def payment_curves(
    request: Request, body: CurvesBody, service: ServiceDep, query: Annotated[CurvesQuery, Query()]
) -> Response:
    """Say by when each invoice of the ledger, or each quote, will be paid, and why."""
    as_of = service.as_of(query.as_of)
    n_asked = len(body.invoice_ids or body.invoices or ())
    if query.reasons and n_asked > MOST_EXPLAINED:
        detail = (
            f"Reasons are given for at most {MOST_EXPLAINED} invoices at a time; ask for fewer."
        )
        where = {"pointer": "/query/reasons", "code": "too-many", "detail": detail}
        raise ProblemError(422, "invalid", detail, [where])
    answers = service.live.current
    work = partial(answered_curves, service, answers, as_of, body, query)
    if is_at_hand(answers, as_of, body, query):
        return work()  # it takes less than a thread would
    return await heavily(request, work)


def is_at_hand(answers: Answers, as_of: int, body: CurvesBody, query: CurvesQuery) -> bool:
    """Whether what is asked is a few curves that lie in memory."""
    is_short = body.invoice_ids is not None and len(body.invoice_ids) <= MOST_AT_ONCE
    return is_short and not query.reasons and answers.has_curves(as_of)


def answered_curves(
    service: Service, answers: Answers, as_of: int, body: CurvesBody, query: CurvesQuery
) -> Response:
    """The answer to what is asked of some answers; raises what they raise."""
    invoices: list[str] | Quotes
    why, seen = query.reasons, query.in_sample
    if body.invoices is None:
        invoices = list(body.invoice_ids or ())
        curves = answers.payment_curves(
            as_of=as_of, invoice_ids=invoices, with_reasons=why, in_sample=seen
        )
    else:
        invoices = quotes_of(body.invoices, as_of)
        curves = answers.payment_curves(
            as_of=as_of, invoices=invoices, with_reasons=why, in_sample=seen
        )
        stated = [-1 if q.discount_days is None else q.discount_days for q in body.invoices]
        if max(stated) >= 0:
            days = np.array(stated, dtype=np.int64)
            curves = with_stated_discounts(curves, answers.history(as_of), invoices, days)
    service.shadows.curves(answers, as_of, invoices, curves)
    lines = query.thresholds()
    return json_response([curve.to_json(lines) for curve in curves])


def quotes_of(quotes: list[QuoteBody], as_of: int) -> Quotes:
    """What is asked, as columns; raises ProblemError for one that falls due too late."""
    for position, quote in enumerate(quotes):
        if day_of(quote.due_on) > as_of + LONGEST_TERMS:
            where = {"pointer": f"/body/invoices/{position}/due_on", "code": "too-late"}
            detail = f"An invoice must fall due within {LONGEST_TERMS} days of as_of."
            raise ProblemError(422, "invalid", detail, [where | {"detail": detail}])
    issued, due, amount = (
        np.array(column, dtype=np.int64)
        for column in zip(
            *((day_of(q.issued_on), day_of(q.due_on), q.amount) for q in quotes), strict=True
        )
    )
    return Quotes(
        [quote.invoice_id for quote in quotes],
        [quote.customer_id for quote in quotes],
        issued,
        due,
        amount,
        [quote.currency for quote in quotes],
        [quote.country for quote in quotes],
    )
