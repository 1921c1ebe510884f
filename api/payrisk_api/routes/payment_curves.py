"""When invoices will be paid."""

from __future__ import annotations

import datetime as dt

import pandas as pd
from fastapi import APIRouter, Response

from payrisk.calendar import day_of
from payrisk_api.answered import CurveAnswer, answer
from payrisk_api.deps import AsOf, ServiceDep
from payrisk_api.errors import ProblemError
from payrisk_api.schemas import CurvesBody, QuoteBody

router = APIRouter(prefix="/v1", tags=["payments"])

LONGEST_TERMS = 1_095
"""Days ahead an invoice may fall due: a curve has one element a day."""


@router.post("/payment-curves", response_model=list[CurveAnswer])
def payment_curves(body: CurvesBody, service: ServiceDep, query: AsOf) -> Response:
    """Say by when each invoice of the ledger, or each quote, will be paid."""
    as_of = service.as_of(query.as_of)
    answers = service.live.current
    if body.invoices is None:
        found = answers.payment_curves(as_of=as_of, invoice_ids=body.invoice_ids)
    else:
        found = answers.payment_curves(as_of=as_of, invoices=_frame(body.invoices, as_of))
    return answer([one.to_json() for one in found])


def _frame(quotes: list[QuoteBody], as_of: int) -> pd.DataFrame:
    rows = [quote.model_dump() for quote in quotes]
    for at, row in enumerate(rows):
        if day_of(row["due_on"]) > as_of + LONGEST_TERMS:
            where = {"pointer": f"/body/invoices/{at}/due_on", "code": "too-late"}
            detail = f"An invoice must fall due within {LONGEST_TERMS} days of as_of."
            raise ProblemError(422, "invalid", detail, [where | {"detail": detail}])
        days = {name: day_of(v) for name, v in row.items() if isinstance(v, dt.date)}
        row |= days | {"instalment": 1, "residual": row["amount"]}
    frame = pd.DataFrame(rows)
    return frame.drop(columns="country") if frame["country"].isna().all() else frame
