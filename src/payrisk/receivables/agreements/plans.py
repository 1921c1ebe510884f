"""Plans: what is owed under an agreement to pay in parts of which some are still to come."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Flags
from payrisk.calendar import NEVER
from payrisk.ledger import Books


def under_a_plan(books: Books, invoices: pd.DataFrame) -> Flags:
    """(n,) whether a plan with a payment after the evening is about the invoice or its customer.

    invoices: invoice_id and customer_id. No plan moves a due date.
    """
    events = books.known_rows("events")
    plans = events[(events["kind"] == "plan") & (events["happened_on"] <= books.close_of)]
    plans = plans[(plans["refers_on"] > books.close_of) & (plans["refers_on"] < NEVER)]
    hit = np.zeros(len(invoices), dtype=bool)
    for kind, column in (("invoice", "invoice_id"), ("customer", "customer_id")):
        subjects = set(plans.loc[plans["subject_kind"] == kind, "subject"])
        hit |= invoices[column].isin(subjects).to_numpy(dtype=bool)
    return hit
