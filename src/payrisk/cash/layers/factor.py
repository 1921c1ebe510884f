"""Cash from a factor of invoices sold with recourse: advance, reserve, and what it takes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from payrisk.arrays import Cents, Flags, Floats, Ints
from payrisk.calendar import roll_forward
from payrisk.cash.forecasting.bank_days import settlement_calendar
from payrisk.cash.forecasting.draws import Landings
from payrisk.cash.forecasting.forecast import CashForecast, quantile_name
from payrisk.cash.forecasting.grains import buckets

ADVANCE_DAYS = 2
"""Settlement days from a sale to its advance; one that is past is in the bank already."""
CUTS_OF_ONE = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class FactorCash:
    """What a factor will pay of n invoices sold with recourse, in cents by day from as_of on.

    invoices: customer_id, entity_id, currency and country of each, with `advance` and `reserve`
    in cents. expected: (n, h), below 0 where an advance is likelier taken back than paid.
    landed: (n_draws, n) the column on which the customer pays in each draw. advance_in, ends_in:
    (n,) columns of the advance and of the end of recourse. unknown: currency, n and amount of
    invoices whose sale names no advance rate; of these no cash is expected.
    """

    as_of: int
    horizon_days: int
    invoices: pd.DataFrame
    expected: Cents
    landed: Landings
    advance_in: Ints
    ends_in: Ints
    unknown: pd.DataFrame

    @classmethod
    def of(
        cls, paying: CashForecast, sold: pd.DataFrame, calendars: Mapping[str, str]
    ) -> FactorCash:
        """paying: when the customers pay, on open days, a row a row of `sold` in its own order.

        sold: until_on and advance_rate in [0, 1] (NaN: unknown) by invoice_id and instalment. The
        factor pays the advance ADVANCE_DAYS after the sale and the reserve when its customer pays.
        What is unpaid at the end of recourse is ours again: the advance goes back that day, and
        what the customer then pays is ours whole.
        """
        keys = ["invoice_id", "instalment"]
        rows = paying.invoices.merge(
            sold[[*keys, "until_on", "advance_rate"]], on=keys, how="left"
        )
        is_known = rows["advance_rate"].notna().to_numpy()
        unknown = rows[~is_known].groupby("currency")["residual"].agg(["size", "sum"])
        unknown = unknown.set_axis(["n", "amount"], axis=1).reset_index()
        rows = rows[is_known].reset_index(drop=True)
        owed = rows["residual"].to_numpy(np.int64)
        advance = np.rint(owed * rows["advance_rate"].to_numpy(np.float64)).astype(np.int64)
        as_of, h = paying.as_of, paying.horizon_days
        comes = _on_settlement_days(rows, calendars, "sold_on", ADVANCE_DAYS) - as_of
        ends = _on_settlement_days(rows, calendars, "until_on", 0) - as_of
        cash = paying.expected[is_known].astype(np.float64)
        is_theirs = np.arange(h + 2) <= np.minimum(ends, h - 1)[:, None]
        flows = np.where(is_theirs, cash * (1.0 - advance / np.maximum(owed, 1))[:, None], cash)
        late = np.where(is_theirs, 0.0, cash).sum(axis=1) / np.maximum(owed, 1)
        _add_on(flows, ends, -advance * late, h)
        _add_on(flows, comes, advance, h)
        whole = np.diff(np.rint(np.cumsum(flows[:, :h], axis=1)), axis=1, prepend=0.0)
        rows = rows.assign(advance=advance, reserve=owed - advance)
        landed = paying.landed[:, is_known]
        return cls(as_of, h, rows, whole.astype(np.int64), landed, comes, ends, unknown)

    def narrowed_to(self, is_chosen: Flags) -> FactorCash:
        """Of some of the invoices, by the same draws."""
        return replace(
            self,
            invoices=self.invoices[is_chosen].reset_index(drop=True),
            expected=self.expected[is_chosen],
            landed=self.landed[:, is_chosen],
            advance_in=self.advance_in[is_chosen],
            ends_in=self.ends_in[is_chosen],
        )

    @property
    def currencies(self) -> tuple[str, ...]:
        """In order."""
        return tuple(sorted(set(self.invoices["currency"].astype(str))))

    def of_currency(self, currency: str, entity: str = "") -> FactorCash:
        """Of one currency, and of one entity if it is named."""
        wanted = (self.invoices["currency"] == currency).to_numpy()
        if entity:
            wanted = wanted & (self.invoices["entity_id"] == entity).to_numpy()
        return self.narrowed_to(wanted)

    def drawn(self) -> Floats:
        """(n_draws, h) cents by day of all of its invoices together."""
        n_draws, h = len(self.landed), self.horizon_days
        advance = self.invoices["advance"].to_numpy(np.float64)
        reserve = self.invoices["reserve"].to_numpy(np.float64)
        is_theirs = self.landed <= np.minimum(self.ends_in, h - 1)
        came = np.where(is_theirs, reserve, reserve + advance)
        cell = np.arange(n_draws)[:, None] * (h + 2) + self.landed
        out = np.bincount(cell.ravel(), came.ravel(), n_draws * (h + 2)).reshape(n_draws, -1)
        by_day = np.array(out.T, order="C")
        for column, cents in (
            (self.ends_in, np.where(is_theirs, 0.0, -advance)),
            (self.advance_in, np.broadcast_to(advance, is_theirs.shape)),
        ):
            inside = np.flatnonzero((column >= 0) & (column < h))
            np.add.at(by_day, column[inside], cents.T[inside])
        return np.asarray(by_day[:h].T)

    def by(self, grain: str, levels: Sequence[float] = CUTS_OF_ONE) -> pd.DataFrame:
        """Per currency and bucket: starts_on, ends_on, expected and quantiles (cents)."""
        split = buckets(grain, self.as_of, self.horizon_days)
        starts = np.searchsorted(split.of_day, np.arange(len(split)))
        parts = []
        for currency in self.currencies:
            own = self.of_currency(currency)
            drawn = np.add.reduceat(own.drawn(), starts, axis=1)
            cents = np.rint(np.quantile(drawn, levels, axis=0, method="inverted_cdf"))
            columns = {
                "currency": currency,
                "starts_on": split.starts_on,
                "ends_on": split.ends_on,
                "expected": np.add.reduceat(own.expected.sum(axis=0), starts),
            }
            names = map(quantile_name, levels)
            parts.append(
                pd.DataFrame(columns | dict(zip(names, cents.astype(np.int64), strict=True)))
            )
        if parts:
            return pd.concat(parts, ignore_index=True)
        empty = ["currency", "starts_on", "ends_on", "expected", *map(quantile_name, levels)]
        return pd.DataFrame({name: np.zeros(0, dtype=np.int64) for name in empty})

    def sentence(self) -> str:
        """What the factor's cash stands on, in a sentence; empty where nothing was sold."""
        sentences = []
        if len(self.invoices):
            sentences.append(
                f"{len(self.invoices):,} invoices sold with recourse: advance {ADVANCE_DAYS}"
                " settlement days after the sale, reserve when the customer pays, the advance"
                " back where it has not by the end of recourse"
            )
        if len(self.unknown):
            sentences.append(
                f"of {int(self.unknown['n'].sum()):,} more no cash is expected, for their sale"
                " names no advance rate (value of the event)"
            )
        return "; ".join(sentences)


def _on_settlement_days(
    rows: pd.DataFrame, calendars: Mapping[str, str], name: str, later: int
) -> Ints:
    """(n,) the day so many settlement days after a named one, itself or the next open one."""
    days = rows[name].to_numpy(np.int64).copy()
    for (entity, currency), members in rows.groupby(["entity_id", "currency"]).indices.items():
        place = settlement_calendar(str(entity), str(currency), calendars)
        moved = roll_forward(days[members], place)
        for _ in range(later):
            moved = roll_forward(moved + 1, place)
        days[members] = moved
    return np.asarray(days)


def _add_on(flows: Floats, column: Ints, cents: Floats | Cents, horizon_days: int) -> None:
    """Add cents to each row on its column, where that is within the horizon."""
    rows = np.flatnonzero((column >= 0) & (column < horizon_days))
    flows[rows, column[rows]] += cents[rows]
