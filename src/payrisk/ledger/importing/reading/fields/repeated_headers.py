"""Header lines said again among the rows, as printed pages and joined files have them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.importing.reading.cells.text import flags_of
from payrisk.ledger.importing.reading.sheet import Sheet, without_rows


def without_repeated_headers(sheet: Sheet) -> Sheet:
    """The sheet without the rows that say its header again cell by cell, and a note of them."""
    again = np.ones(len(sheet.rows), dtype=bool)
    for name, column in zip(sheet.header, sheet.columns, strict=True):
        if not again.any():
            return sheet
        if not pa.types.is_string(column.type):
            return sheet
        cells = pc.utf8_trim_whitespace(pc.fill_null(column, ""))
        again &= flags_of(pc.equal(cells, name.strip()))
    if not again.any():
        return sheet
    message = "header lines said again among the rows, left out"
    first, n = int(sheet.rows[np.argmax(again)]), int(again.sum())
    note = Problem("header_again", message, "noted", sheet.name, first, n=n)
    rest = without_rows(sheet, again)
    return replace(rest, problems=(*rest.problems, note))
