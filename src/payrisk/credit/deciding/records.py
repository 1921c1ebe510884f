"""What is kept of a decision: its record, the headroom its order holds, and what replies to it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Place = tuple[str | int, ...]
"""Where a value stands in a document: keys and positions from the outermost inwards."""


@dataclass(frozen=True)
class Reservation:
    """Headroom an order shall hold: minor units of `currency` until the day `until_on` (ISO)."""

    customer_id: str
    order_id: str | None
    currency: str
    amount: int
    until_on: str


@dataclass(frozen=True)
class HeldHeadroom:
    """Headroom that released orders hold, in minor units by currency.

    by_customer: the orders of the customer itself; by_others: those of the others in its group.
    """

    by_customer: Mapping[str, int] = field(default_factory=dict)
    by_others: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class HeadroomQuestion:
    """Whose headroom is asked about, and on which morning (ISO date).

    customer_id: None for an applicant, who holds nothing itself. group: the customers whose
    orders share the headroom. is_in_ledger: whether a customer's order of an id is part of
    the exposure already, or ended. except_order: the customer's order that is being decided and
    does not count. former_ids: the ids that members went by before → the one they go by now.
    """

    customer_id: str | None
    group: tuple[str, ...]
    as_of: str
    is_in_ledger: Callable[[str, str], bool]
    except_order: str | None = None
    former_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ApplicationRecord:
    """What an application said that identifies nobody, under the applicant's pseudonym."""

    applicant_id: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class DecisionRecord:
    """A decision ready to be kept. decided_at: ISO 8601 in UTC; as_of, review_on: ISO dates.

    `ledger_sha` names the ledger it was made from, which is kept as long as the decision is.
    `body` is the answer as the door sends it, UTF-8; `personal` are the places in it that are
    kept where they can be erased. `amount` is what is at stake, in minor units of `currency`.
    `reservation.amount` is all the order may hold, whatever it held before.
    """

    decision_id: str
    decided_at: str
    kind: str
    outcome: str
    as_of: str
    ledger_sha: str
    body: bytes
    customer_id: str | None = None
    order_id: str | None = None
    currency: str | None = None
    amount: int | None = None
    band: str | None = None
    probability: float | None = None
    review_on: str | None = None
    personal: tuple[Place, ...] = ()
    application: ApplicationRecord | None = None
    reservation: Reservation | None = None

    @property
    def applicant_id(self) -> str | None:
        """The pseudonym of who applied; None for a customer of the ledger."""
        return None if self.application is None else self.application.applicant_id


@dataclass(frozen=True)
class HeadroomClaim:
    """An order that wants headroom, decided where no other order can take it meanwhile.

    `decide` answers by what other orders hold and must be quick and repeatable: it runs inside
    the writing transaction, again if the transaction has to be.
    """

    question: HeadroomQuestion
    decide: Callable[[HeldHeadroom], DecisionRecord]


@dataclass(frozen=True)
class OverrideRecord:
    """What a person decided instead. made_at: ISO 8601 in UTC; review_on: ISO date.

    `reservation.amount` is all the order may hold from now on, 0 to let go of it.
    """

    override_id: str
    made_at: str
    outcome: str
    actor: str
    review_on: str
    body: bytes
    personal: tuple[Place, ...] = ()
    reservation: Reservation | None = None


@dataclass(frozen=True)
class DurableReply:
    """A decision or override that is safely kept, as the bytes to answer with.

    is_replayed: whether it was kept before, under the same key. `etag` changes when the decision
    is overridden or something of it is erased. `kind` and `outcome` are of a decision that was
    kept just now.
    """

    decision_id: str
    body: bytes
    is_replayed: bool = False
    n_overrides: int = 0
    kind: str = ""
    outcome: str = ""

    @property
    def etag(self) -> str:
        """The entity tag of the decision as it stands, with its quotes."""
        return etag(self.body, self.n_overrides)


def etag(body: bytes, n_overrides: int) -> str:
    """The entity tag of a decision's body and the number of its overrides.

    >>> etag(b"{}", 1)
    '"44136fa355b3678a1146ad16f7e8649e-1"'
    """
    return f'"{hashlib.sha256(body).hexdigest()[:32]}-{n_overrides}"'
