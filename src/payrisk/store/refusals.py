"""Why the store refuses: a key of another request, a decision that changed or is not kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Row

from payrisk.credit.deciding.records import DurableReply
from payrisk.errors import Conflict, InputError


class ReusedKey(Conflict):
    """The key already stands for another request."""


class KeyInFlight(Conflict):
    """The key's first request is still being answered."""


class StaleDecision(Conflict):
    """The decision is no longer what the caller saw."""


class UnknownDecision(InputError):
    """No decision of this id is kept."""


class UnknownAction(InputError):
    """No action of this id is kept that could be taken back."""


class ClaimedByAnother(Conflict):
    """Somebody else looks after the customer."""


def idempotency_refusal(*, is_same: bool) -> ReusedKey | KeyInFlight:
    """Why a key is refused whose first request is being answered; is_same: whether it is this."""
    if is_same:
        return KeyInFlight("The first request with this Idempotency-Key is still being answered.")
    return ReusedKey("This Idempotency-Key was used for another request; use a new one.")


def row_under_key(
    row_of_key: Callable[[str], Row[Any] | None], key: str, request_sha: str
) -> Row[Any] | None:
    """The row kept under a key, None where it is free; ReusedKey when it is another request's.

    row_of_key: the row of a key as written. A key after its holder's id and a space is looked
    for as it was kept before, too: without the id, and then only of the same request.
    """
    row = row_of_key(key)
    if row is not None and row.request_sha != request_sha:
        raise ReusedKey("This Idempotency-Key was used for another request; use a new one.")
    if row is None and " " in key:
        row = row_of_key(key.partition(" ")[2])
        return row if row is not None and row.request_sha == request_sha else None
    return row


def require_unchanged(decision: DurableReply | None, if_match: str) -> DurableReply:
    """The decision if its etag is what the caller saw; else the refusal that says why not."""
    if decision is None:
        raise UnknownDecision("No decision of this id is kept; list them to find it.")
    if decision.etag != if_match:
        raise StaleDecision("The decision was overridden meanwhile; read it again.")
    return decision
