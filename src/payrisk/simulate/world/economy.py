"""The economy all customers share: monthly shocks to payment, and the exchange rates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.simulate.world.months import BusinessMonths
from payrisk.simulate.world.random_streams import Streams
from payrisk.simulate.world.recording import BookSpan
from payrisk.simulate.world.texts import texts_of_codes
from payrisk.simulate.world.world import COUNTRIES, ENTITIES, World

CURRENCIES = ("EUR", "PLN", "GBP", "USD", "INR")
_PAR = np.array([1.0, 4.3, 0.86, 1.1, 92.0])
"""Units of each currency for one EUR when business begins."""


def currency_of(country: Ints) -> Ints:
    """Place in CURRENCIES of each country's currency."""
    return np.array([CURRENCIES.index(c.currency) for c in COUNTRIES])[country]


def billing_currency(country: Ints, entity: Ints, world: World) -> Ints:
    """Place in CURRENCIES of what each entity bills a customer of each country in."""
    home = currency_of(country)
    if not world.bills_in_entity_currency:
        return home
    base = np.array([CURRENCIES.index(e.base_currency) for e in ENTITIES])
    is_elsewhere = entity != np.array([c.entity for c in COUNTRIES])[country]
    return np.where(is_elsewhere & np.isin(home, base), base[entity], home)


def common_shocks(timeline: BusinessMonths, streams: Streams) -> Floats:
    """(months,) one standard normal a month of due date, the same for every customer."""
    return streams.of("common shocks").normal(size=timeline.n_months + 12)


def exchange_rates(timeline: BusinessMonths, streams: Streams) -> Floats:
    """(months, currencies) units for one EUR, fixed on each month's first day."""
    steps = streams.of("rates").normal(size=(timeline.n_months, len(CURRENCIES)))
    steps[:, 0] = 0.0
    return np.round(_PAR * np.exp(np.cumsum(0.012 * steps, axis=0)), 4)


def rates_table(rates: Floats, timeline: BusinessMonths, books: BookSpan) -> pd.DataFrame:
    """The `rates` facts: spot, from EUR, known since the day they hold from."""
    months, currency = (part.ravel() for part in np.indices(rates.shape))
    keep = (currency > 0) & (timeline.month_starts[months] <= books.ends_on)
    months, currency = months[keep], currency[keep]
    valid_on = timeline.month_starts[months]
    return pd.DataFrame(
        {
            "from": "EUR",
            "to": texts_of_codes(CURRENCIES, currency),
            "type": "spot",
            "valid_on": valid_on,
            "rate": rates[months, currency],
            "recorded_on": np.maximum(valid_on, books.first_day),
        }
    )
