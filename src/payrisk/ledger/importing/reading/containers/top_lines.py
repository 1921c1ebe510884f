"""The first lines of a text as cells, split at each delimiter: where its header is sought."""

from __future__ import annotations

import csv
from pathlib import Path

from payrisk.ledger.importing.reading.containers.bounds import bounded_bytes
from payrisk.ledger.importing.reading.containers.csv_text import DELIMITERS
from payrisk.ledger.importing.reading.containers.encodings import as_utf8
from payrisk.ledger.importing.reading.containers.grid import N_TOP

_HEAD = 1 << 16

Lines = tuple[tuple[str, ...], ...]


def top_of_text(path: Path, encoding: str = "") -> dict[str, Lines]:
    """{delimiter: the first lines, split at it}, a `sep=` line aside.

    Raises InputError where the text cannot be decoded.
    """
    text, _ = as_utf8(bounded_bytes(path), path.name, encoding)
    head = text[:_HEAD].decode("utf-8", errors="ignore").replace("\r\n", "\n").replace("\r", "\n")
    lines = head.split("\n")[:N_TOP]
    if lines[0].strip('"').lower().startswith("sep="):
        lines = lines[1:]
    return {sign: tuple(_cells(line, sign) for line in lines) for sign in DELIMITERS}


def _cells(line: str, sign: str) -> tuple[str, ...]:
    """One line as cells; of a cell that goes on below only what stands in this one."""
    return tuple(cell.strip() for row in csv.reader([line], delimiter=sign) for cell in row)
