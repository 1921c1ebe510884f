"""What is said of a list of balances: what was paid since the one before, and what is in doubt."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Ints
from payrisk.calendar import iso
from payrisk.ledger.facts.problems import ProblemLog
from payrisk.ledger.importing.open_items.comparing import BalanceList
from payrisk.money import decimal_text


def note_doubts(rows: pd.DataFrame, log: ProblemLog) -> None:
    """Balances that differ from what the payments make of them; rows: as compared."""
    off = rows[~rows["is_derived"] & (rows["fell"] != 0)]
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


def note_what_follows(
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


def _money(rows: pd.DataFrame, cents: pd.Series | Ints) -> str:
    sums = pd.Series(np.asarray(cents, dtype=np.int64)).groupby(rows["currency"].to_numpy()).sum()
    return ", ".join(f"{decimal_text(int(c), str(code))} {code}" for code, c in sums.items())
