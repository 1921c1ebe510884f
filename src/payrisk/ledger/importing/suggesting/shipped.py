"""Which of the shipped presets a file or folder is an export of, if it surely is of one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from payrisk.errors import InputError
from payrisk.ledger.importing.reading.fields import used_columns
from payrisk.ledger.importing.reading.files import source_parts
from payrisk.ledger.importing.reading.grammar import load_preset, preset_names
from payrisk.ledger.importing.reading.headers import choose_sources
from payrisk.ledger.importing.reading.preset import Preset
from payrisk.ledger.importing.reading.sheet import header_key, read_sheet
from payrisk.ledger.importing.reading.variants import fitting_preset
from payrisk.ledger.importing.suggesting.choosing import NEEDED

LEAST_USED = 0.5
"""Share of a file's columns that a preset makes something of, to be taken for its."""


@dataclass(frozen=True)
class PresetFit:
    """A shipped preset beside a source.

    n_used: columns of the source that it reads. share: of all the columns there are. has_number:
    whether a column holds the invoices' numbers, which it would otherwise make of other cells.
    """

    name: str
    n_used: int
    share: float
    has_number: bool


def fitting_presets(source: Path) -> list[PresetFit]:
    """The shipped presets whose needed columns a source has, the fittest first.

    A preset that stands for several is named by the one of them that fits.
    """
    fits = [fit for name in preset_names() if (fit := _fit(source, name)) is not None]
    return sorted(fits, key=lambda fit: (-fit.n_used, -fit.share, fit.name))


def _fit(source: Path, name: str) -> PresetFit | None:
    preset = load_preset(name)
    if preset.variants or name == "generic":
        return None
    try:
        return _measured(source, name, fitting_preset(source, preset))
    except InputError:
        return None


def _measured(source: Path, name: str, preset: Preset) -> PresetFit | None:
    n_used = n_columns = 0
    has_main, has_number = False, True
    for part in source_parts(source, preset)[0]:
        sheet = read_sheet(part.path, sheet=part.sheet, layout=preset.layout)
        section = part.section
        picked = choose_sources(sheet, section)
        used = {header_key(column) for column in used_columns(section, picked)}
        headers = {header_key(header) for header in sheet.header if header.strip()}
        needed = set(NEEDED.get(section.table, ()))
        needed -= {"invoice_id", "credit_id"} if section.numbered else set()
        if "amount" not in picked and "balance" in picked:
            needed -= {"amount"}
        if not needed <= set(picked):
            return None
        has_number = has_number and ("invoice_id" in picked or section.table != "invoices")
        has_main = has_main or section.table in NEEDED
        n_used += len(used & headers)
        n_columns += len(headers)
    share = n_used / max(n_columns, 1)
    if not has_main or share < LEAST_USED:
        return None
    return PresetFit(name, n_used, round(share, 2), has_number)
