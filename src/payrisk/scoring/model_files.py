"""A fitted model as the files of a bundle and back: `model.json` and texts of LightGBM."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Fields = Mapping[str, Any]
"""A model's fields by name, as `vars` gives them."""


class Attachment(NamedTuple):
    """A field that is a file of its own: its name, what is written and what is read of it.

    write: None for a file that is left out; read: of None where it is not there.
    """

    file: str
    write: Callable[[Any], bytes | None]
    read: Callable[[bytes | None], Any]


@dataclass(frozen=True)
class ModelCodec:
    """How the fields of one kind of model become files, and are read again: no pickle.

    kind: what `model.json` says it holds. to_body: fields → plain values of `model.json`.
    from_body: those → fields. boosters: field that holds texts of boosters → the stem of their
    files; `model.json` tells under the field's name how many there are. attachments: fields that
    are files of their own.
    """

    kind: str
    to_body: Callable[[Fields], dict[str, Any]]
    from_body: Callable[[Fields], dict[str, Any]]
    boosters: Mapping[str, str] = field(default_factory=dict)
    attachments: Mapping[str, Attachment] = field(default_factory=dict)

    def to_files(self, fields: Fields) -> dict[str, bytes]:
        """Name of each file → its content."""
        counts = {name: len(fields[name]) for name in self.boosters}
        body = {"kind": self.kind, **self.to_body(fields), **counts}
        files = {"model.json": json.dumps(body, indent=1, sort_keys=True).encode()}
        for name, stem in self.boosters.items():
            files |= {f"{stem}-{nth}.txt": text.encode() for nth, text in enumerate(fields[name])}
        for name, attachment in self.attachments.items():
            content = attachment.write(fields[name])
            if content is not None:
                files[attachment.file] = content
        return files

    def from_files(self, files: Mapping[str, bytes]) -> dict[str, Any]:
        """The fields that `to_files` wrote; raises KeyError or ValueError when they are not."""
        body = json.loads(files["model.json"])
        if body["kind"] != self.kind:
            raise ValueError("model.json holds another kind of model")
        texts = {
            name: tuple(files[f"{stem}-{nth}.txt"].decode() for nth in range(int(body[name])))
            for name, stem in self.boosters.items()
        }
        attached = {name: a.read(files.get(a.file)) for name, a in self.attachments.items()}
        return self.from_body(body) | texts | attached
