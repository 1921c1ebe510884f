"""Open disputes of an evening: what each contests, why, who opened it, who owns it, and proof."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import pandas as pd

from payrisk.ledger import Books
from payrisk.ledger.facts.kinds import BY_CUSTOMER, opened_by_us
from payrisk.ledger.facts.rules import DISPUTE_DAYS

COLUMNS = (
    "invoice_id",
    "instalment",
    "customer_id",
    "currency",
    "amount",
    "owed",
    "reason",
    "opener",
    "owner",
    "evidence",
    "opened_on",
    "recorded_on",
    "is_excusing",
)


def open_disputes(books: Books, days: int = DISPUTE_DAYS) -> pd.DataFrame:
    """The disputes open at the evening of the books, one row each; see COLUMNS.

    amount: cents, 0 where none is named. owed: what is left of the invoice. opener: the event's
    `stage`, owner: its `field`, evidence: its `new`. is_excusing: whether its amount is kept out
    of what is overdue.
    """
    events = books.known_rows("events")
    events = events[events["happened_on"] <= books.close_of]
    opened = events[(events["kind"] == "dispute_opened") & (events["subject_kind"] == "invoice")]
    closings = events[events["kind"] == "dispute_closed"]
    key = ["subject", "instalment"]
    last = closings.groupby(key)["happened_on"].max().rename("closed_on").reset_index()
    opened = opened.assign(is_ours=opened_by_us(opened)).merge(last, on=key, how="left")
    opened = opened[~(opened["closed_on"] >= opened["happened_on"])]
    owed = books.open_invoices()[
        ["invoice_id", "instalment", "customer_id", "currency", "residual", "due_on"]
    ]
    rows = opened.rename(columns={"subject": "invoice_id"}).merge(
        owed, on=["invoice_id", "instalment"]
    )
    is_young = books.close_of - rows["happened_on"] <= days
    is_late = rows["happened_on"] > rows["due_on"]
    amount = rows["amount"].astype("float64").fillna(0).clip(lower=0).astype("int64")
    frame = rows.assign(
        amount=amount,
        owed=rows["residual"],
        opener=rows["stage"],
        owner=rows["field"],
        evidence=rows["new"],
        opened_on=rows["happened_on"],
        is_excusing=is_young & ~(rows["is_ours"] & is_late) & (amount > 0),
    )
    return frame[list(COLUMNS)].reset_index(drop=True)


@dataclass(frozen=True)
class Disputants:
    """By customer: who of us opened or owns a dispute that excuses; how many name no amount."""

    people: dict[str, tuple[str, ...]]
    n_bare: dict[str, int]

    @classmethod
    def of(cls, disputes: pd.DataFrame) -> Disputants:
        """disputes: as `open_disputes`."""
        people: dict[str, set[str]] = defaultdict(set)
        n_bare: dict[str, int] = defaultdict(int)
        for row in disputes.itertuples(index=False):
            if row.is_excusing:
                named = [name for name in (row.opener, row.owner) if isinstance(name, str)]
                people[row.customer_id] |= {n for n in named if n.lower() not in ("", BY_CUSTOMER)}
            if not row.amount:
                n_bare[row.customer_id] += 1
        return cls({name: tuple(sorted(each)) for name, each in people.items()}, dict(n_bare))
