"""Watched files: what SQLite writes and syncs in this process, heard and failed at will."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from proofs.probing import CannotRun

P, I32, I64 = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
OPEN = ctypes.CFUNCTYPE(I32, P, P, P, I32, P)
WRITE = ctypes.CFUNCTYPE(I32, P, P, I32, I64)
TRUNCATE = ctypes.CFUNCTYPE(I32, P, I64)
SYNC = ctypes.CFUNCTYPE(I32, P, I32)
CLOSE = ctypes.CFUNCTYPE(I32, P)
VFS_OPEN = 40
"""Bytes before `xOpen` in a `sqlite3_vfs` of 64 bits: three ints and their filling, 3 pointers."""
METHODS = 19
"""Pointers of `sqlite3_io_methods`, after its version: close, read, write, truncate, sync …"""
AT_CLOSE, AT_WRITE, AT_TRUNCATE, AT_SYNC = 1, 3, 4, 5


class FileEvent(NamedTuple):
    """One thing done to a file: `write` of bytes at a place, `truncate` to a size, or `sync`."""

    kind: str
    path: Path
    at: int = 0
    content: bytes = b""


@contextlib.contextmanager
def watched(heed: Callable[[FileEvent], int]) -> Iterator[None]:
    """Ask of each write, truncation and sync of files opened meanwhile whether it fails.

    heed: 0 lets it through, else SQLite's code of the failure. Raises CannotRun where this
    Python's SQLite is no library of the system.
    """
    try:
        library = ctypes.CDLL("libsqlite3.so.0")
    except OSError:
        raise CannotRun("SQLite is no library of its own here") from None
    library.sqlite3_vfs_find.restype = P
    place = library.sqlite3_vfs_find(None) + VFS_OPEN
    slot = P.from_address(place)
    usual = OPEN(_address(slot.value))
    paths: dict[int, Path] = {}
    alive: dict[int, Any] = {}

    # the name stays a pointer: SQLite keeps it as long as the file is open
    def opened(vfs: int, name: int | None, file: int, flags: int, told: int) -> int:
        code = usual(vfs, name, file, flags, told)
        methods = P.from_address(file)
        if code == 0 and methods.value and name:
            paths[file] = Path(ctypes.string_at(name).decode())
            methods.value = _watching(methods.value, paths, alive, heed)
        return int(code)

    before, hook = slot.value, OPEN(opened)
    slot.value = ctypes.cast(hook, P).value
    try:
        yield
    finally:
        slot.value = before


def _address(pointer: int | None) -> int:
    if pointer is None:
        raise CannotRun("this SQLite keeps its files in another way")
    return pointer


_KEPT: list[Any] = []
"""Methods of files that may be open still: SQLite calls them until it closes these."""


def _watching(
    methods: int, paths: dict[int, Path], alive: dict[int, Any], heed: Callable[[FileEvent], int]
) -> int:
    """The address of methods that ask before they write; made once for each kind of file."""
    if methods in alive:
        return int(ctypes.addressof(alive[methods]))
    table = (P * METHODS).from_buffer_copy(ctypes.string_at(methods, 8 * METHODS))
    write, truncate, sync, close = (
        kind(_address(table[at]))
        for kind, at in (
            (WRITE, AT_WRITE),
            (TRUNCATE, AT_TRUNCATE),
            (SYNC, AT_SYNC),
            (CLOSE, AT_CLOSE),
        )
    )

    def writing(file: int, content: int, n: int, at: int) -> int:
        event = FileEvent("write", paths[file], at, ctypes.string_at(content, n))
        return heed(event) or int(write(file, content, n, at))

    def truncating(file: int, size: int) -> int:
        return heed(FileEvent("truncate", paths[file], size)) or int(truncate(file, size))

    def syncing(file: int, flags: int) -> int:
        return heed(FileEvent("sync", paths[file])) or int(sync(file, flags))

    def closing(file: int) -> int:
        paths.pop(file, None)
        return int(close(file))

    hooks = {
        AT_CLOSE: CLOSE(closing),
        AT_WRITE: WRITE(writing),
        AT_TRUNCATE: TRUNCATE(truncating),
        AT_SYNC: SYNC(syncing),
    }
    for at, hook in hooks.items():
        table[at] = ctypes.cast(hook, P).value
    alive[methods] = table
    _KEPT.extend((table, write, truncate, sync, close, hooks))
    return int(ctypes.addressof(table))
