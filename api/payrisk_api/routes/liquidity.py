"""How likely cash is short: of single needs, or along a plan of balances, needs and flows."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from payrisk.answers.cash.liquidity_ahead import liquidity_ahead
from payrisk.answers.cash.needs_at_risk import needs_at_risk
from payrisk.answers.cash.receipts import Receipts
from payrisk.answers.cash.treasury import Outlook
from payrisk.calendar import iso
from payrisk.cash.liquidity.plans import plan_from_rows
from payrisk.cash.liquidity.pools import pools_from_rows
from payrisk.cash.views.liquidity import need_from_text
from payrisk.files import plain_rows
from payrisk_api.deps import ServiceDep
from payrisk_api.heavy import HEAVY
from payrisk_api.requests.liquidity import CashPlanRequest, LiquidityQuery
from payrisk_api.responses.liquidity import LiquidityAheadAnswer, LiquidityAnswer
from payrisk_api.responses.response_model import json_response

router = APIRouter(prefix="/v1/cash", tags=["cash"])


@router.get("/liquidity", response_model=LiquidityAnswer, dependencies=HEAVY)
def liquidity(service: ServiceDep, query: Annotated[LiquidityQuery, Query()]) -> Response:
    """Say how likely the cash that comes to an entity by a day is below a need."""
    needs = [need_from_text(text) for text in query.need]
    outlook = Outlook.of(
        service.live.current,
        as_of=service.as_of(query.as_of),
        horizon_days=query.horizon,
        in_sample=query.in_sample,
    )
    receipts = Receipts.of(outlook, adjusted=query.view == "adjusted")
    return json_response(
        {
            "as_of": iso(receipts.cash.as_of),
            "in_sample": outlook.is_in_sample,
            "view": query.view,
            "verified": receipts.cash.verified,
            "needs": plain_rows(needs_at_risk(receipts, needs, query.layer)),
        }
    )


@router.post("/liquidity", response_model=LiquidityAheadAnswer, dependencies=HEAVY)
def plan(service: ServiceDep, request: CashPlanRequest) -> Response:
    """Walk a plan from its bank balances on; nothing of it is kept."""
    lines = plan_from_rows([line.model_dump(mode="json") for line in request.plan])
    pools = pools_from_rows([member.model_dump(mode="json") for member in request.pools])
    outlook = Outlook.of(
        service.live.current,
        as_of=service.as_of(request.as_of),
        horizon_days=request.horizon,
        in_sample=request.in_sample,
    )
    ahead = liquidity_ahead(
        outlook,
        lines,
        pools,
        grain=request.by,
        layer=request.layer,
        adjusted=request.view == "adjusted",
        rate_type=request.rate_type,
    )
    tables = ("walk", "needs", "headroom", "lines", "members", "hinges")
    return json_response(
        {
            "as_of": iso(ahead.as_of),
            "in_sample": outlook.is_in_sample,
            "view": request.view,
            "layer": ahead.layer,
            "basis_said": ahead.basis_said,
            "verified": ahead.verified,
            "notes": list(ahead.notes),
            **{name: plain_rows(getattr(ahead, name)) for name in tables},
        }
    )
