"""What cash will come."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from payrisk.answers import CURVES, groups
from payrisk.calendar import iso
from payrisk_api.answered import ForecastAnswer, answer, records
from payrisk_api.deps import ServiceDep
from payrisk_api.schemas import ForecastQuery

router = APIRouter(prefix="/v1/cash", tags=["cash"])


@router.get("/forecast", response_model=ForecastAnswer)
def forecast(service: ServiceDep, query: Annotated[ForecastQuery, Query()]) -> Response:
    """Forecast the cash of the open invoices; buckets, beyond and never add up to the cent."""
    answers = service.live.current
    as_of = service.as_of(query.as_of)
    cash = answers.cash_forecast(as_of=as_of, horizon_days=query.horizon)
    cuts = groups.columns(query.group or "", groups.CASH)
    return answer(
        {
            "as_of": iso(as_of),
            "horizon_days": cash.horizon_days,
            "by": query.by,
            "group": query.group,
            "verified": cash.verified,
            "credit_rule": cash.credit_rule,
            "model_versions": {CURVES: str(answers.champions[CURVES].version)},
            "ledger_sha": answers.ledger_sha,
            "buckets": records(cash.by(query.by, *cuts)),
            "balance": records(cash.balance(*cuts)),
        }
    )
