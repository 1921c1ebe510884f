"""DSO and its family: how fast receivables turn into cash, per currency."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Cents, Days, weighted_sums
from payrisk.calendar import month_end
from payrisk.errors import InputError, LedgerError
from payrisk.ledger import Books, Ledger
from payrisk.receivables.aging import dates_in_words

WINDOW_DAYS = 90
AMOUNTS = ("receivable", "not_due", "overdue", "billed")
DAYS_PER_MONTH = 365.25 / 12


def dso_simple(receivable: int, sales: int, days: int) -> float:
    """Receivable ÷ billed in the window × days of the window; NaN when nothing was billed.

    Source: the standard form, as Dynamics 365 computes it.

    >>> dso_simple(50_000, 100_000, 90)
    45.0
    """
    return receivable / sales * days if sales > 0 else math.nan


def dso_countback(receivable: int, sales: Cents, days: Days) -> float:
    """Days of the latest months' billing that the receivable still holds.

    Takes each month's billing off the receivable, newest first, adding that month's days; the
    last month counts in proportion. `sales` and `days` are newest first; the newest may be a
    part of a month. NaN when the receivable exceeds all billing. Source: the count-back method
    of credit management textbooks.

    >>> dso_countback(150, np.array([100, 80, 60]), np.array([31, 30, 31]))
    49.75
    """
    if receivable <= 0:
        return 0.0
    taken = np.cumsum(sales)
    last = int(np.searchsorted(taken, receivable, side="left"))
    if last == len(sales):
        return math.nan
    before = int(taken[last] - sales[last])
    return float(days[:last].sum() + (receivable - before) / sales[last] * days[last])


def best_possible_dso(not_due: int, sales: int, days: int) -> float:
    """The DSO if nothing were overdue: receivable not yet due ÷ billed × days. Standard form.

    >>> best_possible_dso(30_000, 100_000, 90)
    27.0
    """
    return dso_simple(not_due, sales, days)


def average_days_delinquent(dso: float, best_possible: float) -> float:
    """DSO − best possible DSO: the days that lateness costs. Standard form.

    >>> average_days_delinquent(45.0, 27.0)
    18.0
    """
    return dso - best_possible


def collection_effectiveness(
    opening: int, sales: int, months: float, closing: int, not_due: int
) -> float:
    """CEI in percent: 100 means that nothing collectable was left uncollected.

    (opening + sales ÷ months − closing) ÷ (opening + sales ÷ months − not due) × 100, with
    `months` the length of the window. NaN when nothing was collectable. Source: the Credit
    Research Foundation's index, as Oracle Receivables computes it.

    >>> collection_effectiveness(100, 90, 1, 80, 60).__round__(2)
    84.62
    """
    start = opening + sales / months
    return (start - closing) / (start - not_due) * 100 if start > not_due else math.nan


def turnover(sales: int, opening: int, closing: int, days: int) -> float:
    """Times a year the receivable is collected: billed ÷ average receivable × 365 ÷ days.

    NaN when the average receivable is zero. Source: standard form, yearly.

    >>> turnover(100, 40, 60, 73)
    10.0
    """
    average = (opening + closing) / 2
    return sales / average * 365 / days if average > 0 else math.nan


def average_days_late(days_late: Days, amounts: Cents) -> float:
    """Σ amount × (paid_on − due_on) ÷ Σ amount of invoices settled in cash; early is negative.

    NaN when nothing was settled. Source: days beyond terms weighted by amount, as SAP does.

    >>> average_days_late(np.array([10, -2]), np.array([300, 100]))
    7.0
    """
    total = int(amounts.sum())
    return float(weighted_sums(days_late, amounts) / total) if total > 0 else math.nan


@dataclass(frozen=True)
class Kpis:
    """The family at the evening of `close_of`, over the `window_days` that end with it.

    rows: one per currency; `receivable not_due overdue billed` in cents, `n_settled`, the rest
    in days, `cei` in percent, `turnover` per year; NaN where a measure is undefined. Billed =
    invoices issued in the window, gross of tax and of later credit notes; receivable = residuals
    before unapplied credits. `days` is the window, shortened when billing began inside it.
    """

    close_of: int
    known_before: int
    window_days: int
    rows: pd.DataFrame

    @property
    def title(self) -> str:
        """Both dates and the window, in words."""
        return f"{dates_in_words(self.close_of, self.known_before)}, over {self.window_days} days"


def kpis(closing: Books, opening: Books | None, window_days: int = WINDOW_DAYS) -> Kpis:
    """Every measure per currency, never mixing two.

    opening: the same reading one window earlier (`opening_books`), None when the ledger had not
    begun: its receivable is then 0. Raises InputError for a window below one day or an opening
    of another evening.
    """
    if window_days < 1:
        raise InputError("The window needs at least one day.")
    if opening is not None and opening.close_of != closing.close_of - window_days:
        raise InputError("The opening books must lie exactly one window before the closing ones.")
    invoices, owed = closing.invoices(), closing.residuals()
    began = {} if opening is None else opening.residuals().groupby("currency")["residual"].sum()
    rows = [
        {"currency": currency}
        | _measures(
            invoices[invoices["currency"] == currency],
            owed[owed["currency"] == currency],
            int(began.get(currency, 0)),
            closing.close_of,
            window_days,
        )
        for currency in sorted(set(invoices["currency"]))
    ]
    return Kpis(closing.close_of, closing.known_before, window_days, pd.DataFrame(rows))


def opening_books(ledger: Ledger, closing: Books, window_days: int = WINDOW_DAYS) -> Books | None:
    """The same reading `window_days` earlier; None when nothing had been billed by then."""
    try:
        return ledger.balance_at(closing.close_of - window_days, closing.known_before)
    except LedgerError:
        return None


def _measures(
    invoices: pd.DataFrame, owed: pd.DataFrame, opening: int, close_of: int, window: int
) -> dict[str, float]:
    issued = invoices["issued_on"].to_numpy(np.int64)
    amount = invoices["amount"].to_numpy(np.int64)
    days = min(window, close_of - int(issued.min()) + 1)
    sales = int(amount[issued > close_of - days].sum())
    residual = owed["residual"].to_numpy(np.int64)
    late = owed["due_on"].to_numpy(np.int64) < close_of
    receivable, overdue = int(residual.sum()), int(residual[late].sum())
    not_due = receivable - overdue

    paid_on = invoices["paid_on"].to_numpy(np.int64)
    settled = (paid_on > close_of - days) & (paid_on <= close_of)
    days_late = (paid_on - invoices["due_on"].to_numpy(np.int64))[settled]

    simple = dso_simple(receivable, sales, days)
    best = best_possible_dso(not_due, sales, days)
    return {
        "receivable": receivable,
        "not_due": not_due,
        "overdue": overdue,
        "billed": sales,
        "days": days,
        "dso_simple": simple,
        "dso_countback": dso_countback(receivable, *_monthly(issued, amount, close_of)),
        "dso_best_possible": best,
        "average_days_delinquent": average_days_delinquent(simple, best),
        "cei": collection_effectiveness(
            opening, sales, days / DAYS_PER_MONTH, receivable, not_due
        ),
        "turnover": turnover(sales, opening, receivable, days),
        "n_settled": int(settled.sum()),
        "average_days_late": float(days_late.mean()) if len(days_late) else math.nan,
        "average_days_late_weighted": average_days_late(days_late, amount[settled]),
    }


def _monthly(issued: Days, amount: Cents, close_of: int) -> tuple[Cents, Days]:
    """Billing and days of each calendar month, newest first; the newest ends at close_of."""
    months = issued.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    newest = int(np.int64(close_of).astype("datetime64[D]").astype("datetime64[M]").astype(int))
    back = newest - months
    sales = np.zeros(int(back.max()) + 1, dtype=np.int64)
    np.add.at(sales, back, amount)
    firsts = (newest - np.arange(len(sales))).astype("datetime64[M]").astype("datetime64[D]")
    starts = firsts.astype(np.int64)
    ends = np.minimum(month_end(starts), close_of)
    return sales, np.asarray(ends - starts + 1, dtype=np.int64)
