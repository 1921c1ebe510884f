"""Whatever is changed, taken away or slipped in is found; what was erased by the book is not."""

from __future__ import annotations

import pytest
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationStep
from sqlalchemy import Integer, create_engine, delete, insert, select, text, update
from sqlalchemy.types import Float, Text

from payrisk.calendar import day_of
from payrisk.collecting.recording.action import Action
from payrisk.collecting.recording.contacts import Contact
from payrisk.credit.deciding.overriding import Override
from payrisk.credit.deciding.records import Reservation
from payrisk.errors import StoreError
from payrisk.store import DecisionStore, verify_store
from payrisk.store.chain import GENESIS, next_link
from payrisk.store.schema import decisions, idempotency, metadata
from payrisk.store.upgrading import migration_folder
from support.company.records import AT, application, erased, order, override, review

FIRST = '{"a":1}'


@pytest.fixture
def kept(url):
    """A row of every kind, and an erased applicant."""
    with DecisionStore(url) as store:
        store.decide_once("k1", "s", lambda: application("1"))
        store.decide_once("k2", "s", lambda: order("2", 70, 100, order_id="o1"))
        whole = Reservation("c1", "o1", "EUR", 80, "2025-07-02")
        seen = store.get("dec_2").etag
        store.override("k3", "s", "dec_2", seen, override("3", reservation=whole))
        given = {"band": "B", "probability": 0.125, "review_on": "2026-01-01"}
        store.decide_once("k4", "s", lambda: review("4", currency="EUR", amount=9, **given))
        store.decide_once("k5", "s", lambda: application("5"))
        erased(store, "app_5", "asked to", AT)
        store.decide_once("k6", "s", lambda: review("6"))
        assert store.verify().holds
        yield store


@pytest.fixture
def kept_with_people(kept):
    """And one of what people record: an action, a contact, an opt-out and a proposal."""
    day = day_of("2025-06-02")
    note = Action("note", "c1", "Ann Lee", day, day, text="Mrs Huber calls back")
    kept.actions.record("a1", note, AT)
    kept.actions.keep_contacts([Contact("c1", name="Mrs Huber")], "Ann Lee", AT)
    kept.actions.opt_out("c1", "letter", "asked to", "Ann Lee", AT)
    given = {"outcome": "approve", "reason": "Mrs Huber pays in time.", "actor": "Ann Lee"}
    proposed = Override("dec_4", **given, review_on=day + 30, made_at=AT)
    kept.proposals.propose("p1", "s", proposed, kept.get("dec_4").etag)
    assert kept.verify().holds
    return kept


@pytest.fixture
def engine(url):
    """Whoever may write to the database behind the store's back."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    yield engine
    engine.dispose()


def tampered(engine, *statements) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(statement)


def rows_of(engine, table) -> list[dict]:
    with engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(select(table))]


def other(column, value):
    if isinstance(column.type, Text):
        return "x" if value is None else f"{value}x"
    if isinstance(column.type, Integer):
        return (value or 0) + 1_000
    assert isinstance(column.type, Float)
    return (value or 0.0) + 0.25


def picked(table, row):
    return [column == row[column.name] for column in table.primary_key.columns]


@pytest.mark.parametrize("name", sorted(metadata.tables))
def test_a_change_of_any_column_of_any_row_is_found(kept_with_people, engine, name):
    kept = kept_with_people
    table = metadata.tables[name]
    rows = rows_of(engine, table)
    assert rows
    for row in rows:
        for column in table.columns:
            wrong = {**row, column.name: other(column, row[column.name])}
            tampered(engine, update(table).where(*picked(table, row)).values(wrong))
            assert not kept.verify().holds, (column, row)
            tampered(engine, update(table).where(*picked(table, wrong)).values(row))
    assert kept.verify().holds


@pytest.mark.parametrize("name", sorted(metadata.tables))
def test_a_row_taken_away_or_slipped_in_is_found(kept_with_people, engine, name):
    kept = kept_with_people
    table = metadata.tables[name]
    key = next(iter(table.primary_key.columns))
    for row in rows_of(engine, table):
        tampered(engine, delete(table).where(*picked(table, row)))
        assert not kept.verify().holds, row
        twin = {**row, key.name: other(key, row[key.name])}
        if name == "overrides":
            twin["number"] = 99
        if name in ("actions", "proposals"):
            twin["key"] = "another"
        tampered(engine, insert(table).values(row), insert(table).values(twin))
        assert not kept.verify().holds, twin
        tampered(engine, delete(table).where(*picked(table, twin)))
    assert kept.verify().holds


def test_a_tail_cut_off_with_all_it_vouched_for_is_found_by_its_head(kept, engine):
    head = kept.verify().head
    assert kept.verify(head).holds
    last = [
        text("DELETE FROM audit WHERE seq = 7"),
        delete(idempotency).where(idempotency.c.decision_id == "dec_6"),
        delete(decisions).where(decisions.c.decision_id == "dec_6"),
    ]
    tampered(engine, *last)
    assert kept.verify().holds
    (fault,) = kept.verify(head).faults
    assert "cut or rewritten" in fault.what
    assert not kept.verify("0" * 63 + "1").holds


def test_an_older_head_still_holds_when_more_was_written(kept):
    head = kept.verify().head
    kept.decide_once("k7", "s", lambda: review("7"))
    assert kept.verify(head).holds
    assert kept.verify(GENESIS).holds


def test_erased_data_put_back_is_found(kept, engine):
    row = {"of_id": "dec_5", "subject": "app_5", "salt": "1", "content": "[]"}
    tampered(engine, insert(metadata.tables["personal"]).values(row))
    assert not kept.verify().holds


def test_the_chain_itself_names_nobody(kept, engine):
    said = str(rows_of(engine, metadata.tables["audit"]))
    assert "Muster" not in said
    assert "Canary" not in said


def test_what_is_checked_is_counted(kept):
    found = kept.verify()
    assert (found.n_links, found.n_decisions, found.n_erased) == (7, 5, 1)


def test_it_is_checked_beside_a_running_service(kept, url):
    assert verify_store(url).head == kept.verify().head


def test_without_a_store_there_is_nothing_to_check(tmp_path):
    with pytest.raises(StoreError, match="No decision is kept here"):
        verify_store(f"sqlite:///{tmp_path}/none.db")


def first_store(engine) -> None:
    """A database as it was at the first migration, with one decision in it."""
    scripts = migration_folder()

    def steps(_at, _context):
        return [
            MigrationStep.upgrade_from_script(scripts.revision_map, scripts.get_revision("0001"))
        ]

    decision = dict.fromkeys(
        ("decision_id", "decided_at", "kind", "outcome", "as_of", "ledger_sha", "body"), "x"
    ) | {"decision_id": "dec_0", "body": FIRST}
    first = next_link(
        None, written_at=AT, kind="decision", subject="dec_0", content=FIRST.encode()
    )
    with engine.begin() as connection, EnvironmentContext(Config(), scripts) as environment:
        environment.configure(connection=connection, fn=steps)
        environment.run_migrations()
        for table, row in (
            ("decisions", decision),
            ("idempotency", {"key": "k0", "request_sha": "s", "decision_id": "dec_0"}),
            ("audit", vars(first)),
        ):
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)


def test_a_store_of_the_first_migration_goes_on(url, engine):
    first_store(engine)
    with pytest.raises(StoreError, match="bring it up to date"):
        verify_store(url)
    with DecisionStore(url) as store:
        assert store.verify().holds
        assert store.decide_once("k0", "s", lambda: pytest.fail("twice")).body == FIRST.encode()
        kept = store.decide_once("k1", "s", lambda: review("1"))
        store.override("k2", "s", "dec_0", store.get("dec_0").etag, override("1"))
        assert [line.decision_id for line in store.page()[0]] == ["dec_1", "dec_0"]
        assert store.get("dec_1").body == kept.body
        assert store.verify().holds
        same = decisions.c.decision_id == "dec_0"
        tampered(engine, update(decisions).values(body="{}").where(same))
        assert min(f.seq for f in store.verify().faults if f.seq is not None) == 1
