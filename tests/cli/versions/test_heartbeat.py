"""A step that takes long says that it goes on; nothing is said while nothing is at work."""

from __future__ import annotations

import queue
import threading

from payrisk.cli.versions.heartbeat import Heartbeat


def test_it_tells_of_the_step_at_work_and_for_how_long():
    lines, now = queue.Queue(), [100.0]
    with Heartbeat(lines.put, every=0.001, clock=lambda: now[0]) as heartbeat:
        threading.Event().wait(0.02)
        assert lines.empty()
        heartbeat.begin_step("days-to-pay: judge at past origins")
        assert lines.get(timeout=10) == "days-to-pay: judge at past origins  0 s so far ..."
        now[0] = 184.0
        told = {lines.get(timeout=10) for _ in range(3)}
        assert "days-to-pay: judge at past origins  84 s so far ..." in told
