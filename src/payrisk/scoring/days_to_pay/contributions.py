"""How many days each input of the daily hazard moves an invoice away from an ordinary one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Flags, Floats, Singles, prefix_row_sums, row_sums
from payrisk.features import FrozenMoments
from payrisk.ledger import History
from payrisk.readouts import restricted_mean_days
from payrisk.scoring.days_to_pay.curve import n_days
from payrisk.scoring.days_to_pay.daily_hazard import LEAST_STAY, DailyHazard
from payrisk.scoring.days_to_pay.day_grid import DayGrid
from payrisk.scoring.trees.path_tables import path_tables

NODES = 12
"""Points on the way from the ordinary invoice; what they miss is left with the ordinary days."""
ORDINARY_DAYS, ORDINARY_AMONG = 365, 64
"""The ordinary customer is sought among so many invoices of so many days."""
ODD = 2.0
"""Spreads that a feature counts as away where it is unknown and mostly known, or in turn."""
MODELS_KEPT, DATES_KEPT = 2, 256
"""Ordinary invoices kept of a history, and of each the different dates it was read on."""


class OrdinaryDays(NamedTuple):
    """(k,) logits of the chance of payment of k days, and (k, inputs) their parts."""

    logit: Floats
    parts: Floats


@dataclass(frozen=True)
class OrdinaryInvoice:
    """A quote to a customer in the middle, as the trees read it.

    static: (features,) of the quote. counts: its moment, of whose dates nothing is used.
    """

    customer_id: str
    static: Singles
    counts: FrozenMoments
    _known: dict[bytes, OrdinaryDays] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, model: DailyHazard, history: History) -> OrdinaryInvoice:
        """The middle of the invoices of the last year, each as a quote on the morning.

        Of the third that is expected neither early nor late, the one whose features lie nearest
        to the middle: a real one, because means of features may be like nobody's. It is sought
        once as long as the history lives.
        """
        chosen = _CHOSEN.setdefault(history, {})
        if id(model) not in chosen:
            if len(chosen) >= MODELS_KEPT:
                chosen.clear()
            chosen[id(model)] = model, cls._choose(model, history)
        return chosen[id(model)][1]  # the model beside it keeps its id from being another's

    @classmethod
    def _choose(cls, model: DailyHazard, history: History) -> OrdinaryInvoice:
        rows = history.invoices().sort_values(["issued_on", "invoice_id", "instalment"])
        late = rows[rows["issued_on"] >= history.as_of - ORDINARY_DAYS]
        rows = late if len(late) else rows
        rows = rows.iloc[np.unique(np.linspace(0, len(rows) - 1, ORDINARY_AMONG).astype(int))]
        due = history.as_of + rows["due_on"] - rows["issued_on"]
        quotes = rows[["customer_id", "entity_id", "amount", "currency"]].reset_index(drop=True)
        quotes = quotes.assign(issued_on=history.as_of, due_on=due.to_numpy())
        curves = model.curves(history, quotes)
        expected = curves.as_of - quotes["due_on"].to_numpy() + restricted_mean_days(curves)
        middle = np.argsort(expected, kind="stable")[len(quotes) // 3 : len(quotes) * 2 // 3 + 1]
        static, frozen = model.describe(history, quotes)
        nearest = middle[np.argmin(_distance(static.values)[middle])]
        counts = frozen.take(np.array([nearest]))
        return cls(str(quotes["customer_id"].iloc[nearest]), static.values[:, nearest], counts)

    def replaced_by_ordinary(
        self, static: Singles, frozen: FrozenMoments, shared: Flags
    ) -> tuple[Singles, FrozenMoments]:
        """The same moments, of this customer instead; features that `shared` marks stay."""
        n = len(frozen)
        swapped = np.where(shared[:, None], static, self.static[:, None]).astype(np.float32)
        cash = {name: np.repeat(column, n) for name, column in self.counts.cash.items()}
        lags = {key: np.repeat(table, n, axis=0) for key, table in self.counts.lags.items()}
        return swapped, replace(frozen, cash=cash, lags=lags)

    def read(
        self, model: DailyHazard, usual: Singles, starts: Days, is_asked: Flags
    ) -> OrdinaryDays:
        """What the trees say of the ordinary invoice on the days of others, one after another.

        usual: (k, inputs) of all of them. starts: where each one's days begin. Invoices of the
        same dates have it in common, so it is kept.
        """
        days: list[OrdinaryDays] = []
        for rows in np.split(usual, starts[1:]) if len(starts) else [usual]:
            key = rows.tobytes()
            known = self._known.get(key)
            if known is None:
                if len(self._known) >= DATES_KEPT:
                    self._known.clear()
                logit, parts = (
                    _logit(model.log_stay_of(rows)),
                    _contributions(model, rows, is_asked),
                )
                known = self._known[key] = OrdinaryDays(logit, parts)
            days.append(known)
        logits, parts_of = zip(*days, strict=True)
        return OrdinaryDays(np.concatenate(logits), np.concatenate(parts_of))


_CHOSEN: WeakKeyDictionary[History, dict[int, tuple[DailyHazard, OrdinaryInvoice]]] = (
    WeakKeyDictionary()
)


def _distance(values: Singles) -> Floats:
    """(n,) how far the features of each lie from the middle, each in its own mean spread."""
    table = pd.DataFrame(values.T)
    away = (table - table.median()).abs()
    far = (away / away.mean().where(lambda spread: spread > 0)).fillna(0.0)
    is_known = table.notna()
    is_odd = is_known != (is_known.mean() >= 0.5)
    return np.asarray(far.mask(is_odd, ODD).mean(axis=1), dtype=np.float64)


@dataclass(frozen=True)
class DayContributions:
    """The days that each input adds to the expected payment day of n invoices, by the trees.

    inputs: names, as columns. row, day: (k,) the days the trees were asked for. values, usual:
    (k, inputs) what was known of the invoice, and of the ordinary one. days: (k, inputs) days that
    an input adds on that day; `totals` sums them up. expected: (n,) mean days from as_of to
    payment, cut at the day after the horizon.
    """

    inputs: tuple[str, ...]
    row: Days
    day: Days
    values: Singles
    usual: Singles
    days: Floats
    expected: Floats

    @property
    def totals(self) -> Floats:
        """(n, inputs) days later (positive) or earlier that each input puts each invoice."""
        if not len(self.expected):
            return np.zeros((0, len(self.inputs)))
        starts = np.searchsorted(self.row, np.arange(len(self.expected)))
        return np.asarray(np.add.reduceat(self.days, starts, axis=0))


def contribute_days(
    model: DailyHazard,
    static: Singles,
    frozen: FrozenMoments,
    ordinary: OrdinaryInvoice,
    shared: Collection[str],
) -> DayContributions:
    """The days by which every input moves invoices away from an ordinary one of the same dates.

    static: (features, n) of the moments in `frozen`. shared: inputs that tell only the date or
    the age, which both invoices have in common; they move nothing.

    TreeSHAP splits the logit of each day's chance over the inputs; what sets an input apart is
    its part here less its part in the ordinary invoice. With E = Σ S the mean payment day, every
    such difference is weighed by −dE/dlogit h, averaged along the straight way from the ordinary
    invoice to this one (Aumann & Shapley 1974). So the days add up to the difference of the
    two E themselves, not just to first order.
    """
    lengths = n_days(frozen.as_of, frozen.due_on)
    grid, log_stay = model.log_stay_by_day(static, frozen)
    row = np.repeat(np.arange(len(lengths)), grid.n)
    day = frozen.as_of[row] + grid.offset
    inputs = (*model.names, *model.days)
    is_shared = np.array([name in shared for name in inputs])
    other = ordinary.replaced_by_ordinary(static, frozen, is_shared[: len(model.names)])
    values, usual = (model.matrix(*moments, row, day) for moments in ((static, frozen), other))
    here = _logit(log_stay)
    there, parts_there = ordinary.read(model, usual, np.cumsum(grid.n) - grid.n, ~is_shared)
    parts = _contributions(model, values, ~is_shared) - parts_there
    parts = _spread(parts, is_shared, here - there)
    path = _LogitPath(grid, lengths, model.on_weekends)
    slope = np.zeros(len(row))
    places, weights = np.polynomial.legendre.leggauss(NODES)
    for place, weight in zip((places + 1.0) / 2.0, weights / 2.0, strict=True):
        slope += weight * path.slope(there + place * (here - there))
    return DayContributions(
        inputs, row, day, values, usual, parts * slope[:, None], path.expected(here)
    )


def _contributions(model: DailyHazard, values: Singles, is_asked: Flags) -> Floats:
    """(k, inputs) part of each day's logit that each wanted input adds, by the first booster.

    It takes many times as long as the logit itself; the boosters differ by their seeds only,
    and `_spread` holds the sum to the logit of them all.
    """
    tables = path_tables(model.boosters[0], tuple(is_asked.tolist()))
    if tables is not None:
        return tables.contributions(values)
    booster = model._models["settled"][0]  # noqa: SLF001
    return np.asarray(booster.predict(values, pred_contrib=True, num_threads=1))[:, :-1]


def _spread(parts: Floats, is_shared: Flags, logit: Floats) -> Floats:
    """(k, inputs) parts that add up to (k,) logits: what shared inputs hold goes to the others.

    It is there by interaction (the customer's habit shows on some days more than on others), so
    each of the others takes of it by its weight; so they do of what further boosters say.
    """
    apart = np.where(is_shared, 0.0, parts)
    weight = np.abs(apart)
    total = row_sums(weight)[:, None]
    rest = (logit - row_sums(apart))[:, None]
    return np.asarray(apart + rest * np.divide(weight, total, out=weight, where=total > 0))


def _logit(log_stay: Floats) -> Floats:
    """Logit of the chance of leaving, from the log chance of staying."""
    stay = np.maximum(log_stay, np.log(LEAST_STAY))
    return np.asarray(np.log(np.maximum(-np.expm1(stay), LEAST_STAY)) - stay)


@dataclass(frozen=True)
class _LogitPath:
    """The mean payment day of invoices as a function of the logits of the days asked for."""

    grid: DayGrid
    lengths: Days
    on_weekends: float

    def expected(self, logit: Floats) -> Floats:
        """(n,) mean days to payment, cut at the day after the horizon."""
        return prefix_row_sums(self.lengths, self._still(logit))

    def slope(self, logit: Floats) -> Floats:
        """(k,) change of its invoice's mean payment day for each day's logit."""
        after = np.cumsum(self._still(logit)[:, ::-1], axis=1)[:, ::-1]
        hazard = 1.0 / (1.0 + np.exp(-logit))
        whose = np.maximum(self.grid.whose, 0)
        chance = hazard[whose]
        scale = np.where(self.grid.is_open, 1.0, self.on_weekends)
        steep = -scale * chance * (1.0 - chance) / np.maximum(1.0 - scale * chance, LEAST_STAY)
        effect = np.where(self.grid.whose < 0, 0.0, steep * after)
        total = np.bincount(whose.ravel(), effect.ravel(), minlength=len(logit))
        return np.asarray(total, dtype=np.float64)

    def _still(self, logit: Floats) -> Floats:
        """(n, h) chance of being unpaid at the evening of each day; 0 past the length."""
        log_stay = self.grid.spread(-np.logaddexp(0.0, logit), self.on_weekends)
        still = np.exp(np.cumsum(log_stay, axis=1))
        inside = np.arange(still.shape[1]) < self.lengths[:, None]
        return np.asarray(np.where(inside, still, 0.0))
