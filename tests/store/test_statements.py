"""A statement handed to the driver does what SQLAlchemy makes of it."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, create_engine, insert, select

from payrisk.store.schema import idempotency, metadata
from payrisk.store.statements import DriverStatement

ROW = {"key": "it's %s", "request_sha": "s", "decision_id": "d", "override_id": None}


@pytest.fixture
def connection():
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_what_it_writes_is_read_as_written(connection):
    DriverStatement(insert(idempotency)).run(connection, ROW)
    question = select(idempotency).where(idempotency.c.key == bindparam("key")).limit(1)
    told = DriverStatement(question).run(connection, {"key": ROW["key"]}).one()
    assert dict(told._mapping) == ROW
    assert connection.execute(question, {"key": ROW["key"]}).one() == tuple(told)
    assert DriverStatement(question).run(connection, {"key": "another"}).first() is None


def test_a_value_that_is_missing_is_an_error(connection):
    with pytest.raises(KeyError):
        DriverStatement(insert(idempotency)).run(connection, {"key": "k"})
