"""Invoices sold with recourse: the buyer may hand them back, so we still stand to lose them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger import History
from payrisk.ledger.facts.kinds import is_with_recourse

RECOURSE_DAYS = 90
"""Days after its due day in which a buyer hands an unpaid invoice back, where no day is named."""

COLUMNS = (
    "invoice_id",
    "instalment",
    "customer_id",
    "currency",
    "residual",
    "due_on",
    "sold_on",
    "until_on",
    "advance_rate",
)


def sold_with_recourse(history: History, days: int = RECOURSE_DAYS) -> pd.DataFrame:
    """The invoices sold with recourse that may still come back this morning; see COLUMNS.

    residual: cents not known to be paid, for all that the books hold nothing of it. until_on: the
    day that the sale names (`refers_on`), else `days` after the due day; an invoice counts to its
    end, or until it is settled, bought back or sold without recourse. advance_rate: the `value` of
    the sale, the share that the buyer pays at once; NaN where the sale names none.
    """
    events = history.known_rows("events")
    sales = events[(events["kind"] == "sold") & (events["happened_on"] <= history.close_of)]
    sales = sales.assign(has_recourse=is_with_recourse(sales))
    sales = sales.sort_values(["happened_on", "event_id"], kind="stable")
    last = sales.drop_duplicates(["subject", "instalment"], keep="last")
    last = last[last["has_recourse"]][["subject", "instalment", "refers_on", "value"]]
    rows = history.invoices()
    left = history.position.residual[np.flatnonzero(history.position.is_issued)]
    rows = rows.assign(residual=left)
    rows = rows[(rows["sold_on"] < NEVER) & (rows["closed_on"] == NEVER) & (left > 0)]
    rows = rows.merge(
        last.rename(columns={"subject": "invoice_id"}), on=["invoice_id", "instalment"]
    )
    named = rows["refers_on"].astype("int64")
    until = named.where(named < NEVER, rows["due_on"] + days)
    rate = rows["value"].where(rows["value"].between(0.0, 1.0))
    rows = rows.assign(until_on=until, advance_rate=rate)
    return rows[rows["until_on"] >= history.as_of][list(COLUMNS)].reset_index(drop=True)
