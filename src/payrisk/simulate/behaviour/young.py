"""Young honest customers that look like a bust-out: those with a season, and those that grow."""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Floats, Ints
from payrisk.calendar import NEVER
from payrisk.simulate.world.company import Customers
from payrisk.simulate.world.months import BusinessMonths
from payrisk.simulate.world.random_streams import Streams, draw_integers
from payrisk.simulate.world.world import World

PLAIN, SEASONAL, GROWING = 0, 1, 2
PATTERNS = ("plain", "seasonal", "growing")
SEASON_MONTHS = 3
GROWTH_MONTHS = 12


def young_customer_patterns(who: Customers, streams: Streams, world: World) -> Ints:
    """(n,) the pattern of each customer: PLAIN, unless it is honest and joined under our eyes."""
    rng = streams.of("young patterns")
    luck = rng.random(who.n)
    is_young = (who.begins >= 0) & (who.stops_on == NEVER) & ~who.is_one_time
    is_seasonal = luck < world.young_seasonal_share
    is_growing = ~is_seasonal & (luck < world.young_seasonal_share + world.young_growth_share)
    pattern = np.select([is_seasonal, is_growing], [SEASONAL, GROWING], PLAIN)
    return np.asarray(np.where(is_young, pattern, PLAIN), dtype=np.int64)


def billing_factors(
    who: Customers, timeline: BusinessMonths, streams: Streams, world: World
) -> Floats:
    """(customers, months) what each bills against its usual: 1 but for the young patterns.

    A season is three months a year with two to five times as much, growth a doubling every two
    to five months, for a year. Worlds without such customers draw nothing.
    """
    n, months = who.n, timeline.n_billed
    if not (world.young_seasonal_share or world.young_growth_share):
        return np.ones((n, months))
    pattern, rng = (
        young_customer_patterns(who, streams, world),
        streams.of("young patterns' sizes"),
    )
    peak, height = draw_integers(rng, 0, 11, n), 2.0 + 3.0 * rng.random(n)
    doubling = 2.0 + 3.0 * rng.random(n)
    month = np.arange(months)
    of_year = (timeline.first_month + month)[None, :]
    in_season = (of_year - peak[:, None]) % 12 < SEASON_MONTHS
    age = np.clip(month[None, :] - who.begins[:, None], 0, GROWTH_MONTHS)
    return np.select(
        [(pattern == SEASONAL)[:, None] & in_season, (pattern == GROWING)[:, None]],
        [np.broadcast_to(height[:, None], (n, months)), 2.0 ** (age / doubling[:, None])],
        1.0,
    )
