"""Edits behind the store's back: each is found by its chain and the head that was noted."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from payrisk.credit.deciding.records import Reservation
from payrisk.store import DecisionStore, VerificationReport, verify_store
from payrisk.store.chain import GENESIS
from proofs.probing import Probe, ProofRun, Tally
from support.company.records import application, order, override, review

KEPT = ("decisions", "idempotency", "audit", "applications", "overrides", "reservations")
LINK = ("content_sha", "kind", "seq", "subject", "written_at")
Edit = Callable[[sqlite3.Connection, random.Random], bool]


def fill(store: DecisionStore) -> str:
    """Keep some of every kind; the head of the chain."""
    for n in range(6):
        store.decide_once(f"a{n}", "s", partial(application, f"a{n}"))
        store.decide_once(f"r{n}", "s", partial(review, f"r{n}", amount=n))
        store.decide_once(f"o{n}", "s", partial(order, f"o{n}", 70, 1_000, order_id=f"o{n}"))
    seen = store.get("dec_o0")
    assert seen is not None
    held = Reservation("c1", "o0", "EUR", 80, "2025-07-02")
    store.override("v", "s", "dec_o0", seen.etag, override("v", reservation=held))
    return store.verify().head


def _columns(books: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in books.execute(f"PRAGMA table_info({table})")]


def _row(books: sqlite3.Connection, table: str, draw: random.Random) -> int:
    rows = books.execute(f"SELECT rowid FROM {table} ORDER BY rowid").fetchall()  # noqa: S608
    return int(draw.choice(rows)[0])


def flip(books: sqlite3.Connection, draw: random.Random) -> bool:
    """One value of one row is another."""
    table = draw.choice(KEPT)
    column, row = draw.choice(_columns(books, table)), _row(books, table, draw)
    was = books.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()[0]  # noqa: S608
    if isinstance(was, str) and was:
        place = draw.randrange(len(was))
        now: object = f"{was[:place]}{'y' if was[place] != 'y' else 'z'}{was[place + 1 :]}"
    elif isinstance(was, bytes) and was:
        now = was[:-1] + bytes([was[-1] ^ 1])
    else:
        now = (was or 0) + draw.randint(1, 999) if not isinstance(was, str) else "x"
    books.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (now, row))  # noqa: S608
    return True


def take_away(books: sqlite3.Connection, draw: random.Random) -> bool:
    """One row is gone."""
    table = draw.choice(KEPT)
    row = _row(books, table, draw)
    books.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))  # noqa: S608
    return True


def swap(books: sqlite3.Connection, draw: random.Random) -> bool:
    """Two rows have each other's value; False where both have the same."""
    table = draw.choice(KEPT)
    column = draw.choice(_columns(books, table))
    one, other = _row(books, table, draw), _row(books, table, draw)
    read = f"SELECT {column} FROM {table} WHERE rowid = ?"  # noqa: S608
    first, second = (books.execute(read, (row,)).fetchone()[0] for row in (one, other))
    if first == second:
        return False
    write = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"  # noqa: S608
    for value, row in (("~", one), (first, other), (second, one)):  # no value is there twice
        books.execute(write, (value, row))
    return True


def slip_in(books: sqlite3.Connection, draw: random.Random) -> bool:
    """A decision that nobody made, a copy of one that was."""
    made = f"dec_x{draw.randrange(10**9)}"
    names = [n for n in _columns(books, "decisions") if n not in ("decision_id", "seq")]
    row = _row(books, "decisions", draw)
    books.execute(
        f"INSERT INTO decisions (decision_id, seq, {', '.join(names)})"  # noqa: S608
        f" SELECT ?, ?, {', '.join(names)} FROM decisions WHERE rowid = ?",
        (made, 10**6 + draw.randrange(10**6), row),
    )
    return True


def cut_tail(books: sqlite3.Connection, draw: random.Random) -> bool:
    """The last decisions never happened: their rows and their links are gone together."""
    links = books.execute("SELECT seq, subject FROM audit ORDER BY seq DESC").fetchall()
    for seq, subject in links[: draw.randint(1, 5)]:
        books.execute("DELETE FROM audit WHERE seq = ?", (seq,))
        names = subject, f"app_{subject.removeprefix('dec_')}"
        for table in (*KEPT, "personal"):
            for column in _columns(books, table):
                books.execute(f"DELETE FROM {table} WHERE {column} IN (?, ?)", names)  # noqa: S608
    return True


def rebuild(books: sqlite3.Connection, draw: random.Random) -> bool:
    """The whole chain is written anew, link by link, around a time that was never so."""
    links = books.execute(f"SELECT {', '.join(LINK)} FROM audit ORDER BY seq").fetchall()  # noqa: S608
    meant, previous = draw.randrange(len(links)), GENESIS
    for place, values in enumerate(links):
        link = dict(zip(LINK, values, strict=True))
        if place == meant:
            link["written_at"] = f"2024-{draw.randint(10, 12)}-01T08:00:00.000000+00:00"
        text = json.dumps(link, sort_keys=True, separators=(",", ":"))
        previous = hashlib.sha256(f"{previous}{text}".encode()).hexdigest()
        books.execute(
            "UPDATE audit SET written_at = ?, sha = ? WHERE seq = ?",
            (link["written_at"], previous, link["seq"]),
        )
    return True


EDITS: tuple[Edit, ...] = (flip, flip, flip, take_away, swap, slip_in, cut_tail, rebuild)


def _edited(run: ProofRun, check: Callable[[str, str], VerificationReport]) -> Tally:
    whole, edited = run.folder / "whole.db", run.folder / "edited.db"
    with DecisionStore(f"sqlite:///{whole}") as store:
        head = fill(store)
    with closing(sqlite3.connect(whole)) as books:
        books.execute("PRAGMA journal_mode=DELETE")
    content, draw = whole.read_bytes(), random.Random(run.seed)
    n_missed, n_tried, missed = 0, 0, set[str]()
    while n_tried < run.count:
        edited.write_bytes(content)
        edit = draw.choice(EDITS)
        if not _made(edited, edit, draw):
            continue
        n_tried += 1
        if check(f"sqlite:///{edited}", head).holds:
            n_missed += 1
            missed.add(edit.__name__)
    names = f" ({', '.join(sorted(missed))})" if missed else ""
    sentence = f"{run.count:,} edits of seven kinds: {n_missed} not found{names}"
    return Tally(run.count, n_missed, sentence)


def _made(path: Path, edit: Edit, draw: random.Random) -> bool:
    """Whether the edit changed anything that the database allows."""
    with closing(sqlite3.connect(path)) as books:
        try:
            is_made = edit(books, draw)
        except sqlite3.IntegrityError:
            return False
        books.commit()
        return is_made


def edit(run: ProofRun) -> Tally:
    """Edit a store so many times, each time the whole one."""
    return _edited(run, verify_store)


def edit_unnoted(run: ProofRun) -> Tally:
    """The same where nobody noted the head of the chain."""
    return _edited(run, lambda url, _head: verify_store(url))


TAMPER = Probe(
    "tamper", 10_000, 200, edit, edit_unnoted, "a chain whose head nobody noted", twin_count=20,
    ci=10, lacks="1,000,000 rows verified within 60 s",
)  # fmt: skip
