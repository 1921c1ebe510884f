"""Caller: who asks, in which roles and for which entities."""

from __future__ import annotations

from dataclasses import dataclass

from payrisk.access.roles import ROLES


@dataclass(frozen=True)
class Caller:
    """Who asks.

    name: the key's holder, '' where nobody has to say; key_id: '' in a home without keys;
    entities: those the key is for, None for all.
    """

    name: str = ""
    key_id: str = ""
    roles: frozenset[str] = frozenset()
    entities: frozenset[str] | None = None

    @property
    def is_named(self) -> bool:
        """Whether a key says who it is."""
        return bool(self.key_id)


WHOEVER = Caller(roles=frozenset(ROLES))
"""Anybody on this machine, in a home without keys."""
