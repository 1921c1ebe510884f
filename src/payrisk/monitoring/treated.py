"""Customers treated apart: under prepayment or on hold, they cannot be judged like the others."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.features.arrears import treated
from payrisk.ledger import Ledger
from payrisk.monitoring.windows import Windows


def treated_apart(ledger: Ledger, windows: Windows) -> pd.DataFrame:
    """One row a reason: customers treated so at training and now, and who joined since.

    Columns reason, at_training, now, since. They are left out of what was expected and of what
    happened: what is paid before delivery, or not delivered, says nothing of the model.
    """
    then = treated(ledger.as_of(windows.trained))
    now = treated(ledger.as_of(windows.now))
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
