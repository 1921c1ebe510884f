"""Interest that a ledger takes for agreed: what it moved, and how that is ended."""

from __future__ import annotations

import pandas as pd

from payrisk.ledger.history import Ledger
from payrisk.ledger.importing.moved_by_rules import COLUMNS


def agreed_interest_effect(ledger: Ledger) -> pd.DataFrame:
    """What the rate of agreed interest took from cash on account, a row a currency.

    Ledgers of earlier releases hold 12 % though nobody agreed on it. Columns as `rule_effects`;
    no row where no rate is agreed, or where it moves nothing.
    """
    rate = ledger.rules.interest_rate
    if rate <= 0:
        return pd.DataFrame(columns=list(COLUMNS), dtype=object)
    evening = max(ledger.last_day, int(ledger.tables["invoices"]["issued_on"].max()))
    cents = ledger.balance_at(evening).position.interest
    rule = (
        f"excess of late payments is interest agreed, {100 * rate:g} % a year, and not on account:"
        " `payrisk ledger interest 0` if nobody agreed on it"
    )
    moved = pd.DataFrame({"currency": ledger.tables["credits"]["currency"], "amount": cents})
    moved = moved[moved["amount"] != 0]
    lines = [
        (rule, str(code), len(rows), int(rows["amount"].sum()))
        for code, rows in moved.groupby("currency", sort=True)
    ]
    return pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)
