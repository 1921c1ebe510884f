"""A forecast made from open invoices, their payment curves and the credits on account."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.cash.forecasting.apportion import BLOCK_ROWS, apportion
from payrisk.cash.forecasting.credits import KEYS, covered_by_credits
from payrisk.cash.forecasting.draws import Landings, draw_landings
from payrisk.cash.forecasting.forecast import HORIZON_DAYS, N_DRAWS, SORTED_BY, CashForecast
from payrisk.errors import InputError
from payrisk.predictions import Dependence, PaymentCurves


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
    rows = ForecastRows.of(invoices, curves, credits, as_of=as_of, horizon_days=horizon_days)
    landed = rows.landing_columns(dependence or Dependence(), n_draws, generator)
    return rows.forecast(landed)


@dataclass(frozen=True)
class ForecastRows:
    """Open invoices ready to be drawn: (n,) rows sorted, with what credits settle of each.

    paid_by: (n, horizon + 1) chance of cash by each day, then of cash at all.
    """

    as_of: int
    rows: pd.DataFrame
    paid_by: Floats
    credits_left: pd.DataFrame

    @classmethod
    def of(
        cls,
        invoices: pd.DataFrame,
        curves: PaymentCurves,
        credits: pd.DataFrame,
        *,
        as_of: int,
        horizon_days: int,
    ) -> ForecastRows:
        """Arguments and errors as of `forecast`."""
        if len(invoices) != len(curves):
            raise InputError(
                f"{len(invoices)} open invoices need as many curves, not {len(curves)}."
            )
        if not 1 <= horizon_days <= 3650:
            raise InputError("The horizon must lie between 1 and 3650 days.")
        if (curves.as_of != as_of).any():
            raise InputError("Every curve must be seen from the forecast's own as_of.")
        rows = invoices.reset_index(drop=True).sort_values(SORTED_BY, kind="stable")
        paid_by = _paid_by(curves, rows.index.to_numpy(), horizon_days)
        rows = rows.reset_index(drop=True)
        covered = covered_by_credits(rows, credits)
        rows = rows.assign(
            covered=covered,
            expected_from=rows["residual"].to_numpy(np.int64) - covered,
            parent_id=rows["parent_id"].fillna(rows["customer_id"]),
            is_promised=False,
        )
        return cls(as_of, rows, paid_by, _left(credits, rows))

    def landing_columns(
        self, dependence: Dependence, n_draws: int, generator: np.random.Generator
    ) -> Landings:
        """(n_draws, n) the column each invoice lands on; raises InputError without draws."""
        if n_draws < 1:
            raise InputError("A forecast needs at least one draw.")
        return draw_landings(
            self.paid_by,
            *self._groups,
            n_draws=n_draws,
            dependence=dependence,
            generator=generator,
        )

    @cached_property
    def _groups(self) -> tuple[Ints, Ints]:
        """(n,) codes of customers and of what each owes by a day, made once for all draws."""
        by_customer = _codes(self.rows, ["customer_id"])
        return by_customer, _codes(self.rows, ["customer_id", "due_on"])

    def forecast(self, landed: Landings) -> CashForecast:
        """The forecast with these draws."""
        amounts = self.rows["expected_from"].to_numpy(np.int64)
        n, width = self.paid_by.shape
        expected = np.empty((n, width + 1), dtype=np.int64)
        for low in range(0, n, BLOCK_ROWS):
            rows = slice(low, low + BLOCK_ROWS)
            shares = np.diff(self.paid_by[rows], axis=1, prepend=0.0, append=1.0)
            expected[rows] = apportion(amounts[rows], shares)
        horizon = width - 1
        return CashForecast(self.as_of, horizon, self.rows, expected, landed, self.credits_left)


def _paid_by(curves: PaymentCurves, order: Ints, horizon_days: int) -> Floats:
    """(n, h + 1) chance paid by each day, then of being paid at all, beyond the horizon or not."""
    width = min(horizon_days, curves.matrix.shape[1])
    paid_by = np.empty((len(order), horizon_days + 1))
    for low in range(0, len(order), BLOCK_ROWS):
        block, rows = paid_by[low : low + BLOCK_ROWS], order[low : low + BLOCK_ROWS]
        block[:, :width] = curves.matrix[rows, :width]
        block[:, width:-1] = block[:, width - 1 : width]
        block[:, -1] = 1.0 - curves.never[rows]
        # A curve may carry rounding of 1e-12; shares must be neither negative nor above 1.
        np.clip(block, 0.0, 1.0, out=block)
        falls = np.flatnonzero((block[:, 1:] < block[:, :-1]).any(axis=1))
        block[falls] = np.maximum.accumulate(block[falls], axis=1)
    return paid_by


def _codes(rows: pd.DataFrame, keys: list[str]) -> Ints:
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
