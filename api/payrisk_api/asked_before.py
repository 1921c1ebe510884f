"""Cash forecasts that were asked before: how the question is named, and what it was answered."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from payrisk.access import Caller
from payrisk.access.caller import WHOEVER
from payrisk.answers import CURVES, Answers
from payrisk.answers.answered import earlier_cash_questions
from payrisk.errors import PayriskError
from payrisk.sealed import sha256
from payrisk_api.deps import Service
from payrisk_api.forecast_document import forecast_document
from payrisk_api.requests.cash import CashQuery

CODE = sha256((Path(__file__).parent / "forecast_document.py").read_bytes())
"""Of what makes the documents: another release's are not taken for this one's."""


def forecast_question(as_of: int, caller: Caller, query: CashQuery) -> dict[str, Any]:
    """All that the document of `/v1/cash/forecast` hangs on beside ledger, policy and model."""
    entities = None if caller.entities is None else sorted(caller.entities)
    asked = query.model_dump(mode="json")
    # the morning that is meant, not the one named: who names none means another one tomorrow
    return {"route": "forecast", "by_code": CODE, "of": entities, **asked, "as_of": as_of}


def remembered_forecast(
    service: Service, answers: Answers, caller: Caller, query: CashQuery, make: Callable[[], Any]
) -> bytes:
    """The document of a query as JSON, made once a ledger, policy, model and caller's entities."""
    as_of = service.as_of(query.as_of)
    question = forecast_question(as_of, caller, query)
    morning = earlier_cash_questions(answers, as_of)
    return service.remembered.document(answers, question, make, morning)


def forecast_ahead(service: Service, answers: Answers) -> None:
    """Answer what is usually asked of the served morning before anybody does."""
    if CURVES not in answers.champions or service.live.current is not answers:
        return
    as_of, usual = service.as_of(None), CashQuery()
    with contextlib.suppress(PayriskError):  # whoever asks is told
        make = partial(forecast_document, answers, as_of, WHOEVER, usual)
        remembered_forecast(service, answers, WHOEVER, usual, make)


def known_forecast(service: Service, caller: Caller, query: CashQuery) -> bytes | None:
    """What the forecast's route answers as JSON, if it was asked before; for the same caller."""
    answers, as_of = service.live.current, service.as_of(query.as_of)
    question = forecast_question(as_of, caller, query)
    return service.remembered.known(answers, question, earlier_cash_questions(answers, as_of))
