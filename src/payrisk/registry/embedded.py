"""MLflow's own file where it is SQLite: versions read and aliases moved without importing MLflow.

To import MLflow takes a second of CPU and to open its store two more, which a promotion does not
have. Its tables are used where they are, column for column, those that are known here; anything
else is MLflow's to do (ADR 0055).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from payrisk.registry.names import is_model_name
from payrisk.registry.versions import Version

TABLES = {
    "model_versions": {"name", "version", "current_stage", "run_id", "workspace"},
    "model_version_tags": {"key", "value", "name", "version", "workspace"},
    "registered_model_aliases": {"alias", "version", "name", "workspace"},
}
"""The tables and the columns of them that are read or written; all but the first have no other."""
WAIT_SECONDS = 30.0
_PREFIX = "sqlite:///"
_HERE = "workspace = 'default'"
_KNOWN = f"{_HERE} AND current_stage != 'Deleted_Internal'"


class EmbeddedStore:
    """The registered versions in an SQLite file of MLflow's."""

    def __init__(self, path: Path) -> None:
        """path: the file; see `of`."""
        self._path = path

    @classmethod
    def of(cls, uri: str) -> EmbeddedStore | None:
        """The store of an address; None unless it is a file whose tables are known here."""
        path = Path(uri.removeprefix(_PREFIX))
        if not uri.startswith(_PREFIX) or not path.is_file():
            return None
        store = cls(path)
        try:
            return store if store._is_known() else None
        except sqlite3.Error:
            return None

    def _is_known(self) -> bool:
        with self._open() as tables:
            for table, known in TABLES.items():
                rows = tables.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
                columns = {str(name) for (name,) in rows}
                if not known <= columns or (columns != known and table != "model_versions"):
                    return False
            return True

    def versions(self, name: str | None) -> list[Version]:
        """The versions of a model, or of all that have a name of ours; newest first.

        Raises sqlite3.Error where the file cannot be read.
        """
        with self._open() as tables:
            rows = tables.execute(
                f"SELECT name, version, run_id FROM model_versions WHERE {_KNOWN}"  # noqa: S608
            ).fetchall()
            aliases: dict[tuple[str, int], list[str]] = {}
            for alias, model, version in tables.execute(
                f"SELECT alias, name, version FROM registered_model_aliases WHERE {_HERE}"  # noqa: S608
            ):
                aliases.setdefault((model, version), []).append(alias)
            tags: dict[tuple[str, int], dict[str, str]] = {}
            for model, version, key, value in tables.execute(
                f"SELECT name, version, key, value FROM model_version_tags WHERE {_HERE}"  # noqa: S608
            ):
                tags.setdefault((model, version), {})[key] = value
        registered = [
            Version(
                model,
                str(number),
                tuple(sorted(aliases.get((model, number), []))),
                run_id or "",
                tags.get((model, number), {}),
            )
            for model, number, run_id in rows
            if (model == name if name is not None else is_model_name(model))
        ]
        return sorted(registered, key=lambda version: (version.name, -int(version.version)))

    def set_alias(self, name: str, alias: str, version: str) -> bool:
        """Let an alias name a version; False where there is no such version.

        Raises sqlite3.Error where the file cannot be written.
        """
        return self._put(
            "registered_model_aliases (workspace, name, version, alias)", name, version, (alias,)
        )

    def tag(self, name: str, version: str, key: str, value: str) -> bool:
        """Write a tag on a version; False and sqlite3.Error as `set_alias`."""
        return self._put(
            "model_version_tags (workspace, name, version, key, value)",
            name,
            version,
            (key, value),
        )

    def _put(self, into: str, name: str, version: str, values: tuple[str, ...]) -> bool:
        places = ", ".join("?" for _ in values)
        with self._open() as tables, tables:
            done = tables.execute(
                f"INSERT OR REPLACE INTO {into} SELECT workspace, name, version, {places}"  # noqa: S608
                f" FROM model_versions WHERE {_KNOWN} AND name = ? AND version = ?",
                (*values, name, int(version)),
            )
            return done.rowcount == 1

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        # rw: a file that is gone meanwhile is not made anew
        uri = f"{self._path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, timeout=WAIT_SECONDS, uri=True)) as tables:
            yield tables
