"""Every promise to pay of a morning and what came of it, with names and invoice numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from payrisk.ledger import Books
from payrisk.receivables.agreements.promise_keeping import PromiseKeeping
from payrisk.receivables.agreements.promises import promises

COLUMNS = (
    "customer_id",
    "name",
    "invoice_id",
    "instalment",
    "currency",
    "promised",
    "received",
    "made_on",
    "promised_on",
    "state",
    "probability_kept",
)
MONEY = ("promised", "received")


def promise_table(
    books: Books,
    names: Mapping[str, str],
    *,
    state: str | None = None,
    customers: Collection[str] | None = None,
) -> pd.DataFrame:
    """The promises known of a reading of the books, the latest promised day first; see COLUMNS.

    customers: whose promises are listed, None for all. Money in minor units; state as
    `agreements.promises` says; invoice_id is missing for a promise on the whole account.
    probability_kept: of those pending, learnt from those that are over; else missing.
    """
    table = promises(books)
    pending = (table["state"] == "pending").to_numpy()
    table["probability_kept"] = np.nan
    if pending.any():
        keeping = PromiseKeeping.of(books, table)
        chance = keeping.still_kept(table[pending], books.close_of + 1)
        table.loc[pending, "probability_kept"] = np.round(chance, 3)
    rows = table["invoice_row"].to_numpy(dtype=np.int64)
    facts = books.facts.tables["invoices"]
    is_account = rows < 0
    invoice = facts["invoice_id"].astype(object).to_numpy()[np.maximum(rows, 0)]
    part = facts["instalment"].to_numpy()[np.maximum(rows, 0)]
    out = table.assign(
        invoice_id=np.where(is_account, None, invoice),
        instalment=np.where(is_account, 1, part),
        name=[names.get(str(customer), str(customer)) for customer in table["customer_id"]],
    )
    if customers is not None:
        out = out[out["customer_id"].isin(list(customers))]
    if state is not None:
        out = out[out["state"] == state]
    order = ["promised_on", "made_on", "customer_id"]
    out = out.sort_values(order, ascending=[False, False, True], kind="stable")
    return out[list(COLUMNS)].reset_index(drop=True)
