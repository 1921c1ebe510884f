"""Where a file's header stands: below titles, of one line or of several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from payrisk.errors import InputError
from payrisk.ledger.importing.reading.containers.grid import N_TOP, Layout, joined_header
from payrisk.ledger.importing.reading.containers.top_lines import top_of_text
from payrisk.ledger.importing.reading.fields.repeated_headers import (
    without_page_lines,
    without_repeated_headers,
)
from payrisk.ledger.importing.reading.sheet import Sheet, is_text, read_sheet
from payrisk.ledger.importing.suggesting.words import (
    debit_or_credit_header,
    header_scores,
    is_kind_header,
)

_MOST_LINES = 3
_TABLES = ("invoices", "credits", "customers")


@dataclass(frozen=True)
class HeadedSheet:
    """A sheet read below its titles. titles: the filled cells that stand above the header."""

    sheet: Sheet
    layout: Layout
    titles: tuple[str, ...]


def read_headed_sheet(path: Path, name: str | None = None) -> HeadedSheet:
    """The sheet of a file with its header where it seems to stand.

    Raises InputError where no line of the file can be a header.
    """
    lines = _lines(path, name)
    skip_rows, header_rows = _place(lines)
    layout = Layout(skip_rows=skip_rows, header_rows=header_rows)
    sheet = read_sheet(path, sheet=name, layout=layout)
    sheet = without_page_lines(without_repeated_headers(sheet))
    titles = [cell.strip() for line in lines[:skip_rows] for cell in line if cell.strip()]
    return HeadedSheet(sheet, layout, tuple(titles))


def _lines(path: Path, name: str | None) -> Sequence[Sequence[str]]:
    """The first lines of a file as cells."""
    if is_text(path):
        return _lines_of_text(path)
    error: InputError | None = None
    for skip_rows in range(N_TOP):
        try:
            return read_sheet(path, sheet=name, layout=Layout(skip_rows=skip_rows)).top
        except InputError as why:
            error = error or why
    raise error or InputError(f"{path.name} has no line that could be a header.")


def _lines_of_text(path: Path) -> Sequence[Sequence[str]]:
    split = top_of_text(path).values()
    return max(split, key=lambda lines: (_best(lines), max(map(len, lines), default=0)))


def _best(lines: Sequence[Sequence[str]]) -> float:
    return max(map(_likeness, lines), default=0.0)


def _place(lines: Sequence[Sequence[str]]) -> tuple[int, int]:
    """(lines above the header, lines it has): those whose words name most fields.

    A header is followed by a line that is none; of equals the first and the shortest counts.
    """
    best, place = 0.0, (0, 1)
    for n_lines in range(1, _MOST_LINES + 1):
        for start in range(len(lines) - n_lines + 1):
            block = lines[start : start + n_lines]
            if n_lines > 1 and not _is_block(block):
                continue
            header = block[0] if n_lines == 1 else joined_header(block)
            # Captions of groups of columns are part of the header even where it does without.
            likeness = _likeness(header) + 0.3 * (n_lines - 1) - 0.01 * start
            if likeness > best + 1e-9:
                best, place = likeness, (start, n_lines)
    if best < 1.0:
        return _first_wide(lines), 1
    return place


def _is_block(block: Sequence[Sequence[str]]) -> bool:
    """Whether lines can be one header: words only, the last line the widest of them."""
    widths = [sum(bool(cell.strip()) for cell in line) for line in block]
    return all(map(_is_words, block)) and min(widths) > 1 and max(widths[:-1]) < widths[-1]


def _likeness(header: Sequence[str]) -> float:
    """How many fields the cells name, surely known ones more; cells that are numbers count off."""
    if sum(bool(cell.strip()) for cell in header) < 2:
        return 0.0
    fields: dict[str, float] = {}
    numbers = 0
    for cell in header:
        if re.match(r"^\W*\d", cell) or len(cell) > 60:
            numbers += 1
            continue
        name, score = _named(cell.strip())
        fields[name] = max(fields.get(name, 0.0), score)
    fields.pop("", None)
    return sum(fields.values()) - 0.7 * numbers


@lru_cache(maxsize=4096)
def _named(cell: str) -> tuple[str, float]:
    if not cell:
        return "", 0.0
    best = ("", 0.0)
    for table in _TABLES:
        for name, score in header_scores(cell, table).items():
            if score > best[1]:
                best = (name, score)
    if is_kind_header(cell) or debit_or_credit_header(cell):
        best = max(
            best,
            ("kind" if is_kind_header(cell) else debit_or_credit_header(cell), 0.8),
            key=_score,
        )
    return best


def _score(named: tuple[str, float]) -> float:
    return named[1]


def _is_words(line: Sequence[str]) -> bool:
    filled = [cell for cell in line if cell.strip()]
    return bool(filled) and not any(re.match(r"^\W*\d|.*:", cell) for cell in filled)


def _first_wide(lines: Sequence[Sequence[str]]) -> int:
    """The first line as wide as most, of words only; 0 where there is none."""
    widths = [sum(bool(cell.strip()) for cell in line) for line in lines]
    widest = max(widths, default=0)
    wide = (
        i for i, line in enumerate(lines) if widths[i] >= max(widest - 1, 2) and _is_words(line)
    )
    return next(wide, 0)
