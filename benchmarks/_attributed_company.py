"""A made-up company of which it is known by construction whether sector and method matter."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.ledger import Ledger

SECTORS = ("0111", "1071", "2511", "4120", "4711", "4931", "6201", "8121")
LATE_OF_SECTOR = np.array([0, 2, 4, 7, 11, 16, 24, 34])
"""Mean days late of each sector, where it matters; else all have the mean of them."""
FIRST_DAY = 20_000
TERMS = 30


def attributed_company(
    customers: int, seed: int = 0, days: int = 360, *, matters: bool = True, most: int = 4
) -> Ledger:
    """A ledger of customers with one to `most` invoices each, spread over so many days.

    Dated attributes are recorded a month before a customer's first invoice: the sector and a
    bureau score. Direct debit is paid when due. matters: whether the days late follow the sector,
    whether unpaid invoices follow the score, and whether the method says anything; else each is
    drawn from the same mixture without regard to them.
    """
    rng = np.random.default_rng([seed, 51])
    sector = rng.integers(len(SECTORS), size=customers)
    score = rng.integers(200, 900, size=customers)
    is_debit = rng.random(customers) < 0.2
    first = FIRST_DAY + 40 + rng.integers(days, size=customers)
    n = rng.integers(1, most + 1, size=customers)
    who = np.repeat(np.arange(customers), n)
    nth = np.arange(len(who)) - np.repeat(np.cumsum(n) - n, n)
    issued = first[who] + 25 * nth + rng.integers(10, size=len(who))
    due = issued + TERMS
    shown = (np.arange(customers) if matters else rng.permutation(customers))[who]
    late = rng.gamma(4.0, (LATE_OF_SECTOR[sector[shown]] + 2) / 4.0).astype(np.int64)
    late = np.where(is_debit[shown], 0, late)
    never = rng.random(len(who)) < np.where(score[shown] < 400, 0.25, 0.01)
    never &= ~is_debit[shown]
    ids = np.array([f"c{at:05}" for at in range(customers)], dtype=object)
    invoices = pd.DataFrame(
        {
            "invoice_id": [f"i{at:06}" for at in range(len(who))],
            "customer_id": ids[who],
            "issued_on": issued,
            "due_on": due,
            "amount": rng.integers(10_000, 900_000, size=len(who)),
            "currency": "EUR",
            "payment_method": np.where(is_debit[who], "direct debit", "transfer"),
            "recorded_on": issued,
        }
    )
    paid = invoices[~never].assign(happened_on=(due + late)[~never])
    credits = pd.DataFrame(
        {
            "credit_id": "p" + paid["invoice_id"],
            "customer_id": paid["customer_id"],
            "kind": "payment",
            "happened_on": paid["happened_on"],
            "amount": paid["amount"],
            "currency": "EUR",
            "recorded_on": paid["happened_on"],
        }
    )
    links = pd.DataFrame(
        {
            "credit_id": credits["credit_id"],
            "invoice_id": paid["invoice_id"],
            "amount": paid["amount"],
            "happened_on": paid["happened_on"],
            "recorded_on": paid["happened_on"],
        }
    )
    attributes = pd.concat(
        [
            pd.DataFrame(
                {
                    "customer_id": ids,
                    "name": name,
                    "value": values,
                    "valid_on": first - 40,
                    "recorded_on": first - 30,
                }
            )
            for name, values in (
                ("sector", np.array(SECTORS, dtype=object)[sector]),
                ("bureau_score", score.astype(str).astype(object)),
            )
        ],
        ignore_index=True,
    )
    tables = {"invoices": invoices, "credits": credits, "allocations": links}
    return Ledger.from_tables(tables | {"attributes": attributes})[0]
