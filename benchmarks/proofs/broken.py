"""Broken on purpose: services and stores that a probe must find out."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from payrisk.store import DecisionStore

LATE_SECONDS = 1.0
"""How long after its answer the hasty store writes."""


def acknowledge_early() -> None:
    """Have every store of this process answer first and write afterwards."""

    def decide_once(store: Any, key: str, request_sha: str, decide: Callable[[], Any]) -> Any:
        from payrisk.credit.deciding.records import DurableReply

        record = decide()
        write = partial(store._write_decision, key, request_sha, record)
        late = threading.Timer(LATE_SECONDS, store._writer.submit, (write,))
        late.daemon = True
        late.start()
        return DurableReply(
            record.decision_id, record.body, kind=record.kind, outcome=record.outcome
        )

    DecisionStore.decide_once = decide_once  # type: ignore[assignment,method-assign]


def forget_keys(store: DecisionStore) -> None:
    """Have a store take every request for a new one."""
    remembering = store.decide_once

    def decide_once(key: str, request_sha: str, decide: Callable[[], Any]) -> Any:
        return remembering(f"{key}-{secrets.token_hex(6)}", request_sha, decide)

    store.decide_once = decide_once  # type: ignore[method-assign]


HASTY = (
    "from proofs.broken import acknowledge_early; acknowledge_early();"
    "from payrisk.cli import main; main()"
)
"""A program: payrisk, its decisions acknowledged before they are written."""
