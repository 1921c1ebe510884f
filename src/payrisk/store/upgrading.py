"""Bringing a database to the tables this code was written for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, inspect, select
from sqlalchemy.engine import Connection

from payrisk.errors import StoreError
from payrisk.store.schema import HEAD, alembic_version

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parent / "migrations"


def migration_of(connection: Connection) -> str | None:
    """Read the migration a database stands at; None when it is new."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(select(alembic_version.c.version_num)).scalar()


def migration_folder() -> ScriptDirectory:
    """Open the folder of migrations."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(MIGRATIONS))


def bring_up_to_date(engine: Engine) -> None:
    """Run the migrations that are missing, all in one transaction.

    Alembic takes longer to import than the rest of the store, so it is asked only when the
    stamp differs. Raises StoreError for a database written by a newer payrisk.
    """
    with engine.connect() as connection:
        if migration_of(connection) == HEAD:
            return
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.runtime.migration import MigrationStep
    from alembic.script.revision import RevisionError
    from alembic.util.exc import CommandError

    scripts = migration_folder()

    def steps(revision: Any, _context: Any) -> list[Any]:
        missing = list(scripts.iterate_revisions("head", revision))
        return [
            MigrationStep.upgrade_from_script(scripts.revision_map, script)
            for script in reversed(missing)
        ]

    with engine.begin() as connection, EnvironmentContext(Config(), scripts) as environment:
        environment.configure(connection=connection, fn=steps)
        try:
            environment.run_migrations()
        except (CommandError, RevisionError) as error:
            raise StoreError(
                "The decision store was written by a newer payrisk; update this one."
            ) from error
