"""Cells of text into days, minor units, numbers and flags, a whole column at a time."""

from payrisk.ledger.importing.reading.cells.amounts import LARGEST, minor_units, rates
from payrisk.ledger.importing.reading.cells.dates import DATE_FORMATS, days
from payrisk.ledger.importing.reading.cells.instants import is_time_zone
from payrisk.ledger.importing.reading.cells.number_grammar import NumberGrammar
from payrisk.ledger.importing.reading.cells.plain import counts, exponent, exponents, flags
from payrisk.ledger.importing.reading.cells.text import (
    Doubt,
    ParsedColumn,
    Text,
    combine_chunks,
    empty_cells,
    flags_of,
    strip_cells,
)

__all__ = [
    "DATE_FORMATS",
    "LARGEST",
    "Doubt",
    "NumberGrammar",
    "ParsedColumn",
    "Text",
    "combine_chunks",
    "counts",
    "days",
    "empty_cells",
    "exponent",
    "exponents",
    "flags",
    "flags_of",
    "is_time_zone",
    "minor_units",
    "rates",
    "strip_cells",
]
