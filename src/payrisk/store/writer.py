"""One thread writes; whatever waits is committed together, and answered after the commit."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from payrisk.errors import PayriskError, StoreError
from payrisk.store.engine import lock_chain
from payrisk.store.opened_file import OpenedFile

T = TypeVar("T")
Job = Callable[[Connection], Any]

LARGEST_GROUP = 200
"""Jobs that share one commit at most: bounds the wait of the first in the group."""


class StoreBusy(StoreError):
    """The store cannot write just now; the same request may be sent again."""


class Writer:
    """Runs jobs in order on the one writing connection, many to a commit.

    A job either returns and is durable when its future is done, or raises and has left no
    trace; one that fails does not take its neighbours with it.
    """

    def __init__(
        self, engine: Engine, *, capacity: int = 1_000, file: OpenedFile | None = None
    ) -> None:
        """Start the thread. capacity: jobs that may wait before StoreBusy is raised.

        file: of a SQLite store; asked before and after a commit whether it is still there.
        """
        self._engine = engine
        self._file = file
        self._queue: queue.Queue[tuple[Job, Future[Any]] | None] = queue.Queue(capacity)
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="payrisk-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[Connection], T]) -> Future[T]:
        """Queue a job; its future ends after the commit. Raises StoreBusy when full or closed."""
        future: Future[T] = Future()
        if self._closing:
            raise StoreBusy("The store is closing; send the request again.")
        try:
            self._queue.put_nowait((job, future))
        except queue.Full:
            raise StoreBusy("Too many decisions are waiting; send the request again.") from None
        return future

    def close(self) -> None:
        """Finish what waits, then stop."""
        if not self._closing:
            self._closing = True
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            group = [first]
            last = False
            while len(group) < LARGEST_GROUP and not last:
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
                if item is None:
                    last = True
                else:
                    group.append(item)
            if not self._commit(group):
                for waiting_job in group:
                    self._commit([waiting_job], alone=True)
            if last:
                return

    def _commit(self, group: list[tuple[Job, Future[Any]]], *, alone: bool = False) -> bool:
        """Whether the group was committed; a single job's failure is handed to its caller."""
        alone = alone or len(group) == 1
        try:
            with self._engine.begin() as connection:
                lock_chain(connection)
                results = [job(connection) for job, _ in group]
                self._require_file()
            self._require_file()
        except Exception as error:
            if alone:
                group[0][1].set_exception(_told_error(error))
            return alone
        for (_, future), result in zip(group, results, strict=True):
            future.set_result(result)
        return True

    def _require_file(self) -> None:
        if self._file is not None and not self._file.is_there():
            raise StoreBusy(
                "The decision store was moved, deleted or replaced while it was open; put it back"
                " or start the service again."
            )


def _told_error(error: Exception) -> Exception:
    if isinstance(error, PayriskError):
        return error
    if isinstance(error, SQLAlchemyError):
        # The driver's text may quote what was being written.
        busy = StoreBusy(f"The store could not write ({type(error).__name__}); try again.")
        busy.__cause__ = error
        return busy
    return error
