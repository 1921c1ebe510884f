"""Report scope: the books that reports of whoever asks count, of all our entities or of some."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from payrisk.answers.answering import Answers
from payrisk.answers.credit.borrowers import UnknownCustomer
from payrisk.errors import LedgerError
from payrisk.ledger import Books, EntityLedger, Ledger


def owed_by_group(
    answers: Answers, customer_id: str, as_of: int, entities: frozenset[str] | None
) -> list[dict[str, Any]]:
    """What the customer's whole group owes a morning: a row an entity and currency, in cents.

    What is owed to entities outside `entities` is one amount a currency, of no name ('' is the
    entity). Raises UnknownCustomer, LedgerError before the first fact.
    """
    present = answers.current_customer_id(customer_id, as_of)
    history = answers.history(as_of)
    customers = history.customers().set_index("customer_id")["parent_id"]
    if present not in customers.index:
        raise UnknownCustomer(customer_id)
    owed = history.open_invoices()
    owed = owed[(owed["parent_id"] == customers[present]).to_numpy()]
    place = owed["entity_id"].astype(object)
    if entities is not None:
        place = place.where(place.isin(entities), "")
    sums = owed["residual"].groupby([place, owed["currency"].astype(object)], sort=True).sum()
    return [
        {"entity_id": str(entity), "currency": str(currency), "open": int(cents)}
        for (entity, currency), cents in sums.items()
    ]


@dataclass(frozen=True)
class ReportScope:
    """What reports are made from. entities: those that count, None for all."""

    answers: Answers
    entities: frozenset[str] | None = None

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger whose evenings count these entities."""
        whole = self.answers.ledger
        return whole if self.entities is None else EntityLedger(whole, self.entities)

    @property
    def ledger_sha(self) -> str:
        """The ledger it all comes from."""
        return self.answers.ledger_sha

    def books_at(self, *, as_of: int | None = None, close_of: int | None = None) -> Books:
        """As `Answers.books_at`, of these entities; LedgerError where they billed nothing yet."""
        books = self.answers.books_at(as_of=as_of, close_of=close_of)
        ledger = self.ledger
        if not isinstance(ledger, EntityLedger):
            return books
        ours = ledger.of_entities(books)
        if not ours.position.is_issued.any():
            raise LedgerError("These entities had billed nothing by then; ask for a later day.")
        return ours
