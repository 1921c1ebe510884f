"""Whether the service lives, whether it can keep a decision, and what it counts."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Response

from payrisk.calendar import iso
from payrisk_api.deps import Service, ServiceDep
from payrisk_api.responses.health import HealthAnswer
from payrisk_api.responses.response_model import json_response
from payrisk_api.stale_ledger import ledger_age

router = APIRouter(tags=["health"])


@router.get("/livez", response_class=Response)
async def livez() -> Response:
    """Answer; nothing else is touched."""
    return json_response({"status": "live"})


@router.get("/readyz", response_model=HealthAnswer)
async def readyz(service: ServiceDep) -> Response:
    """Commit to the store for the answer: 503 when a decision could not be kept.

    Without a model the service is ready but `degraded`: it refers every decision. So it is while
    what was promoted cannot be taken up and the version before it stands in. A ledger older than
    the policy bears is a warning here, and a header of every answer.
    """
    # on a thread of its own: those of the other routes may all be taken
    return await asyncio.to_thread(_readiness, service)


def _readiness(service: Service) -> Response:
    service.store.check_writable()
    answers = service.live.current
    models = {row["name"]: row["version"] for row in answers.models()}
    refused = service.live.refused
    age = ledger_age(answers, service.as_of(None))
    return json_response(
        {
            "status": "degraded" if refused or None in models.values() else "ready",
            "as_of": iso(service.as_of(None)),
            "ledger_sha": answers.ledger_sha,
            "models": models,
            "refused": refused,
            "ledger_last_on": iso(age.last_day),
            "ledger_age_days": age.age_days,
            "warnings": [age.sentence] if age.is_stale else [],
        }
    )


@router.get("/metrics", response_class=Response)
async def metrics(service: ServiceDep) -> Response:
    """Write the counters as Prometheus reads them, and what `payrisk monitor` last found."""
    return await asyncio.to_thread(_exposition, service)


def _exposition(service: Service) -> Response:
    available, expired = service.metrics.models, service.metrics.expired
    available.clear()
    expired.clear()
    for row in service.live.current.models(service.as_of(None)):
        labels = row["name"], row["version"] or ""
        available.labels(*labels).set(int(row["is_available"]))
        expired.labels(*labels).set(int(row["expired"]))
    text = service.metrics.text() + service.monitor_metrics()
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
