"""Credits of an odd sign or size: deductions beyond what was open, payments below nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.ledger.facts.problems import Problem, ProblemLog
from payrisk.ledger.history import Ledger
from payrisk.ledger.importing.sums_in_words import sums_in_words

DEDUCTIONS = ("write_off", "withholding", "recovery")
"""Kinds of credits that settle an invoice and are never money a customer could use."""

_INVOICE = ["invoice_id", "instalment"]


def unlinked_deduction_problems(before: Ledger | None, ledger: Ledger) -> list[Problem]:
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


def negative_payment_doubts(before: Ledger | None, ledger: Ledger) -> list[Problem]:
    """Doubts of new credits below zero that take back more than ever came, a currency each.

    before: the ledger before the import. A returned payment undoes one that came; where none did,
    the export rather writes its receipts below zero, and the books would owe too much.
    """
    credits = ledger.tables["credits"]
    is_new = (credits["amount"] < 0).to_numpy()
    if before is not None and is_new.any():
        is_new &= ~credits["credit_id"].isin(before.tables["credits"]["credit_id"]).to_numpy()
    if not is_new.any():
        return []
    links = ledger.tables["allocations"]
    paid = links.groupby(_INVOICE)["amount"].sum()
    below = paid[paid < 0]
    mine = links[links["credit_id"].isin(credits.loc[is_new, "credit_id"])]
    is_below = pd.MultiIndex.from_frame(mine[_INVOICE]).isin(below.index)
    purse = ["customer_id", "entity_id", "currency"]
    came = credits.groupby(purse)["amount"].transform("sum").to_numpy()
    is_linked = credits["credit_id"].isin(mine["credit_id"]).to_numpy()
    takes_back = credits["credit_id"].isin(mine["credit_id"][is_below]).to_numpy()
    odd = credits[takes_back | is_new & ~is_linked & (came < 0)]
    log = ProblemLog()
    log.add(
        "payment_below_nothing",
        "credits below zero that take back more than ever came, so that more is owed: where the"
        " export writes its receipts below zero, say negate = true for the amount",
        "doubted",
        "amount",
        odd["credit_id"].reset_index(drop=True),
        money=_money_of(odd),
    )
    return log.problems


def cash_before_invoices(before: Ledger | None, ledger: Ledger) -> list[Problem]:
    """Doubts of payments of no invoice from before the first one, a currency each.

    before: the ledger before the import. They rather paid what the export no longer holds.
    """
    credits = ledger.tables["credits"]
    first = int(ledger.tables["invoices"]["issued_on"].min())
    early = (credits["kind"] == "payment") & (credits["happened_on"] < first)
    early &= credits["amount"] > 0
    if not early.any():
        return []
    if before is not None:
        early &= ~credits["credit_id"].isin(before.tables["credits"]["credit_id"])
    early &= ~credits["credit_id"].isin(ledger.tables["allocations"]["credit_id"])
    early &= ~credits["credit_id"].isin(ledger.tables["events"]["subject"])
    log = ProblemLog()
    log.add(
        "cash_before_invoices",
        "payments of no invoice from before the first one, which stand as money on account: take"
        " them out where they paid older invoices",
        "doubted",
        "happened_on",
        credits.loc[early, "credit_id"].reset_index(drop=True),
        money=_money_of(credits[early]),
    )
    return log.problems


def _money_of(credits: pd.DataFrame) -> pd.DataFrame:
    """Cents and currency of credits, as a doubt names them."""
    cents = np.abs(credits["amount"].to_numpy(dtype=np.int64))
    return pd.DataFrame({"cents": cents, "currency": credits["currency"].to_numpy()})


def _last_evening(ledger: Ledger) -> int:
    return max(ledger.last_day, int(ledger.tables["invoices"]["issued_on"].max()))
