"""Recording: when each fact was written down, what the books took over, and where they end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Flags, Ints
from payrisk.simulate.world.random_streams import draw_integers


def recording_delays(rng: np.random.Generator, n: int, share: float) -> Ints:
    """(n,) days between a fact and its recording: none for most, some days, seldom weeks."""
    luck = rng.random(n)
    days = np.where(luck < share, draw_integers(rng, 1, 4, n), 0)
    return np.where(luck < 0.2 * share, draw_integers(rng, 5, 20, n), days)


@dataclass(frozen=True)
class BookSpan:
    """The span of the books: (entities,) coverage_on, and the evening of ends_on.

    Business began earlier. What was still open when an entity's books began was taken over, with
    its history, on that day: its facts happened earlier but are recorded then. The rest of the
    earlier business is not in the ledger (the invoices are left-truncated).
    """

    coverage_on: Ints
    ends_on: int

    @property
    def first_day(self) -> int:
        """Day the first of the books begin."""
        return int(self.coverage_on.min())

    def includes_invoices(self, entity: Ints, issued_on: Ints, closed_on: Ints) -> Flags:
        """(n,) whether an invoice is in the books: issued in them or open at their start."""
        start = self.coverage_on[entity]
        return np.asarray((issued_on >= start) | (closed_on >= start), dtype=bool)

    def recording_days(self, entity: Ints, days: Ints) -> Ints:
        """(n,) the recording day, the start of the entity's books at the earliest."""
        return np.maximum(days, self.coverage_on[entity])

    def includes_facts(self, happened_on: Ints, recorded_on: Ints) -> Flags:
        """(n,) whether a fact is in the ledger as known on the evening of its end."""
        return np.asarray(
            (happened_on <= self.ends_on) & (recorded_on <= self.ends_on), dtype=bool
        )
