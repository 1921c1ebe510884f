"""What a model costs whoever serves it: its size on disk, and the time of one answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from payrisk.learning.judging.gates import Check

MOST_MB = 100.0
MOST_MS = 500.0
"""For one question alone; a screen waits no longer."""
ASKED_TIMES = 7


def burden(
    files: Mapping[str, bytes], ask: Callable[[], object], clock: Callable[[], float]
) -> list[Check]:
    """Both as promises.

    files: of the model; ask: one question, answered; clock: seconds. The least of a few answers,
    the first left out: a model is read once and asked often, and what else the machine does while
    it trains is no burden of the model's.
    """
    megabytes = sum(len(content) for content in files.values()) / 1e6
    took = []
    for _ in range(ASKED_TIMES + 1):
        began = clock()
        ask()
        took.append(clock() - began)
    return [
        Check(f"megabytes on disk, at most {MOST_MB:g}", round(megabytes, 3), MOST_MB),
        Check(
            f"milliseconds for one answer, at most {MOST_MS:g}",
            round(1000.0 * min(took[1:]), 1),
            MOST_MS,
        ),
    ]
