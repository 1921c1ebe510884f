"""The path of one account holder's money: evening by evening, expected and in every draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.cash.forecasting.grains import buckets, is_partial

POSITION, STALE, NET_FLOW = "position", "stale position", "net flow"
"""What a path measures: money in the bank, the same by an old balance, or what comes and goes."""
LEVELS = (0.05, 0.1, 0.5, 0.9)


@dataclass(frozen=True)
class MoneyPath:
    """An entity's money in one currency, or a pool's, from the morning as_of on, in cents.

    opening: bank balance at the evening before, None where none is known. receipts: layer → (h,)
    expected cents by day. inflows, outflows: (h,) as planned. drawn: (n_draws, h) receipts of all
    layers. need: (h,) what must be there at each evening, NaN where nothing must. opening_on: the
    evening of the bank's own word that the opening was brought forward from, the oldest of a
    pool's; is_stale: whether that is older than a ledger may be.
    """

    holder: str
    currency: str
    as_of: int
    opening: int | None
    receipts: Mapping[str, Floats]
    inflows: Floats
    outflows: Floats
    drawn: Floats
    need: Floats
    opening_on: int | None = None
    is_stale: bool = False

    @property
    def has_claims(self) -> bool:
        """Whether the plan has anything ahead of which money could be short: outflow or need."""
        return bool(self.outflows.any() or np.isfinite(self.need).any())

    @property
    def measure(self) -> str:
        """POSITION where the opening balance is known, STALE where it is old, else NET_FLOW."""
        if self.opening is None:
            return NET_FLOW
        return STALE if self.is_stale else POSITION

    @property
    def expected(self) -> Floats:
        """(h,) expected cents at each evening."""
        came = sum(self.receipts.values(), np.zeros(len(self.need)))
        return np.asarray((self.opening or 0) + np.cumsum(came + self.inflows - self.outflows))

    @property
    def drawn_closings(self) -> Floats:
        """(n_draws, h) cents at each evening in every draw."""
        flow = np.cumsum(self.drawn + (self.inflows - self.outflows), axis=1)
        return np.asarray((self.opening or 0) + flow)


def opening_to_closing(path: MoneyPath, grain: str) -> pd.DataFrame:
    """From opening to closing, bucket by bucket: opening + what comes − what goes = closing.

    holder, currency, measure, starts_on, ends_on, is_partial (cut short by the horizon), opening,
    a column a layer of receipts, inflows, outflows, closing, its quantiles (p05 …) and `worst`:
    the closing in the draw that runs lowest against its needs (without any, the lowest of all).
    Cents, rounded so that each line adds up.
    """
    split = buckets(grain, path.as_of, len(path.need))
    starts = np.searchsorted(split.of_day, np.arange(len(split)))
    columns = {
        name: _whole_by_bucket(by_day, starts)
        for name, by_day in [
            *path.receipts.items(),
            ("inflows", path.inflows),
            ("outflows", path.outflows),
        ]
    }
    flow = sum(columns.values()) - 2 * columns["outflows"]
    closing = (path.opening or 0) + np.cumsum(flow)
    at = split.ends_on - path.as_of
    drawn = path.drawn_closings
    table = pd.DataFrame(
        {
            "holder": path.holder,
            "currency": path.currency,
            "measure": path.measure,
            "starts_on": split.starts_on,
            "ends_on": split.ends_on,
            "is_partial": is_partial(grain, split.starts_on, split.ends_on),
            "opening": closing - flow,
            **columns,
            "closing": closing,
        }
    )
    quantiles = np.quantile(drawn[:, at], LEVELS, axis=0, method="inverted_cdf")
    for level, values in zip(LEVELS, quantiles, strict=True):
        table[f"p{round(level * 100):02d}"] = np.rint(values).astype(np.int64)
    table["worst"] = np.rint(drawn[worst_draw(path), at]).astype(np.int64)
    return table


def dated_needs(path: MoneyPath) -> pd.DataFrame:
    """For each evening on which a need changes or stands: how likely it is not met.

    holder, currency, measure, on, need, expected, headroom = expected − need, p05 of what is
    there, probability_below with its standard_error, mean_shortfall (cents missing on average
    when it is not met). A minimum that stands for long is shown on its most likely evening to
    fail, `day` by `day` otherwise.
    """
    drawn, expected = path.drawn_closings, path.expected
    rows = []
    for column in _telling_days(path, drawn):
        need, came = path.need[column], drawn[:, column]
        short = came < need - 0.5
        chance = float(short.mean())
        rows.append(
            {
                "holder": path.holder,
                "currency": path.currency,
                "measure": path.measure,
                "needed_on": path.as_of + column,
                "need": round(float(need)),
                "expected": round(float(expected[column])),
                "headroom": round(float(expected[column])) - round(float(need)),
                "p05": round(float(np.quantile(came, 0.05, method="inverted_cdf"))),
                "probability_below": chance,
                "standard_error": float(np.sqrt(chance * (1 - chance) / len(came))),
                "mean_shortfall": round(float((need - came[short]).mean())) if short.any() else 0,
            }
        )
    return pd.DataFrame(rows)


def headroom(path: MoneyPath) -> dict[str, object]:
    """The least headroom of a path: expected, and how it is spread; cents and days.

    least_headroom and least_on of the expected path; least_headroom_p10 and _p50 over the draws;
    probability_short: that any need is missed on any evening; worst_headroom and worst_on of the
    worst draw. Without a need the headroom is over 0. opening_on: see MoneyPath. has_claims:
    without an outflow or a need ahead no chance tells that money is enough.
    """
    need = np.where(np.isfinite(path.need), path.need, -np.inf)
    if not np.isfinite(path.need).any():
        need = np.zeros_like(path.need)
    left, drawn = path.expected - need, path.drawn_closings - need
    least = drawn.min(axis=1)
    worst = worst_draw(path)
    low, middle = np.quantile(least, [0.1, 0.5], method="inverted_cdf")
    return {
        "holder": path.holder,
        "currency": path.currency,
        "measure": path.measure,
        "least_headroom": round(float(left.min())),
        "least_on": path.as_of + int(left.argmin()),
        "least_headroom_p10": round(float(low)),
        "least_headroom_p50": round(float(middle)),
        "probability_short": float((least < -0.5).mean()),
        "worst_headroom": round(float(least[worst])),
        "worst_on": path.as_of + int(drawn[worst].argmin()),
        "opening_on": path.opening_on,
        "has_claims": path.has_claims,
    }


def worst_draw(path: MoneyPath) -> int:
    """The draw whose money runs lowest against its needs; without needs, lowest of all."""
    needs = np.isfinite(path.need)
    left = path.drawn_closings - np.where(needs, path.need, 0.0 if not needs.any() else -np.inf)
    return int(left.min(axis=1).argmin())


def _telling_days(path: MoneyPath, drawn: Floats) -> list[int]:
    """Columns of needs of one day, and of each stretch of one standing need the riskiest."""
    days, start = [], 0
    need = path.need
    for column in range(len(need)):
        is_last = column + 1 == len(need) or need[column + 1] != need[column]
        if not is_last:
            continue
        if np.isfinite(need[column]):
            chance = (drawn[:, start : column + 1] < need[column] - 0.5).mean(axis=0)
            mean = drawn[:, start : column + 1].mean(axis=0)
            days.append(start + int(np.lexsort((mean, -chance))[0]))
        start = column + 1
    return days


def _whole_by_bucket(by_day: Floats, starts: Ints) -> Ints:
    """(b,) whole cents of each bucket, whose sums are the rounded sums of the days."""
    upto = np.rint(np.cumsum(np.add.reduceat(by_day, starts))).astype(np.int64)
    return np.asarray(np.diff(upto, prepend=0))
