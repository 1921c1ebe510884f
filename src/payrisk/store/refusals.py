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
