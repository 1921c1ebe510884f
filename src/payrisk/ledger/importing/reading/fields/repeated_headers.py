"""Lines of printed pages among the rows: the header said again, the number of the page."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.importing.reading.cells.text import flags_of
from payrisk.ledger.importing.reading.sheet import Sheet, without_rows

_PAGE = (
    r"(?i)^\s*-*\s*(?:seite|page|pagina|página|pág|pag|strona|str|side|sida|σελίδα|blatt|blad)"
    r"\.?(?:\s*n[o°º]\.?)?[\s:]*\d+(?:\s*(?:/|of|von|de|di|van|z|af|av|από)\s*\d+)?\s*-*\s*$"
)


def without_page_lines(sheet: Sheet) -> Sheet:
    """The sheet without the rows of which all that is filled is a page's number, and a note."""
    n_filled = np.zeros(len(sheet.rows), dtype=np.int64)
    for column in sheet.columns:
        is_text = pa.types.is_string(column.type)
        filled = pc.not_equal(column, "") if is_text else pc.is_valid(column)
        n_filled += flags_of(pc.fill_null(filled, False))
    alone = np.flatnonzero(n_filled == 1)
    pages = np.zeros(len(sheet.rows), dtype=bool)
    for column in sheet.columns:
        if len(alone) and pa.types.is_string(column.type):
            cells = pc.fill_null(column.take(pa.array(alone)), "")
            pages[alone] |= flags_of(pc.match_substring_regex(cells, _PAGE))
    return _without(sheet, pages, "page_line", "numbers of pages among the rows, left out")


def _without(sheet: Sheet, hit: Flags, code: str, message: str) -> Sheet:
    if not hit.any():
        return sheet
    first, n = int(sheet.rows[np.argmax(hit)]), int(hit.sum())
    note = Problem(code, message, "noted", sheet.name, first, n=n)
    rest = without_rows(sheet, hit)
    return replace(rest, problems=(*rest.problems, note))


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
    message = "header lines said again among the rows, left out"
    return _without(sheet, again, "header_again", message)
