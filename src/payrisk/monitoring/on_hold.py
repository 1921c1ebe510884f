"""Customers treated apart: under prepayment or on hold, they cannot be judged like the others."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.ledger import History, Ledger
from payrisk.monitoring.windows import Windows
from payrisk.receivables.arrears import BLOCKED, PREPAY, on_hold_reasons


def customers_on_hold(ledger: Ledger, windows: Windows) -> pd.DataFrame:
    """One row a reason: customers treated so at training and now, and who joined since.

    Columns reason, at_training, now, since. An invoice whose customer was treated so when it was
    first seen is left out of the outcomes of curves; a customer that was on the morning is left
    out of defaults, and one that came to be counts until then (`followed`).
    """
    then = on_hold_reasons(ledger.as_of(windows.trained))
    now = on_hold_reasons(ledger.as_of(windows.now))
    reasons = sorted(set(then.values()) | set(now.values()))
    held = [
        ({c for c, r in then.items() if r == reason}, {c for c, r in now.items() if r == reason})
        for reason in reasons
    ]
    return pd.DataFrame(
        {
            "reason": pd.Series(reasons, dtype=object),
            "at_training": np.array([len(a) for a, _ in held], dtype=np.int64),
            "now": np.array([len(b) for _, b in held], dtype=np.int64),
            "since": np.array([len(b - a) for a, b in held], dtype=np.int64),
        }
    )


def on_hold_since(later: History, day: int) -> dict[str, int]:
    """Customer → the first day from `day` on that it was put on hold or prepayment, as known then.

    Also of those released since. Who was treated so before `day` alone is not in it.
    """
    attributes = later.known_rows("attributes")
    value = attributes["value"].astype("str").str.strip().str.lower()
    is_on_hold = (attributes["name"] == "terms") & value.isin(PREPAY)
    is_on_hold |= (attributes["name"] == "blocked") & value.isin(BLOCKED)
    attributes = attributes[
        is_on_hold & ((attributes["recorded_on"] >= day) | (attributes["valid_on"] >= day))
    ]
    # what was recorded that morning or later and holds from before it, holds from that morning
    begins = np.maximum(attributes["valid_on"].to_numpy(dtype=np.int64), day)
    first = pd.Series(begins, attributes["customer_id"].astype(object)).groupby(level=0).min()
    return {str(customer): int(begun) for customer, begun in first.items()}
