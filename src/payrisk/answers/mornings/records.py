"""Records of a part: one document a key, each read alone out of a mapped file."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, TypeVar

from payrisk.answers.mornings.parts import Buffer, MorningPart

T = TypeVar("T")

RECORDS, INDEX, KEYS = "records.bin", "index.json", "keys.bin"
KEY_BYTES = 16


def files_of_documents(documents: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of a part that holds these documents, which are plain values, by their keys."""
    index: dict[str, tuple[int, int]] = {}
    chunks: list[bytes] = []
    at = 0
    for key, document in documents.items():
        chunk = zlib.compress(json.dumps(document, allow_nan=False).encode(), 1)
        chunks.append(chunk)
        index[key] = (at, len(chunk))
        at += len(chunk)
    return {RECORDS: b"".join(chunks), INDEX: json.dumps(index).encode()}


class RecordFile:
    """The documents of a part by their keys; a key's document is unpacked when it is asked for."""

    def __init__(self, part: MorningPart) -> None:
        """Read the index alone."""
        self._bytes = part.files[RECORDS]
        self._index: dict[str, list[int]] = json.loads(bytes(part.files[INDEX]))

    def __contains__(self, key: str) -> bool:
        """Whether there is a document of this key."""
        return key in self._index

    def __iter__(self) -> Iterator[str]:
        """Every key."""
        return iter(self._index)

    def __len__(self) -> int:
        """How many documents."""
        return len(self._index)

    def __getitem__(self, key: str) -> Any:
        """The document of a key as plain values; raises KeyError for an unknown key."""
        at, size = self._index[key]
        return json.loads(zlib.decompress(self._bytes[at : at + size]))


def key_files(keys: Iterable[str]) -> dict[str, bytes]:
    """The file of a part that tells which keys there are, without being read as a whole."""
    return {KEYS: b"".join(sorted({_digest(key) for key in keys}))}


def has_key(part: MorningPart, key: str) -> bool:
    """Whether a key is among those of a part made by `key_files`."""
    held: Buffer = part.files[KEYS]
    wanted, low, high = _digest(key), 0, len(held) // KEY_BYTES
    while low < high:
        middle = (low + high) // 2
        if held[middle * KEY_BYTES : (middle + 1) * KEY_BYTES] < wanted:
            low = middle + 1
        else:
            high = middle
    return held[low * KEY_BYTES : (low + 1) * KEY_BYTES] == wanted


def to_plain(value: Any) -> Any:
    """A value of plain fields, dataclasses and tuples as JSON holds it; floats lose no bit.

    Raises TypeError for what could not be told again.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if hasattr(value, "item"):  # a number of numpy's
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{type(value).__name__} cannot be kept in a prepared morning")


def from_plain(kind: type[T], document: Any) -> T:
    """The dataclass of this kind that `to_plain` made the document of."""
    value: T = _reader(typing.cast("typing.Hashable", kind))(document)
    return value


@lru_cache(maxsize=256)
def _reader(kind: Any) -> Callable[[Any], Any]:
    """What makes a value of this kind of its document; looking at the kind takes longest."""
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _reader(next(part for part in inside if part is not types.NoneType))
    if origin is tuple:
        readers = [_reader(part) for part in inside if part is not Ellipsis]
        return partial(_tuple_of, readers, is_endless=inside[-1] is Ellipsis)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        readers_of = {f.name: _reader(hints[f.name]) for f in dataclasses.fields(kind)}
        changed = {name: reader for name, reader in readers_of.items() if reader is not _as_it_is}
        return partial(_dataclass_of, kind, changed)
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def _tuple_of(readers: Sequence[Callable[[Any], Any]], value: Any, *, is_endless: bool) -> Any:
    if value is None:
        return None
    if not is_endless:
        return tuple(reader(item) for reader, item in zip(readers, value, strict=True))
    (reader,) = readers
    return tuple(value) if reader is _as_it_is else tuple([reader(item) for item in value])


def _dataclass_of(kind: Any, changed: Mapping[str, Callable[[Any], Any]], value: Any) -> Any:
    if value is None:
        return None
    if not changed:
        return kind(**value)
    parts = {name: reader(value[name]) for name, reader in changed.items() if name in value}
    return kind(**{**value, **parts})


def _digest(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=KEY_BYTES).digest()
