"""Cash by value date, the day the bank counts it: bank days after booking, from the past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.arrays import Days, Floats, matrix_product, weighted_sums
from payrisk.calendar import NEVER, is_business_day
from payrisk.cash.forecasting.apportion import apportion
from payrisk.cash.forecasting.bank_days import settlement_calendar
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.cash.forecasting.instant import InstantShares, landings_at_once, moves_at_once
from payrisk.cash.layers.unbilled import UnbilledCash
from payrisk.ledger.facts.kinds import CASH_KINDS

Key = tuple[str, str]

SOONEST, LATEST = -5, 10
"""Bank days from booking to value that are told apart; rarer ones count as the nearest."""
MIN_SEEN = 30
"""Value dates of an entity and currency below which the currency's, then all, speak for it."""
BLOCK_ROWS = 4096


@dataclass(frozen=True)
class ValueLags:
    """How many bank days after booking a payment has value, as far as known at as_of.

    shares: (lags,) by entity and currency, by currency (entity "") and over all ("", ""), from
    SOONEST to LATEST bank days; n: value dates behind each.
    """

    shares: Mapping[Key, Floats]
    n: Mapping[Key, int]

    def of(self, entity: str, currency: str) -> Floats:
        """(lags,) shares of an entity's payments in a currency, else of the next wider pool."""
        for key in ((entity, currency), ("", currency)):
            if self.n.get(key, 0) >= MIN_SEEN:
                return self.shares[key]
        return self.shares["", ""]

    def table(self) -> pd.DataFrame:
        """entity_id (empty: all), currency (empty: all), n, mean and median bank days."""
        days = np.arange(SOONEST, LATEST + 1)
        rows = [
            {
                "entity_id": entity,
                "currency": currency,
                "n": self.n[entity, currency],
                "mean_days": float(weighted_sums(share, days)),
                "median_days": int(days[np.searchsorted(np.cumsum(share), 0.5 - 1e-9)]),
            }
            for (entity, currency), share in sorted(self.shares.items())
        ]
        return pd.DataFrame(rows)


def value_lags(credits: pd.DataFrame, calendars: Mapping[str, str]) -> ValueLags | None:
    """What the payments known say of value dates; None where not one was ever recorded.

    credits: as `History.known_rows("credits")`; calendars: as `bank_days.calendars`. Days on
    which the entity's bank is closed do not count; without a calendar every day does.
    """
    has_value_date = (credits["value_on"] < NEVER) & credits["kind"].isin(CASH_KINDS)
    rows = credits[(has_value_date & (credits["amount"] > 0)).to_numpy()]
    if rows.empty:
        return None
    entity = rows["entity_id"].astype(str).to_numpy(dtype=object)
    currency = rows["currency"].astype(str).to_numpy(dtype=object)
    booked, value = (rows[name].to_numpy(np.int64) for name in ("happened_on", "value_on"))
    lag = np.zeros(len(rows), dtype=np.int64)
    first, last = int(min(booked.min(), value.min())), int(max(booked.max(), value.max()))
    for name, money in sorted(set(zip(entity, currency, strict=True))):
        open_ = open_days(first, last, _places([name], money, calendars))
        in_pool = (entity == name) & (currency == money)
        lag[in_pool] = np.searchsorted(open_, value[in_pool]) - np.searchsorted(
            open_, booked[in_pool]
        )
    slot = np.clip(lag, SOONEST, LATEST) - SOONEST
    shares: dict[Key, Floats] = {}
    n: dict[Key, int] = {}
    pools = [(("", ""), np.ones(len(rows), dtype=bool))]
    pools += [(("", name), currency == name) for name in sorted(set(currency))]
    pools += [
        (key, (entity == key[0]) & (currency == key[1]))
        for key in sorted(set(zip(entity, currency, strict=True)))
    ]
    for key, in_pool in pools:
        counts = np.bincount(slot[in_pool], minlength=LATEST - SOONEST + 1)
        shares[key], n[key] = counts / counts.sum(), int(counts.sum())
    return ValueLags(shares, n)


def by_value_date(
    cash: CashForecast,
    lags: ValueLags,
    calendars: Mapping[str, str],
    generator: np.random.Generator,
    instant: InstantShares | None = None,
) -> CashForecast:
    """The forecast with its cash on the day it has value, never on a day the bank is closed.

    instant: which share of an account's euros has value on such a day all the same.
    Every row sums to the same cents as before; what gets value after the horizon is beyond it.
    Payments of one customer share their lag in a draw. Widths verified by booking date are not
    verified by value date, and are not said to be.
    """
    expected, landed = cash.expected.copy(), cash.landed.copy()
    amount = cash.invoices["expected_from"].to_numpy(np.int64)
    group = cash.invoices.groupby(["entity_id", "currency"], sort=True).indices
    customer, names = pd.factorize(cash.invoices["customer_id"])
    chance = generator.random((len(landed), max(len(names), 1)), dtype=np.float32)
    instant = instant or InstantShares()
    luck = generator.random(chance.shape, dtype=np.float32) if instant.n_instant else chance
    for (entity, currency), rows in group.items():
        share = lags.of(str(entity), str(currency))
        column = value_date_columns(
            cash.as_of, cash.horizon_days, _places([str(entity)], str(currency), calendars)
        )
        at_once = instant.columns(str(entity), str(currency), cash.as_of, cash.horizon_days)
        at_once = at_once and at_once.of_landed()
        move = moves_at_once(value_date_matrix(column, share), at_once)
        gathered = matrix_product(expected[rows], move) / np.maximum(amount[rows], 1)[:, None]
        gathered[amount[rows] == 0, -1] = 1.0
        expected[rows] = apportion(amount[rows], gathered)
        # a share may sum to a hair below 1: the last lag takes what is left
        upto = np.append(np.cumsum(share)[:-1], 1.0).astype(np.float32)
        for low in range(0, len(rows), BLOCK_ROWS):
            block = rows[low : low + BLOCK_ROWS]
            slot = np.searchsorted(upto, chance[:, customer[block]], side="right")
            slot = np.minimum(slot, len(share) - 1)
            was = landed[:, block]
            after = column[slot, was]
            if at_once is not None:
                after = landings_at_once(was, after, luck[:, customer[block]], at_once)
            landed[:, block] = after
    verdict = f"not verifiable by value date; by booking date: {cash.verified}"
    return replace(
        cash,
        expected=expected,
        landed=landed,
        verified=verdict,
        verification=cash.verification.head(0),
    )


def unbilled_on_bank_days(
    band: UnbilledCash,
    entities: Mapping[str, Sequence[str]],
    calendars: Mapping[str, str],
    lags: ValueLags | None = None,
    instant: InstantShares | None = None,
) -> UnbilledCash:
    """The band of invoices not yet issued with no cash on a day that all its banks are closed.

    entities: those that bill in each currency. lags: moves it to value dates, too. instant: which
    share of euros is there on such a day all the same. What is moved past the horizon is no
    longer in it.
    """
    expected, draws = band.expected.copy(), band.draws.copy()
    h = band.horizon_days
    same_day = np.zeros(LATEST - SOONEST + 1)
    same_day[-SOONEST] = 1.0
    for position, currency in enumerate(band.currencies):
        who = entities.get(currency, ())
        only = who[0] if len(who) == 1 else ""
        share = same_day if lags is None else lags.of(only, currency)
        column = value_date_columns(band.as_of, h, _places(who, currency, calendars))
        at_once = (instant or InstantShares()).columns(only, currency, band.as_of, h)
        if at_once is not None and lags is None:
            at_once = at_once.as_booked()
        move = moves_at_once(value_date_matrix(column, share), at_once)[:h, :h]
        expected[position] = matrix_product(band.expected[position : position + 1], move)[0]
        draws[:, position] = matrix_product(band.draws[:, position], move)
    return replace(band, expected=expected, draws=draws)


def open_days(first: int, last: int, places: Sequence[str]) -> Days:
    """The days first … last on which a bank in any of these countries is open; all without any."""
    days = np.arange(first, last + 1, dtype=np.int64)
    if not places:
        return days
    return days[np.any([is_business_day(days, place) for place in places], axis=0)]


def value_date_columns(
    as_of: int, horizon_days: int, places: Sequence[str]
) -> npt.NDArray[np.int16]:
    """(lags, h + 2) the column on which cash of each column has value, SOONEST to LATEST.

    Beyond and never stay; nothing comes before as_of.
    """
    open_ = open_days(as_of, as_of + horizon_days + 60, places)
    booked = np.searchsorted(open_, as_of + np.arange(horizon_days))
    out = np.empty((LATEST - SOONEST + 1, horizon_days + 2), dtype=np.int16)
    for slot in range(len(out)):
        value = open_[np.maximum(booked + slot + SOONEST, 0)]
        out[slot, :-2] = np.minimum(value - as_of, horizon_days)
    out[:, -2:] = horizon_days, horizon_days + 1
    return out


def value_date_matrix(column: npt.NDArray[np.int16], share: Floats) -> Floats:
    """(h + 2, h + 2) how much of each column's cash goes to which; rows sum to 1."""
    width = column.shape[1]
    move = np.zeros((width, width))
    for to, part in zip(column, share, strict=True):
        np.add.at(move, (np.arange(width), to.astype(np.int64)), part)
    return move


def cash_in_transit(credits: pd.DataFrame, as_of: int, horizon_days: int) -> pd.DataFrame:
    """Cash booked before as_of that has value from as_of on: currency, value_on, amount (cents).

    credits: as `History.known_rows("credits")`. Known, not forecast: it is in no open invoice.
    """
    inside = (credits["happened_on"] < as_of) & credits["kind"].isin(CASH_KINDS)
    inside &= (credits["value_on"] >= as_of) & (credits["value_on"] < as_of + horizon_days)
    rows = credits[inside.to_numpy()].astype({"currency": str})
    return rows.groupby(["currency", "value_on"], sort=True)["amount"].sum().reset_index()


def _places(entities: Sequence[str], currency: str, calendars: Mapping[str, str]) -> list[str]:
    """The calendars on which the currency settles for these; none where one is not known."""
    countries = [settlement_calendar(name, currency, calendars) for name in entities or ("",)]
    return [] if None in countries else sorted({str(place) for place in countries})
