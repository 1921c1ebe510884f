"""Sums in words: what some rows come to in each currency, as a message names it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Cents
from payrisk.money import decimal_text


def sums_in_words(cents: pd.Series | Cents, currencies: pd.Series) -> str:
    """The sum of each currency, as "950.00 EUR, 10 JPY"; (n,) minor units and their currencies."""
    amounts = pd.Series(np.asarray(cents, dtype=np.int64))
    sums = amounts.groupby(currencies.to_numpy(dtype=object)).sum()
    return ", ".join(f"{decimal_text(int(c), str(code))} {code}" for code, c in sums.items())
