"""What the coming days of an invoice may read of its moment, as flat numbers without a ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from payrisk.arrays import Ints, Texts
from payrisk.calendar import day_of, iso
from payrisk.features.computing.batch import MomentBatch
from payrisk.features.computing.ledger_streams import LedgerStreams
from payrisk.features.computing.moments import Moments
from payrisk.features.streams.business_days import BusinessCalendars
from payrisk.features.streams.keys import pack_keys
from payrisk.features.streams.lag_bins import N_BINS

CASH_FIELDS = (
    "n",
    *(f"weekday{day}" for day in range(7)),
    *(f"month_sixth{part}" for part in range(6)),
)
"""What is counted of the customer's payments of the last 365 days."""
LAG_COUNTS = tuple(
    (source, level)
    for level in ("everyone_lag", "lag", "weekday_lag")
    for source in ("settled", "reached")
)
"""Which invoices are counted by bin of days late, and whose."""


class GoverningCalendars(NamedTuple):
    """Calendars of countries, and (n,) the code among them of the country that governs."""

    calendars: BusinessCalendars
    code: Ints


@lru_cache(maxsize=64)
def _calendars_of(names: tuple[str, ...]) -> BusinessCalendars:
    """The calendars of countries, whose tables of days are made once."""
    return BusinessCalendars(("", *names))


@dataclass(frozen=True)
class FrozenMoments:
    """(n,) moments of invoices: all that stays the same from one future day to the next.

    as_of, issued_on, due_on: days. country: codes, '' where unknown. cash: field → (n,) counts.
    lags: (source, level) → (n, N_BINS) invoices by bin of days late, as known on the morning.
    """

    as_of: Ints
    issued_on: Ints
    due_on: Ints
    country: Texts
    cash: Mapping[str, Ints]
    lags: Mapping[tuple[str, str], Ints]

    def __len__(self) -> int:
        return len(self.as_of)

    @classmethod
    def of(cls, streams: LedgerStreams, moments: Moments) -> FrozenMoments:
        """What was known of each moment on its morning."""
        return cls.of_batch(MomentBatch.of(streams, moments), moments)

    @classmethod
    def of_batch(cls, batch: MomentBatch, moments: Moments) -> FrozenMoments:
        """The same of moments whose customers were looked up before."""
        streams, order = batch.streams, np.empty(len(moments), dtype=np.int64)
        order[batch.order] = np.arange(len(moments))
        customer, account = batch.customer[order], batch.account[order]
        payers = _EntityMornings.of(account, moments.as_of)
        stream = streams.stream("cash", "customer")
        span = stream.span(payers.entity, payers.as_of, 365)
        cash = {name: stream.total(name, span)[payers.which] for name in CASH_FIELDS}
        entities = {
            "everyone_lag": _EntityMornings.of(np.zeros_like(customer), moments.as_of),
            "lag": _EntityMornings.of(customer, moments.as_of),
            "weekday_lag": _EntityMornings.of(batch.entity("weekday")[order], moments.as_of),
        }
        lags = {
            (source, level): entities[level].by_bin(streams, source, level)
            for source, level in LAG_COUNTS
        }
        names = np.array(streams.calendars.names, dtype=object)
        country = names[batch.country[order]]
        return cls(moments.as_of, moments.issued_on, moments.due_on, country, cash, lags)

    def take(self, rows: Ints) -> FrozenMoments:
        """Some of the moments."""
        return FrozenMoments(
            self.as_of[rows],
            self.issued_on[rows],
            self.due_on[rows],
            self.country[rows],
            {name: column[rows] for name, column in self.cash.items()},
            {key: table[rows] for key, table in self.lags.items()},
        )

    def calendars(self) -> GoverningCalendars:
        """The calendars of the countries named, and each moment's code among them."""
        return self._calendars

    @cached_property
    def _calendars(self) -> GoverningCalendars:
        names = tuple(sorted({str(name) for name in self.country}))
        code = {name: place for place, name in enumerate(names, 1)}
        codes = np.array([code[str(name)] for name in self.country], dtype=np.int64)
        return GoverningCalendars(_calendars_of(names), codes)

    def to_frame(self) -> pd.DataFrame:
        """The same as a frame of texts and numbers, one row a moment; `from_frame` reads it."""
        columns: dict[str, Any] = {
            name: [iso(int(day)) for day in getattr(self, name)]
            for name in ("as_of", "issued_on", "due_on")
        }
        columns["country"] = self.country
        columns |= {f"cash__{name}__365d": column for name, column in self.cash.items()}
        for (source, level), table in self.lags.items():
            columns |= {f"{level}__{source}__{bin_}": table[:, bin_] for bin_ in range(N_BINS)}
        return pd.DataFrame(columns)

    @classmethod
    def from_frame(cls, rows: pd.DataFrame) -> FrozenMoments:
        """What `to_frame` wrote.

        Raises KeyError for a missing column, InputError for a bad date.
        """
        as_of, issued, due = (
            np.array([day_of(str(text)) for text in rows[name]], dtype=np.int64)
            for name in ("as_of", "issued_on", "due_on")
        )
        country = rows["country"].fillna("").to_numpy(dtype=object)
        cash = {f: rows[f"cash__{f}__365d"].to_numpy(dtype=np.int64) for f in CASH_FIELDS}
        lags = {
            (source, level): np.column_stack(
                [
                    rows[f"{level}__{source}__{bin_}"].to_numpy(dtype=np.int64)
                    for bin_ in range(N_BINS)
                ]
            )
            for source, level in LAG_COUNTS
        }
        return cls(as_of, issued, due, country, cash, lags)


@dataclass(frozen=True)
class _EntityMornings:
    """The distinct pairs of entity and morning of n moments; `which`: (n,) pair of each moment."""

    entity: Ints
    as_of: Ints
    which: Ints

    @classmethod
    def of(cls, entity: Ints, as_of: Ints) -> _EntityMornings:
        if len(entity) == 1:
            return cls(entity, as_of, np.zeros(1, dtype=np.int64))
        key = pack_keys(np.maximum(entity, 0), as_of)
        key = np.where(entity < 0, -1, key)
        _, first, which = np.unique(key, return_index=True, return_inverse=True)
        return cls(entity[first], as_of[first], which)

    def by_bin(self, streams: LedgerStreams, source: str, level: str) -> Ints:
        """(n, N_BINS) items of a source in each bin of days late."""
        items = streams.stream(source, level)
        entity = self.entity[:, None] * N_BINS + np.arange(N_BINS)
        entity = np.where(self.entity[:, None] < 0, -1, entity).ravel()
        counts = items.total("n", items.span(entity, np.repeat(self.as_of, N_BINS), None))
        return counts.reshape(-1, N_BINS)[self.which]
