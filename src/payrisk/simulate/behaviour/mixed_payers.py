"""Customers billed in zloty that pay some documents in euros, each with a chance of its own."""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Floats
from payrisk.simulate.world.company import Customers
from payrisk.simulate.world.random_streams import Streams
from payrisk.simulate.world.world import COUNTRIES

BILLED = "PL"
MANY, FEW = 0.9, 0.6
"""Parameters of the beta law of the chances: six in ten on average, many near always or never."""


def probability_in_euro(who: Customers, streams: Streams) -> Floats:
    """(n,) the chance that a payment of each customer comes in euros; 0 for those in no zloty."""
    chance = streams.of("chances of euros").beta(MANY, FEW, size=who.n)
    codes = np.array([country.code for country in COUNTRIES], dtype=object)[who.country]
    return np.where(codes == BILLED, chance, 0.0)
