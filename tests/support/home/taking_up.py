"""Wait until a running service has taken up the ledger that its home was given."""

from __future__ import annotations

import time


def taken_up(live, before="", seconds=60.0):
    """Look until another ledger than `before` is there.

    The service's own look may be at it, and then ours is nothing.
    """
    deadline = time.monotonic() + seconds
    while live.current.ledger_sha == before:
        assert time.monotonic() < deadline, "the ledger was not taken up"
        live.refresh()
        time.sleep(0.02)
