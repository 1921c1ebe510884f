"""The question that a page's address asks, as the API's own query: empty fields ask nothing."""

from __future__ import annotations

from typing import TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

Query = TypeVar("Query", bound=BaseModel)


def question(query: type[Query], request: Request, **assumed: str) -> Query:
    """The fields of a query that the address fills, the others as assumed.

    Fields that are no part of the query belong to the page. Raises RequestValidationError for
    what the API would not take either.
    """
    typed = {name: text.strip() for name, text in request.query_params.items() if text.strip()}
    known = {name: text for name, text in typed.items() if name in query.model_fields}
    try:
        return query.model_validate(assumed | known)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
