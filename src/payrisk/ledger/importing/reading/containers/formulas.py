"""Formulas of a workbook that no program has calculated: each is kept with the result 0."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.importing.reading.containers.packed_sheets import sheet_part, text_pieces

_RESULT = re.compile(
    rb"<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*<(?:\w+:)?v>([^<]*)</(?:\w+:)?v>"
)


def uncalculated_formula_problems(path: Path, sheet: str, name: str) -> tuple[Problem, ...]:
    """A doubt where all formulas of a sheet of an .xlsx file have the result 0.

    So write libraries that cannot calculate; a spreadsheet keeps what it showed last.
    """
    n_formulas = 0
    try:
        with zipfile.ZipFile(path) as parts:
            entry = sheet_part(parts, sheet)
            for rows in text_pieces(parts, entry) if entry is not None else ():
                results = _RESULT.findall(rows) if b"</f>" in rows or b":f>" in rows else []
                if any(result != b"0" for result in results):
                    return ()
                n_formulas += len(results)
    except (zipfile.BadZipFile, zlib.error, KeyError):
        return ()
    if not n_formulas:
        return ()
    message = (
        "cells whose formulas all have the result 0, as where no program has calculated them: open"
        " the workbook, calculate and save it"
    )
    return (Problem("uncalculated", message, "doubted", name, n=n_formulas),)
