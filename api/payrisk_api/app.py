"""The application: routes, strict limits, and the life of what they work with."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import AsyncIterator, Callable
from functools import cache, partial
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Scope

import payrisk
from payrisk.access import KeyRing
from payrisk.answers import Answers, HomeCache, Shadows, home_state, read_answers
from payrisk.answers.credit.recording import DecisionRecorder
from payrisk.answers.mornings.stored_ledger import StoredLedger
from payrisk.credit.deciding.delegation import read_delegation
from payrisk.files import json_bytes
from payrisk.ledger.stored import storage
from payrisk.settings import Settings
from payrisk.store import DecisionStore
from payrisk.store.telling.webhooks import WebhookSender
from payrisk_api.agent import door as agent_door
from payrisk_api.asked_before import forecast_ahead
from payrisk_api.conditional import ConditionalAnswers
from payrisk_api.curve_lane import CurveLane
from payrisk_api.deps import LiveAnswers, Service
from payrisk_api.errors import MEDIA_TYPE, add_handlers
from payrisk_api.guarding.access_guard import Access, AccessGuard, DoorRefusal, access_of
from payrisk_api.guarding.awaited_ledger import AwaitedLedger
from payrisk_api.heavy import HeavyGate
from payrisk_api.keys import ETAG, KEY
from payrisk_api.observing import RequestObserver, ServiceMetrics, json_log
from payrisk_api.pages.docs import STYLE, docs_page
from payrisk_api.pages.frame.provider import Provider
from payrisk_api.pages.frame.refusals import refusal_page
from payrisk_api.pages.imports.uploads import clear_uploads
from payrisk_api.pages.routers import add_pages
from payrisk_api.responses.problem import ProblemDocument
from payrisk_api.routes import ROUTERS
from payrisk_api.security import HostGuard, is_loopback
from payrisk_api.stale_ledger import StaleLedgerNotice

THREADS = 6
"""Requests worked on at a time, heavy ones among them; the others wait for a thread. Each more
is another turn that the loop of health waits for, and none of them makes anything quicker."""
LARGEST_BODY = 1_000_000
"""Bytes of a body; a thousand quotes need a quarter of it."""


class ApiApplication(FastAPI):
    """FastAPI with the house's door before it, outside everything that could answer otherwise."""

    def __init__(
        self,
        log: Any,
        service: Service,
        access: Access,
        host_names: frozenset[str],
        **settings: Any,
    ) -> None:
        """Keep what the door needs."""
        self._log, self._service, self._access = log, service, access
        self._host_names = host_names
        self._writing_openapi = threading.Lock()
        super().__init__(max_body_size=LARGEST_BODY, **settings)

    def build_middleware_stack(self) -> ASGIApp:
        """Put the door before the stack; raises LookupError for a route without permissions."""
        self._access.table.require_all(self.routes)
        laned = CurveLane(super().build_middleware_stack(), self._service)
        answers = ConditionalAnswers(laned)
        noticed = StaleLedgerNotice(answers, self._service)
        live, table = self._service.live, self._access.table
        ready = AwaitedLedger(noticed, lambda: live.awaits_ledger, table, self._refusal_page)
        inner = AccessGuard(ready, self._access, self._service.now, self._refusal_page)
        guarded = HostGuard(inner, LARGEST_BODY, self._host_names)
        return RequestObserver(guarded, self._log, self._service.metrics)

    def _refusal_page(self, scope: Scope, refused: DoorRefusal) -> Response:
        return refusal_page(Request({**scope, "app": self}), refused.status, refused.detail)

    def openapi(self) -> dict[str, Any]:
        """Write the OpenAPI document, once; the framework bears no two threads at it."""
        with self._writing_openapi:
            if self.openapi_schema is None:
                document = super().openapi()
                for routes in document["paths"].values():
                    for route in routes.values():
                        _as_answered(route)
            assert self.openapi_schema is not None
            return self.openapi_schema


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def create_app(
    settings: Settings,
    *,
    answers: Answers | None = None,
    now: Callable[[], dt.datetime] = _now,
    new_id: Callable[[], str] | None = None,
    log: Any = None,
) -> FastAPI:
    """Build the service over a home; everything is opened at start-up and closed at the end.

    answers: serve these and watch nothing; None reads the home and takes up what is promoted. A
    home without a ledger waits for the first one. Raises LedgerError for a ledger that cannot be
    read, StoreError when decisions cannot be kept, LookupError for a route that nobody was
    permitted.
    """
    log = log or json_log()
    metrics = ServiceMetrics()

    def told(what: str, words: dict[str, Any]) -> None:
        metrics.swaps.labels(what).inc()
        log.info(what, **words)

    warm = HomeCache()

    def prepare(answers: Answers) -> None:
        service.pin()
        warm.read_ahead(settings.home)
        service.prepare(answers)
        forecast_ahead(service, answers)

    if answers is None:
        home = settings.home
        initial_signs = home_state(home), warm.n_recovered
        live = LiveAnswers(
            read_answers(home, cache=warm, mornings_kept=settings.mornings_kept)
            if storage.current_sha(home)
            else Answers(StoredLedger.before_first_import(home), {}),
            read=lambda old: read_answers(home, old, warm, mornings_kept=settings.mornings_kept),
            signs=lambda: (home_state(home), warm.n_recovered),
            initial_signs=initial_signs,
            report=told,
            prepare=prepare,
        )
    else:
        live = LiveAnswers(answers)
    store = DecisionStore(settings.database_url)
    shadows = Shadows(
        settings.home,
        now=lambda: now().isoformat(timespec="seconds"),
        report=lambda what, words: log.info(what, **words),
        count=lambda name, result, n: metrics.shadows.labels(name, result).inc(n),
    )
    service = Service(
        live=live,
        store=store,
        recorder=DecisionRecorder(store, now, new_id, partial(read_delegation, settings.home)),
        metrics=metrics,
        now=now,
        shadows=shadows,
        home=settings.home,
        ring=KeyRing(settings.home, settings.personal_keys),
        served_as_of=settings.as_of,
        actor=settings.actor,
    )

    webhooks = WebhookSender(
        settings.home, store.changes, now, lambda what, words: log.info(what, **words)
    )

    @contextlib.asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        # more threads than this only wait for each other, and the loop for all of them
        current_default_thread_limiter().total_tokens = THREADS
        live.start()
        shadows.start()
        webhooks.start()
        clear_uploads(settings.home, now())
        try:
            yield
        finally:
            live.stop()
            shadows.stop()
            webhooks.stop()
            store.close()

    is_open = is_loopback(settings.host) and not settings.host_names and not settings.proxies
    access = access_of(
        settings.home, service.ring, is_open=is_open, per_minute=settings.requests_per_minute
    )
    app = ApiApplication(
        log,
        service,
        access,
        settings.accepted_host_names,
        title="payrisk",
        version=payrisk.__version__,
        description=payrisk.__doc__ or "",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        responses={
            "default": {"model": ProblemDocument, "description": "Why it is refused (RFC 9457)."}
        },
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.service = service
    app.state.home = settings.home
    app.state.access = access
    app.state.provider = Provider.of(settings)
    app.state.heavy_gate = HeavyGate(metrics.heavy_answering, metrics.heavy_waiting)
    for router in ROUTERS:
        app.include_router(router)
    add_handlers(app)
    _add_documents(app)
    app.include_router(agent_door.router)
    add_pages(app)
    access.table.require_all(app.routes)
    return app


HEADER_PATTERNS = {"Idempotency-Key": KEY.pattern, "If-Match": ETAG.pattern}
"""Headers that a route requires, and what each is matched against."""


def _as_answered(route: dict[str, Any]) -> None:
    """Say of a documented route what the framework cannot: its refusals, its required headers."""
    content = route["responses"]["default"]["content"]
    content[MEDIA_TYPE] = content.pop("application/json")
    for parameter in route.get("parameters", ()):
        # optional to the framework, so that its absence is a 400 (428) and not a 422
        if parameter["name"] in HEADER_PATTERNS:
            text = {"type": "string", "pattern": f"^{HEADER_PATTERNS[parameter['name']]}$"}
            parameter |= {"required": True, "schema": text}


def _add_documents(app: FastAPI) -> None:
    # written once, and on a thread: each takes longer than health may wait
    document = cache(lambda: json_bytes(app.openapi()))
    page = cache(lambda: docs_page(app.openapi()))

    @app.get("/openapi.json", include_in_schema=False)
    def schema() -> Response:
        return Response(document(), media_type="application/json")

    @app.get("/docs", include_in_schema=False)
    def docs() -> Response:
        return Response(page(), media_type="text/html")

    @app.get("/docs.css", include_in_schema=False)
    def style() -> Response:
        return Response(STYLE, media_type="text/css")
