"""Every failure as problem+json (RFC 9457) that repeats nothing of what was sent."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from payrisk.answers import UnknownCustomer
from payrisk.errors import (
    InputError,
    LaterTrainedModel,
    LedgerError,
    ModelError,
    NoChampion,
    PayriskError,
    UnusableHomeFile,
)
from payrisk.files import json_bytes
from payrisk.store import KeyInFlight, ReusedKey, StaleDecision, StoreBusy, UnknownDecision
from payrisk_api.requests.closest_field import closest_field

MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """A refusal with its status, a fixed code and a fixed sentence."""

    def __init__(
        self, status: int, code: str, detail: str, errors: list[dict[str, str]] | None = None
    ) -> None:
        """Keep what the document will say."""
        super().__init__(code)
        self.status, self.code, self.detail, self.errors = status, code, detail, errors


# An error's own sentence may name what was asked, so each kind has one that does not; '' where
# it cannot: it is about a file of our own.
KINDS: tuple[tuple[type[PayriskError], int, str, str], ...] = (
    (
        UnknownCustomer,
        404,
        "unknown-customer",
        "The ledger does not know this customer; send an application.",
    ),
    (UnknownDecision, 404, "unknown-decision", "No decision of this id is kept."),
    (
        StaleDecision,
        412,
        "stale",
        "The decision is not what you saw: it was overridden or erased since; read it again.",
    ),
    (
        ReusedKey,
        422,
        "key-reused",
        "This Idempotency-Key was used for another request; use a new one.",
    ),
    (
        KeyInFlight,
        409,
        "key-in-flight",
        "The first request with this key is being answered; wait for it.",
    ),
    (
        StoreBusy,
        503,
        "store-busy",
        "Decisions cannot be kept just now; send the same request again.",
    ),
    (NoChampion, 503, "no-champion", "No model of this kind is in service; promote one."),
    (
        LaterTrainedModel,
        409,
        "model-is-younger-than-morning",
        "The model was trained later than that morning; ask for a later one, or in_sample=true.",
    ),
    (ModelError, 503, "model-refused", "The model in service cannot answer this."),
    (
        LedgerError,
        409,
        "unknown-day",
        "The ledger has no books for that day; ask for a later one.",
    ),
    (UnusableHomeFile, 422, "home-file", ""),
    (InputError, 422, "refused", "The request cannot be used as given."),
    (PayriskError, 503, "unavailable", "This cannot be answered just now."),
)

TOO_LARGE = ("too-large", "The body is larger than the service takes.")

SENTENCES = {
    "missing": "This field is required.",
    "extra_forbidden": "A field here is not known.",
    "value_error": "The value does not fit; see the documented format.",
    "json_invalid": "The body is not valid JSON.",
    "string_pattern_mismatch": "The text does not have the documented form.",
}


def problem(
    request_id: str,
    status: int,
    code: str,
    detail: str,
    errors: list[dict[str, str]] | None = None,
) -> Response:
    """Write the document of one problem."""
    document: dict[str, Any] = {
        "type": f"urn:payrisk:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": request_id,
    }
    if errors is not None:
        document["errors"] = errors
    headers = {"Retry-After": "1"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return Response(json_bytes(document), status, headers, media_type=MEDIA_TYPE)


def _request_id(request: Request) -> str:
    return str(request.scope.get("payrisk_request_id", ""))


def _where(error: dict[str, Any]) -> str:
    """JSON pointer of the known part of a location; an unknown field's name is input."""
    parts = list(error["loc"])
    if error["type"] == "extra_forbidden":
        parts = parts[:-1]
    if error["type"] == "json_invalid":
        parts = parts[:1]
    return "/" + "/".join(str(part) for part in parts)


def _sentence(request: Request, fault: dict[str, Any]) -> str:
    """What is wrong with a part, in our words; an unknown field with the known one closest to it.

    The closest field is told from our own names alone, so that nothing of the input is repeated.
    """
    sentence = SENTENCES.get(fault["type"], "The value is not of the documented kind or size.")
    if fault["type"] != "extra_forbidden":
        return sentence
    where, *place = fault["loc"]
    for model in _models(request, str(where)):
        meant = closest_field(model, place)
        if meant is not None:
            return f"{sentence.removesuffix('.')}; perhaps '{meant}' is meant."
    return sentence


def _models(request: Request, where: str) -> list[type[BaseModel]]:
    """The models that say what the body or query of this request may hold."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    params = getattr(dependant, f"{where}_params", ())
    kinds = [getattr(param.field_info, "annotation", None) for param in params]
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        {
            "pointer": _where(fault),
            "code": fault["type"],
            "detail": _sentence(request, fault),
        }
        for fault in error.errors()[:20]
    ]
    detail = "The request does not have the documented form; `errors` says where."
    return problem(_request_id(request), 422, "invalid", detail, errors)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return problem(_request_id(request), error.status, error.code, error.detail, error.errors)


def house_problem(request: Request, error: Exception) -> Response:
    """The problem of an error of the house; raises one that is none."""
    for kind, status, code, detail in KINDS:
        if isinstance(error, kind):
            return problem(_request_id(request), status, code, detail or str(error))
    raise error


def http_problem(request: Request, error: Exception) -> Response:
    """The problem of an address or a method that there is not, or of a body that is too large."""
    assert isinstance(error, HTTPException)
    sentences = {
        400: ("unreadable", "The request cannot be read."),
        404: ("not-found", "There is nothing at this address."),
        405: ("method", "This address does not take that method."),
        413: TOO_LARGE,
    }
    code, detail = sentences.get(error.status_code, ("refused", "The request is refused."))
    answer = problem(_request_id(request), error.status_code, code, detail)
    answer.headers.update(error.headers or {})
    if error.status_code == 405:  # the framework names the methods of one route alone
        methods = request.app.state.access.table.methods_at(request.url.path)
        answer.headers["Allow"] = ", ".join(methods)
    return answer


def _defect(request: Request, _error: Exception) -> Response:
    detail = "A defect of the service; its log names it under this request_id."
    return problem(_request_id(request), 500, "defect", detail)


def add_handlers(app: FastAPI) -> None:
    """Turn every error of the app into a problem document."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ProblemError, _refused)
    app.add_exception_handler(PayriskError, house_problem)
    app.add_exception_handler(HTTPException, http_problem)
    app.add_exception_handler(Exception, _defect)
