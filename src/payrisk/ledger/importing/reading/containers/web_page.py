"""Tables of web pages and of Excel's XML of 2003: what many systems call an .xls file."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa

from payrisk.errors import InputError
from payrisk.ledger.importing.reading.containers.bounds import MAX_COLUMNS, MAX_GRID_CELLS
from payrisk.ledger.importing.reading.containers.csv_text import empty_file, no_header_left
from payrisk.ledger.importing.reading.containers.encodings import SPOKEN, as_utf8
from payrisk.ledger.importing.reading.containers.grid import N_TOP, Grid, Layout, joined_header

MAX_PAGE_BYTES = 1 << 26
"""Of a page: 64 MiB take a minute to read, and hold 200,000 rows."""

_PAGE = re.compile(
    r"<\s*(?:!doctype\s+html|html|head|meta|body|style|table|div|workbook)\b", re.IGNORECASE
)
_CHARSET = re.compile(rb"(?:charset|encoding)=[\"']?([A-Za-z0-9_-]{3,20})", re.IGNORECASE)
_TYPED = ("number", "datetime", "boolean")


def is_page(head: bytes) -> bool:
    """Whether a file begins as a page or as XML of a workbook."""
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").decode("latin-1")
    return text.startswith("<") and bool(_PAGE.search(text))


def page_grid(raw: bytes, path: Path, layout: Layout) -> Grid:
    """The table of a page with the most rows; raises InputError where there is none.

    Cells that span columns or rows: the first column holds the text, every row does.
    """
    if len(raw) > MAX_PAGE_BYTES:
        raise InputError(
            f"{path.name} is a web page of more than {MAX_PAGE_BYTES >> 20} MiB; export it as CSV."
        )
    text, problems = as_utf8(raw, path.name, layout.encoding or _declared(raw))
    tables = _Tables(path.name)
    tables.feed(text.decode("utf-8"))
    tables.close()
    lines = max(tables.tables, key=len, default=[])
    filled = [(i, line) for i, line in enumerate(lines) if any(c.strip() for c, _ in line)]
    if not filled:
        raise empty_file(path.name)
    below = [line for i, line in filled if i >= layout.skip_rows]
    if not below:
        raise no_header_left(path.name, layout.skip_rows)
    n_columns = max(map(len, below))
    whole = [line + [("", False)] * (n_columns - len(line)) for line in below]
    head, body = whole[: layout.header_rows], whole[layout.header_rows :]
    header = joined_header([[text for text, _ in line] for line in head])
    columns = list(zip(*body, strict=True)) or [()] * n_columns
    return Grid(
        name=path.name,
        header=header + ("",) * (n_columns - len(header)),
        columns=tuple(pa.chunked_array([[t for t, _ in c]], pa.string()) for c in columns),
        typed=tuple(np.array([is_typed for _, is_typed in c], dtype=bool) for c in columns),
        rows=np.arange(1, len(body) + 1, dtype=np.int64),
        n_rows=len(body),
        problems=problems,
        top=tuple(tuple(text for text, _ in line) for line in lines[:N_TOP]),
    )


def _declared(raw: bytes) -> str:
    """The encoding a page names, where its bytes do not show another."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or raw[:64].count(0):
        return ""
    match = _CHARSET.search(raw[:2048])
    try:
        name = codecs.lookup(match[1].decode() if match else "").name
        raw.decode(name)
    except (LookupError, UnicodeDecodeError):
        return ""
    return name if name in SPOKEN else ""


class _Tables(HTMLParser):
    """Collects the cells of every table; those of a table within a cell are the cell's text."""

    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.name = name
        self.tables: list[list[list[tuple[str, bool]]]] = []
        self._depth = self._n_cells = 0
        self._cell: list[str] | None = None
        self._span = (1, 1)
        self._is_typed = False
        self._spanning: dict[int, tuple[int, tuple[str, bool]]] = {}
        self._spanning_next: dict[int, tuple[int, tuple[str, bool]]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, row or cell."""
        values = {key.rpartition(":")[2]: value or "" for key, value in attrs}
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
                self._spanning_next = {}
        elif self._depth != 1:
            return
        elif tag in ("tr", "row"):
            self._begin_row(tag, values)
        elif tag in ("td", "th", "cell"):
            self._begin_cell(tag, values)
        elif tag == "data":
            self._is_typed = values.get("type", "").lower() in _TYPED
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Close a cell or a table."""
        if tag == "table" and self._depth:
            if self._depth == 1:
                self._end_cell()
            self._depth -= 1
        elif self._depth == 1 and tag in ("td", "th", "cell", "tr", "row"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        """Text of a cell."""
        if self._cell is not None:
            self._cell.append(data)

    def _begin_row(self, tag: str, values: Mapping[str, str]) -> None:
        self._end_cell()
        index = _count(values.get("index"), 0) if tag == "row" else 0
        while len(self.tables[-1]) + 1 < index:
            self._row()
        self._row()

    def _begin_cell(self, tag: str, values: Mapping[str, str]) -> None:
        self._end_cell()
        if not self.tables[-1]:
            self._row()
        index = _count(values.get("index"), 0) if tag == "cell" else 0
        while len(self.tables[-1][-1]) + 1 < index:
            self._put(self.tables[-1][-1], ("", False))
        across = _count(values.get("mergeacross"), 0) + 1
        self._span = (_count(values.get("colspan"), across), _count(values.get("rowspan"), 1))
        self._cell, self._is_typed = [], False

    def _row(self) -> None:
        self._take_spanning()
        self.tables[-1].append([])
        self._n_cells += 1
        self._spanning, self._spanning_next = self._spanning_next, {}
        self._take_spanning()

    def _take_spanning(self) -> None:
        """The cells that reach down from rows above to where this row stands."""
        row = self.tables[-1][-1] if self.tables[-1] else []
        while (n_left := self._spanning.pop(len(row), None)) is not None:
            if n_left[0] > 1:
                self._spanning_next[len(row)] = (n_left[0] - 1, n_left[1])
            self._put(row, n_left[1])

    def _put(self, row: list[tuple[str, bool]], cell: tuple[str, bool]) -> None:
        self._n_cells += 1
        if len(row) >= MAX_COLUMNS or self._n_cells > MAX_GRID_CELLS:
            raise InputError(
                f"{self.name} has a table of more cells than can be read; export it as CSV."
            )
        row.append(cell)

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        text = re.sub(r"[ \t\r\n]+", " ", "".join(self._cell)).strip(" ")
        if self._is_typed:
            text = re.sub(r"T[\d:.]+$", "", text)
        row, (n_columns, n_rows) = self.tables[-1][-1], self._span
        for i in range(n_columns):
            cell = ("" if i else text, self._is_typed and not i)
            if n_rows > 1:
                self._spanning_next[len(row)] = (n_rows - 1, cell)
            self._put(row, cell)
        self._cell = None
        self._take_spanning()


def _count(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 8 else default
