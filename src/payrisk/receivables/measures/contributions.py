"""Who moved the DSO: each customer's part in its change between two evenings, adding up to it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger import Books
from payrisk.receivables.dimensions import customer_descriptions, with_names
from payrisk.receivables.kpis import WINDOW_DAYS
from payrisk.receivables.measures.amounts import kpi_amounts
from payrisk.receivables.measures.choices import KpiChoices
from payrisk.receivables.measures.measured import NO_CHOICES
from payrisk.receivables.measures.terms import kpi_rows

EFFECTS = ("overdue_effect", "not_due_effect", "sales_effect")


def dso_contributions(
    opening: Books,
    closing: Books,
    *,
    window_days: int = WINDOW_DAYS,
    choices: KpiChoices = NO_CHOICES,
    base: str | None = None,
) -> pd.DataFrame:
    """One row per customer and currency: its days in the change of the simple DSO.

    With R the receivable and s the sales a day of the currency, DSO = R ÷ s, and its change is
    Σ over customers of ΔR_c × (1/s₀ + 1/s₁) ÷ 2 − Δs_c × (R₀ + R₁) ÷ (2 s₀ s₁): exact, whichever
    evening comes first. Columns: the currency's `dso_before` and `dso_after`, the customer's
    `contribution` and its three parts: `overdue_effect` (more is late), `not_due_effect` (more
    is owed in time, or settled residuals), `sales_effect` (more sold: fewer days). Sorted by
    size within a currency. A currency without sales in either window has no rows.
    """
    read = [_read(books, window_days, choices, base) for books in (opening, closing)]
    before, after = (frame for frame, _ in read)
    totals = [total for _, total in read]
    index = before.index.union(after.index)
    before, after = before.reindex(index, fill_value=0.0), after.reindex(index, fill_value=0.0)
    change = after - before
    currency = index.get_level_values("currency")
    r0, r1 = (total["receivable"].reindex(currency).to_numpy() for total in totals)
    s0, s1 = (total["sales"].reindex(currency).to_numpy() for total in totals)
    is_sold = (s0 > 0) & (s1 > 0)
    s0, s1 = np.where(is_sold, s0, np.nan), np.where(is_sold, s1, np.nan)
    a_cent = (1 / s0 + 1 / s1) / 2
    rest = change["receivable"] - change["overdue"]
    parts = {
        "overdue_effect": change["overdue"].to_numpy() * a_cent,
        "not_due_effect": rest.to_numpy() * a_cent,
        "sales_effect": -change["sales"].to_numpy() * (r0 + r1) / (2 * s0 * s1),
    }
    table = index.to_frame(index=False).assign(
        dso_before=r0 / s0, dso_after=r1 / s1, contribution=sum(parts.values()), **parts
    )
    table = table[is_sold].assign(size=lambda t: t["contribution"].abs())
    table = table.sort_values(["currency", "size", "customer_id"], ascending=[True, False, True])
    return with_names(
        table.drop(columns="size").reset_index(drop=True), customer_descriptions(closing)
    )


def _read(
    books: Books, window_days: int, choices: KpiChoices, base: str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Receivable, overdue and sales a day: of each customer and currency, and of each currency."""
    now = kpi_rows(books, ["customer_id"], choices, base)
    money, days = kpi_amounts(now, window_days, choices)
    rows = now.groups.assign(
        **{name: money[name].astype(np.float64) for name in ("receivable", "overdue", "sales")},
        days=np.where(now.first_invoice_on == NEVER, 0, days),
    )
    by_currency = rows.groupby("currency")
    # the longest window of a customer is the currency's own
    sales = rows["sales"] / by_currency["days"].transform("max")
    rows = rows.drop(columns="days").assign(sales=sales)
    total = rows.groupby("currency")[["receivable", "overdue", "sales"]].sum()
    return rows.set_index(["customer_id", "currency"]), total
