"""Files of a home that still name somebody: uploads and reports, looked through for the texts."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

FOLDERS = ("uploads", "reports")
"""Where a home keeps what people sent and what was written for them."""
SHORTEST = 4
ENCODINGS = ("utf-8", "latin-1", "utf-16-le")
LARGEST_MEMBER = 200_000_000


def files_naming(home: Path, texts: Collection[str]) -> list[Path]:
    """The files of a home's exports in which one of the texts stands, workbooks among them.

    What is sealed inside another archive, or a picture, is not seen.
    """
    words = {
        text.encode(encoding, "ignore")
        for text in texts
        if len(text) >= SHORTEST
        for encoding in ENCODINGS
    }
    files = sorted(path for name in FOLDERS for path in (home / name).rglob("*") if path.is_file())
    return [path for path in files if _names(path, words)]


def _names(path: Path, words: Collection[bytes]) -> bool:
    return any(word in content for content in _contents(path) for word in words)


def _contents(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    yield content
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for member in archive.infolist():
                    if member.file_size <= LARGEST_MEMBER:
                        yield archive.read(member)
        elif path.suffix == ".gz":
            yield gzip.decompress(content)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError):
        return  # it is no such file, whatever its name says
