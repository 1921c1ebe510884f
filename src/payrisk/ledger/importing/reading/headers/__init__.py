"""Headers: which column of a file fills which field, by name, by synonym, or asked for."""

from payrisk.ledger.importing.reading.headers.asking import missing_column
from payrisk.ledger.importing.reading.headers.choosing import choose_sources
from payrisk.ledger.importing.reading.headers.synonyms import (
    LIKELY,
    SURE,
    HeaderGuess,
    field_of_header,
    header_words,
)

__all__ = [
    "LIKELY",
    "SURE",
    "HeaderGuess",
    "choose_sources",
    "field_of_header",
    "header_words",
    "missing_column",
]
