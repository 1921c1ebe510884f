"""Frozen: what an invoice's coming days may read of its moment, as flat numbers and no ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Ints, Texts
from payrisk.calendar import day_of, iso
from payrisk.features.computing.batch import MomentBatch
from payrisk.features.computing.ledger_streams import LedgerStreams
from payrisk.features.computing.moments import Moments
from payrisk.features.streams.business_days import BusinessCalendars
from payrisk.features.streams.keys import packed
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


@dataclass(frozen=True)
class FrozenMoments:
    """(n,) moments of invoices. Nothing here changes from one future day to the next.

    as_of, issued_on, due_on: days. country: codes, '' where unknown. cash: field → (n,) counts.
    lags: (source, level) → (n, N_BINS) counts.
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
    def of(cls, known: LedgerStreams, moments: Moments) -> FrozenMoments:
        """What was known of each moment on its morning."""
        asked = MomentBatch.of(known, moments)
        order = np.empty(len(moments), dtype=np.int64)
        order[asked.order] = np.arange(len(moments))
        customer, account = asked.customer[order], asked.account[order]
        payer = _EntityMornings.of(account, moments.as_of)
        stream = known.stream("cash", "customer")
        span = stream.span(payer.entity, payer.as_of, 365)
        cash = {name: stream.total(name, span)[payer.which] for name in CASH_FIELDS}
        whom = {
            "everyone_lag": _EntityMornings.of(np.zeros_like(customer), moments.as_of),
            "lag": _EntityMornings.of(customer, moments.as_of),
            "weekday_lag": _EntityMornings.of(asked.entity("weekday")[order], moments.as_of),
        }
        lags = {
            (source, level): whom[level].by_bin(known, source, level)
            for source, level in LAG_COUNTS
        }
        names = np.array(known.opening.names, dtype=object)
        country = names[asked.country[order]]
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

    def opening(self) -> tuple[BusinessCalendars, Ints]:
        """The calendars of the countries named, and each moment's code among them."""
        codes, names = pd.factorize(pd.Index(self.country), sort=True)
        return BusinessCalendars(("", *names)), codes.astype(np.int64) + 1

    def flat(self) -> pd.DataFrame:
        """The same as a frame of texts and numbers, one row a moment; `of_flat` reads it."""
        columns: dict[str, Any] = {
            name: [iso(int(day)) for day in getattr(self, name)]
            for name in ("as_of", "issued_on", "due_on")
        }
        columns["country"] = self.country
        columns |= {f"cash__{name}__365d": column for name, column in self.cash.items()}
        for (source, level), table in self.lags.items():
            columns |= {f"{level}__{source}__{at}": table[:, at] for at in range(N_BINS)}
        return pd.DataFrame(columns)

    @classmethod
    def of_flat(cls, rows: pd.DataFrame) -> FrozenMoments:
        """What `flat` wrote; raises KeyError for a missing column, InputError for a bad date."""
        as_of, issued, due = (
            np.array([day_of(str(text)) for text in rows[name]], dtype=np.int64)
            for name in ("as_of", "issued_on", "due_on")
        )
        country = rows["country"].fillna("").to_numpy(dtype=object)
        cash = {f: rows[f"cash__{f}__365d"].to_numpy(dtype=np.int64) for f in CASH_FIELDS}
        lags = {
            (source, level): np.column_stack(
                [rows[f"{level}__{source}__{at}"].to_numpy(dtype=np.int64) for at in range(N_BINS)]
            )
            for source, level in LAG_COUNTS
        }
        return cls(as_of, issued, due, country, cash, lags)


@dataclass(frozen=True)
class _EntityMornings:
    """Whom moments are of, each entity and morning once; `which`: (n,) of these for a moment."""

    entity: Ints
    as_of: Ints
    which: Ints

    @classmethod
    def of(cls, entity: Ints, as_of: Ints) -> _EntityMornings:
        key = packed(np.maximum(entity, 0), as_of)
        key = np.where(entity < 0, -1, key)
        _, first, which = np.unique(key, return_index=True, return_inverse=True)
        return cls(entity[first], as_of[first], which)

    def by_bin(self, known: LedgerStreams, source: str, level: str) -> Ints:
        """(n, N_BINS) items of a source in each bin of days late."""
        stream = known.stream(source, level)
        entity = self.entity[:, None] * N_BINS + np.arange(N_BINS)
        entity = np.where(self.entity[:, None] < 0, -1, entity).ravel()
        counts = stream.total("n", stream.span(entity, np.repeat(self.as_of, N_BINS), None))
        return counts.reshape(-1, N_BINS)[self.which]
