"""Columns with neither a header nor a cell, which spreadsheets leave behind by the thousand."""

from __future__ import annotations

from dataclasses import replace

from payrisk.errors import InputError
from payrisk.ledger.importing.reading.sheet import Sheet

MANY_COLUMNS, MOST_COLUMNS = 200, 1_000
"""Columns from which blank ones are looked for, and beyond which nothing is read."""


def without_blank_columns(sheet: Sheet) -> Sheet:
    """The sheet without columns that have neither a header nor a cell, as spreadsheets leave them.

    Raises InputError for more columns than an export has.
    """
    if len(sheet.header) <= MANY_COLUMNS:
        return sheet
    kept = [i for i, h in enumerate(sheet.header) if h.strip() or _has_cells(sheet, i)]
    if len(kept) > MOST_COLUMNS:
        raise InputError(
            f"{sheet.name} has {len(kept):,} columns, where an export of receivables has some"
            f" tens; export fewer than {MOST_COLUMNS:,}."
        )
    typed = tuple(sheet.typed[i] for i in kept) if sheet.typed else sheet.typed
    return replace(
        sheet,
        header=tuple(sheet.header[i] for i in kept),
        columns=tuple(sheet.columns[i] for i in kept),
        typed=typed,
    )


def _has_cells(sheet: Sheet, position: int) -> bool:
    return bool(len(sheet.rows)) and sheet.text(position).null_count < len(sheet.rows)
