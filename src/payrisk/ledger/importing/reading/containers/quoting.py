"""Quotation marks of a CSV held to one grammar, so that a stray one swallows no rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from payrisk.errors import InputError
from payrisk.ledger.importing.reading.containers.bounds import MAX_CELL_LINES

_SAMPLE = 200  # lines by which it is told what a row looks like
_MOST = 0.7  # of a column's cells are figures where a column holds figures
_ODD = re.compile(r'^(?!="[^"]*"$).*["\\]', re.DOTALL)
_DIGIT, _WORD = re.compile("[0-9]"), re.compile(r"[^\W\d_]{4}")
_ESCAPED = re.compile(rb'"((?:[^"\\]|\\.|"")*+)"')


@dataclass(frozen=True)
class CsvRecords:
    """The rows of a text with their quotation marks in order.

    text: the rows that can be read, one after the other, each ended by a line feed. apart:
    numbers of the rows that cannot, 1 = the first. has_breaks: whether a cell has line breaks.
    backslash: whether marks within cells are written with a backslash.
    """

    text: bytes
    apart: tuple[int, ...] = ()
    has_breaks: bool = False
    backslash: bool = False


def checked_quotes(text: bytes, delimiter: str, n_columns: int, name: str) -> CsvRecords:
    """The rows below a header (line ends are line feeds) with the quotation marks understood.

    A mark opens a cell only at its beginning; elsewhere in an unquoted cell it is a sign like any
    other (3" pipe). A row whose marks do not pair within its line is set apart. A cell that goes
    on over lines must end before a delimiter or line end, in a row of n_columns cells, and must
    not hold what looks like whole rows: else a stray mark has swallowed rows, and InputError is
    raised, naming the row.
    """
    marks = _Marks(delimiter)
    if b'"' not in text or marks.plain_text.fullmatch(text):
        return CsvRecords(text)
    try:
        records = _records(text, marks, n_columns, name)
    except InputError:
        escaped = _escaped(text, delimiter, n_columns, name)
        if escaped is None:
            raise
        return escaped
    return (_escaped(text, delimiter, n_columns, name) if records.apart else None) or records


def _escaped(text: bytes, delimiter: str, n_columns: int, name: str) -> CsvRecords | None:
    """The rows where marks are written with backslashes; None unless all are in order then."""
    if b'\\"' not in text:
        return None
    try:
        records = _records(text, _Marks(delimiter, backslash=True), n_columns, name)
    except InputError:
        return None
    return None if records.apart else records


class _Marks:
    """The grammar of a line, a line that leaves a cell open, and one that goes on within it."""

    def __init__(self, delimiter: str, *, backslash: bool = False) -> None:
        d = re.escape(delimiter).encode()
        inner = rb'(?:[^"\\]++|\\.|"")*+' if backslash else rb'(?:[^"]++|"")*+'
        cell = rb'(?:"' + inner + rb'"(?=' + d + rb'|\Z)|(?!")[^' + d + rb"]*+)"
        more = rb"(?:" + d + cell + rb")*+"
        # The last delimiter stands before the cell left open, so `more` must not eat it.
        some = rb"(?:" + cell + d + rb")*"
        end = rb'"(?=' + d + rb"|\Z)"
        self.delimiter, self.backslash = delimiter.encode(), backslash
        self.whole = re.compile(cell + more, re.DOTALL)
        bare = rb'(?:"[^"]*+"(?=' + d + rb"|\Z)|[^\"" + d + rb"]*+)"
        self.plainest = re.compile(bare + rb"(?:" + d + bare + rb")*+", re.DOTALL)
        # A text whose every mark encloses a cell of one line is in order: no need to go by lines.
        edge = rb"[^\n" + d + rb"]"
        mark = rb"(?<!" + edge + rb')"[^"\\\n]*+"(?!' + edge + rb")"
        self.plain_text = re.compile(rb'(?:[^"\\]*+' + mark + rb')*+[^"\\]*+')
        self.opening = re.compile(some + rb'"' + inner, re.DOTALL)
        self.within = re.compile(inner, re.DOTALL)
        self.closing = re.compile(inner + end + more, re.DOTALL)
        self.reopening = re.compile(inner + end + d + some + rb'"' + inner, re.DOTALL)

    def is_odd(self, line: bytes) -> bool:
        """Whether a mark of a line in order stands within a cell, or may not be meant as one."""
        return b'""' in line or b"\\" in line or not self.plainest.fullmatch(line)

    def plain(self, record: bytes) -> bytes:
        """The record with doubled marks instead of backslashes."""
        if not self.backslash or b"\\" not in record:
            return record
        return _ESCAPED.sub(lambda m: b'"' + _undone(m[1]) + b'"', record)


def _undone(inner: bytes) -> bytes:
    return re.sub(rb"\\(.)", lambda m: b'""' if m[1] == b'"' else m[1], inner, flags=re.DOTALL)


csv.field_size_limit(1 << 30)  # a long note is no fault; the file's own size is bounded


class _Likeness:
    """What rows look like: in which columns every cell is a number, a date or a code."""

    def __init__(self, text: bytes, marks: _Marks, n_columns: int) -> None:
        self.marks, self.n_columns = marks, n_columns
        lines = [line for line in islice(_lines(text), _SAMPLE) if line.strip(b" ")]
        rows = [self.cells(line) for line in lines if marks.whole.fullmatch(line)]
        columns = zip(*(row for row in rows if len(row) == n_columns), strict=True)
        self._figures = [
            i
            for i, cells in enumerate(columns)
            if sum(map(_is_figure, cells)) > _MOST * len(cells)
        ]

    def cells(self, record: bytes) -> list[str]:
        """The cells of one record whose marks are in order."""
        plain = self.marks.plain(record).decode("utf-8", errors="replace")
        text = io.StringIO(plain, newline="")
        return next(csv.reader(text, delimiter=self.marks.delimiter.decode()))

    def has_odd_figure(self, line: bytes) -> bool:
        """Whether a number, date or code of a row has a quotation mark or backslash in it.

        A spreadsheet's formula for a text (="0012") has them rightly.
        """
        cells = self.cells(line)
        return any(_ODD.search(cells[i]) for i in self._figures if i < len(cells))

    def have_odd_figures(self, lines: list[bytes]) -> list[bool]:
        """The same of each line of some that hold a row each and are in order."""
        texts = [line.decode("utf-8", errors="replace") for line in lines]
        rows = csv.reader(texts, delimiter=self.marks.delimiter.decode())
        out = []
        for row in rows:
            figures = [row[i] for i in self._figures if i < len(row)]
            joined = "\n".join(figures)
            has_mark = '"' in joined or "\\" in joined
            out.append(has_mark and any(map(_ODD.search, figures)))
        return out

    def is_row(self, line: bytes) -> bool:
        """Whether a line, read for itself, has a row's cells, its figures where they belong."""
        if line.count(self.marks.delimiter) != self.n_columns - 1:
            return False
        cells = line.decode("utf-8", errors="replace").split(self.marks.delimiter.decode())
        hits = [_is_figure(cells[i]) or not cells[i].strip() for i in self._figures]
        return bool(hits) and all(hits)


def _is_figure(cell: str) -> bool:
    return bool(_DIGIT.search(cell)) and not _WORD.search(cell)


def _lines(text: bytes) -> Iterator[bytes]:
    for line in io.BytesIO(text):
        yield line.rstrip(b"\n")


def _records(text: bytes, marks: _Marks, n_columns: int, name: str) -> CsvRecords:
    kept: list[bytes] = []
    apart: list[int] = []
    odd: list[tuple[int, int]] = []  # the place among those kept, and the row
    likeness = _Likeness(text, marks, n_columns)
    lines, row, has_breaks = _lines(text), 0, False
    for line in lines:
        if not line.strip(b" "):
            continue
        row += 1
        if b'"' not in line:
            kept.append(line)
        elif marks.whole.fullmatch(line):
            if marks.is_odd(line):
                odd.append((len(kept), row))
            kept.append(marks.plain(line))
        elif marks.opening.fullmatch(line):
            record = _over_lines(line, lines, marks, name, row)
            _hold_together(record, likeness, name, row)
            if likeness.has_odd_figure(record):
                apart.append(row)
                continue
            kept.append(marks.plain(record))
            has_breaks = True
        else:
            apart.append(row)
    for (place, row), is_apart in zip(
        reversed(odd), reversed(likeness.have_odd_figures([kept[p] for p, _ in odd])), strict=True
    ):
        if is_apart:
            apart.append(row)
            del kept[place]
    return CsvRecords(b"\n".join(kept) + b"\n", tuple(sorted(apart)), has_breaks, marks.backslash)


def _over_lines(first: bytes, lines: Iterator[bytes], marks: _Marks, name: str, row: int) -> bytes:
    """The whole record that begins with a cell left open."""
    record = [first]
    for line in lines:
        record.append(line)
        if len(record) > MAX_CELL_LINES:
            break
        if marks.closing.fullmatch(line):
            return b"\n".join(record)
        if not marks.within.fullmatch(line) and not marks.reopening.fullmatch(line):
            raise _stray(
                name, row, f"and the next one, {len(record) - 1} lines on, closes nothing"
            )
    else:
        raise _stray(name, row, "and never closed")
    raise _stray(name, row, f"and not closed within {MAX_CELL_LINES:,} lines")


def _hold_together(record: bytes, likeness: _Likeness, name: str, row: int) -> None:
    """Raise InputError where a record of several lines is rows held together by a stray mark."""
    n_cells = len(likeness.cells(record))
    if n_cells != likeness.n_columns:
        why = f"makes it {n_cells} cells where the header has {likeness.n_columns}"
        raise _stray(name, row, f"over a line break, which {why}")
    lines = record.split(b"\n")
    if (likeness.is_row(lines[0]) and likeness.is_row(lines[-1])) or any(
        likeness.is_row(line) for line in lines[1:-1]
    ):
        raise _stray(name, row, f"over {len(lines)} lines that look like rows of their own")


def _stray(name: str, row: int, what: str) -> InputError:
    return InputError(
        f"A quotation mark is opened in row {row} of {name} {what}; close it, double it or take it"
        " out, so that no row is lost."
    )
