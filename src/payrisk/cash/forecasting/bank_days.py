"""Days on which a currency settles: no cash is expected on any other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.arrays import Flags, Ints
from payrisk.calendar import TARGET, is_business_day, is_known_country, roll_forward
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.cash.forecasting.instant import EURO, InstantShares, landings_at_once
from payrisk.ledger import History

BASIS = "booking date"
"""The day cash counts on: the day it was booked (`happened_on`), which the curves learned."""

UNKNOWN = "unknown: any day the model says"
BLOCK_ROWS = 4096


def bank_calendars(entities: pd.DataFrame) -> dict[str, str]:
    """Country whose bank holidays each entity's bank keeps: bank_calendar, else country.

    entities: as known, columns entity_id, bank_calendar, country. Entities that say neither are
    left out: which days their bank is closed is not known.
    """
    latest = entities.drop_duplicates("entity_id", keep="last").set_index("entity_id")
    places = latest["bank_calendar"].where(
        latest["bank_calendar"].fillna("") != "", latest["country"]
    )
    return {str(name): str(place) for name, place in places.items() if isinstance(place, str)}


def settlement_calendar(entity: str, currency: str, calendars: Mapping[str, str]) -> str | None:
    """Whose open days a payment lands on: euros on TARGET days, other money as the bank is open.

    calendars: as `bank_calendars`. A public holiday of the receiver's country that T2 keeps open
    holds no euro up. None where it is not known.
    """
    return TARGET if currency == EURO else calendars.get(entity)


def kept_calendars(calendars: Mapping[str, str], receiving: Iterable[str]) -> str:
    """Whose closed days are kept, in words, and of whom or which place they are not known.

    calendars: as `bank_calendars`; receiving: entities that receive other money than euros.

    >>> kept_calendars({"a": "DE", "b": "ZZ"}, ["a"])
    'closed days of a DE, b ZZ (of which weekends alone are known)'
    """
    places = [
        f"{name} {place}"
        + ("" if is_known_country(place) else " (of which weekends alone are known)")
        for name, place in sorted(calendars.items())
    ]
    without = sorted(set(receiving) - set(calendars))
    if not places:
        return f"bank calendar {UNKNOWN}"
    others = f"; of {', '.join(without)} {UNKNOWN}" if without else ""
    return f"closed days of {', '.join(places)}{others}"


def on_bank_days(
    cash: CashForecast,
    calendars: Mapping[str, str],
    instant: InstantShares | None = None,
    *,
    only: Flags | None = None,
) -> CashForecast:
    """The forecast with what would land on a day its money does not settle on the next that does.

    instant: which share of an account's euros lands on such a day all the same. only: (n,) the
    invoices that may move; all of them by default. Expected cash and draws move together; what
    rolls past the horizon is beyond it. Every row still sums to what it was expected from.
    """
    groups = cash.invoices.groupby(["entity_id", "currency"], sort=True).indices
    expected, landed = cash.expected.copy(), cash.landed.copy()
    instant = instant or InstantShares()
    customer, names = pd.factorize(cash.invoices["customer_id"])
    chance = np.zeros((0, 0), dtype=np.float32)
    if instant.n_instant:
        # who pays at once in a draw does so for all that is owed
        generator = np.random.default_rng(3)
        chance = generator.random((len(landed), max(len(names), 1)), dtype=np.float32)
    for (entity, currency), members in groups.items():
        rows = members if only is None else members[only[members]]
        place = settlement_calendar(str(entity), str(currency), calendars)
        if place is None:
            continue
        column = next_open_columns(cash.as_of, cash.horizon_days, place)
        at_once = instant.columns(str(entity), str(currency), cash.as_of, cash.horizon_days)
        if at_once is None:
            expected[rows] = moved_to_columns(cash.expected[rows], column)
            landed[:, rows] = column[cash.landed[:, rows]]
            continue
        stays = np.rint(cash.expected[rows] * at_once.stays).astype(np.int64)
        expected[rows] = stays + moved_to_columns(cash.expected[rows] - stays, column)
        for low in range(0, len(rows), BLOCK_ROWS):
            block = rows[low : low + BLOCK_ROWS]
            was = cash.landed[:, block]
            landed[:, block] = landings_at_once(
                was, column[was], chance[:, customer[block]], at_once.as_booked()
            )
    return replace(cash, expected=expected, landed=landed)


def landed_as_known(cash: CashForecast, history: History) -> CashForecast:
    """The forecast on the days that a morning's entities and value dates tell."""
    places = bank_calendars(history.known_rows("entities"))
    return on_bank_days(cash, places, InstantShares.of(history.known_rows("credits"), places))


def next_open_columns(as_of: int, horizon_days: int, country: str) -> npt.NDArray[np.int16]:
    """(h + 2,) the column each column's cash comes on: the next open day's, or beyond."""
    days = as_of + np.arange(horizon_days, dtype=np.int64)
    column = np.minimum(roll_forward(days, country) - as_of, horizon_days)
    return np.append(column, [horizon_days, horizon_days + 1]).astype(np.int16)


def moved_to_columns(cents: Ints, column: npt.NDArray[np.int16]) -> Ints:
    """(n, h + 2) cents with each column's added to the column it goes to."""
    out = np.zeros_like(cents)
    for source, target in enumerate(column.tolist()):
        out[:, target] += cents[:, source]
    return out


def closed_days(as_of: int, horizon_days: int, calendars: Mapping[str, str]) -> pd.DataFrame:
    """Every day of the horizon on which no money lands: entity_id, country, closed_on.

    Rows without entity_id, of TARGET: no euro lands, whoever is to have it; the others: no other
    money lands at the entity's bank.
    """
    days = as_of + np.arange(horizon_days, dtype=np.int64)
    parts = [
        pd.DataFrame({"entity_id": name, "country": place, "closed_on": closed})
        for name, place in [("", TARGET), *sorted(calendars.items())]
        for closed in [days[~is_business_day(days, place)]]
    ]
    empty = pd.DataFrame({"entity_id": [], "country": [], "closed_on": []}).astype(
        {"entity_id": str, "country": str, "closed_on": "int64"}
    )
    return pd.concat([empty, *parts], ignore_index=True) if parts else empty
