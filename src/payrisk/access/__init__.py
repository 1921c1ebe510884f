"""Who may ask: the keys of a home, what each may do and for which entities."""

from __future__ import annotations

from payrisk.access.api_keys import ApiKey, IssuedKey, RefusedKey
from payrisk.access.caller import Caller
from payrisk.access.key_ring import KeyRing
from payrisk.access.roles import ROLES
from payrisk.access.sessions import Session, SessionSigner

__all__ = [
    "ROLES",
    "ApiKey",
    "Caller",
    "IssuedKey",
    "KeyRing",
    "RefusedKey",
    "Session",
    "SessionSigner",
]
