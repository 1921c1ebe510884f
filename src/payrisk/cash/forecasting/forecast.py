"""CashForecast: the cash that open invoices will bring, expected to the cent and drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd

from payrisk.arrays import Cents, Floats, Ints, Texts
from payrisk.calendar import NEVER
from payrisk.cash.forecasting.credits import RULE
from payrisk.cash.forecasting.draws import Landings
from payrisk.cash.forecasting.grains import buckets
from payrisk.cash.forecasting.totals import joint_totals, periods, sums_by_group
from payrisk.cash.intervals.conformal import NOT_YET, Widths
from payrisk.cash.intervals.landmarks import PastWeeks
from payrisk.cash.intervals.stretching import PeriodShifts, stretched_periods
from payrisk.errors import InputError

HORIZON_DAYS = 91  # thirteen weeks, the treasurer's usual view
N_DRAWS = 600
LEVELS = (0.1, 0.5, 0.9)
VERIFIED = NOT_YET
"""Said of every interval until conformal calibration has closed landmarks to stand on."""
ONLY_WEEKS = "not verified: past weeks tell of weekly totals alone"
"""Said of days, months, quarters and cuts: sums of weeks miss by more than weeks let expect."""
HELD = 0.8
"""The central interval P10..P90, of which a record's `verified` speaks."""
KEPT_CELLS = 2_000_000
"""Draws × currencies × days that a forecast keeps, so that another grain asks for no new draws."""
CUTS = ("entity_id", "customer_id", "parent_id", "country")
SORTED_BY = ["customer_id", "due_on", "invoice_id", "instalment"]


@dataclass(frozen=True)
class CashForecast:
    """Cash from the invoices open at as_of, by day to a horizon, each cent in one place.

    invoices: one row per open instalment (n), with `residual`, `covered` (settled by credits on
    account, by `credit_rule`) and `expected_from` = residual − covered, in cents, and whether it
    `is_promised`: then every draw keeps the day, whatever past weeks ask for.
    expected: (n, h + 2) cents by day, then beyond the horizon, then never; rows sum to
    `expected_from`. landed: (n_draws, n) the column each invoice lands on in each joint draw.
    doubt: why no figure counts as verified; empty where none is in doubt.
    slips: per currency, what of each draw comes earlier or later than it landed, so that weekly
    totals have the width that past weeks ask for; `verification` says on how many, a row a
    currency, week ahead and level. So at every grain and cut: credits + buckets + beyond + never =
    open balance, to the cent.
    """

    as_of: int
    horizon_days: int
    invoices: pd.DataFrame
    expected: Cents
    landed: Landings
    credits_left: pd.DataFrame
    credit_rule: str = RULE
    verified: str = VERIFIED
    doubt: str = ""
    slips: Mapping[str, PeriodShifts] = field(default_factory=dict)
    verification: pd.DataFrame = field(default_factory=lambda: _verification({}))

    def by_day(self, *cuts: str, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """`by("day", …)`."""
        return self.by("day", *cuts, levels=levels)

    def by_week(self, *cuts: str, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """`by("week", …)`, weeks from Monday."""
        return self.by("week", *cuts, levels=levels)

    def by_month(self, *cuts: str, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """`by("month", …)`."""
        return self.by("month", *cuts, levels=levels)

    def by_quarter(self, *cuts: str, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """`by("quarter", …)`."""
        return self.by("quarter", *cuts, levels=levels)

    def by(self, grain: str, *cuts: str, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """Per currency, cut and bucket: starts_on, ends_on, expected and quantiles (cents).

        Cuts are among entity_id, customer_id, parent_id, country; currencies are never added.
        `expected` is exact; `p10 p50 p90` are quantiles of that total over the joint draws (so
        they do not add up across buckets, the draws beneath them do). Raises InputError for an
        unknown grain or cut.
        """
        split_by, (groups, code) = buckets(grain, self.as_of, self.horizon_days), self._cut(cuts)
        n = len(split_by)
        by_day = sums_by_group(self.expected, code, len(groups))
        starts = np.searchsorted(split_by.of_day, np.arange(n))
        expected = np.add.reduceat(by_day[:, : self.horizon_days], starts, axis=1)
        quantiles = np.empty((len(levels), len(groups), n), dtype=np.int64)
        for rows, draws in self._totals_of_cut(groups, code, grain, cuts):
            quantiles[:, rows] = np.rint(np.quantile(draws, levels, axis=0, method="inverted_cdf"))
        columns = {
            "starts_on": np.tile(split_by.starts_on, len(groups)),
            "ends_on": np.tile(split_by.ends_on, len(groups)),
            "expected": expected.ravel(),
        }
        names = map(quantile_name, levels)
        columns |= {name: values.ravel() for name, values in zip(names, quantiles, strict=True)}
        table = groups.loc[groups.index.repeat(n)].reset_index(drop=True)
        return pd.concat([table, pd.DataFrame(columns)], axis=1)

    def draws(self, grain: str, *cuts: str) -> tuple[pd.DataFrame, Floats]:
        """The groups of a cut and their (n_draws, groups, buckets) totals in cents, all at once.

        The same draws at every grain: sums over days, groups and currencies' cuts agree.
        """
        groups, code = self._cut(cuts)
        blocks = [block for _, block in self._totals_of_cut(groups, code, grain, cuts)]
        n = len(buckets(grain, self.as_of, self.horizon_days))
        empty = np.zeros((len(self.landed), 0, n))
        return groups, np.concatenate(blocks, axis=1) if blocks else empty

    def balance(self, *cuts: str) -> pd.DataFrame:
        """Per currency and cut, in cents: where every cent of the open balance goes.

        open_balance = settled_by_credits + within_horizon + beyond_horizon + never, exactly.
        """
        groups, code = self._cut(cuts)
        parts = {
            "open_balance": self.invoices["residual"].to_numpy(np.int64),
            "settled_by_credits": self.invoices["covered"].to_numpy(np.int64),
            "within_horizon": self.expected[:, : self.horizon_days].sum(axis=1),
            "beyond_horizon": self.expected[:, self.horizon_days],
            "never": self.expected[:, self.horizon_days + 1],
        }
        for name, cents in parts.items():
            totals = np.zeros(len(groups), dtype=np.int64)
            np.add.at(totals, code, cents)
            groups[name] = totals
        return groups

    def records(self, grain: str, *cuts: str, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """Flat records for files and spreadsheets, each cent of the open balance in one of them.

        The buckets of `by`, then per currency and cut one row each for what credits settle, what
        comes beyond the horizon and what never comes (`part` says which, without dates and
        quantiles); `expected` of a currency sums to its open balance. `verified` speaks of whole
        weekly totals, the only ones held against past ones.
        """
        keys = ["currency", *cuts]
        table = self.by(grain, *cuts, levels=levels).assign(part=grain)
        rest = self.balance(*cuts).melt(
            keys, ["settled_by_credits", "beyond_horizon", "never"], "part", "expected"
        )
        rest = rest.assign(starts_on=NEVER, ends_on=NEVER)
        both = pd.concat([table, rest], ignore_index=True)
        is_told = grain == "week" and not cuts and not self.doubt
        verdict = self._verified_of(both) if is_told else ONLY_WEEKS if self.slips else NOT_YET
        verdict = self.verified if self.doubt else verdict
        both = both.assign(as_of=self.as_of, verified=verdict)
        both[["verified"]] = both[["verified"]].where(both["part"] == grain)
        names = [quantile_name(level) for level in levels]
        both[names] = both[names].astype("Int64")
        columns = ["as_of", *keys, "part", "starts_on", "ends_on", "expected", *names, "verified"]
        return both.sort_values(keys, kind="stable", ignore_index=True)[columns]

    def with_doubt(self, why: str) -> Self:
        """The same figures, none of which counts as verified, and why."""
        return replace(
            self,
            doubt=why,
            verified=f"not verified: {why}",
            verification=self.verification.head(0),
        )

    def _cut(self, cuts: Sequence[str]) -> tuple[pd.DataFrame, Ints]:
        """The groups in order, and each invoice's group."""
        unknown = set(cuts) - set(CUTS)
        if unknown:
            raise InputError(f"Cash cannot be cut by '{min(unknown)}'; use {', '.join(CUTS)}.")
        keys = ["currency", *cuts]
        grouped = self.invoices.groupby(keys, sort=True, dropna=False)
        code = grouped.ngroup().to_numpy(np.int64)
        groups = self.invoices.loc[~pd.Series(code).duplicated().to_numpy(), keys]
        firsts = code[groups.index.to_numpy()]
        return groups.iloc[np.argsort(firsts)].reset_index(drop=True), code

    def _verified_of(self, records: pd.DataFrame) -> pd.Series:
        """What is said of the P10..P90 of each record: its currency's, for the week it ends in."""
        held_level = self.verification[self.verification["level"] == HELD]
        verdicts = held_level.set_index(["currency", "week"])["verified"]
        last = held_level.groupby("currency")["week"].max()
        week = (records["ends_on"] - self.as_of) // 7 + 1
        week = np.minimum(week, records["currency"].map(last).fillna(0))
        keys = pd.MultiIndex.from_arrays([records["currency"], week.astype(np.int64)])
        return pd.Series(verdicts.reindex(keys).to_numpy(), records.index).fillna(NOT_YET)

    def _totals_of_cut(
        self, groups: pd.DataFrame, code: Ints, grain: str, cuts: Sequence[str]
    ) -> Iterator[tuple[slice, Floats]]:
        """`totals` of a cut's groups; of whole currencies summed from days that are kept."""
        cells = len(self.landed) * len(groups) * self.horizon_days
        if cuts or not 0 < cells <= KEPT_CELLS:
            yield from self.totals(_currency(groups), code, grain)
            return
        split_by = buckets(grain, self.as_of, self.horizon_days)
        starts = np.searchsorted(split_by.of_day, np.arange(len(split_by)))
        yield slice(0, len(groups)), np.add.reduceat(self._days_of_currencies, starts, axis=2)

    @cached_property
    def _days_of_currencies(self) -> Floats:
        """(n_draws, currencies, h) cents by day in every draw: of it any whole grain is a sum."""
        groups, code = self._cut(())
        blocks = self.totals(_currency(groups), code, "day")
        return np.concatenate([days for _, days in blocks], axis=1)

    def totals(self, currency: Texts, code: Ints, grain: str) -> Iterator[tuple[slice, Floats]]:
        """Blocks of any groups of invoices with their (n_draws, groups, buckets) totals in cents.

        code: (n,) the group of each invoice; currency: (groups,) the one all of its invoices have.
        """
        return joint_totals(
            self.landed,
            self.invoices,
            self.expected,
            self.slips,
            code=code,
            currency=currency,
            of_day=buckets(grain, self.as_of, self.horizon_days).of_day,
        )


def _currency(groups: pd.DataFrame) -> Texts:
    return np.asarray(groups["currency"].to_numpy(dtype=object))


def period_totals(cash: CashForecast, currency: str) -> Floats:
    """(n_draws, weeks + 2) cents of a currency in each draw by week ahead, beyond and never."""
    columns = np.flatnonzero((cash.invoices["currency"] == currency).to_numpy())
    amount = cash.invoices["expected_from"].to_numpy(np.float64)[columns]
    period_of = periods(cash.horizon_days)
    starts = np.searchsorted(period_of, np.arange(int(period_of[-1]) + 1))
    width, landed = len(period_of), cash.landed[:, columns]
    days = [np.bincount(row, amount, minlength=width) for row in landed]
    return np.add.reduceat(np.asarray(days, dtype=np.float64), starts, axis=1)


def widened_by_past_weeks(cash: CashForecast, past: PastWeeks) -> CashForecast:
    """The forecast with its draws spread as far as past weeks missed, and said on how many.

    past: closed weeks of earlier landmarks, by the same recipe. Expected cash stays as it is.
    """
    n_weeks = -(-cash.horizon_days // 7)
    slips: dict[str, PeriodShifts] = {}
    widths: dict[str, Widths] = {}
    period_of = periods(cash.horizon_days)
    starts = np.searchsorted(period_of, np.arange(n_weeks + 2))
    for currency in sorted(cash.invoices["currency"].unique()):
        half_widths = widths[currency] = Widths.of(past, currency, n_weeks)
        if not half_widths.n.any():
            continue
        in_currency = (cash.invoices["currency"] == currency).to_numpy()
        by_day = cash.expected[in_currency].sum(axis=0).astype(np.float64)
        expected = np.add.reduceat(by_day, starts)[:n_weeks]
        before = period_totals(cash, currency)
        after = stretched_periods(before, expected, half_widths, float(before[0].sum()))
        slips[currency] = PeriodShifts.between(before, after)
    return replace(
        cash, slips=slips, verification=_verification(widths), verified=_sentence(widths)
    )


def _verification(widths: Mapping[str, Widths]) -> pd.DataFrame:
    columns = ["currency", "week", "level", "n", "effective_n", "needs", "verified"]
    tables = [
        currency_widths.table().assign(currency=name) for name, currency_widths in widths.items()
    ]
    return pd.concat(tables)[columns] if tables else pd.DataFrame(columns=columns)


def _sentence(widths: Mapping[str, Widths]) -> str:
    """For the currency with most landmarks, how far ahead each of the usual levels is held."""
    best = max(
        widths.values(), key=lambda currency_widths: int(currency_widths.n.sum()), default=None
    )
    if best is None or not best.n.any():
        return NOT_YET
    table, parts = best.table(), []
    for level in (0.8, 0.95):
        held = table[(table["level"] == level) & (table["verified"] != NOT_YET)]
        weeks = f"weeks 1-{held['week'].max()}" if len(held) else NOT_YET
        n = f" on {held['n'].min()}-{held['n'].max()} closed landmarks" if len(held) else ""
        parts.append(f"{level * 100:.0f} %: {weeks}{n}")
    return "; ".join(parts)


def quantile_name(level: float) -> str:
    """Column of a quantile.

    >>> [quantile_name(q) for q in (0.025, 0.1, 0.5, 0.975)]
    ['p025', 'p10', 'p50', 'p975']
    """
    return "p" + f"{level:.3f}"[2:].rstrip("0").ljust(2, "0")
