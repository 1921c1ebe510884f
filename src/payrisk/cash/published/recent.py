"""The forecasts published in the last weeks before a morning, one a day."""

from __future__ import annotations

from pathlib import Path

from payrisk.calendar import day_of
from payrisk.cash.published import snapshots
from payrisk.cash.published.snapshots import Snapshot

RECENT_DAYS = 42
"""Days before the morning within which a forecast still tells of weeks that are shown."""
MOST_READ = 8


def recent_snapshots(home: Path, as_of: int) -> list[Snapshot]:
    """Of each day before the morning, at most MOST_READ of them, the last one; oldest first.

    Raises as `snapshots.read` where one is damaged.
    """
    by_day: dict[int, str] = {}
    for name in snapshots.names(home):
        day = day_of(name[:10])
        if as_of - RECENT_DAYS <= day < as_of:
            by_day[day] = name
    return [snapshots.read(home, by_day[day]) for day in sorted(by_day)[-MOST_READ:]]
