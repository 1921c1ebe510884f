"""The grammar of a mapping: TOML to a Preset, every wrong entry named."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from payrisk.errors import InputError
from payrisk.ledger.facts.tables import TABLES
from payrisk.ledger.importing.reading.cells import DATE_FORMATS, NumberGrammar
from payrisk.ledger.importing.reading.containers.bounds import MAX_MAPPING_BYTES
from payrisk.ledger.importing.reading.preset import (
    DroppedColumn,
    FieldSource,
    Preset,
    Section,
    fields_of,
)
from payrisk.ledger.importing.reading.shares import NO_DOUBTS, REFUSED_ABOVE, Shares


def preset_names() -> tuple[str, ...]:
    """The presets that come with payrisk."""
    folder = resources.files("payrisk.ledger") / "presets"
    return tuple(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml")))


def load_preset(name: str) -> Preset:
    """One of the presets that come with payrisk; raises InputError naming them all."""
    available = preset_names()
    if name not in available:
        near = difflib.get_close_matches(name, available, 1)
        hint = f"; did you mean '{near[0]}'?" if near else ", or give --mapping FILE.toml."
        raise InputError(f"There is no preset '{name}' (there are {', '.join(available)}){hint}")
    text = (resources.files("payrisk.ledger") / "presets" / f"{name}.toml").read_text("utf-8")
    return replace(preset_from_text(text, name), is_shipped=True)


def preset_from_file(path: Path) -> Preset:
    """A mapping of one's own; raises InputError when it is absent or says what cannot be meant."""
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"The mapping {path} is no file; check the path.")
        if path.stat().st_size > MAX_MAPPING_BYTES:
            raise InputError(f"The mapping {path} is larger than {MAX_MAPPING_BYTES >> 20} MiB.")
        return preset_from_text(path.read_text("utf-8-sig"), path.name)
    except FileNotFoundError:
        raise InputError(f"There is no mapping file {path}; check the path.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The mapping {path} cannot be read ({error}).") from None


def preset_from_text(text: str, name: str) -> Preset:
    """A preset of TOML text; raises InputError saying which entry is wrong."""
    try:
        document = tomllib.loads(text)
    except ValueError as error:  # its own kind, or Python's for a number of thousands of digits
        raise InputError(f"The mapping {name} is not valid TOML: {error}.") from None
    except RecursionError:
        raise InputError(
            f"The mapping {name} is nested too deeply; three levels are all it needs."
        ) from None
    where = _MappingErrors(name)
    shared = {key: value for key, value in document.items() if not isinstance(value, dict)}
    where.allow_only(shared, _SHARED, "setting")
    for key, kind in _SHARED.items():
        where.require_kind(shared, key, kind)
    where.formats(shared.get("dates", []))
    doubts = _shares(document, "doubts", NO_DOUBTS, ("rows", "money"), where)
    refuse = _shares(document, "refuse", REFUSED_ABOVE, ("rows", "money", "books"), where)
    if doubts.rows > refuse.rows or doubts.money > refuse.money:
        raise where.wrong("lets more pass under [doubts] than [refuse] refuses; lower the first.")
    sections = {
        table: _section(table, body, where)
        for table, body in document.items()
        if isinstance(body, dict) and table not in ("doubts", "refuse")
    }
    settings = {"about": "", **shared}
    settings |= {
        key: tuple(shared[key]) for key in ("dates", "empty", "fill_down") if key in shared
    }
    shares = {"doubts": doubts, "refuse": refuse}
    settings |= {key: share for key, share in shares.items() if key in document}
    if base := settings.pop("preset", ""):
        return _changed(load_preset(base), name, sections, document, settings)
    if not sections:
        raise InputError(
            f"The mapping {name} names no table; begin one with [invoices], or say which preset it"
            ' changes, as in preset = "generic".'
        )
    return Preset(name=name, sections=sections, **settings)


_SHARED: dict[str, type] = {
    "about": str,
    "dates": list,
    "decimal": str,
    "thousands": str,
    "timezone": str,
    "synonyms": bool,
    "preset": str,
    "delimiter": str,
    "skip_rows": int,
    "header_rows": int,
    "fill_down": list,
    "encoding": str,
    "empty": list,
    "currency": str,
    "ids": str,
    "kind": str,
}
_SECTION: dict[str, type] = {
    "files": list,
    "columns": dict,
    "attributes": dict,
    "dropped": list,
    "beside": bool,
    "numbered": bool,
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
}


@dataclass(frozen=True)
class _MappingErrors:
    """The place in a mapping being read, for sentences."""

    name: str

    def wrong(self, what: str) -> InputError:
        return InputError(f"The mapping {self.name} {what}")

    def allow_only(
        self, entries: Mapping[str, Any], allowed: Mapping[str, Any], what: str
    ) -> None:
        for key in entries:
            if key not in allowed:
                near = difflib.get_close_matches(key, list(allowed), 1)
                hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(allowed)}."
                raise self.wrong(f"has a {what} '{key}' that does not exist; {hint}")

    def require_kind(self, entries: Mapping[str, Any], key: str, kind: type) -> None:
        if key in entries and type(entries[key]) is not kind:
            word = {str: "a text", list: "a list", dict: "a table", int: "a whole number"}
            raise self.wrong(
                f"says {key} = {entries[key]!r}; it must be {word.get(kind, 'true or false')}."
            )
        is_list = kind is list and key in entries and key != "dropped"
        if is_list and not all(isinstance(entry, str) for entry in entries[key]):
            raise self.wrong(f"says {key} = {entries[key]!r}; it must be a list of texts.")

    def formats(self, names: Sequence[str]) -> None:
        self.allow_only(dict.fromkeys(names), DATE_FORMATS, "date format")


def _shares(
    document: Mapping[str, Any],
    table: str,
    default: Shares,
    names: Sequence[str],
    where: _MappingErrors,
) -> Shares:
    """The shares that [doubts] or [refuse] gives; what it leaves out is as by default."""
    given = document.get(table, {})
    where.allow_only(given, dict.fromkeys(names), f"share in [{table}]")
    for name, share in given.items():
        if type(share) not in (int, float) or not 0 <= share <= 1:
            raise where.wrong(
                f"says {name} = {share!r} in [{table}]; give a share from 0 to 1, such as 0.01."
            )
    return replace(default, **{name: float(share) for name, share in given.items()})


def _changed(
    base: Preset,
    name: str,
    sections: Mapping[str, Section],
    document: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> Preset:
    """A preset with a mapping's own words put over it, field by field."""
    whole = dict(base.sections)
    for table, section in sections.items():
        if table in whole:
            under = whole[table]
            body = {key: getattr(section, key) for key in document[table] if key != "columns"}
            section = replace(under, fields={**under.fields, **section.fields}, **body)
        whole[table] = section
    return replace(base, name=name, sections=whole, is_shipped=False, **settings)


def _section(table: str, body: dict[str, Any], where: _MappingErrors) -> Section:
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
            raise where.wrong(f"has a [[{table}.dropped]] without column, when and because.")
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
        numbered=body.get("numbered", False),
    )


def _sources(spec: Any, field_name: str, where: _MappingErrors) -> tuple[FieldSource, ...]:
    entries = spec if isinstance(spec, list) else [spec]
    return tuple(_source(entry, field_name, where) for entry in entries)


def _numbers(entry: Mapping[str, Any], field_name: str, where: _MappingErrors) -> Any:
    """What one field says of its numbers; None where the mapping's own word counts."""
    if not {"decimal", "thousands"} & set(entry):
        return None
    try:
        return NumberGrammar(entry.get("decimal", ""), entry.get("thousands", ""))
    except InputError as error:
        raise where.wrong(f"has for {field_name} signs that cannot be meant: {error}") from None


def _source(entry: Any, field_name: str, where: _MappingErrors) -> FieldSource:
    if isinstance(entry, str):
        return FieldSource((entry,))
    if not isinstance(entry, dict):
        raise where.wrong(f"fills {field_name} with {entry!r}; give a column name or a table.")
    where.allow_only(entry, _SOURCE, f"setting for {field_name}")
    for key, kind in _SOURCE.items():
        where.require_kind(entry, key, kind)
    ways = [way for way in ("column", "join", "first_filled", "constant") if way in entry]
    if len(ways) != 1:
        raise where.wrong(
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
        raise where.wrong(
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
    )
