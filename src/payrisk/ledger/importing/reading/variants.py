"""Variants: which preset of a system, and which line as the header, fits the file at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path

import numpy as np

from payrisk.errors import InputError
from payrisk.ledger.facts.tables import TABLES
from payrisk.ledger.importing.reading.containers.grid import CAPTION, Layout
from payrisk.ledger.importing.reading.containers.top_lines import Lines, top_of_text
from payrisk.ledger.importing.reading.files import source_parts
from payrisk.ledger.importing.reading.grammar import load_preset
from payrisk.ledger.importing.reading.headers import choose_sources
from payrisk.ledger.importing.reading.preset import Preset, Section
from payrisk.ledger.importing.reading.sheet import Sheet, header_key, is_text, read_sheet


@dataclass(frozen=True)
class _Fit:
    """A preset beside the lines of a file: the line that is its header, what it lacks."""

    preset: Preset
    n_columns: int
    lacks: tuple[str, ...]
    skip_rows: int
    delimiter: str = ""

    @property
    def rank(self) -> tuple[bool, int]:
        return not self.lacks, self.n_columns


def fitting_preset(source: Path, preset: Preset) -> Preset:
    """The variant of a preset that fits a source, with the line of its header; or as it is.

    A variant fits where every field that must be filled has its column; of several the one that
    makes something of most columns, of equals the first. Raises InputError when none fits.
    """
    tried = [load_preset(name) for name in preset.variants] or [preset]
    if not preset.variants and not preset.find_header:
        return preset
    tried = [_as_asked(variant, preset) for variant in tried] if preset.variants else tried
    fits = [_fit_of_source(source, variant) for variant in tried]
    best = max(fits, key=lambda fit: fit.rank)
    if best.lacks and preset.variants:
        raise InputError(
            f"{source.name} is none of the exports that the preset {preset.name} knows"
            f" ({', '.join(preset.variants)}): it is likest {best.preset.name}, but has no column"
            f" for {', '.join(best.lacks)}; add the column to the export's layout, or name it in a"
            f' mapping with preset = "{best.preset.name}".'
        )
    if not best.preset.find_header:
        return best.preset
    return replace(
        best.preset,
        find_header=False,
        layout=replace(
            best.preset.layout,
            skip_rows=best.skip_rows,
            delimiter=best.preset.layout.delimiter or best.delimiter,
        ),
    )


def _as_asked(variant: Preset, preset: Preset) -> Preset:
    """A variant with what is said of this import, such as the currency of rows that name none."""
    whole = {"name", "about", "sections", "variants", "is_shipped", "layout"}
    given = {
        f.name: getattr(preset, f.name)
        for f in fields(Preset)
        if f.name not in whole
        and f.default is not MISSING
        and getattr(preset, f.name) != f.default
    }
    laid_out = {
        f.name: getattr(preset.layout, f.name)
        for f in fields(Layout)
        if getattr(preset.layout, f.name) != f.default
    }
    return replace(variant, layout=replace(variant.layout, **laid_out), **given)


def _fit_of_source(source: Path, preset: Preset) -> _Fit:
    """How the first file of a source fits a preset."""
    try:
        part = next(p for p in source_parts(source, preset)[0] if p.section.table in _MAIN)
    except (InputError, StopIteration):
        return _Fit(preset, 0, ("a file of its name",), 0)
    fields = part.section.fields
    names = {header_key(c) for ways in fields.values() for s in ways for c in s.columns}
    fits = [
        _fit(line, at, sign, preset, part.section, names)
        for sign, lines in _tops(part.path, part.sheet, preset).items()
        for at, line in enumerate(lines)
        if preset.find_header or at == preset.layout.skip_rows
    ]
    return max(fits, key=lambda fit: fit.rank, default=_Fit(preset, 0, ("any field",), 0))


_MAIN = ("invoices", "credits", "customers")


def _tops(path: Path, sheet: str | None, preset: Preset) -> dict[str, Lines]:
    if is_text(path):
        tops, sign = top_of_text(path, preset.layout.encoding), preset.layout.delimiter
        return {sign: tops[sign]} if sign in tops else tops
    return {"": read_sheet(path, sheet=sheet).top}


def _fit(
    line: Sequence[str],
    start: int,
    delimiter: str,
    preset: Preset,
    section: Section,
    names: set[str],
) -> _Fit:
    has_captions = preset.layout.captions is not None or preset.layout.caption_lines
    given = (CAPTION,) if has_captions else ()
    sheet = Sheet("", (*line, *given), (), np.zeros(0, dtype=np.int64), 0)
    n_columns = len({header_key(cell) for cell in line} & names)
    picked = choose_sources(sheet, section) if n_columns else {}
    lacks = tuple(
        column.name
        for column in TABLES[section.table].columns
        if column.required
        and column.default is None
        and column.name not in picked
        and not (column.name == "currency" and section.table in ("invoices", "credits"))
        and not (column.name.endswith("_id") and section.numbered and column.name != "customer_id")
    )
    return _Fit(preset, n_columns, lacks, start, delimiter)
