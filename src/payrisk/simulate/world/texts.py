"""Texts and dates at array speed: ids of numbers, words from a list, days as dates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.ledger.facts.tables import TEXT


def texts_of_codes(choices: Sequence[str | None], codes: Ints) -> pd.Series:
    """The chosen word of each code; None is an absent text."""
    picked = pa.array(choices, type=pa.string()).take(pa.array(np.asarray(codes, dtype=np.int64)))
    return pd.Series(TEXT.__from_arrow__(picked))


def numbered_ids(prefix: str, numbers: Ints, width: int) -> pd.Series:
    """The prefix and each number, filled with zeros to `width` digits.

    >>> numbered_ids("INV", np.array([7, 12]), 4).tolist()
    ['INV0007', 'INV0012']
    """
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pd.Series(TEXT.__from_arrow__(pc.binary_join_element_wise(prefix, digits, "")))


def dates(days: pd.Series) -> pa.Array:
    """Day numbers as dates; NEVER is null."""
    values = days.to_numpy(dtype=np.int64)
    absent = values == NEVER
    return pa.array(np.where(absent, 0, values).astype("int32"), mask=absent).cast(pa.date32())


class Ids:
    """The ids of one block's customers, invoices, credits and events.

    first_customer: number of the block's first customer. renamed_on: (n,) day from which a
    customer goes by its second id (NEVER: never). An id says nothing about its subject.
    """

    def __init__(self, block: int, first_customer: int, renamed_on: Ints) -> None:
        self.block = block
        self.renamed_on = renamed_on
        numbers = first_customer + np.arange(len(renamed_on))
        self.first = numbered_ids("C", numbers, 6)
        self.second = numbered_ids("N", numbers, 6)
        self._both = pa.array(self.first.tolist() + self.second.tolist(), type=pa.string())

    def customer(self, rows: Ints, days: Ints | int) -> pd.Series:
        """The id each customer goes by on a day."""
        code = rows + len(self.renamed_on) * (np.asarray(days) >= self.renamed_on[rows])
        return pd.Series(TEXT.__from_arrow__(self._both.take(pa.array(code))))

    def document(self, prefix: str, numbers: Ints) -> pd.Series:
        """Ids of documents numbered from 0 within the block."""
        return numbered_ids(prefix, self.block * 10_000_000 + np.asarray(numbers), 10)
