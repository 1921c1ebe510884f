"""Instant payments in euros: the share of receipts on closed days, learnt from value dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Flags, Floats, Ints, Singles, Texts
from payrisk.calendar import NEVER, TARGET, day_of, is_business_day
from payrisk.cash.forecasting.draws import Landings
from payrisk.ledger.facts.kinds import CASH_KINDS

EURO = "EUR"
EURO_AREA = frozenset(
    ("AT", "BE", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR",
     "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PT", "SI", "SK")
)  # fmt: skip
"""Countries whose banks must receive euros at once; those that joined later follow in 2027."""
RECEIVING_SINCE = day_of("2025-01-09")
SENDING_SINCE = day_of("2025-10-09")
"""From when banks of the euro area must receive, and offer to send (EU 2024/886, art. 5a(8))."""
PRIOR_PAYMENTS = 5.0
"""Payments that a narrower share needs to weigh as much as the wider one it starts from."""
MOST_CLOSED_DAYS = 7

Phases = tuple[float, float]
"""A share since banks must receive, and since they must send."""


class InstantColumns(NamedTuple):
    """(h + 2,) by column, for one account: what of its cash is there at once, and where.

    stays: share of cash of a closed day that keeps it. earlier: share of cash booked on the first
    open day after closed ones that had value on these, `n_closed` days from column `first` on.
    """

    stays: Floats
    earlier: Floats
    first: Ints
    n_closed: Ints

    def as_booked(self) -> InstantColumns:
        """The same on booking days: nothing is earlier."""
        return self._replace(earlier=np.zeros_like(self.earlier))

    def of_landed(self) -> InstantColumns:
        """The same of cash that has left closed days already but for what is there at once."""
        return self._replace(stays=(self.stays > 0).astype(np.float64))


@dataclass(frozen=True)
class InstantShares:
    """By account (an entity's euros; "" all together): shares of what could tell, see `of`.

    booked_closed: of receipts booked on a closed day those with value on it. booked_after: of
    receipts booked on the first open day after closed ones those with value on these.
    n_told: receipts that could tell; n_instant: those that landed on a closed day.
    """

    booked_closed: Mapping[str, Phases] = field(default_factory=dict)
    booked_after: Mapping[str, Phases] = field(default_factory=dict)
    n_told: int = 0
    n_instant: int = 0

    @classmethod
    def of(cls, credits: pd.DataFrame, calendars: Mapping[str, str]) -> InstantShares:
        """What the receipts known tell; nothing lands at once where none has told.

        credits: as `History.known_rows("credits")`; calendars: as `bank_days.bank_calendars`.
        Only value dates since RECEIVING_SINCE of banks in the euro area count. A share starts from
        the wider one (an account's from all, since SENDING_SINCE from before), the widest from 0.
        """
        entities = {name for name, place in calendars.items() if place in (*EURO_AREA, TARGET)}
        told = (credits["value_on"] >= RECEIVING_SINCE) & (credits["value_on"] < NEVER)
        told &= credits["kind"].isin(CASH_KINDS) & (credits["amount"] > 0)
        told &= (credits["currency"] == EURO) & credits["entity_id"].isin(entities)
        rows = credits[told.to_numpy()]
        if rows.empty:
            return cls()
        booked, value = (rows[name].to_numpy(np.int64) for name in ("happened_on", "value_on"))
        is_closed = ~is_business_day(booked, TARGET)
        before = _closed_before(booked)
        is_at_once = (value >= before) & (value <= booked) & ~is_business_day(value, TARGET)
        owner = rows["entity_id"].astype(str).to_numpy(dtype=object)
        is_late = value >= SENDING_SINCE
        could_tell = is_closed | (before < booked)
        after = could_tell & ~is_closed
        return cls(
            _shares(entities, owner[is_closed], is_late[is_closed], is_at_once[is_closed]),
            _shares(entities, owner[after], is_late[after], is_at_once[after]),
            int(could_tell.sum()),
            int((is_at_once & could_tell).sum()),
        )

    def columns(self, entity: str, currency: str, as_of: int, h: int) -> InstantColumns | None:
        """What of each column's cash is there at once; None where nothing is.

        entity: "" for euros of several.
        """
        if currency != EURO or not self.n_instant:
            return None
        if entity not in self.booked_closed:
            return None
        days = as_of + np.arange(h, dtype=np.int64)
        is_open = is_business_day(days, TARGET)
        first = np.maximum(np.maximum(_closed_before(days), as_of), RECEIVING_SINCE)
        n_closed = np.where(is_open, np.maximum(days - first, 0), 0)
        stays = np.where(is_open, 0.0, _on_days(self.booked_closed[entity], days))
        earlier = np.where(n_closed > 0, _on_days(self.booked_after[entity], days), 0.0)
        ends = np.zeros(2)
        return InstantColumns(
            np.append(stays, ends),
            np.append(earlier, ends),
            np.append(first - as_of, ends.astype(np.int64)),
            np.append(n_closed, ends.astype(np.int64)),
        )

    def clause(self) -> str:
        """A clause on what lands on closed days; empty where nothing does."""
        if not self.n_instant:
            return ""
        return (
            f" but instant payments ({self.n_instant:,} of {self.n_told:,} receipts that could"
            " tell landed on one)"
        )


def _closed_before(days: Days) -> Days:
    """The first of the closed days just before each day; the day itself where there are none."""
    steps = days[:, None] - np.arange(1, MOST_CLOSED_DAYS + 1)
    is_closed = ~is_business_day(steps.ravel(), TARGET).reshape(steps.shape)
    return np.asarray(days - np.cumprod(is_closed, axis=1).sum(axis=1))


def _shares(
    accounts: Iterable[str], owner: Texts, is_late: Flags, is_at_once: Flags
) -> dict[str, Phases]:
    """Shares by account and over all (""), before and since SENDING_SINCE."""

    def share(rows: Flags, prior: float) -> float:
        return float(
            (is_at_once[rows].sum() + PRIOR_PAYMENTS * prior) / (rows.sum() + PRIOR_PAYMENTS)
        )

    first = share(~is_late, 0.0)
    both = {"": (first, share(is_late, first))}
    for name in sorted(accounts):
        here = owner == name
        both[name] = share(here & ~is_late, first), share(here & is_late, both[""][1])
    return both


def _on_days(share: Phases, days: Days) -> Floats:
    received, sent = share
    return np.where(days >= SENDING_SINCE, sent, np.where(days >= RECEIVING_SINCE, received, 0.0))


def moves_at_once(move: Floats, at_once: InstantColumns | None) -> Floats:
    """(k, k) how much of each column's cash goes to which: `move`, less what is there at once."""
    if at_once is None:
        return move
    out = move * (1.0 - at_once.stays - at_once.earlier)[:, None]
    out[np.diag_indices(len(out))] += at_once.stays
    for column in np.flatnonzero(at_once.earlier):
        first, n = at_once.first[column], at_once.n_closed[column]
        out[column, first : first + n] += at_once.earlier[column] / n
    return out


def landings_at_once(
    before: Landings, after: Landings, chance: Singles, at_once: InstantColumns
) -> Landings:
    """(n_draws, n) columns: those after, but where a chance in [0, 1) makes it there at once."""
    stays, share = at_once.stays[before], at_once.earlier[before]
    step = np.floor(chance / np.maximum(share, 1e-9) * at_once.n_closed[before])
    out = np.where(chance < share, at_once.first[before] + step, after)
    return np.where(chance < stays, before, out).astype(np.int16)
