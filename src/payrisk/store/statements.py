"""Statements asked again and again: written once for each database, handed to its driver."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection, CursorResult
from sqlalchemy.sql import Executable
from sqlalchemy.sql.expression import ClauseElement

NOTHING: Mapping[str, Any] = MappingProxyType({})


class _Written(NamedTuple):
    """A statement in a database's words, what is bound to it always, and the order of its values.

    order: None where values go by their names.
    """

    text: str
    constants: Mapping[str, Any]
    order: tuple[str, ...] | None


class DriverStatement:
    """A statement whose values the driver takes as they are: whole numbers, texts, floats, None.

    SQLAlchemy looks a statement up and weighs every value each time, which takes longer than
    SQLite does. Lists of values (`expanding`) are not for this.
    """

    def __init__(self, statement: Executable) -> None:
        """statement: an insert of every column of its table, or a question."""
        self._statement = statement
        self._written: dict[str, _Written] = {}

    def run(
        self, connection: Connection, values: Mapping[str, Any] = NOTHING
    ) -> CursorResult[Any]:
        """Run it; raises KeyError for a value that is missing, and what the database raises."""
        name = connection.dialect.name
        written = self._written.get(name)
        if written is None:
            written = self._written[name] = self._write(connection)
        bound = {**written.constants, **values}
        if written.order is None:
            return connection.exec_driver_sql(written.text, bound)
        return connection.exec_driver_sql(written.text, tuple([bound[n] for n in written.order]))

    def _write(self, connection: Connection) -> _Written:
        assert isinstance(self._statement, ClauseElement)
        compiled: Any = self._statement.compile(dialect=connection.dialect)
        # a limit is bound to a question already; what is asked for is not
        constants = {k: v for k, v in compiled.params.items() if isinstance(v, int)}
        order = tuple(compiled.positiontup) if compiled.positional else None
        return _Written(str(compiled), constants, order)
