"""Pins: links of the chain that vouch for ledgers and published forecasts, which are folders."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from payrisk.cash.published import snapshots
from payrisk.errors import PayriskError, StoreError
from payrisk.ledger.stored import storage
from payrisk.store import keeping
from payrisk.store.chain import AuditLink, content_sha
from payrisk.store.schema import audit
from payrisk.store.vouching.report import StoreFault

LEDGER, FORECAST = "ledger", "forecast"


class PinStore:
    """What the chain vouches for outside the store, written by the store's one writer."""

    def __init__(
        self,
        wait: Callable[[Callable[[Connection], Any]], Any],
        reading: Callable[[], AbstractContextManager[Connection]],
    ) -> None:
        """wait: runs a job on the writer until it is committed; reading: opens a reader."""
        self._wait, self._reading = wait, reading

    def pin(self, home: Path, pinned_at: str) -> list[str]:
        """Pin every whole ledger and forecast of a home that is not yet; what was pinned now."""
        with self._reading() as connection:
            known = {link.subject for link in pins(connection)}
        contents = _unpinned(home, known)
        if contents:
            self._wait(partial(keep_pins, contents=contents, pinned_at=pinned_at))
        return sorted(contents)

    def require(self, home: Path, name: str) -> None:
        """Raise StoreError where a published forecast is not what the chain vouches for."""
        with self._reading() as connection:
            for link in pins(connection, f"{FORECAST}:{name}"):
                _require_same(home, name, link)


def pins(connection: Connection, subject: str | None = None) -> list[AuditLink]:
    """The pins, or those of one subject, in their order."""
    query = select(audit).where(audit.c.kind == keeping.PINNED).order_by(audit.c.seq)
    if subject is not None:
        query = query.where(audit.c.subject == subject)
    return [keeping.audit_link(row) for row in connection.execute(query)]


def changed_pins(connection: Connection, home: Path) -> list[StoreFault]:
    """Pinned ledgers and forecasts of a home that are not what was pinned, each by its link."""
    faults = [(link, _fault(home, link)) for link in pins(connection)]
    return [StoreFault(link.seq, link.subject, what) for link, what in faults if what]


def keep_pins(connection: Connection, contents: dict[str, bytes], pinned_at: str) -> None:
    """Write a link for each subject that has none: another process may have looked as we did."""
    known = {link.subject for link in pins(connection)}
    for subject, content in sorted(contents.items()):
        if subject in known:
            continue
        last = keeping.newest_link(connection)
        keeping.extend_chain(connection, last, pinned_at, keeping.PINNED, subject, content)


def _unpinned(home: Path, pinned: set[str]) -> dict[str, bytes]:
    """What is whole and not pinned yet, with what its link vouches for.

    Of a ledger its name, which is the hash of its facts; of a forecast its manifest, which names
    the hash of each of its files.
    """
    contents: dict[str, bytes] = {}
    for sha in storage.kept_shas(home):
        contents[f"{LEDGER}:{sha}"] = sha.encode()
    for name in snapshots.names(home):
        with contextlib.suppress(PayriskError, OSError):  # damaged already: it answers nothing
            snapshots.manifest(home, name)
            contents[f"{FORECAST}:{name}"] = _manifest_path(home, name).read_bytes()
    return {subject: content for subject, content in contents.items() if subject not in pinned}


def _manifest_path(home: Path, name: str) -> Path:
    return home / snapshots.FOLDER / name / "manifest.json"


def _fault(home: Path, link: AuditLink) -> str:
    """What is wrong with what a link vouches for; '' where nothing is.

    A ledger that was pruned is not wrong: what is gone answers nothing.
    """
    kind, _, name = link.subject.partition(":")
    try:
        if kind == FORECAST:
            _require_same(home, name, link)
            snapshots.read(home, name)
        elif name in storage.kept_shas(home):
            storage.load(home, name)
    except PayriskError as error:
        return str(error)
    return ""


def _require_same(home: Path, name: str, link: AuditLink) -> None:
    try:
        is_same = content_sha(_manifest_path(home, name).read_bytes()) == link.content_sha
    except OSError:
        is_same = False
    if not is_same:
        raise StoreError(
            f"The forecast {name} is not the one that the audit chain vouches for; restore it"
            " from a backup."
        )
