"""Reading somebody's export into facts: a preset says how, Problems say what was met."""

from payrisk.ledger.importing.reading.grammar import (
    load_preset,
    preset_from_file,
    preset_from_text,
    preset_names,
)
from payrisk.ledger.importing.reading.preset import Preset
from payrisk.ledger.importing.reading.read import FileCount, SourceContents, read_source

__all__ = [
    "FileCount",
    "Preset",
    "SourceContents",
    "load_preset",
    "preset_from_file",
    "preset_from_text",
    "preset_names",
    "read_source",
]
