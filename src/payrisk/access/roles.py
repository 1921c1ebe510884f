"""Roles: what the holder of a key is there for."""

from __future__ import annotations

from collections.abc import Iterable

from payrisk.errors import InputError

ROLES = {
    "approver": "asks for credit decisions and decides otherwise",
    "treasury": "reads cash, aging and published forecasts",
    "collector": "reads what is owed, who pays late and what is due",
    "data_scientist": "reads models and curves; trains, and promotes what others trained",
    "auditor": "reads everything and changes nothing",
    "admin": "makes and revokes keys; decides on no credit",
}
"""Every role and what it is for; a key may hold several."""


def checked_roles(names: Iterable[str]) -> frozenset[str]:
    """The roles of these names; raises InputError for none, or for one that is not known."""
    roles = frozenset(name.strip().lower().replace("-", "_") for name in names)
    unknown = sorted(roles - set(ROLES))
    if unknown or not roles:
        named = f"'{unknown[0]}' is no role" if unknown else "A key needs a role"
        raise InputError(f"{named}; choose of {', '.join(ROLES)}.")
    return roles
