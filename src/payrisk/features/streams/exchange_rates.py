"""What an amount was worth in another currency on the day of its document."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from payrisk.arrays import Floats, Ints
from payrisk.calendar import NEVER
from payrisk.features.streams.facts import LedgerFacts
from payrisk.money import decimals


class DatedFactors(NamedTuple):
    """(n,) factor in minor units, and the day its rate was recorded; NaN and NEVER without one."""

    factor: Floats
    recorded_on: Ints


class DocumentRates:
    """The ledger's rates, either way round, as first recorded; none over a third currency.

    For a document of day d: the latest rate of d or before that was known on the morning of d,
    else the first that became known later.
    """

    def __init__(self, facts: LedgerFacts) -> None:
        """Sort the rates of each pair by the day they are of."""
        table = facts.ledger.tables["rates"]
        base, quote = (
            facts.currency_positions(table["from"]),
            facts.currency_positions(table["to"]),
        )
        valid, recorded = (table[c].to_numpy(dtype=np.int64) for c in ("valid_on", "recorded_on"))
        rate = table["rate"].to_numpy(dtype=np.float64)
        scale = np.array([decimals(code) for code in facts.currencies], dtype=np.int64)
        self._pairs: dict[tuple[int, int], tuple[Ints, Ints, Floats]] = {}
        usable = (base >= 0) & (quote >= 0) & (rate > 0)
        # the table's own direction is put last, so that of two rates of one day it is the one used
        for sources, targets, factor in (
            (quote, base, 1 / np.where(rate > 0, rate, 1)),
            (base, quote, rate),
        ):
            for a, b in set(zip(sources[usable].tolist(), targets[usable].tolist(), strict=True)):
                rows = np.flatnonzero(usable & (sources == a) & (targets == b))
                minor = factor[rows] * 10.0 ** float(scale[b] - scale[a])
                old = self._pairs.get((a, b), (valid[:0], recorded[:0], rate[:0]))
                new = (valid[rows], recorded[rows], minor)
                both = [np.concatenate(pair) for pair in zip(old, new, strict=True)]
                order = np.lexsort((-both[1], both[0]))  # of one day, the first recorded is used
                self._pairs[a, b] = (both[0][order], both[1][order], both[2][order])

    def factor(self, base: int, quote: int, days: Ints) -> DatedFactors:
        """What amounts of documents of these days are multiplied by; base, quote: codes."""
        if base == quote:
            return DatedFactors(np.ones(len(days)), np.full(len(days), -NEVER, dtype=np.int64))
        none = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        valid, recorded, factor = self._pairs.get((base, quote), none)
        latest = np.searchsorted(valid, days, side="right") - 1
        if not len(valid):
            return DatedFactors(
                np.full(len(days), np.nan), np.full(len(days), NEVER, dtype=np.int64)
            )
        back = latest.copy()
        unheard = np.flatnonzero((back >= 0) & (recorded[back] >= days))
        while len(unheard):
            back[unheard] -= 1
            still = back[unheard] >= 0
            still[still] = recorded[back[unheard[still]]] >= days[unheard[still]]
            unheard = unheard[still]
        soonest = _first_recorded(recorded)
        back = np.where(back < 0, soonest[np.maximum(latest, 0)], back)
        has_rate = latest >= 0
        return DatedFactors(
            np.where(has_rate, factor[back], np.nan), np.where(has_rate, recorded[back], NEVER)
        )


def _first_recorded(recorded: Ints) -> Ints:
    """(k,) of the rates up to each one, the place of the first recorded; of a tie the latest."""
    low = np.minimum.accumulate(recorded)
    return np.asarray(
        np.maximum.accumulate(np.where(recorded == low, np.arange(len(recorded)), 0))
    )
