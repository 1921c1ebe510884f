"""Quotes that state a discount for paying early: a spike in the curve where it may be taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from payrisk.answers.invoices import InvoiceAnswer
from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.features import Quotes
from payrisk.ledger import History
from payrisk.predictions import PaymentCurves
from payrisk.receivables.agreements.discount_taking import DiscountTaking


def with_stated_discounts(
    answers: Sequence[InvoiceAnswer], history: History, quotes: Quotes, discount_days: Ints
) -> list[InvoiceAnswer]:
    """The answers to quotes, those with a discount as likely paid within its days as past offers.

    discount_days: (n,) days from the issue within which it may be taken, −1 where none is stated;
    such an answer stays as it is to the bit, and so does one whose days are over. An explanation
    is of the curve without the discount.
    """
    last_on = np.where(discount_days >= 0, quotes.issued_on + discount_days, NEVER)
    is_offered = (last_on >= history.as_of) & (last_on < NEVER)
    rows = [row for row in np.flatnonzero(is_offered).tolist() if answers[row].curve]
    if not rows:
        return list(answers)
    taking = DiscountTaking.of(history)
    customers = pd.Series([quotes.customer_id[row] for row in rows], dtype=object)
    issued, last = quotes.issued_on[rows], last_on[rows]
    curves = [curve for row in rows if (curve := answers[row].curve) is not None]
    spiked = taking.with_discounts(PaymentCurves.of(curves), customers, issued, last)
    chances = taking.still_taken(customers, issued, last, history.as_of)
    out = list(answers)
    for place, row in enumerate(rows):
        chance = float(chances[place])
        out[row] = replace(out[row], curve=spiked[place], probability_discount=chance)
    return out
