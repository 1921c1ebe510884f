"""Uploads: files that people sent, each in a folder of its own with what was made of it."""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from payrisk.errors import InputError

NAME = re.compile(r"[0-9a-f]{16}")
ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".xls", ".xlsm", ".gz", ".json", ".parquet")
MAPPING, SUGGESTION, REPORT = "mapping.toml", "suggestion.json", "report.json"
LARGEST_MAPPING = 60_000
MOST_NAME_BYTES = 120
KEPT_UPLOADS, KEPT_DAYS = 50, 30
"""Uploads that stay: the newest of them, and none longer; what was imported is in the ledger."""


@dataclass(frozen=True)
class Upload:
    """One file that was sent: HOME/uploads/<name>, with its mapping, suggestion and report."""

    folder: Path

    @property
    def name(self) -> str:
        """The upload's own name, as in its address."""
        return self.folder.name

    @property
    def file(self) -> Path:
        """The file as it was sent."""
        return next(path for path in sorted((self.folder / "file").iterdir()))

    @property
    def mapping(self) -> str:
        """The mapping in TOML, '' before one was suggested."""
        path = self.folder / MAPPING
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def keep_mapping(self, text: str) -> Path:
        """Write the mapping; raises InputError for one that no person typed."""
        if len(text) > LARGEST_MAPPING:
            raise InputError("The mapping is longer than any export needs; shorten it.")
        path = self.folder / MAPPING
        path.write_text(text.replace("\r\n", "\n"), encoding="utf-8")
        return path

    def kept(self, what: str) -> dict[str, Any] | None:
        """The suggestion or the report, None before it was made."""
        path = self.folder / what
        if not path.is_file():
            return None
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return value

    def keep(self, what: str, value: dict[str, Any] | None) -> None:
        """Keep the suggestion or the report; None forgets it."""
        path = self.folder / what
        if value is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def uploads(home: Path) -> Path:
    """The folder of all uploads."""
    return home / "uploads"


def clear_uploads(home: Path, now: dt.datetime, *, beside: int = 0) -> int:
    """Delete uploads that are too old or too many; how many. beside: how many will be added."""
    folders = [path for path in uploads(home).glob("*") if NAME.fullmatch(path.name)]
    sent_at = {path: path.stat().st_mtime for path in folders}
    newest = sorted(folders, key=lambda path: -sent_at[path])
    oldest = (now - dt.timedelta(days=KEPT_DAYS)).timestamp()
    over = [
        path
        for place, path in enumerate(newest)
        if place >= KEPT_UPLOADS - beside or sent_at[path] < oldest
    ]
    for path in over:
        shutil.rmtree(path, ignore_errors=True)
    return len(over)


def upload_named(home: Path, name: str) -> Upload:
    """An upload by its name; raises InputError where there is none."""
    folder = uploads(home) / name
    if not NAME.fullmatch(name) or not (folder / "file").is_dir():
        raise InputError("There is no upload of this name; send the file again.")
    return Upload(folder)


def new_upload(home: Path, file_name: str, content: bytes) -> Upload:
    """Keep a file under a name of its own; of its own name only what is harmless stays.

    Raises InputError for a kind of file that no import reads, or an empty one.
    """
    plain = re.sub(r"[^\w.() -]", "_", Path(file_name.replace("\\", "/")).name).strip(" .")
    plain = plain.encode()[-MOST_NAME_BYTES:].decode(errors="ignore")
    if not plain.lower().endswith(ENDINGS):
        raise InputError(f"A file ending in {', '.join(ENDINGS)} can be read; choose such a file.")
    if not content:
        raise InputError("The file is empty; choose the export itself.")
    folder = uploads(home) / secrets.token_hex(8)
    for place in (uploads(home), folder, folder / "file"):
        place.mkdir(mode=0o700, exist_ok=True)
    (folder / "file" / plain).write_bytes(content)
    return Upload(folder)
