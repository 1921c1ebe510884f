"""How much one key may ask: so many requests a minute, a tenth of them at once."""

from __future__ import annotations

import math

BURST = 10
"""The part of a minute's requests that may come together."""


class RequestAllowance:
    """A bucket a key, filled evenly and emptied by each request (a token bucket)."""

    def __init__(self, per_minute: int) -> None:
        """All buckets are full. per_minute: requests of one key, 0 for as many as come."""
        self._per_second = per_minute / 60
        self._most = max(per_minute / BURST, 1.0)
        self._left: dict[str, tuple[float, float]] = {}

    def seconds_to_wait(self, key_id: str, now: float) -> int:
        """Take one request of a key at a time in seconds: 0, or after how many to come again."""
        if not self._per_second:
            return 0
        before, at = self._left.get(key_id, (self._most, now))
        left = min(before + (now - at) * self._per_second, self._most)
        is_enough = left >= 1.0
        self._left[key_id] = (left - is_enough, now)
        return 0 if is_enough else math.ceil((1.0 - left) / self._per_second)
