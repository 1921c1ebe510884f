"""Invoices as facts: the documents of the books, negative ones among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Ints
from payrisk.simulate.behaviour.billing import Invoices, negative_documents
from payrisk.simulate.world.company import Customers
from payrisk.simulate.world.economy import CURRENCIES, billing_currency
from payrisk.simulate.world.stage import SharedWorld
from payrisk.simulate.world.texts import Ids, texts_of_codes
from payrisk.simulate.world.world import ENTITIES, TERMS


@dataclass(frozen=True)
class InvoiceEntries:
    """(n,) every invoice row of the business, the day it was recorded, if the books took it."""

    rows: Invoices
    recorded_on: Ints
    taken: Flags


def invoices_table(
    entered: InvoiceEntries, who: Customers, ids: Ids, stage: SharedWorld
) -> pd.DataFrame:
    """The `invoices` facts of the books, negative documents last."""
    rows, books = entered.rows.take(entered.taken), stage.books
    below = negative_documents(rows, stage.streams)
    inside = below.issued_on >= books.coverage_on[below.entity]
    below = below.take(inside & (below.issued_on <= books.ends_on))
    return pd.concat(
        [
            _facts(rows, entered.recorded_on[entered.taken], "INV", who, ids, stage),
            _facts(below, below.issued_on, "NEG", who, ids, stage),
        ],
        ignore_index=True,
    )


def _facts(
    rows: Invoices,
    recorded_on: Ints,
    prefix: str,
    who: Customers,
    ids: Ids,
    stage: SharedWorld,
) -> pd.DataFrame:
    currency = billing_currency(who.country[rows.customer], rows.entity, stage.world)
    debit = who.by_debit[rows.customer].astype(np.int64)
    return pd.DataFrame(
        {
            "invoice_id": ids.document(prefix, rows.number),
            "instalment": rows.instalment,
            "customer_id": ids.customer(rows.customer, rows.issued_on),
            "entity_id": texts_of_codes([e.entity_id for e in ENTITIES], rows.entity),
            "issued_on": rows.issued_on,
            "due_on": rows.due_on,
            "amount": rows.amount,
            "currency": texts_of_codes(CURRENCIES, currency),
            "terms": texts_of_codes([t.text for t in TERMS], rows.terms),
            "payment_method": texts_of_codes(("transfer", "direct debit"), debit),
            "initiated_by": texts_of_codes(("customer", "creditor"), debit),
            "discount_rate": rows.discount_rate,
            "discount_days": rows.discount_days,
            "withholding_rate": rows.withholding_rate,
            "recorded_on": recorded_on,
        }
    )
