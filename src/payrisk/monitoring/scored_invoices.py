"""Invoices as the champion scores them when it first sees them, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Flags, Ints
from payrisk.calendar import NEVER
from payrisk.ledger import Ledger
from payrisk.monitoring.windows import Windows
from payrisk.predictions import PaymentCurves
from payrisk.receivables.arrears import on_hold_reasons
from payrisk.scoring import CurveModel
from payrisk.scoring.days_to_pay.curve import stack_curves

SCORED = 3_000
"""Curves asked for in all, drawn without regard to what happened: each costs milliseconds."""
WATCHED_SHARE = 0.6
"""Share of them for invoices recorded late enough to be at risk under watch."""
EARLIER_DAYS = 63
"""Invoices first seen so long before a span are still at risk in it."""
EVERY_DAYS = 7

_ROW = [
    "invoice_id",
    "instalment",
    "customer_id",
    "country",
    "entity_id",
    "issued_on",
    "due_on",
    "amount",
    "currency",
]


@dataclass(frozen=True)
class ScoredInvoices:
    """(n,) invoices, each on the first weekly morning on which it was known and open.

    rows: invoice_id, instalment, customer_id, country, entity_id, as_of, issued_on, due_on,
    amount (the residual, cents), currency, treated (why it was held or prepaid that morning, else
    empty), paid_on, closed_on (also by a sale) and told_on (the day its end was recorded); NEVER =
    not so far. n_known: how many there were before a sample was drawn.
    """

    rows: pd.DataFrame
    curves: PaymentCurves
    n_known: int

    def column(self, name: str) -> Days:
        """(n,) a column of days."""
        return np.asarray(self.rows[name], dtype=np.int64)

    @property
    def customer(self) -> Ints:
        """(n,) a code of each row's customer, in the order of their ids."""
        return np.asarray(pd.factorize(self.rows["customer_id"], sort=True)[0])

    @property
    def is_on_hold(self) -> Flags:
        """(n,) rows whose customer was under prepayment or on hold that morning."""
        return np.asarray(self.rows["treated"] != "", dtype=bool)

    def take(self, rows: Flags) -> ScoredInvoices:
        """Some of the rows."""
        places = np.flatnonzero(rows)
        return ScoredInvoices(
            self.rows.iloc[places].reset_index(drop=True), self.curves.take(places), self.n_known
        )


def score_invoices(
    ledger: Ledger,
    model: CurveModel,
    windows: Windows,
    *,
    most: int = SCORED,
    seed: int = 0,
) -> ScoredInvoices:
    """Score a sample of all invoices that can be at risk in any of the spans.

    Each is asked about once, with what was known that morning; so what the champion says here is
    what it would have said then. Invoices paid before the first weekly morning after they were
    recorded are not seen.
    """
    begin = windows.past[-1].first - EARLIER_DAYS
    recorded = ledger.tables["invoices"]["recorded_on"].to_numpy(dtype=np.int64)
    watched = windows.current.first - EARLIER_DAYS
    n_watched = int(((recorded >= watched) & (recorded < windows.now)).sum())
    n_earlier = int(((recorded >= begin) & (recorded < watched)).sum())
    shares = (
        min(1.0, most * (1.0 - WATCHED_SHARE) / max(n_earlier, 1)),
        min(1.0, most * WATCHED_SHARE / max(n_watched, 1)),
    )
    rng = np.random.default_rng(seed)
    parts, curves = [], []
    mornings = range(windows.now - EVERY_DAYS * ((windows.now - begin) // EVERY_DAYS), windows.now)
    for morning in mornings[::EVERY_DAYS]:
        if morning <= ledger.first_day:
            continue
        history = ledger.as_of(morning)
        rows = history.open_invoices()
        rows = rows[(rows["recorded_on"] >= morning - EVERY_DAYS) & (rows["due_on"] < NEVER)]
        share = shares[int(morning > watched)]
        rows = rows[rng.random(len(rows)) < share]
        if not len(rows):
            continue
        apart = on_hold_reasons(history)
        rows = rows.assign(as_of=morning, amount=rows["residual"])
        curves.append(model.curves(history, rows))
        treatment = [apart.get(customer, "") for customer in rows["customer_id"]]
        parts.append(rows[[*_ROW, "as_of"]].assign(treated=treatment))
    if not parts:
        ends = ["paid_on", "closed_on", "told_on"]
        empty = pd.DataFrame(columns=[*_ROW, "as_of", "treated", *ends])
        none = np.zeros(0, dtype=np.int64)
        return ScoredInvoices(empty, PaymentCurves(none, np.zeros((0, 1)), none), 0)
    found = pd.concat(parts, ignore_index=True)
    return ScoredInvoices(
        _with_ends(found, ledger, windows.now), stack_curves(curves), n_watched + n_earlier
    )


def _with_ends(rows: pd.DataFrame, ledger: Ledger, now: int) -> pd.DataFrame:
    """The rows with what is known of their end on the morning `now`."""
    key = ["invoice_id", "instalment"]
    books = ledger.as_of(now).invoices().set_index(key)
    ends = books.reindex(pd.MultiIndex.from_frame(rows[key]))
    paid, closed, sold, known_on = (
        ends[name].fillna(NEVER).to_numpy(dtype=np.int64)
        for name in ("paid_on", "closed_on", "sold_on", "closing_recorded_on")
    )
    is_sold = (sold < NEVER) & (sold <= closed)
    return rows.assign(
        paid_on=np.where(is_sold, NEVER, paid),
        closed_on=np.where(is_sold, sold, closed),
        told_on=np.where(is_sold, sold, known_on),
    )
