"""CSV and its kin: delimited text, whatever its encoding, line ends and delimiter."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from payrisk.errors import InputError
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.importing.reading.containers.bounds import MAX_COLUMNS, first_line
from payrisk.ledger.importing.reading.containers.caption_lines import with_caption_lines
from payrisk.ledger.importing.reading.containers.encodings import as_utf8
from payrisk.ledger.importing.reading.containers.grid import N_TOP, Grid, Layout, joined_header
from payrisk.ledger.importing.reading.containers.quoting import CsvRecords, checked_quotes

DELIMITERS = ",;\t|^"
_HEAD = 1 << 16  # bytes in which a header must end
_SEP = re.compile(rb'"?sep=(?P<sign>[^"\n])"?[,;\t|^]*\n', re.IGNORECASE)


def empty_file(name: str) -> InputError:
    """The sentence for a file without rows."""
    return InputError(f"{name} is empty; it needs a header line and at least one row.")


def csv_grid(raw: bytes, path: Path, layout: Layout) -> Grid:
    """The rows of a delimited text; raises InputError where it is empty or cannot be trusted.

    Rows of another number of cells than the header, and rows whose quotation marks do not pair,
    are set aside as Problems.
    """
    name = path.name
    text, problems = as_utf8(raw, name, layout.encoding)
    text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\x1a" in text[-4:]:  # by which DOS ends a file
        text = text.rstrip(b"\x1a\n") + b"\n"
    _without_zeros(text, name)
    sign = _SEP.match(text)
    if sign:
        text = text[sign.end() :]
    delimiter = layout.delimiter or (sign["sign"].decode("latin-1") if sign else "")
    whole = text
    text = _below(text, layout.skip_rows)
    above = whole[: len(whole) - len(text)]
    if not text.strip():
        raise empty_file(name) if not whole.strip() else no_header_left(name, layout.skip_rows)
    fixed = delimiter or ("\t" if name.lower().endswith(".tsv") else "")
    delimiter = fixed or likely_delimiter(_head(text))
    text = _without_outer_spaces(text, delimiter)
    header, body = _header(text, delimiter, layout.header_rows, name)
    header_line = text[: len(text) - len(body)]
    if layout.titles:
        body = _without_again(body, header_line)
    if layout.caption_lines:
        header, body = with_caption_lines(header, body, above, delimiter, layout.caption_lines)
    if layout.titles:
        body = _without_titles(body, layout.titles)
    records = checked_quotes(body, delimiter, len(header), name)
    if records.backslash:
        note = "quotation marks written with a backslash, read as marks within their cell"
        problems += (Problem("backslash_quotes", note, "noted", file=name),)
    table, ragged = _parsed(records, delimiter, len(header), name)
    numbers = _kept_numbers(table.num_rows + len(ragged), records.apart)
    in_line = np.ones(len(numbers), dtype=bool)
    in_line[[row.number - 1 for row in ragged]] = False
    problems += tuple(_problems(ragged, numbers, records.apart, name))
    rows = numbers[in_line]
    n_rows = len(numbers) + len(records.apart) - sum(map(is_line_of_text, ragged))
    top = _top(whole, fixed)
    typed = (None,) * len(header)
    return Grid(name, header, tuple(table.columns), typed, rows, n_rows, problems, top)


def _without_again(body: bytes, header: bytes) -> bytes:
    """The lines that do not say the header again."""
    again = b"|".join(re.escape(line) for line in header.strip(b"\n").split(b"\n"))
    return re.sub(b"(?m)^(?:" + again + b")$\n?", b"", body)


def _without_titles(body: bytes, titles: Sequence[str]) -> bytes:
    """The lines that do not begin as a title."""
    begins = b"|".join(re.escape(title.encode()) for title in titles)
    return re.sub(b"(?m)^(?:" + begins + b").*$\n?", b"", body)


def likely_delimiter(head: str) -> str:
    """The delimiter by which most lines have as many cells as the first, and the most of them."""
    lines = [line for line in head.split("\n")[:N_TOP] if line.strip()]

    def fitness(sign: str) -> tuple[float, int]:
        counts = [_n_cells(line, sign) for line in lines]
        agreeing = counts.count(counts[0]) / len(counts)
        return (agreeing if counts[0] > 1 else 0.0, counts[0])

    # Cells first where most lines agree: a comma within every name agrees, too.
    fits = {sign: fitness(sign) for sign in DELIMITERS}
    usable = [sign for sign in DELIMITERS if fits[sign][0] >= 0.8] or list(DELIMITERS)
    return max(usable, key=lambda sign: (fits[sign][1], fits[sign][0]))


def _n_cells(line: str, sign: str) -> int:
    return re.sub(r'"[^"]*"', "", line).count(sign) + 1


def _head(text: bytes) -> str:
    """The whole lines at the top, as many as the head of a file has."""
    head = text[:_HEAD]
    if len(text) > _HEAD and b"\n" in head:
        head = head[: head.rindex(b"\n")]
    return head.decode("utf-8", errors="ignore")


def _below(text: bytes, skip_rows: int) -> bytes:
    """What stands below so many lines; b'' where there are fewer."""
    position = 0
    for _ in range(skip_rows):
        position = text.find(b"\n", position) + 1
        if not position:
            return b""
    return re.sub(rb"\A(?:[ ]*\n)+", b"", text[position:])


def no_header_left(name: str, skip_rows: int) -> InputError:
    """The sentence for a file that ends before its header would begin."""
    return InputError(
        f"{name} has nothing below the {skip_rows} lines that skip_rows leaves out; lower it."
    )


def _without_zeros(text: bytes, name: str) -> None:
    at = text.find(b"\0")
    if at >= 0:
        line = text.count(b"\n", 0, at) + 1
        raise InputError(
            f"{name} holds NUL bytes from line {line} on, as after a"
            " broken copy; copy or export it again."
        )


def _without_outer_spaces(text: bytes, delimiter: str) -> bytes:
    """A text that writes all its quoted cells after a space, without those spaces."""
    sign = re.escape(delimiter).encode()
    if (
        delimiter == " "
        or not re.search(sign + rb' +"', text)
        or delimiter.encode() + b'"' in text
    ):
        return text
    return re.sub(sign + rb' +(?="(?!"))', lambda _: delimiter.encode(), text)


def _header(text: bytes, delimiter: str, n_lines: int, name: str) -> tuple[tuple[str, ...], bytes]:
    """The header of so many rows, and what stands below it."""
    head = io.StringIO(text[:_HEAD].decode("utf-8", errors="ignore"), newline="")
    try:
        reader = csv.reader(head, delimiter=delimiter, strict=False)
        lines = list(islice(reader, n_lines))
        n_read = reader.line_num
    except csv.Error as error:
        raise InputError(
            f"The header of {name} cannot be read ({first_line(error)}); export it again."
        ) from None
    if max(map(len, lines)) > MAX_COLUMNS:
        raise InputError(
            f"{name} has {max(map(len, lines)):,} columns, and {MAX_COLUMNS:,} are the most that"
            " can be read; check its delimiter."
        )
    header = joined_header(lines) if n_lines > 1 else tuple(lines[0])
    position = 0
    for _ in range(n_read):
        position = text.find(b"\n", position) + 1 or len(text)
    # A cell of a header may have line breaks, but neither an end beyond reach nor rows in it.
    broken = [cell for line in lines for cell in line if "\n" in cell]
    if text[:position].count(b'"') % 2 or any(cell.count(delimiter) > 1 for cell in broken):
        raise InputError(
            f"A quotation mark in the header of {name} is not closed in it; close it, double it"
            " or take it out."
        )
    return header, text[position:]


def _parsed(
    records: CsvRecords, delimiter: str, n_columns: int, name: str
) -> tuple[pa.Table, list[Any]]:
    """The rows as columns of text, and those of another number of cells."""
    ragged: list[Any] = []

    def keep(row: Any) -> str:
        ragged.append(row)
        return "skip"

    names = [f"f{i}" for i in range(n_columns)]
    text = records.text
    if text.startswith(b" ") or b"\n " in text:
        text = re.sub(rb"(?m)^ +\n", b"", text)
    if not text.strip(b"\n"):
        empty = [pa.chunked_array([pa.array([], pa.string())]) for _ in names]
        return pa.table(empty, names=names), []
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(text if text.endswith(b"\n") else text + b"\n"),
            read_options=pa_csv.ReadOptions(
                column_names=names, use_threads=False, block_size=1 << 24
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=records.has_breaks,
                invalid_row_handler=keep,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise InputError(
            f"{name} cannot be read as CSV ({first_line(error)}); export it again."
        ) from None
    return table, ragged


def _kept_numbers(n_kept: int, apart: Sequence[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """(n_kept,) the numbers of the rows that were not set apart."""
    numbers = np.ones(n_kept + len(apart), dtype=bool)
    numbers[np.array(apart, dtype=np.int64) - 1] = False
    return np.flatnonzero(numbers) + 1


def is_line_of_text(row: Any) -> bool:
    """Whether a line of one cell is no row of the table: a ruler, or a sentence of several words.

    A row cut off in its first cell is neither: it has no words with a space between.
    """
    text = (row.text or "").strip().strip('"')
    return row.actual_columns == 1 and bool(_RULER.fullmatch(text) or _WORDS.search(text))


_RULER = re.compile(r"[-=_*~+|.\s]*")
_WORDS = re.compile(r"[^\W\d_]{2,},? +\S*[^\W\d_]{2,}")


def _problems(
    ragged: Sequence[Any], numbers: Any, apart: Sequence[int], name: str
) -> list[Problem]:
    cells = [
        Problem(
            "wrong_number_of_cells",
            f"{row.actual_columns} cells where the header has {row.expected_columns}",
            "quarantined",
            file=name,
            row=int(numbers[row.number - 1]),
        )
        for row in ragged
        if not is_line_of_text(row)
    ]
    beside = [row for row in ragged if is_line_of_text(row)]
    if beside:
        message = "rulers and lines of text between or below the rows, left out"
        first = int(numbers[beside[0].number - 1])
        cells.append(Problem("line_of_text", message, "noted", name, first, n=len(beside)))
    message = "its quotation marks do not pair, so it cannot be told where its cells end"
    marks = [Problem("stray_quote", message, "quarantined", file=name, row=row) for row in apart]
    return cells + marks


def _top(text: bytes, fixed: str) -> tuple[tuple[str, ...], ...]:
    """The first lines as cells, split where most of them can be: a title has no delimiter."""
    lines = _head(text).split("\n")[:N_TOP]
    delimiter = fixed or max(DELIMITERS, key=lambda sign: sum(line.count(sign) for line in lines))
    return tuple(tuple(line.split(delimiter)) for line in lines)
