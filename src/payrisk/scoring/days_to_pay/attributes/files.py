"""A daily hazard with a prior as the files of a bundle, and back: no pickle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payrisk.scoring.days_to_pay.attributes.categories import CategoryTable
from payrisk.scoring.days_to_pay.attributes.columns import AttributeColumn
from payrisk.scoring.model_files import Fields, ModelCodec

PREFIX = "hazard-"


def prefixed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of the daily hazard under names of their own."""
    return {f"{PREFIX}{name}": content for name, content in files.items()}


def unprefixed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of the daily hazard, by the names it knows."""
    return {
        n.removeprefix(PREFIX): content for n, content in files.items() if n.startswith(PREFIX)
    }


def _body(fields: Fields) -> dict[str, Any]:
    return {
        "columns": [list(column) for column in fields["columns"]],
        "tables": [table.to_json() for table in fields["tables"]],
        "backdated": list(fields["backdated"]),
        "strength": fields["strength"],
        "facts": dict(fields["facts"]),
    }


def _fields(body: Fields) -> dict[str, Any]:
    return {
        "columns": tuple(AttributeColumn(str(n), str(s), bool(t)) for n, s, t in body["columns"]),
        "tables": tuple(CategoryTable.from_json(table) for table in body["tables"]),
        "backdated": tuple(body["backdated"]),
        "strength": float(body["strength"]),
        "facts": dict(body["facts"]),
    }


CODEC = ModelCodec("attributed-hazard", _body, _fields, boosters={"boosters": "prior"})
"""The files of the prior of an `AttributedHazard`; those of its hazard stand beside them."""
