"""CustomerStatement: one customer's open items and credits of an evening, tying to the aging."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pandas as pd

from payrisk.calendar import iso
from payrisk.errors import InputError
from payrisk.files import plain_rows
from payrisk.ledger import Books
from payrisk.receivables.aging import SETTLED, aging

COLUMNS = (
    "kind",
    "document",
    "instalment",
    "currency",
    "issued_on",
    "due_on",
    "amount",
    "open",
    "unapplied",
    "days_late",
    "bucket",
    "disputed",
    "promised_on",
    "paid_in_part",
)
MONEY = ("amount", "open", "unapplied", "disputed", "paid_in_part")


@dataclass(frozen=True)
class CustomerStatement:
    """The account of one customer at the close of an evening, by what was known.

    items: its invoices owed and its unapplied credits, a row each, see COLUMNS, the oldest due
    first. ageing: a row a currency: the buckets of the aging, unapplied and balance = Σ buckets −
    unapplied, in minor units. With what settled invoices leave on the books, which nobody owes,
    the balance is the customer's `net` in the aging, to the cent.
    """

    customer_id: str
    name: str
    close_of: int
    known_before: int
    items: pd.DataFrame
    ageing: pd.DataFrame
    bands: tuple[str, ...]

    @classmethod
    def of(cls, books: Books, customer_id: str) -> CustomerStatement:
        """The statement from the books of an evening; InputError for a customer they lack."""
        aged = aging(books)
        if customer_id not in aged.customers.index:
            raise InputError(
                f"The books know no customer '{customer_id}'; `payrisk customers find TEXT` shows"
                " the ids."
            )
        name = aged.customers["name"].get(customer_id)
        items = aged.documents(customer_id)
        items = items[items["bucket"] != SETTLED]
        lines = aged.by("customer_id", named=False)
        lines = lines[lines["customer_id"] == customer_id]
        bands = aged.bands.names
        balance = lines[list(bands)].sum(axis=1) - lines["unapplied"]
        ageing = lines[["currency", *bands, "unapplied"]].assign(balance=balance)
        return cls(
            customer_id=customer_id,
            name=str(name) if isinstance(name, str) and name else customer_id,
            close_of=books.close_of,
            known_before=books.known_before,
            items=items[list(COLUMNS)].reset_index(drop=True),
            ageing=ageing.reset_index(drop=True),
            bands=tuple(bands),
        )

    def document(self, money: Collection[str] = ()) -> dict[str, Any]:
        """As plain values. money: columns that become decimal text; else they are minor units."""
        return {
            "customer_id": self.customer_id,
            "name": self.name,
            "close_of": iso(self.close_of),
            "known_before": iso(self.known_before),
            "items": plain_rows(self.items, money),
            "ageing": plain_rows(self.ageing, money),
        }
