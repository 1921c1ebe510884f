"""What is given to the store to keep, and what it gives back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from payrisk.errors import Conflict, InputError
from payrisk.store.personal import Path


class ReusedKey(Conflict):
    """The key already stands for another request."""


class KeyInFlight(Conflict):
    """The key's first request is still being answered."""


class StaleDecision(Conflict):
    """The decision is no longer what the caller saw."""


class UnknownDecision(InputError):
    """No decision of this id is kept."""


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
    """Headroom that released orders hold, by currency: a customer's own, others' of its group."""

    own: Mapping[str, int] = field(default_factory=dict)
    others: Mapping[str, int] = field(default_factory=dict)


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
    personal: tuple[Path, ...] = ()
    applied: ApplicationRecord | None = None
    reservation: Reservation | None = None

    @property
    def applicant_id(self) -> str | None:
        """The pseudonym of who applied; None for a customer of the ledger."""
        return None if self.applied is None else self.applied.applicant_id


@dataclass(frozen=True)
class HeadroomClaim:
    """An order that wants headroom, decided where no other order can take it meanwhile.

    `group`: the customers whose orders share the headroom. `complete` decides by what others
    hold and must be quick and repeatable: it runs inside the writing transaction, again if the
    transaction has to be. `is_in_ledger` tells whether an order's id is part of the exposure
    already.
    """

    customer_id: str
    group: tuple[str, ...]
    order_id: str | None
    as_of: str
    is_in_ledger: Callable[[str], bool]
    complete: Callable[[HeldHeadroom], DecisionRecord]


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
    personal: tuple[Path, ...] = ()
    reservation: Reservation | None = None


@dataclass(frozen=True)
class DurableReply:
    """A decision or override that is safely stored, as the bytes to answer with.

    `etag` changes when the decision is overridden or something of it is erased. `kind` and
    `outcome` are said of what was kept just now.
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


@dataclass(frozen=True)
class DecisionSummary:
    """One line of a list of decisions."""

    seq: int
    decision_id: str
    decided_at: str
    kind: str
    customer_id: str | None
    applicant_id: str | None
    order_id: str | None
    outcome: str
    as_of: str
    currency: str | None
    amount: int | None
    band: str | None
    probability: float | None
    overridden_to: str | None
    review_on: str | None


def etag(body: bytes, n_overrides: int) -> str:
    """The entity tag of a decision's body and the number of its overrides.

    >>> etag(b"{}", 1)
    '"44136fa355b3678a1146ad16f7e8649e-1"'
    """
    return f'"{hashlib.sha256(body).hexdigest()[:32]}-{n_overrides}"'
