"""Fields: from the columns of a file to the typed values of a table."""

from payrisk.ledger.importing.reading.fields.columns import (
    constant_text,
    field_text,
    used_columns,
)
from payrisk.ledger.importing.reading.fields.kinds import typed_fields

__all__ = ["constant_text", "field_text", "typed_fields", "used_columns"]
