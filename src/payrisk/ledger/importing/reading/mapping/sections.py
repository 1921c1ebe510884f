"""Sections of a mapping: how TOML says which columns fill which fields."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from payrisk.errors import InputError
from payrisk.ledger.facts.tables import TABLES
from payrisk.ledger.importing.reading.cells import NumberGrammar
from payrisk.ledger.importing.reading.mapping.errors import MappingErrors
from payrisk.ledger.importing.reading.preset import (
    DroppedColumn,
    FieldSource,
    Section,
    fields_of,
)

_SECTION: dict[str, type] = {
    "files": list,
    "columns": dict,
    "attributes": dict,
    "dropped": list,
    "beside": bool,
    "numbered": bool,
    "numbered_by": list,
    "signed": bool,
    "several": bool,
}
_SOURCE: dict[str, type] = {
    "column": str,
    "join": list,
    "first_filled": list,
    "constant": str,
    "separator": str,
    "values": dict,
    "otherwise": str,
    "first_characters": int,
    "whole": bool,
    "negate": bool,
    "needs": list,
    "dates": list,
    "decimal": str,
    "thousands": str,
    "divide_by": dict,
    "negative_when": dict,
    "unless": dict,
    "minus": str,
    "plus_days": list,
}


def section_of(table: str, body: dict[str, Any], where: MappingErrors) -> Section:
    """The section a table of TOML gives; raises InputError saying which entry is wrong."""
    where.allow_only({table: 0}, TABLES, "table")
    where.allow_only(body, _SECTION, f"entry in [{table}]")
    for key, kind in _SECTION.items():
        where.require_kind(body, key, kind)
    fields = fields_of(table)
    columns = body.get("columns", {})
    where.allow_only(columns, fields, f"field in [{table}.columns]")
    dropped = []
    for entry in body.get("dropped", []):
        if not isinstance(entry, dict) or set(entry) != {"column", "when", "because"}:
            raise where.mapping_error(
                f"has a [[{table}.dropped]] without column, when and because."
            )
        for key, kind in {"column": str, "when": list, "because": str}.items():
            where.require_kind(entry, key, kind)
        dropped.append(DroppedColumn(entry["column"], tuple(entry["when"]), entry["because"]))
    return Section(
        table=table,
        files=tuple(body.get("files", [table])),
        fields={name: _sources(spec, f"{table}.{name}", where) for name, spec in columns.items()},
        attributes={str(k): str(v) for k, v in body.get("attributes", {}).items()},
        dropped=tuple(dropped),
        beside=body.get("beside", False),
        numbered=body.get("numbered", False) or bool(body.get("numbered_by")),
        numbered_by=tuple(body.get("numbered_by", [])),
        signed=body.get("signed", False),
        several=body.get("several", False),
    )


def _sources(spec: Any, field_name: str, where: MappingErrors) -> tuple[FieldSource, ...]:
    entries = spec if isinstance(spec, list) else [spec]
    return tuple(_source(entry, field_name, where) for entry in entries)


def _numbers(entry: Mapping[str, Any], field_name: str, where: MappingErrors) -> Any:
    """What one field says of its numbers; None where the mapping's own word counts."""
    if not {"decimal", "thousands"} & set(entry):
        return None
    try:
        return NumberGrammar(entry.get("decimal", ""), entry.get("thousands", ""))
    except InputError as error:
        raise where.mapping_error(
            f"has for {field_name} signs that cannot be meant: {error}"
        ) from None


def _source(entry: Any, field_name: str, where: MappingErrors) -> FieldSource:
    if isinstance(entry, str):
        return FieldSource((entry,))
    if not isinstance(entry, dict):
        raise where.mapping_error(
            f"fills {field_name} with {entry!r}; give a column name or a table."
        )
    where.allow_only(entry, _SOURCE, f"setting for {field_name}")
    for key, kind in _SOURCE.items():
        where.require_kind(entry, key, kind)
    ways = [way for way in ("column", "join", "first_filled", "constant") if way in entry]
    if len(ways) != 1:
        raise where.mapping_error(
            f"must fill {field_name} in exactly one way: column, join, first_filled or constant."
        )
    where.formats(entry.get("dates", []))
    how = ways[0]
    filling: Any = entry[how]
    try:
        divide_by = {
            column: {str(cell): float(rate) for cell, rate in rates.items()}
            for column, rates in entry.get("divide_by", {}).items()
        }
        if not all(0 < rate < math.inf for rates in divide_by.values() for rate in rates.values()):
            raise ValueError
        negative_when = {c: tuple(cells) for c, cells in entry.get("negative_when", {}).items()}
    except (AttributeError, TypeError, ValueError):
        raise where.mapping_error(
            f"has for {field_name} a divide_by or negative_when that is not"
            " {column = {cell = finite rate above 0}} or {column = [cells]}."
        ) from None
    return FieldSource(
        columns=() if how == "constant" else (filling,) if how == "column" else tuple(filling),
        how=how,
        separator=entry.get("separator", "-"),
        constant=filling if how == "constant" else None,
        values={str(k): str(v) for k, v in entry.get("values", {}).items()},
        otherwise=entry.get("otherwise"),
        first_characters=entry.get("first_characters", 0),
        whole=entry.get("whole", False),
        negate=entry.get("negate", False),
        needs=tuple(entry.get("needs", [])),
        dates=tuple(entry.get("dates", [])),
        grammar=_numbers(entry, field_name, where),
        divide_by=divide_by,
        negative_when=negative_when,
        unless=_unless(entry, field_name, where),
        minus=entry.get("minus", ""),
        plus_days=tuple(entry.get("plus_days", [])),
    )


def _unless(entry: Mapping[str, Any], field_name: str, where: MappingErrors) -> Any:
    """What overrules one field: {column: {cell: value}}."""
    unless = entry.get("unless", {})
    if not all(isinstance(meanings, dict) for meanings in unless.values()):
        raise where.mapping_error(
            f"has for {field_name} an unless that is not {{column = {{cell = value}}}}."
        )
    return {
        column: {str(cell): str(value) for cell, value in meanings.items()}
        for column, meanings in unless.items()
    }
