"""Person-period rows of payments known to an interval: a likely day arrives, the others wait.

A moment whose invoice was paid between two lists arrives on one of the likely days, drawn so that
many moments together arrive as the days weigh; and on each day before the later list it waits with
the chance that it was not paid yet. A moment inside of the interval counts with the chance that
there was still something to wait for. So an interval has as many rows as an exact day, and trees,
which count the rows of a leaf and not what they weigh, are as large as they would be.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from payrisk.arrays import Days, Floats, Ints
from payrisk.ledger.facts.segments import expand_spans, pack_row_day
from payrisk.receivables.between_lists.interval_em import CandidateDays
from payrisk.receivables.between_lists.likely_days import LikelyDays


class ArrivedParts(NamedTuple):
    """(k,) what arrived: moment, day, its part of the money, and 1 where it settled, else 0."""

    row: Ints
    day: Days
    money: Floats
    settles: Floats

    def take(self, which: Ints) -> ArrivedParts:
        """Some of them, in the order asked for."""
        return ArrivedParts(
            self.row[which], self.day[which], self.money[which], self.settles[which]
        )

    def append_parts(self, others: ArrivedParts) -> ArrivedParts:
        """These, and others below them."""
        return ArrivedParts(
            np.concatenate([self.row, others.row]),
            np.concatenate([self.day, others.day]),
            np.concatenate([self.money, others.money]),
            np.concatenate([self.settles, others.settles]),
        )


class DaysStillOut(NamedTuple):
    """(u,) days on which something was still out, sorted: its money, and the invoice as a whole.

    Both are over the chance that the day was kept.
    """

    row: Ints
    day: Days
    money: Floats
    settled: Floats


def place_on_likely_days(
    arrived: ArrivedParts, waiting: DaysStillOut, invoice: Ints, first: Days, likely: LikelyDays
) -> tuple[ArrivedParts, DaysStillOut]:
    """What arrived between two lists, on likely days; the rest as it is.

    arrived: as the books date it, on the evening of the later list. invoice, first: (moments,) the
    row of each moment's invoice, and the day on which it begins to wait.
    """
    nth = likely.interval_index(invoice[arrived.row], arrived.day)
    if not (nth >= 0).any():
        return arrived, waiting
    exact, inside = arrived.take(np.flatnonzero(nth < 0)), np.flatnonzero(nth >= 0)
    between, nth = arrived.take(inside), nth[inside]
    item, at = expand_spans(likely.days.start[nth], likely.days.stop[nth])
    here = likely.days.day[at] >= first[between.row][item]
    item, at = item[here], at[here]
    day, weight = likely.days.day[at], likely.weight[at]
    n = np.bincount(item, minlength=len(nth))
    stop = np.cumsum(n)
    chance = np.bincount(item, weight, len(nth)).astype(np.float64)
    days = CandidateDays(item, day, stop - n, stop)
    drawn = days.sampled_weights(weight / np.maximum(chance, 1e-300)[item]) * chance[item]
    came = ArrivedParts(
        between.row[item], day, between.money[item] * drawn, between.settles[item] * drawn
    )
    came = came.take(np.flatnonzero(drawn > 0))
    begin = np.maximum(likely.intervals.earliest[nth], first[between.row])
    waits = _waiting_less(waiting, between, days, weight, chance, begin)
    return exact.append_parts(came), waits


def _waiting_less(
    waiting: DaysStillOut,
    between: ArrivedParts,
    days: CandidateDays,
    weight: Floats,
    chance: Floats,
    begin: Days,
) -> DaysStillOut:
    """What waits, less the chance that it had come by that evening.

    chance: (n,) that each payment came no earlier than its moment began to wait. begin: (n,) the
    day from which on it may have come since then.
    """
    keys = pack_row_day(waiting.row, waiting.day)
    payment, place = expand_spans(
        np.searchsorted(keys, pack_row_day(between.row, begin)),
        np.searchsorted(keys, pack_row_day(between.row, between.day)),
    )
    upto = np.searchsorted(
        pack_row_day(days.item, days.day), pack_row_day(payment, waiting.day[place]), side="right"
    )
    running = np.concatenate([[0.0], np.cumsum(weight)])
    gone = running[upto] - running[days.start[payment]] + 1.0 - chance[payment]
    gone = np.clip(gone, 0.0, 1.0)
    money, settled = waiting.money.copy(), waiting.settled.copy()
    # nothing has settled it before the later list, so that is what a whole day weighs here
    np.subtract.at(money, place, waiting.settled[place] * between.money[payment] * gone)
    np.multiply.at(settled, place, 1.0 - between.settles[payment] * gone)
    return waiting._replace(money=np.maximum(money, 0.0), settled=settled)
