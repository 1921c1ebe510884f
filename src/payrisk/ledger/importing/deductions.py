"""Deductions that would become free credit: write-offs and the like beyond what was open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.ledger.facts.problems import Problem, ProblemLog
from payrisk.ledger.history import Ledger
from payrisk.ledger.importing.sums_in_words import sums_in_words

DEDUCTIONS = ("write_off", "withholding", "recovery")
"""Kinds of credits that settle an invoice and are never money a customer could use."""

_INVOICE = ["invoice_id", "instalment"]


def free_deductions(before: Ledger | None, ledger: Ledger) -> list[Problem]:
    """What new write-offs, withholdings and recoveries leave as credit of their customers.

    before: the ledger before the import, whose credits have been judged. Unlinked ones, and what
    is deducted of an invoice beyond what was open of it.
    """
    credits = ledger.tables["credits"]
    is_deduction = credits["kind"].isin(DEDUCTIONS).to_numpy()
    if before is not None:
        known = set(before.tables["credits"]["credit_id"])
        is_deduction = is_deduction & ~credits["credit_id"].isin(known).to_numpy()
    if not is_deduction.any():
        return []
    position = ledger.balance_at(_last_evening(ledger)).position
    free = np.where(is_deduction, np.maximum(position.unapplied + position.stranded, 0), 0)
    invoices = ledger.tables["invoices"]
    links = ledger.tables["allocations"]
    of_deductions = links[links["credit_id"].isin(credits.loc[is_deduction, "credit_id"])]
    keys = pd.MultiIndex.from_frame(of_deductions[_INVOICE])
    over = np.where(pd.MultiIndex.from_frame(invoices[_INVOICE]).isin(keys), position.excess, 0)
    named = pd.concat([credits["credit_id"][free > 0], invoices["invoice_id"][over > 0]])
    currency = pd.concat([credits["currency"][free > 0], invoices["currency"][over > 0]])
    cents = np.concatenate([free[free > 0], over[over > 0]])
    money = sums_in_words(cents, currency)
    log = ProblemLog()
    log.add(
        "deduction_beyond_open",
        f"write-offs, withholdings or recoveries of no invoice, or beyond what was open of it:"
        f" {money} would be credit of the customers, or settles nothing; name the invoice, or put"
        " the amount right",
        "doubted",
        "amount",
        named.reset_index(drop=True),
    )
    return log.problems


def _last_evening(ledger: Ledger) -> int:
    return max(ledger.last_day, int(ledger.tables["invoices"]["issued_on"].max()))
