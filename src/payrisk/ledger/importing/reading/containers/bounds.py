"""How large a file may be: what is beyond is refused in a sentence before memory is taken."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from payrisk.errors import InputError

MAX_TEXT_BYTES = 1 << 30
"""Of text, unpacked: eight times a CSV of a million invoices with twelve columns."""

MAX_RATIO, RATIO_FROM = 200, 1 << 25
"""Unpacked to packed size from 32 MiB on: exports pack 5 to 40 times, bombs 1,000 times."""

MAX_COLUMNS = 16_384
"""What a spreadsheet can hold; no export of receivables comes near it."""

MAX_GRID_CELLS = 24_000_000
"""From A1 to the last cell of a sheet: a full sheet of 1,048,576 rows with 22 columns."""

MAX_TABLE_CELLS = 200_000_000
"""Of a Parquet file, whose cells take less room: eight million rows with 25 columns."""

MAX_CELL_LINES = 1_000
"""Lines in one cell: longer ones are a quotation mark that was never closed."""

MAX_MAPPING_BYTES = 1 << 20
"""Of a mapping: the longest that comes with payrisk has 8 kB."""

_PIECE = 1 << 20


def require_file(path: Path) -> None:
    """Raise InputError unless the path is an ordinary file: a pipe would wait for ever."""
    if not path.exists():
        raise InputError(f"There is no file {path}; check the path.")
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "a pipe or device"
        raise InputError(f"{path} is {kind}, not a file; give the export itself.")


def bounded_bytes(path: Path) -> bytes:
    """The content of a file, unpacked where its name or its first bytes say gzip.

    Raises InputError for a damaged gzip file and for one that grows beyond the bounds.
    """
    packed = path.stat().st_size
    if not path.name.lower().endswith(".gz") and not _head(path).startswith(b"\x1f\x8b"):
        require_size(path.name, packed, packed)
        return path.read_bytes()
    pieces, size = [], 0
    try:
        with gzip.open(path) as file:
            while piece := file.read(_PIECE):
                size += len(piece)
                require_size(path.name, size, packed)
                pieces.append(piece)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            f"{path.name} is a damaged gzip file ({first_line(error)}); copy it again."
        ) from None
    return b"".join(pieces)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(2)


def require_size(name: str, size: int, packed: int) -> None:
    """Raise InputError where a file of `packed` bytes that unpacks to `size` is no export."""
    if size > MAX_TEXT_BYTES:
        raise InputError(
            f"{name} holds more than {MAX_TEXT_BYTES >> 20} MiB; split it and import the parts."
        )
    if size > RATIO_FROM and size > MAX_RATIO * packed:
        raise InputError(
            f"{name} unpacks to more than {MAX_RATIO} times its size, as no export does; export"
            " it again, not packed."
        )


def first_line(error: BaseException) -> str:
    """The first line of what a library says, for one sentence."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
