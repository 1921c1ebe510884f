"""Where we stand."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from payrisk.answers import groups
from payrisk.calendar import day_of, iso
from payrisk.files import plain_rows
from payrisk_api.deps import ServiceDep
from payrisk_api.requests.receivables import AgingQuery
from payrisk_api.responses.receivables import AgingAnswer
from payrisk_api.responses.response_model import json_response

router = APIRouter(prefix="/v1/receivables", tags=["receivables"])


@router.get("/aging", response_model=AgingAnswer)
def aging(service: ServiceDep, query: Annotated[AgingQuery, Query()]) -> Response:
    """Age the open balance, as known on a morning or as true at the close of an evening."""
    answers = service.live.current
    if query.close_of is not None:
        aged = answers.aging(close_of=day_of(query.close_of))
    else:
        aged = answers.aging(as_of=service.as_of(query.as_of))
    return json_response(
        {
            "close_of": iso(aged.close_of),
            "known_before": iso(aged.known_before),
            "ledger_sha": answers.ledger_sha,
            "totals": plain_rows(aged.totals()),
            "lines": plain_rows(aged.by(*groups.group_columns(query.by, groups.RECEIVABLES))),
        }
    )
