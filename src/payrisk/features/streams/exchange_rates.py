"""Rates: what an amount was worth in another currency on the day of its document."""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Floats, Ints
from payrisk.calendar import NEVER
from payrisk.features.streams.facts import LedgerFacts
from payrisk.money import decimals


class DocumentRates:
    """The rate table, either way round, as first recorded; no rate is made over a third currency.

    For a document of day d: the latest rate of d or before that was known on the morning of d,
    else the first that became known later.
    """

    def __init__(self, facts: LedgerFacts) -> None:
        """Sort the rates of each pair by the day they are of."""
        table = facts.ledger.tables["rates"]
        base, quote = facts.codes(table["from"]), facts.codes(table["to"])
        valid, told = (table[c].to_numpy(dtype=np.int64) for c in ("valid_on", "recorded_on"))
        rate = table["rate"].to_numpy(dtype=np.float64)
        scale = np.array([decimals(code) for code in facts.currencies], dtype=np.int64)
        self._pairs: dict[tuple[int, int], tuple[Ints, Ints, Floats]] = {}
        usable = (base >= 0) & (quote >= 0) & (rate > 0)
        # the table's own direction is put last, so that of two rates of one day it is the one used
        for one, other, factor in (
            (quote, base, 1 / np.where(rate > 0, rate, 1)),
            (base, quote, rate),
        ):
            for a, b in set(zip(one[usable].tolist(), other[usable].tolist(), strict=True)):
                rows = np.flatnonzero(usable & (one == a) & (other == b))
                minor = factor[rows] * 10.0 ** float(scale[b] - scale[a])
                old = self._pairs.get((a, b), (valid[:0], told[:0], rate[:0]))
                new = (valid[rows], told[rows], minor)
                both = [np.concatenate(pair) for pair in zip(old, new, strict=True)]
                order = np.lexsort((-both[1], both[0]))  # of one day, the first recorded is used
                self._pairs[a, b] = (both[0][order], both[1][order], both[2][order])

    def factor(self, base: int, quote: int, days: Ints) -> tuple[Floats, Ints]:
        """(n,) factor in minor units for documents of these days, and the day it was recorded.

        NaN and NEVER where there is no rate of that day or before.
        """
        if base == quote:
            return np.ones(len(days)), np.full(len(days), -NEVER, dtype=np.int64)
        none = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        valid, told, factor = self._pairs.get((base, quote), none)
        at = np.searchsorted(valid, days, side="right") - 1
        if not len(valid):
            return np.full(len(days), np.nan), np.full(len(days), NEVER, dtype=np.int64)
        back = at.copy()
        unheard = np.flatnonzero((back >= 0) & (told[back] >= days))
        while len(unheard):
            back[unheard] -= 1
            still = back[unheard] >= 0
            still[still] = told[back[unheard[still]]] >= days[unheard[still]]
            unheard = unheard[still]
        soonest = _first_told(told)
        back = np.where(back < 0, soonest[np.maximum(at, 0)], back)
        found = at >= 0
        return np.where(found, factor[back], np.nan), np.where(found, told[back], NEVER)


def _first_told(told: Ints) -> Ints:
    """(k,) of the rates up to each one, the place of the first recorded; of a tie the latest."""
    low = np.minimum.accumulate(told)
    return np.asarray(np.maximum.accumulate(np.where(told == low, np.arange(len(told)), 0)))
