"""The store's contract, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import create_engine, insert, select, text, update

from payrisk.credit.deciding.records import DecisionRecord
from payrisk.store import (
    DecisionStore,
    KeyInFlight,
    ReusedKey,
    StoreBusy,
    named_ledgers,
)
from payrisk.store.engine import open_engines
from payrisk.store.schema import audit, decisions


def record(
    name: str = "1", body: bytes = b'{"outcome":"refer","text":"\xc3\xa9"}'
) -> DecisionRecord:
    at = "2025-06-02T08:00:00.000000+00:00"
    return DecisionRecord(f"dec_{name}", at, "onboarding", "refer", "2025-06-02", "a1", body)


@pytest.fixture
def store(url):
    with DecisionStore(url) as opened:
        yield opened


def test_a_decision_is_kept_and_found_byte_for_byte(store):
    kept = store.decide_once("k", "sha", record)
    assert (kept.body, kept.is_replayed) == (record().body, False)
    assert store.get("dec_1").body == record().body
    assert store.get("dec_2") is None


def test_the_same_key_and_request_replays_the_same_bytes_and_decides_once(store):
    store.decide_once("k", "sha", record)
    kept = store.decide_once("k", "sha", lambda: pytest.fail("decided twice"))
    assert (kept.body, kept.is_replayed) == (record().body, True)
    assert store.count() == 1


def test_another_request_under_the_same_key_is_refused(store):
    store.decide_once("k", "sha", record)
    with pytest.raises(ReusedKey):
        store.decide_once("k", "other", lambda: record("2"))
    assert store.count() == 1


def test_a_key_in_flight_is_refused_until_its_request_is_answered(store):
    deciding, may_end = threading.Event(), threading.Event()

    def slowly() -> DecisionRecord:
        deciding.set()
        assert may_end.wait(10)
        return record()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(store.decide_once, "k", "sha", slowly)
        assert deciding.wait(10)
        with pytest.raises(KeyInFlight):
            store.decide_once("k", "sha", record)
        with pytest.raises(ReusedKey):
            store.decide_once("k", "other", record)
        may_end.set()
        assert not first.result(10).is_replayed
    assert store.decide_once("k", "sha", record).is_replayed


def test_a_failure_to_decide_leaves_the_key_free(store):
    with pytest.raises(ZeroDivisionError):
        store.decide_once("k", "sha", lambda: 1 / 0)
    assert not store.decide_once("k", "sha", record).is_replayed


def test_many_twins_make_one_decision_a_key(store):
    def ask(number: int) -> tuple[str, bytes] | None:
        key = f"k{number % 20}"
        try:
            return key, store.decide_once(
                key, "sha", lambda: record(f"{number}", str(number).encode())
            ).body
        except KeyInFlight:
            return None

    with ThreadPoolExecutor(8) as pool:
        answers = [one for one in pool.map(ask, range(400)) if one]
    assert store.count() == 20 == len({key for key, _ in answers})
    assert len(set(answers)) == 20
    assert store.verify().holds


def test_two_processes_that_answer_one_key_keep_one_decision(store, url):
    if url.startswith("sqlite"):
        pytest.skip("SQLite has one writing process at a time")
    with DecisionStore(url) as other:
        late = other._replay("k", "sha")
        assert late is None
        first = store.decide_once("k", "sha", record)
        second = other._wait(partial(other._write_decision, "k", "sha", record("2")))
        assert (second.body, second.is_replayed) == (first.body, True)
        with pytest.raises(ReusedKey):
            other._wait(partial(other._write_decision, "k", "other", record("3")))
        assert other.verify().holds
        assert other.count() == 1


def test_one_that_cannot_be_written_does_not_take_its_neighbours_with_it(store):
    hold, held = threading.Event(), threading.Event()

    def block(_connection: object) -> None:
        held.set()
        assert hold.wait(10)

    waits = store._writer.submit(block)
    assert held.wait(10)
    with ThreadPoolExecutor(3) as pool:
        same_id = [pool.submit(store.decide_once, f"k{n}", "sha", record) for n in range(2)]
        good = pool.submit(store.decide_once, "good", "sha", lambda: record("good"))
        while store._writer._queue.qsize() < 3:
            pass
        hold.set()
        waits.result(10)
        assert good.result(10).decision_id == "dec_good"
        assert [one.exception(10) is None for one in same_id].count(True) == 1
    assert store.count() == 2
    assert store.verify().holds


def test_a_full_queue_is_said_at_once(tmp_path):
    hold, held = threading.Event(), threading.Event()

    def block(_connection: object) -> None:
        held.set()
        assert hold.wait(10)

    with DecisionStore(f"sqlite:///{tmp_path}/payrisk.db", capacity=1) as store:
        store._writer.submit(block)
        assert held.wait(10)
        waits = store._writer.submit(lambda _connection: None)
        with pytest.raises(StoreBusy):
            store.decide_once("k", "sha", record)
        hold.set()
        waits.result(10)
        assert not store.decide_once("k", "sha", record).is_replayed
    with pytest.raises(StoreBusy):
        store.decide_once("k2", "sha", record)


def test_what_was_kept_is_there_after_a_restart(url):
    with DecisionStore(url) as store:
        store.decide_once("k", "sha", record)
    with DecisionStore(url) as store:
        assert store.decide_once("k", "sha", lambda: record("2")).body == record().body
        store.decide_once("k2", "sha", lambda: record("2"))
        assert store.verify().holds


@pytest.mark.parametrize(
    "tamper",
    [
        update(decisions).where(decisions.c.decision_id == "dec_2").values(body="{}"),
        update(audit).where(audit.c.seq == 2).values(content_sha="0" * 64),
        update(audit).where(audit.c.seq == 2).values(subject="dec_9"),
        text("DELETE FROM audit WHERE seq = 2"),
    ],
)
def test_the_first_row_that_was_tampered_with_is_named(store, url, tamper):
    for name in "123":
        store.decide_once(f"k{name}", "sha", lambda name=name: record(name))
    assert store.verify().holds
    writer, reader = open_engines(url)
    with writer.begin() as connection:
        connection.execute(tamper)
    writer.dispose()
    reader.dispose()
    assert min(f.seq for f in store.verify().faults if f.seq is not None) == 2


def test_the_ledgers_that_decisions_name_are_read_beside_a_running_store(url):
    assert named_ledgers(url) == set()
    with DecisionStore(url) as store:
        store.decide_once("k", "sha", record)
        assert named_ledgers(url) == {"a1"}


def test_a_check_writes_for_real(url):
    with DecisionStore(url) as store:
        store.check_writable()
        if url.startswith("sqlite"):
            with store._write.connect() as connection:
                connection.exec_driver_sql("PRAGMA query_only=1")
            with pytest.raises(StoreBusy):
                store.check_writable()


def test_a_reader_cannot_write(url):
    if not url.startswith("sqlite"):
        pytest.skip("a pragma of SQLite")
    with DecisionStore(url) as store, store._read.connect() as connection:
        with pytest.raises(Exception, match="readonly"):
            connection.execute(insert(decisions), [vars(record()) | {"body": "x"}])
        assert connection.execute(select(decisions)).all() == []


def test_the_database_is_set_to_survive_a_power_cut(url):
    if not url.startswith("sqlite"):
        pytest.skip("pragmas of SQLite")
    with DecisionStore(url) as store, store._write.connect() as connection:
        said = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert said == ["wal", 2, 1]


def test_every_table_of_sqlite_is_strict(url):
    if not url.startswith("sqlite"):
        pytest.skip("a word of SQLite")
    DecisionStore(url).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'table'"))
        strict = {row.sql.rstrip().endswith("STRICT") for row in rows if "alembic" not in row.sql}
    engine.dispose()
    assert strict == {True}
