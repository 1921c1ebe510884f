"""Why actual cash differs from a forecast: causes in a stated order, summing to the cent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Cents, Flags, Floats, Ints
from payrisk.cash.forecasting.apportion import apportion
from payrisk.errors import InputError, LedgerError
from payrisk.ledger import DefaultRule, Ledger
from payrisk.ledger.books.cash_flow import CashFlow, cash_flow

PARTS = (
    "late_facts", "reversals", "default", "short_pay_credit", "timing", "new_invoices",
    "on_account", "fx",
)  # fmt: skip
"""The causes in the order in which cents are attributed; what one takes no later one sees."""

MEANING = {
    "late_facts": "facts of before the forecast recorded or corrected after it",
    "reversals": "payments taken back and still owed at the end",
    "default": "owed at the end by customers in default, or written off, less what was expected"
    " never to come",
    "short_pay_credit": "settled other than by cash (credit notes, discounts, withholding, sales,"
    " tolerated rests), less the credits that were expected; overpayment adds",
    "timing": "owed at the end and not in default, less what was expected after the end: negative"
    " = slipped, positive = came sooner",
    "new_invoices": "cash of invoices issued after the forecast, less what it expected of them",
    "on_account": "cash that pays no invoice yet, less cash on account that invoices used up",
    "fx": "paid in another currency than billed; in the base view also the move of the rates",
}

KEY = ["invoice_id", "instalment"]


@dataclass(frozen=True)
class Variance:
    """Forecast and actual cash of the days as_of … end_on, known before `known_before`.

    totals: per currency in cents, expected + the PARTS = actual; variance = actual − expected.
    invoices: the parts that belong to one invoice (all but the last two and new totals), one row
    each where any of them or expected or actual is not 0.
    """

    as_of: int
    end_on: int
    known_before: int
    totals: pd.DataFrame
    invoices: pd.DataFrame


@dataclass(frozen=True)
class ForecastByInvoice:
    """What a forecast said of each open invoice by the evening `end_on`, in cents.

    invoices: invoice_id, instalment, currency, residual, covered (n rows). expected: (n, 3) cash
    by the end, later, never; with `covered` it sums to `residual`.
    """

    as_of: int
    end_on: int
    invoices: pd.DataFrame
    expected: Cents

    @classmethod
    def of(
        cls, as_of: int, invoices: pd.DataFrame, expected: Cents, end_on: int
    ) -> ForecastByInvoice:
        """From a forecast's (n, h + 2) cents; raises InputError for an end outside its days."""
        n_days = end_on - as_of + 1
        horizon = expected.shape[1] - 2
        if not 1 <= n_days <= horizon:
            raise InputError("The end must be one of the forecast's own days.")
        parts = [
            expected[:, :n_days].sum(axis=1),
            expected[:, n_days : horizon + 1].sum(axis=1),
            expected[:, horizon + 1],
        ]
        rows = invoices[[*KEY, "currency", "residual", "covered"]].assign(n=1)
        keyed = rows.groupby(KEY, sort=False, as_index=False).agg(
            currency=("currency", "first"),
            residual=("residual", "sum"),
            covered=("covered", "sum"),
        )
        # a row split by an override is one invoice again
        code = rows.groupby(KEY, sort=False).ngroup().to_numpy()
        summed = np.zeros((len(keyed), 3), dtype=np.int64)
        np.add.at(summed, code, np.stack(parts, axis=1))
        return cls(as_of, end_on, keyed, summed)


def explain_variance(
    forecast: ForecastByInvoice,
    ledger: Ledger,
    *,
    known_before: int | None = None,
    rule: DefaultRule | None = None,
    new_expected: dict[str, int] | None = None,
) -> Variance:
    """Attribute the variance of a forecast by what the ledger knows before the morning `known`.

    known: default all that is recorded. new_expected: cents by currency that the forecast said of
    invoices not yet issued. Cash counts on the day it was booked, net of what was taken back.
    Raises LedgerError when the days asked for are not over by then.
    """
    known_before = ledger.default_as_of if known_before is None else known_before
    if known_before <= forecast.end_on:
        raise LedgerError("These days are not over yet by what the ledger knows; end earlier.")
    flow = cash_flow(
        ledger.balance_at(forecast.as_of - 1, known_before),
        ledger.balance_at(forecast.end_on, known_before),
    )
    owed_then = ledger.as_of(forecast.as_of).position
    bad = flow.customer_id.isin(ledger.as_of(forecast.end_on + 1).in_default(rule)).to_numpy()
    rows, others = _rows(forecast, flow)
    owed = owed_then.residual.copy()
    owed[others] = -1  # what the forecast held under other terms was not known so
    parts = _by_invoice(forecast, flow, rows, owed, bad)
    return Variance(
        forecast.as_of,
        forecast.end_on,
        known_before,
        _totals(parts, flow, new_expected or {}),
        _shown(parts),
    )


def _rows(forecast: ForecastByInvoice, flow: CashFlow) -> tuple[Ints, Ints]:
    """(n,) table row of each foreseen invoice, −1 where none reads so any more; and those rows."""
    index = pd.MultiIndex.from_arrays([flow.invoice_id.astype(object), flow.instalment])
    forecast_keys = pd.MultiIndex.from_arrays(
        [forecast.invoices["invoice_id"].astype(object), forecast.invoices["instalment"]]
    )
    row = np.asarray(index.get_indexer(forecast_keys), dtype=np.int64)
    same = flow.currency.to_numpy(dtype=object)[row] == forecast.invoices["currency"].to_numpy(
        object
    )
    reads_so = (row >= 0) & same & flow.was_issued[row]
    return np.where(reads_so, row, -1), row[(row >= 0) & ~reads_so]


def _rebased(forecast: ForecastByInvoice, residual: Cents) -> tuple[Cents, Cents]:
    """(n, 3) expected and (n,) covered, had the forecast known how much was truly owed.

    What turns out settled is taken first from what credits were expected to settle, the rest in
    the forecast's own proportions; every row sums to `residual`.
    """
    forecast_residual = forecast.invoices["residual"].to_numpy(np.int64)
    covered = forecast.invoices["covered"].to_numpy(np.int64)
    left = np.clip(covered - np.maximum(forecast_residual - residual, 0), 0, residual)
    cash = forecast.expected.sum(axis=1)
    left = np.where(cash > 0, left, residual)
    shares = forecast.expected / np.maximum(cash, 1)[:, None]
    expected = apportion(np.where(cash > 0, residual - left, 0), _whole(shares))
    same = forecast_residual == residual
    return np.where(same[:, None], forecast.expected, expected), np.where(same, covered, left)


def _whole(shares: Floats) -> Floats:
    """Shares whose rows sum to 1; what is all zero stays in the first."""
    empty = shares.sum(axis=1) == 0
    return np.where(empty[:, None], np.array([1.0, 0.0, 0.0]), shares)


def _by_invoice(
    forecast: ForecastByInvoice,
    flow: CashFlow,
    rows: Ints,
    owed_then: Cents,
    bad: Flags,
) -> pd.DataFrame:
    """One row an invoice of the table, then one each foreseen that is there no more."""
    n = len(flow.cash)
    is_in_ledger = rows >= 0
    places = rows[is_in_ledger]
    residual, excess = np.maximum(flow.opening, 0), np.maximum(-flow.opening, 0)
    owed, over = np.maximum(flow.closing, 0), np.maximum(-flow.closing, 0)

    true = np.zeros(len(rows), dtype=np.int64)
    true[is_in_ledger] = residual[places]
    expected, covered = _rebased(forecast, true)
    attributed = np.zeros((n, 3), dtype=np.int64)
    then, put = attributed.copy(), np.zeros(n, dtype=np.int64)
    attributed[places], then[places], put[places] = (
        expected[is_in_ledger],
        forecast.expected[is_in_ledger],
        covered[is_in_ledger],
    )

    is_seen = np.zeros(n, dtype=bool)
    is_seen[places] = True
    again = np.minimum(owed, flow.returned)
    rest = owed - again
    is_bad = bad & ~flow.is_done
    parts = {name: np.zeros(n, dtype=np.int64) for name in PARTS}
    parts["reversals"] = -again
    parts["late_facts"] = attributed[:, 0] - then[:, 0]
    parts["default"] = attributed[:, 2] - flow.loss - np.where(is_bad, rest, 0)
    parts["short_pay_credit"] = put - flow.other - np.where(flow.is_done, rest, 0) + over - excess
    parts["timing"] = attributed[:, 1] - np.where(flow.is_done | is_bad, 0, rest)

    # of what the forecast did not hold, cash is all there is to explain
    was, new = flow.was_issued & ~is_seen, ~flow.was_issued
    knew = was & (flow.recorded_on < forecast.as_of) & (owed_then == residual)
    came = flow.cash + again
    for name in ("late_facts", "default", "short_pay_credit", "timing"):
        parts[name][~is_seen] = 0
    parts["late_facts"][was & ~knew] = came[was & ~knew]
    parts["short_pay_credit"][knew] = came[knew]
    parts["reversals"][new] = 0
    parts["new_invoices"][new] = flow.cash[new]

    table = pd.DataFrame(
        {
            "invoice_id": flow.invoice_id.to_numpy(dtype=object),
            "instalment": flow.instalment,
            "customer_id": flow.customer_id.to_numpy(dtype=object),
            "currency": flow.currency.to_numpy(dtype=object),
            "expected": then[:, 0],
            "actual": flow.cash,
            **parts,
        }
    )
    gone = forecast.invoices[~is_in_ledger]
    lost = {
        "expected": forecast.expected[~is_in_ledger, 0],
        "late_facts": -forecast.expected[~is_in_ledger, 0],
    }
    more = gone[[*KEY, "currency"]].assign(**lost).reindex(columns=table.columns)
    numbers = ["expected", "actual", *PARTS]
    more[numbers] = more[numbers].fillna(0)
    return pd.concat([table, more.astype(table.dtypes)], ignore_index=True)


def _totals(parts: pd.DataFrame, flow: CashFlow, new_expected: dict[str, int]) -> pd.DataFrame:
    """Per currency: expected, the parts, actual and their difference."""
    by_currency = parts.groupby("currency", sort=True)[["expected", "actual", *PARTS]].sum()
    bank = flow.receipts.set_index("currency")
    names = sorted({*by_currency.index, *bank.index, *new_expected})
    by_currency = by_currency.reindex(names, fill_value=0)
    bank = bank.reindex(names, fill_value=0)
    foreseen = pd.Series(new_expected, dtype="int64").reindex(names, fill_value=0)
    by_currency["expected"] += foreseen
    by_currency["new_invoices"] -= foreseen
    by_currency["on_account"] = bank["received"] - bank["applied"]
    by_currency["fx"] = bank["applied"] - by_currency["actual"]
    by_currency["actual"] = bank["received"]
    by_currency["variance"] = by_currency["actual"] - by_currency["expected"]
    by_currency = by_currency.rename_axis("currency").reset_index()
    columns = ["currency", "expected", *PARTS, "actual", "variance"]
    keep = (by_currency[["expected", "actual", *PARTS]] != 0).any(axis=1)
    return by_currency.loc[keep, columns].astype({"currency": str}).reset_index(drop=True)


def _shown(parts: pd.DataFrame) -> pd.DataFrame:
    names = [name for name in PARTS if name not in ("on_account", "fx")]
    table = parts[["invoice_id", "instalment", "customer_id", "currency", "expected", *names]]
    table = table.assign(actual=parts["actual"])
    keep = (table[["expected", "actual", *names]] != 0).any(axis=1)
    return table[keep].reset_index(drop=True)
