"""Grid: the cells of one table as a container holds them, before a mapping gives them meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from payrisk.arrays import Days, Flags
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.importing.reading.containers.encodings import SPOKEN

MAX_HEADER_ROWS = 10
"""Lines of a header: beyond it is a title block, for which there is skip_rows."""

N_TOP = 30
"""Lines from the top that are kept to find the header in: title blocks are shorter."""


CAPTION = "(caption)"
"""The column that a layout with captions adds."""


@dataclass(frozen=True)
class Layout:
    """How a file is laid out, as far as its mapping says.

    delimiter, encoding: '' = told from the file. skip_rows: lines above the header. header_rows:
    lines the header has. fill_down: columns whose empty cells repeat the one above. titles: how
    lines of text begin that are no rows, nor is a header said again among them. captions: the
    column in which a cell alone in its row is a caption; it stands in the column CAPTION of the
    rows below, up to one that ends with it, as "Total Alpha Ltd" does. caption_lines: how lines of
    text begin whose rest is the caption of the rows below, as in "Customer  0000100200".
    """

    delimiter: str = ""
    skip_rows: int = 0
    header_rows: int = 1
    fill_down: tuple[str, ...] = ()
    encoding: str = ""
    titles: tuple[str, ...] = ()
    captions: str | None = None
    caption_lines: tuple[str, ...] = ()

    def fault(self) -> str:
        """What no file can be laid out as, as the middle of a sentence; '' where all can be."""
        sign = self.delimiter
        if sign and (len(sign) > 1 or sign.isalnum() or sign in '"\n\r ' or not sign.isascii()):
            return f"delimiter = {sign!r}; it must be one sign such as ';' or a tab"
        if self.skip_rows < 0:
            return f"skip_rows = {self.skip_rows}; it must be 0 or more"
        if not 1 <= self.header_rows <= MAX_HEADER_ROWS:
            return f"header_rows = {self.header_rows}; it must be from 1 to {MAX_HEADER_ROWS}"
        if self.encoding and self.encoding not in SPOKEN:
            return f"encoding = {self.encoding!r}; known are {', '.join(SPOKEN)}"
        return ""


@dataclass(frozen=True)
class Grid:
    """One table: the header, and below it columns of n cells each.

    typed: per column (n,) bool, where a cell is a number, date or truth value of the container
    itself, written here in one plain form (ISO day, decimal point); None = nowhere. rows: (n,)
    numbers, 1 = first row of data, rows set aside counted; n_rows: those included. top: the first
    lines of the file as cells, title block included. from_1904: whether numbers that are days
    count from 1904, as workbooks of old Macs do.
    """

    name: str
    header: tuple[str, ...]
    columns: tuple[Any, ...]
    typed: tuple[Flags | None, ...]
    rows: Days
    n_rows: int
    problems: tuple[Problem, ...] = ()
    top: tuple[tuple[str, ...], ...] = ()
    from_1904: bool = False


def joined_header(lines: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """A header of several lines as one: above every column what stands over it, outermost first.

    A cell that spans several columns stands in the first of them, in all lines but the last.

    >>> joined_header([["Invoice", "", "Customer"], ["No", "Date", ""]])
    ('Invoice No', 'Invoice Date', 'Customer')
    """
    n_columns = max(map(len, lines), default=0)
    words: list[list[str]] = [[] for _ in range(n_columns)]
    for depth, line in enumerate(lines):
        last, spans = "", depth < len(lines) - 1
        for position in range(n_columns):
            cell = line[position].strip() if position < len(line) else ""
            last = cell or (last if spans else "")
            if last and last not in words[position]:
                words[position].append(last)
    return tuple(" ".join(parts) for parts in words)
