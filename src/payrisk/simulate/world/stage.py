"""The stage a block plays on: knobs, months, calendars, books, the economy, its random streams."""

from __future__ import annotations

from dataclasses import dataclass, replace

from payrisk.arrays import Floats
from payrisk.simulate.world.economy import common_shocks, exchange_rates
from payrisk.simulate.world.months import BusinessMonths, RunDays
from payrisk.simulate.world.random_streams import Streams
from payrisk.simulate.world.recording import BookSpan
from payrisk.simulate.world.world import COUNTRIES, ENTITIES, World


@dataclass(frozen=True)
class SharedWorld:
    """What every step works with. All blocks share it but for the `streams`.

    common: (months,) shocks of the economy. rates: (months, currencies) units for one EUR.
    """

    world: World
    timeline: BusinessMonths
    runs: RunDays
    books: BookSpan
    common: Floats
    rates: Floats
    streams: Streams

    @classmethod
    def of(cls, months: int, ends_on: int, seed: int, world: World) -> SharedWorld:
        """The stage of a ledger of so many months."""
        timeline = BusinessMonths.of(
            months, ends_on, world.warm_up_months, world.coverage_lag_months, len(ENTITIES)
        )
        last = int(timeline.month_starts[-1]) + 500
        streams = Streams(seed)
        return cls(
            world,
            timeline,
            RunDays.of([c.code for c in COUNTRIES], timeline.first_day - 60, last),
            BookSpan(timeline.coverage_on, ends_on),
            common_shocks(timeline, streams),
            exchange_rates(timeline, streams),
            streams,
        )

    def block(self, number: int) -> SharedWorld:
        """The same stage with the streams of one block."""
        return replace(self, streams=Streams(self.streams.seed, number))
