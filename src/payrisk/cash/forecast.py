"""The cash that open invoices will bring: exact expected totals and their joint intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.cash.credits import KEYS, RULE, covered_by_credits
from payrisk.cash.draws import Landings, landings
from payrisk.cash.exact import Cents, split
from payrisk.cash.grains import buckets
from payrisk.errors import InputError
from payrisk.predictions import Dependence, PaymentCurves

HORIZON_DAYS = 91  # thirteen weeks, the treasurer's usual view
N_DRAWS = 600
LEVELS = (0.1, 0.5, 0.9)
VERIFIED = "not verifiable yet"
"""Said of every interval until conformal calibration has closed landmarks to stand on."""

CUTS = ("entity_id", "customer_id", "parent_id", "country")
SORTED_BY = ["customer_id", "due_on", "invoice_id", "instalment"]
BLOCK_CELLS = 8_000_000  # draws × groups × buckets held at once


@dataclass(frozen=True)
class CashForecast:
    """Cash from the invoices open at as_of, by day to a horizon, each cent in one place.

    invoices: one row per open instalment (n), with `residual`, `covered` (settled by credits on
    account, by `credit_rule`) and `expected_from` = residual − covered, in cents.
    expected: (n, h + 2) cents by day, then beyond the horizon, then never; rows sum to
    `expected_from`. landed: (n_draws, n) the column each invoice lands on in each joint draw.
    So at every grain and cut: credits + buckets + beyond + never = open balance, to the cent.
    """

    as_of: int
    horizon_days: int
    invoices: pd.DataFrame
    expected: Cents
    landed: Landings
    credits_left: pd.DataFrame
    credit_rule: str = RULE
    verified: str = VERIFIED

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
        by_day = np.zeros((len(groups), self.expected.shape[1]), dtype=np.int64)
        np.add.at(by_day, code, self.expected)
        starts = np.searchsorted(split_by.of_day, np.arange(n))
        expected = np.add.reduceat(by_day[:, : self.horizon_days], starts, axis=1)
        quantiles = np.empty((len(levels), len(groups), n), dtype=np.int64)
        for rows, draws in self._draws(code, len(groups), split_by.of_day, n):
            quantiles[:, rows] = np.quantile(draws, levels, axis=0, method="inverted_cdf")
        columns = {
            "starts_on": np.tile(split_by.starts_on, len(groups)),
            "ends_on": np.tile(split_by.ends_on, len(groups)),
            "expected": expected.ravel(),
        }
        names = map(quantile_name, levels)
        columns |= {name: values.ravel() for name, values in zip(names, quantiles, strict=True)}
        table = groups.loc[groups.index.repeat(n)].reset_index(drop=True)
        return pd.concat([table, pd.DataFrame(columns)], axis=1)

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
        quantiles); `expected` of a currency sums to its open balance.
        """
        keys = ["currency", *cuts]
        table = self.by(grain, *cuts, levels=levels).assign(part=grain)
        rest = self.balance(*cuts).melt(
            keys, ["settled_by_credits", "beyond_horizon", "never"], "part", "expected"
        )
        rest = rest.assign(starts_on=NEVER, ends_on=NEVER)
        both = pd.concat([table, rest], ignore_index=True)
        both = both.assign(as_of=self.as_of, verified=self.verified)
        both[["verified"]] = both[["verified"]].where(both["part"] == grain)
        names = [quantile_name(level) for level in levels]
        both[names] = both[names].astype("Int64")
        columns = ["as_of", *keys, "part", "starts_on", "ends_on", "expected", *names, "verified"]
        return both.sort_values(keys, kind="stable", ignore_index=True)[columns]

    def _cut(self, cuts: Sequence[str]) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
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

    def _draws(
        self, code: npt.NDArray[np.int64], n_groups: int, of_day: npt.NDArray[np.int64], n: int
    ) -> Iterator[tuple[slice, npt.NDArray[np.float64]]]:
        """Blocks of groups with their (n_draws, groups, buckets) totals; memory bounded."""
        bucket_of = np.append(of_day, [n, n])  # beyond and never share a bucket that is cut off
        n_draws, step = len(self.landed), max(1, BLOCK_CELLS // (len(self.landed) * (n + 1)))
        order = np.argsort(code, kind="stable")
        edges = np.searchsorted(code[order], np.arange(0, n_groups + step, step))
        amount = self.invoices["expected_from"].to_numpy(np.float64)
        for block, (low, high) in enumerate(pairwise(edges)):
            rows, first = order[low:high], block * step
            size = min(step, n_groups - first)
            cell, weight = (code[rows] - first) * (n + 1), amount[rows]
            totals = np.empty((n_draws, size, n + 1))
            for draw in range(n_draws):
                landed = bucket_of[self.landed[draw, rows]]
                counted = np.bincount(cell + landed, weight, minlength=size * (n + 1))
                totals[draw] = counted.reshape(size, n + 1)
            yield slice(first, first + size), totals[:, :, :n]


def quantile_name(level: float) -> str:
    """Column of a quantile.

    >>> [quantile_name(q) for q in (0.025, 0.1, 0.5, 0.975)]
    ['p025', 'p10', 'p50', 'p975']
    """
    return "p" + f"{level:.3f}"[2:].rstrip("0").ljust(2, "0")


def forecast(
    invoices: pd.DataFrame,
    curves: PaymentCurves,
    credits: pd.DataFrame,
    *,
    as_of: int,
    generator: np.random.Generator,
    horizon_days: int = HORIZON_DAYS,
    n_draws: int = N_DRAWS,
    dependence: Dependence | None = None,
) -> CashForecast:
    """Forecast the cash of open invoices from their payment curves.

    invoices: as `Books.open_invoices()`, row i belonging to curves[i]; credits: as
    `Books.credit_balances()`, used up first. Rows come out sorted by customer, due date and
    invoice, so their order going in never matters. Raises InputError when curves and invoices
    differ in number or day, or the horizon or number of draws is out of range.
    """
    if len(invoices) != len(curves):
        raise InputError(f"{len(invoices)} open invoices need as many curves, not {len(curves)}.")
    if not 1 <= horizon_days <= 3650:
        raise InputError("The horizon must lie between 1 and 3650 days.")
    if n_draws < 1:
        raise InputError("A forecast needs at least one draw.")
    if (curves.as_of != as_of).any():
        raise InputError("Every curve must be seen from the forecast's own as_of.")
    rows = invoices.reset_index(drop=True).sort_values(SORTED_BY, kind="stable")
    paid_by = _paid_by(curves, rows.index.to_numpy(), horizon_days)
    rows = rows.reset_index(drop=True)
    covered = covered_by_credits(rows, credits)
    rest = rows["residual"].to_numpy(np.int64) - covered
    rows = rows.assign(
        covered=covered,
        expected_from=rest,
        parent_id=rows["parent_id"].fillna(rows["customer_id"]),
    )
    landed = landings(
        paid_by,
        _codes(rows, ["customer_id"]),
        _codes(rows, ["customer_id", "due_on"]),
        n_draws=n_draws,
        dependence=dependence or Dependence(),
        generator=generator,
    )
    shares = np.diff(paid_by, axis=1, prepend=0.0, append=1.0)
    return CashForecast(
        as_of, horizon_days, rows, split(rest, shares), landed, _left(credits, rows)
    )


def _paid_by(
    curves: PaymentCurves, order: npt.NDArray[np.int64], horizon_days: int
) -> npt.NDArray[np.float64]:
    """(n, h + 1) chance paid by each day, then of being paid at all, beyond the horizon or not."""
    width = min(horizon_days, curves.matrix.shape[1])
    paid_by = np.empty((len(order), horizon_days + 1))
    paid_by[:, :width] = curves.matrix[order, :width]
    paid_by[:, width:-1] = paid_by[:, width - 1 : width]
    paid_by[:, -1] = 1.0 - curves.never[order]
    # A curve may carry rounding of 1e-12; shares must be neither negative nor above 1.
    return np.asarray(np.maximum.accumulate(np.clip(paid_by, 0.0, 1.0), axis=1))


def _codes(rows: pd.DataFrame, keys: list[str]) -> npt.NDArray[np.int64]:
    if rows.empty:
        return np.zeros(0, dtype=np.int64)
    changed = (rows[keys] != rows[keys].shift()).any(axis=1).to_numpy()
    return np.asarray(np.cumsum(changed) - 1, dtype=np.int64)


def _left(credits: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """What remains of each credit balance once the open invoices are settled."""
    if rows.empty or credits.empty:
        return credits[credits["unapplied"] > 0].reset_index(drop=True)
    used = rows.groupby(KEYS, observed=True)["covered"].sum()
    left = credits.join(used, on=KEYS)
    left["unapplied"] = left["unapplied"] - left["covered"].fillna(0).astype(np.int64)
    return left.loc[left["unapplied"] > 0, [*KEYS, "unapplied"]].reset_index(drop=True)
