"""Files of a home that still name somebody: uploads and reports, looked through for the texts."""

from __future__ import annotations

import gzip
import html
import io
import json
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

FOLDERS = ("uploads", "reports")
"""Where a home keeps what people sent and what was written for them."""
SHORTEST = 4
ENCODINGS = ("utf-8", "latin-1", "utf-16-le")
LARGEST = 200_000_000
"""Bytes of a file, unpacked, up to which it is looked into."""
DEEPEST = 3
"""Archives within archives that are looked into."""
OPAQUE = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"7z\xbc\xaf", b"Rar!", b"\xd0\xcf\x11\xe0",
          b"\xfd7zXZ", b"BZh", b"\x28\xb5\x2f\xfd")  # fmt: skip
"""How files begin whose text lies where it is not looked for."""


class Unsearchable(Exception):
    """Something that may hold text and cannot be looked into."""


class SearchedFiles(NamedTuple):
    """naming: files in which one of the texts stands; unsearched: those not looked into."""

    naming: list[Path]
    unsearched: list[Path]


def search_files(home: Path, texts: Collection[str]) -> SearchedFiles:
    """Look for texts in a home's exports: plain, packed, in workbooks and in Parquet.

    A text counts as it is and as XML and JSON write it.
    """
    words = {
        form.encode(encoding, "ignore")
        for text in texts
        if len(text) >= SHORTEST
        for form in (text, html.escape(text), html.escape(text, quote=False), _as_json(text))
        for encoding in ENCODINGS
    }
    found = SearchedFiles([], [])
    files = sorted(path for name in FOLDERS for path in (home / name).rglob("*") if path.is_file())
    for path in files:
        try:
            if path.stat().st_size > LARGEST:
                raise Unsearchable
            if any(word in text for text in _texts(path.read_bytes()) for word in words):
                found.naming.append(path)
        except (Unsearchable, OSError):
            found.unsearched.append(path)
    return found


def _as_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _texts(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """A file's bytes, and those of what is packed in it; raises Unsearchable after the rest."""
    yield content
    if content.startswith(OPAQUE) or depth > DEEPEST:
        raise Unsearchable
    if content.startswith(b"PAR1"):
        yield from _of_parquet(content)
    elif content.startswith(b"\x1f\x8b"):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                inside = packed.read(LARGEST + 1)
        except (OSError, EOFError, zlib.error):
            raise Unsearchable from None
        if len(inside) > LARGEST:
            raise Unsearchable
        yield from _texts(inside, depth + 1)
    elif zipfile.is_zipfile(io.BytesIO(content)):
        yield from _of_zip(content, depth)


def _of_zip(content: bytes, depth: int) -> Iterator[bytes]:
    is_whole = True
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                try:
                    if member.file_size > LARGEST:
                        raise Unsearchable
                    yield from _texts(archive.read(member), depth + 1)
                except (Unsearchable, RuntimeError, NotImplementedError):  # too large, encrypted
                    is_whole = False
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error):
        is_whole = False
    if not is_whole:
        raise Unsearchable


def _of_parquet(content: bytes) -> Iterator[bytes]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(io.BytesIO(content))
    except (OSError, pa.ArrowException):
        raise Unsearchable from None
    for column in table.columns:
        values = column.unique() if pa.types.is_string(column.type) else column
        yield "\n".join(map(str, values.to_pylist())).encode()
