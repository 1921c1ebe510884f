"""The field that was meant: the closest one that a request knows where an unknown one stands."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

LIKE = 0.5
"""How alike a name must be to have been meant."""


def closest_field(model: type[BaseModel], place: Sequence[str | int]) -> str | None:
    """The known field closest to the last name of a place; None where none is alike.

    place: keys and positions from the outermost inwards, as pydantic tells them. A field that
    belongs elsewhere in the same request is told with its path: `application.net_worth`.
    """
    *outer, name = place
    here = _model_at(model, outer)
    wanted = str(name).casefold()
    fields = list(here.model_fields) if here is not None else []
    close = difflib.get_close_matches(wanted, fields, 1, LIKE)
    if close and difflib.SequenceMatcher(None, wanted, close[0]).ratio() >= 0.7:
        return close[0]
    elsewhere = _paths(model)
    if wanted in elsewhere:
        return elsewhere[wanted]
    return close[0] if close else None


def _model_at(model: type[BaseModel], place: Sequence[str | int]) -> type[BaseModel] | None:
    here: type[BaseModel] | None = model
    for part in place:
        if isinstance(part, int):
            continue
        if here is None or part not in here.model_fields:
            return None
        here = _model_in(here.model_fields[part].annotation)
    return here


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model an annotation speaks of, in a list or beside None too."""
    if typing.get_origin(annotation) is None:
        is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
        return annotation if is_model else None
    inside = (_model_in(part) for part in typing.get_args(annotation))
    return next((part for part in inside if part is not None), None)


def _paths(model: type[BaseModel]) -> dict[str, str]:
    """Every field of the parts of a request → where it belongs."""
    paths: dict[str, str] = {}
    for outer, field in model.model_fields.items():
        part = _model_in(field.annotation)
        for name in () if part is None else part.model_fields:
            paths.setdefault(name, f"{outer}.{name}")
    return paths
