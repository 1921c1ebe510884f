"""Allocations that claim more of their invoice than it comes to: doubted, with the money."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from payrisk.ledger.facts.problems import Problem, ProblemLog
from payrisk.ledger.facts.references import invoice_rows
from payrisk.ledger.facts.tables import TEXT, Tables

_COLUMNS = ["invoice_id", "instalment", "amount", "currency"]


def over_allocation_doubts(
    links: pd.DataFrame, read: Tables, ledger: Mapping[str, pd.DataFrame]
) -> list[Problem]:
    """Doubts of allocations that a file states as larger than their invoice, a currency each.

    links: (n,) credit_id, invoice_id, instalment and amount as stated. What a payment brings
    beyond its invoice is ordinary; an allocation of more than the invoice is a slip.
    """
    frames = [
        pd.DataFrame({c: f[c] if c in f else 1 for c in _COLUMNS})
        for tables in (read, ledger)
        if (f := tables.get("invoices")) is not None and len(f)
    ]
    if not len(links) or not frames:
        return []
    invoices = pd.concat(frames, ignore_index=True).drop_duplicates(_COLUMNS[:2])
    invoices = invoices.astype({"invoice_id": TEXT, "instalment": "int64", "amount": "int64"})
    invoices = invoices.sort_values(_COLUMNS[:2], kind="stable", ignore_index=True)
    stated = links.reset_index(drop=True).astype({"invoice_id": TEXT, "instalment": "int64"})
    row = invoice_rows(stated, invoices)
    whole = np.append(invoices["amount"].to_numpy(dtype=np.int64), 0)[row]
    over = np.where(row >= 0, stated["amount"].to_numpy(dtype=np.int64) - whole, 0)
    hit = over > 0
    currency = np.append(invoices["currency"].to_numpy(dtype=object), "")[row]
    log = ProblemLog()
    log.add(
        "allocated_beyond_invoice",
        "allocations of more than their invoice comes to; what is beyond it stands as credit of"
        " the customer: put their amounts right",
        "doubted",
        "amount",
        (stated["credit_id"].astype(str) + " → " + stated["invoice_id"])[hit].reset_index(
            drop=True
        ),
        money=pd.DataFrame({"cents": over[hit], "currency": currency[hit]}),
    )
    return log.problems
