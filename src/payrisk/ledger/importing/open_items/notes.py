"""What is said of a list of balances: what was paid since the one before, and what is in doubt."""

from __future__ import annotations

import pandas as pd

from payrisk.arrays import Ints
from payrisk.calendar import iso
from payrisk.ledger.facts.problems import ProblemLog
from payrisk.ledger.history import Ledger
from payrisk.ledger.importing.open_items.comparing import BalanceList
from payrisk.ledger.importing.sums_in_words import sums_in_words


def note_doubts(rows: pd.DataFrame, log: ProblemLog) -> None:
    """Balances that differ from what the payments make of them; rows: as compared."""
    off = rows[~rows["is_derived"] & rows["is_listed"] & (rows["fell"] != 0)]
    log.add(
        "balance_differs",
        f"balances that differ from amount less payments by {_money(off, off['fell'].abs())} in"
        " all; the payments count: import those that are missing, or look the rows up",
        "doubted",
        "balance",
        off["invoice_id"].reset_index(drop=True),
    )
    odd = rows[rows["contradicts"]]
    log.add(
        "balance_contradicts",
        "rows whose balance and paid amount do not make the amount; the balance counts",
        "doubted",
        "balance",
        odd["invoice_id"].reset_index(drop=True),
    )


def note_paid_since(
    payments: pd.DataFrame,
    missing: pd.DataFrame,
    used: pd.DataFrame,
    before: pd.Series,
    balances: BalanceList,
    log: ProblemLog,
) -> None:
    """What counts as paid or used since the lists `before`, and what nothing explains."""
    since = f"after {iso(int(before.min()))} and " if len(before) else ""
    when = f"{since}by {iso(balances.day)}, on a day that the lists do not tell"
    is_void = payments["is_void"].to_numpy(dtype=bool)
    cancelled, payments = payments[is_void], payments[~is_void]
    log.add(
        "cancelled",
        f"void or drafts by now, so credited on {iso(balances.day)}:"
        f" {_money(cancelled, cancelled['fell'])}",
        "noted",
        "document",
        cancelled["invoice_id"].reset_index(drop=True),
    )
    for is_listed, what in ((False, "no longer on the list"), (True, "listed with less")):
        rows = payments[payments["is_listed"] == is_listed]
        log.add(
            "paid_between_lists",
            f"{what}, paid {when}: {_money(rows, rows['fell'])}",
            "noted",
            "balance",
            rows["invoice_id"].reset_index(drop=True),
        )
    log.add(
        "used_between_lists",
        f"credits used {when}: {_money(used, used['fell'])}",
        "noted",
        "balance",
        used["credit_id"].reset_index(drop=True),
    )
    log.add(
        "open_more_than_known",
        f"more is open than the books say, by {_money(missing, -missing['fell'])}; the books"
        " count: import the invoice or the returned payment that is missing",
        "doubted",
        "balance",
        missing["invoice_id"].reset_index(drop=True),
    )


def note_list(
    rows: pd.DataFrame,
    back: pd.DataFrame,
    ledger: Ledger,
    balances: BalanceList,
    log: ProblemLog,
) -> None:
    """What is odd about a list as a whole; back: the payments that it takes back."""
    log.add(
        "open_again",
        "paid by an earlier list and open again on this one, so the payment is taken back",
        "noted",
        "balance",
        back["subject"].astype(str).reset_index(drop=True),
    )
    stays = rows[~rows["is_listed"] & ~rows["is_derived"] & rows["is_named"]]
    log.add(
        "second_list",
        "open by another list of the same evening and not on this one,"
        f" {_money(stays, stays['fell'])}; they stay open: give all items of one evening as one"
        " file",
        "doubted",
        "balance",
        stays["invoice_id"].reset_index(drop=True),
    )
    if not balances.is_whole:
        return
    gone = rows[~rows["is_listed"] & rows["is_named"] & rows["is_derived"]]
    unnamed = rows[~rows["is_named"]]
    for currency, lost in unnamed.groupby("currency", sort=True):
        what = "counts as paid" if lost["is_derived"].all() else "stays open"
        log.add(
            "currency_not_listed",
            f"nothing in {currency} is on the list, so {_money(lost, lost['fell'])} that was open"
            f" {what}; if the list is of other currencies alone, import it as a part (--partial),"
            " if nothing is open in it any more, say so by --accept-doubts",
            "doubted",
            "currency",
            lost["invoice_id"].reset_index(drop=True),
        )
    for currency, lost in gone.groupby("currency", sort=True):
        n_listed = int((rows["is_listed"] & (rows["currency"] == currency)).sum())
        if len(lost) >= _ENOUGH and n_listed < _LEAST * len(lost):
            log.add(
                "short_list",
                f"only {n_listed} items in {currency} where {len(lost)} others are gone at once"
                f" ({_money(lost, lost['fell'])}): if the list is cut short, import the whole one",
                "doubted",
                "balance",
                lost["invoice_id"].reset_index(drop=True),
            )
    issued = ledger.tables["invoices"].set_index("invoice_id")["issued_on"]
    stated = balances.stated[balances.stated["table"] == "invoices"]
    days = issued[~issued.index.duplicated()].reindex(stated["document_id"]).to_numpy()
    ahead = stated[days > balances.day]
    log.add(
        "listed_before_issue",
        f"on the list of {iso(balances.day)} and dated after it,"
        f" {_money(ahead, ahead['balance'])}; they count from their date on",
        "doubted",
        "issued_on",
        ahead["document_id"].reset_index(drop=True),
    )


_ENOUGH, _LEAST = 10, 0.1
"""Items gone at once, and the share of them that a list may have left, before it seems cut."""


def _money(rows: pd.DataFrame, cents: pd.Series | Ints) -> str:
    return sums_in_words(cents, rows["currency"])
