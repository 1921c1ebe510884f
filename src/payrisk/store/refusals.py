"""Why the store refuses: a key of another request, a decision that changed or is not kept."""

from __future__ import annotations

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


def refused_key(*, is_same: bool) -> ReusedKey | KeyInFlight:
    """Why a key is refused whose first request is being answered; is_same: whether it is this."""
    if is_same:
        return KeyInFlight("The first request with this Idempotency-Key is still being answered.")
    return ReusedKey("This Idempotency-Key was used for another request; use a new one.")
