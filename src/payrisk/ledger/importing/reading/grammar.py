"""The grammar of a mapping: TOML to a Preset, every wrong entry named."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from payrisk.errors import InputError
from payrisk.ledger.importing.reading.containers.bounds import MAX_MAPPING_BYTES
from payrisk.ledger.importing.reading.containers.grid import Layout
from payrisk.ledger.importing.reading.mapping.errors import MappingErrors
from payrisk.ledger.importing.reading.mapping.sections import section_of
from payrisk.ledger.importing.reading.preset import Preset, Section
from payrisk.ledger.importing.reading.shares import NO_DOUBTS, REFUSED_ABOVE, DoubtShares


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
    return _shipped(name)


@cache
def _shipped(name: str) -> Preset:
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
    where = MappingErrors(name)
    shared = {key: value for key, value in document.items() if not isinstance(value, dict)}
    where.allow_only(shared, _SHARED, "setting")
    for key, kind in _SHARED.items():
        where.require_kind(shared, key, kind)
    where.formats(shared.get("dates", []))
    doubts = _shares(document, "doubts", NO_DOUBTS, ("rows", "money"), where)
    refuse = _shares(document, "refuse", REFUSED_ABOVE, ("rows", "money", "books"), where)
    if doubts.rows > refuse.rows or doubts.money > refuse.money:
        raise where.mapping_error(
            "lets more pass under [doubts] than [refuse] refuses; lower the first."
        )
    sections = {
        table: section_of(table, body, where)
        for table, body in document.items()
        if isinstance(body, dict) and table not in ("doubts", "refuse")
    }
    settings = {"about": "", **shared}
    settings |= {
        key: tuple(shared[key])
        for key in ("dates", "empty", "fill_down", "titles", "variants", "caption_lines")
        if key in shared
    }
    laid_out = {f.name: settings.pop(f.name) for f in fields(Layout) if f.name in settings}
    shares = {"doubts": doubts, "refuse": refuse}
    settings |= {key: share for key, share in shares.items() if key in document}
    if base := settings.pop("preset", ""):
        under = load_preset(base)
        settings["layout"] = replace(under.layout, **laid_out)
        return _changed(under, name, sections, document, settings)
    if not sections and not settings.get("variants"):
        raise InputError(
            f"The mapping {name} names no table; begin one with [invoices], or say which preset it"
            ' changes, as in preset = "generic".'
        )
    return Preset(name=name, sections=sections, layout=Layout(**laid_out), **settings)


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
    "titles": list,
    "captions": str,
    "caption_lines": list,
    "find_header": bool,
    "variants": list,
}


def _shares(
    document: Mapping[str, Any],
    table: str,
    default: DoubtShares,
    names: Sequence[str],
    where: MappingErrors,
) -> DoubtShares:
    """The shares that [doubts] or [refuse] gives; what it leaves out is as by default."""
    given = document.get(table, {})
    where.allow_only(given, dict.fromkeys(names), f"share in [{table}]")
    for name, share in given.items():
        if type(share) not in (int, float) or not 0 <= share <= 1:
            raise where.mapping_error(
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
    if base.variants and sections:
        raise InputError(
            f"The mapping {name} changes columns of {base.name}, which stands for several presets;"
            f" name the one it changes ({', '.join(base.variants)})."
        )
    whole = dict(base.sections)
    for table, section in sections.items():
        if table in whole:
            under = whole[table]
            body = {key: getattr(section, key) for key in document[table] if key != "columns"}
            section = replace(under, fields={**under.fields, **section.fields}, **body)
        whole[table] = section
    return replace(base, name=name, sections=whole, is_shipped=False, **settings)
