"""What the OpenAPI document allows and forbids, sent by schemathesis to the application."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode

ADDRESS = "http://127.0.0.1:8000"


def operations(app: FastAPI) -> list[Any]:
    """Every operation of the document of an application."""
    schema = schemathesis.openapi.from_dict(app.openapi())
    return [result.ok() for result in schema.get_all_operations()]


def findings(client: Any, chosen: Iterable[Any], n_examples: int) -> list[str]:
    """What an application does otherwise than it documents, a line each; the same every time.

    client: of the running application. Every check of schemathesis is made on n_examples
    requests of each kind an operation: those the schema allows, and those it does not.
    """
    found: dict[str, None] = {}
    for operation in chosen:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            cases = operation.as_strategy(generation_mode=mode)
            _ask_each(cases, n_examples, _asking(client, found))
    return list(found)


def _asking(client: Any, found: dict[str, None]) -> Callable[[Any], None]:
    def ask(case: Any) -> None:
        case.body = _without_points(case.body)
        request = case.as_transport_kwargs(base_url=ADDRESS)
        request.pop("cookies", None)  # none is documented
        if isinstance(request.get("data"), (str, bytes)):  # the client's name of raw content
            request["content"] = request.pop("data")
        answer = client.request(**request)
        try:
            case.validate_response(answer)
        except (FailureGroup, Failure) as failed:
            for fault in getattr(failed, "exceptions", [failed]):
                name = type(fault).__name__
                if name != "RejectedPositiveData" or not _is_beyond_schemas(case, answer):
                    found[f"{case.operation.label}: {name}: {answer.text[:300]}"] = None

    return ask


def _without_points(value: Any) -> Any:
    """A body whose 5.0 are 5: to JSON Schema both are integers, to us 5.0 is refused.

    Whoever writes minor units with a point meant another unit.
    """
    if isinstance(value, dict):
        return {name: _without_points(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_points(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_beyond_schemas(case: Any, answer: Any) -> bool:
    """Whether all that is refused is what the words of a schema cannot say.

    A rule between fields, one of the ledger, the store or the day, or the bounds and decimals of
    an amount that is written as text.
    """
    errors = json.loads(answer.text).get("errors", ())
    return all(
        error["code"] == "value_error" or isinstance(_sent(case, error["pointer"]), str)
        for error in errors
    )


def _sent(case: Any, pointer: str) -> Any:
    """What a request had at a place of its body; None for what is elsewhere or not there."""
    where, *steps = pointer.strip("/").split("/")
    value = case.body if where == "body" else None
    for step in steps:
        if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value if pointer.rpartition("/")[2] != where else None


def _ask_each(cases: Any, n_examples: int, ask: Callable[[Any], None]) -> None:
    @seed(7)
    @settings(
        max_examples=n_examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def each(case: Any) -> None:
        ask(case)

    try:
        each()
    except Unsatisfiable:
        return  # everything is allowed: there is nothing to forbid
