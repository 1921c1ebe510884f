"""Permissions: the one table of who may ask which route; what is not in it is not served."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from starlette.routing import compile_path

from payrisk.access import ROLES, Caller

Roles = frozenset[str]

PUBLIC: Roles = frozenset({"public"})
"""Whoever reaches the service, without a key: whether it lives, its documents, its sign-in."""
ANYBODY: Roles = frozenset(ROLES)
"""Whoever holds a key."""
DECIDING: Roles = frozenset({"approver"})
CREDIT: Roles = frozenset({"approver", "auditor"})
CUSTOMERS: Roles = frozenset({"approver", "collector", "auditor"})
BOOKS: Roles = frozenset({"approver", "treasury", "collector", "auditor"})
COLLECTING: Roles = frozenset({"collector"})
TRYING: Roles = frozenset({"collector", "data_scientist"})
TRIALS: Roles = frozenset({"approver", "collector", "data_scientist", "auditor"})
CASH: Roles = frozenset({"treasury", "auditor"})
PUBLISHING: Roles = frozenset({"treasury"})
CURVES: Roles = frozenset({"approver", "treasury", "collector", "data_scientist", "auditor"})
AUDITING: Roles = frozenset({"auditor", "admin"})
ADMINISTERING: Roles = frozenset({"admin"})
IMPORTING: Roles = frozenset({"data_scientist", "admin"})
MODELLING: Roles = frozenset({"data_scientist"})
RUNNING: Roles = frozenset({"data_scientist", "auditor", "admin"})

PERMITTED: Mapping[str, Roles] = {
    "GET /livez": PUBLIC,
    "GET /readyz": PUBLIC,
    "GET /openapi.json": PUBLIC,
    "GET /docs": PUBLIC,
    "GET /docs.css": PUBLIC,
    "GET /static/{stamp}/{name}": PUBLIC,
    "GET /preferences": PUBLIC,
    "GET /sign-in": PUBLIC,
    "POST /sign-in": PUBLIC,
    "GET /sign-in/organisation": PUBLIC,
    "GET /sign-in/back": PUBLIC,
    "POST /sign-out": ANYBODY,
    "GET /": ANYBODY,
    "GET /collecting": CUSTOMERS,
    "GET /collecting/promises": CUSTOMERS | CASH,
    "GET /collecting/customers/{customer_id}": CUSTOMERS,
    "POST /collecting/customers/{customer_id}": COLLECTING,
    "POST /collecting/posting": COLLECTING,
    "GET /admin": RUNNING,
    "GET /admin/audit": AUDITING,
    "POST /admin/audit": AUDITING,
    "GET /admin/backups": AUDITING,
    "GET /admin/retention": AUDITING,
    "POST /admin/retention": ADMINISTERING,
    "GET /admin/keys": ADMINISTERING,
    "POST /admin/keys": ADMINISTERING,
    "POST /admin/keys/{key_id}": ADMINISTERING,
    "GET /import": IMPORTING,
    "POST /import": IMPORTING,
    "POST /import/undo": IMPORTING,
    "GET /import/{name}": IMPORTING,
    "POST /import/{name}": IMPORTING,
    "GET /models": RUNNING,
    "GET /models/{name}": RUNNING,
    "POST /models/learning": MODELLING,
    "POST /models/{name}/answers": MODELLING,
    "GET /today/cash": ANYBODY,
    "GET /today/collecting": ANYBODY,
    "GET /today/shortfall": ANYBODY,
    "GET /cash": CASH,
    "GET /cash/drivers": CASH,
    "GET /cash/liquidity": CASH,
    "POST /cash/liquidity": PUBLISHING,
    "GET /cash/published": CASH,
    "POST /cash/published": PUBLISHING,
    "GET /cash/published/{name}": CASH,
    "GET /cash/scenarios": CASH,
    "GET /receivables": BOOKS,
    "GET /receivables/documents": BOOKS,
    "GET /receivables/kpis": BOOKS,
    "GET /receivables/behaviour": BOOKS,
    "GET /receivables/roll-rates": BOOKS,
    "GET /receivables/statement": BOOKS,
    "GET /tour": ANYBODY,
    "GET /credit": CUSTOMERS,
    "GET /credit/new": DECIDING,
    "POST /credit/new": DECIDING,
    "GET /credit/customers": CUSTOMERS,
    "GET /credit/customers/{customer_id}": CUSTOMERS,
    "GET /credit/customers/{customer_id}/history": CUSTOMERS,
    "POST /credit/customers/{customer_id}/ask": DECIDING,
    "GET /credit/decisions": CREDIT,
    "GET /credit/decisions/{decision_id}": CREDIT,
    "POST /credit/decisions/{decision_id}/override": DECIDING,
    "POST /credit/decisions/{decision_id}/proposals": DECIDING,
    "POST /credit/proposals/{proposal_id}/confirm": DECIDING,
    "GET /credit/due": CUSTOMERS,
    "GET /credit/groups": CUSTOMERS,
    "GET /credit/policy": ANYBODY,
    "GET /credit/policy/replay": CREDIT,
    "POST /credit/policy/replay": CREDIT,
    "GET /metrics": RUNNING,
    "POST /mcp": ANYBODY,
    "GET /v1/me": ANYBODY,
    "POST /v1/credit/decisions": DECIDING,
    "POST /v1/credit/decisions/batch": DECIDING,
    "GET /v1/credit/decisions": CREDIT,
    "GET /v1/credit/decisions/{decision_id}": CREDIT,
    "GET /v1/credit/decisions/{decision_id}/explanation": CREDIT,
    "GET /v1/credit/decisions/{decision_id}/sheet": CREDIT,
    "POST /v1/credit/decisions/{decision_id}/override": DECIDING,
    "GET /v1/credit/decisions/{decision_id}/override": CREDIT,
    "POST /v1/credit/decisions/{decision_id}/proposals": DECIDING,
    "GET /v1/credit/proposals": CREDIT,
    "POST /v1/credit/proposals/{proposal_id}/confirm": DECIDING,
    "GET /v1/credit/customers/{customer_id}": CUSTOMERS,
    "GET /v1/credit/customers/{customer_id}/owed": CUSTOMERS,
    "GET /v1/credit/customers/{customer_id}/history": CUSTOMERS,
    "POST /v1/credit/applications/preview": DECIDING,
    "GET /v1/credit/policies": ANYBODY,
    "GET /v1/credit/reviews": CUSTOMERS,
    "GET /v1/credit/queue": CUSTOMERS,
    "GET /v1/credit/bands": CREDIT,
    "GET /v1/credit/insurance": BOOKS,
    "POST /v1/payment-curves": CURVES,
    "GET /v1/cash/forecast": CASH,
    "GET /v1/cash/snapshots": CASH,
    "GET /v1/cash/snapshots/{name}": CASH,
    "GET /v1/cash/snapshots/{name}/variance": CASH,
    "GET /v1/cash/scenarios": CASH,
    "GET /v1/cash/positions": CASH,
    "GET /v1/cash/liquidity": CASH,
    "POST /v1/cash/liquidity": CASH,
    "GET /v1/receivables/aging": BOOKS,
    "GET /v1/receivables/documents": BOOKS,
    "GET /v1/receivables/roll-rates": BOOKS,
    "GET /v1/receivables/kpis": BOOKS,
    "GET /v1/receivables/kpis/who-moved-dso": BOOKS,
    "GET /v1/receivables/customer-changes": BOOKS,
    "POST /v1/receivables/actions": COLLECTING,
    "POST /v1/receivables/actions/{action_id}/undo": COLLECTING,
    "GET /v1/receivables/actions": CUSTOMERS,
    "GET /v1/receivables/promises": CUSTOMERS | CASH,
    "GET /v1/receivables/worklist": CUSTOMERS | CASH,
    "GET /v1/receivables/statement": BOOKS,
    "GET /v1/receivables/exits": CREDIT,
    "GET /v1/receivables/contacts": COLLECTING,
    "POST /v1/receivables/contacts": COLLECTING,
    "POST /v1/receivables/contacts/opt-outs": COLLECTING,
    "GET /v1/receivables/holdouts": TRIALS,
    "POST /v1/receivables/holdouts": TRYING,
    "POST /v1/receivables/holdouts/{name}/stop": TRYING,
    "GET /v1/receivables/holdouts/{name}/effect": TRIALS,
    "GET /v1/changes": CREDIT,
    "GET /v1/audit": AUDITING,
    "GET /v1/models": ANYBODY,
}
"""By method and route, the roles of which a key needs one."""

OF_ENTITIES: frozenset[str] = frozenset(
    {
        "POST /sign-out",
        "GET /",
        "GET /tour",
        "GET /today/cash",
        "GET /today/collecting",
        "GET /cash",
        "GET /credit/new",
        "POST /credit/new",
        "GET /credit/decisions/{decision_id}",
        "POST /credit/decisions/{decision_id}/override",
        "POST /credit/decisions/{decision_id}/proposals",
        "POST /credit/proposals/{proposal_id}/confirm",
        "GET /credit/policy",
        "GET /v1/me",
        "POST /mcp",
        "GET /v1/models",
        "GET /receivables",
        "GET /receivables/documents",
        "GET /receivables/kpis",
        "GET /receivables/roll-rates",
        "GET /receivables/statement",
        "GET /v1/credit/policies",
        "POST /v1/credit/decisions",
        "POST /v1/credit/decisions/batch",
        "GET /v1/credit/decisions/{decision_id}",
        "GET /v1/credit/decisions/{decision_id}/explanation",
        "POST /v1/credit/decisions/{decision_id}/override",
        "GET /v1/credit/decisions/{decision_id}/override",
        "POST /v1/credit/decisions/{decision_id}/proposals",
        "POST /v1/credit/proposals/{proposal_id}/confirm",
        "GET /v1/credit/customers/{customer_id}/owed",
        "POST /v1/credit/applications/preview",
        "GET /v1/cash/forecast",
        "GET /v1/receivables/aging",
        "GET /v1/receivables/documents",
        "GET /v1/receivables/roll-rates",
        "GET /v1/receivables/kpis",
        "GET /v1/receivables/kpis/who-moved-dso",
        "GET /v1/receivables/statement",
        "GET /v1/receivables/worklist",
        "GET /v1/receivables/promises",
        "GET /v1/receivables/actions",
        "POST /v1/receivables/actions",
        "POST /v1/receivables/actions/{action_id}/undo",
        "GET /v1/receivables/contacts",
        "POST /v1/receivables/contacts",
        "POST /v1/receivables/contacts/opt-outs",
        "GET /collecting",
        "GET /collecting/promises",
        "GET /collecting/customers/{customer_id}",
        "POST /collecting/customers/{customer_id}",
    }
)
"""Routes that a key for some entities may ask: reports count these alone, decisions the whole
group, and the rest tells of no customer. Any other route answers for all entities or not at all.
"""


WITH_SLASHES = "{customer_id:path}", "{customer_id}"
"""A place whose value may hold a slash, as a route writes it and as the table does."""


class PermissionTable:
    """The table, looked up by what a request asks for."""

    def __init__(self, permitted: Mapping[str, Roles] | None = None) -> None:
        """Compile the routes. permitted: None for those of the service."""
        self.permitted = permitted = PERMITTED if permitted is None else permitted
        self._patterns = [_pattern(line) for line in permitted]
        self._exact = {line: line for line in permitted if "{" not in line}

    def line_for(self, method: str, path: str) -> str | None:
        """The line that a request falls under; None for what is no route.

        Of several routes that fit, the one without a parameter is meant, else the one that says
        most, as it is served first.
        """
        exact = self._exact.get(f"{method} {path}")
        if exact is not None:
            return exact
        fitting = [
            (is_exact, len(line), line)
            for known, pattern, is_exact, line in self._patterns
            if known == method and pattern.match(path)
        ]
        return max(fitting)[-1] if fitting else None

    def methods_at(self, path: str) -> list[str]:
        """The methods that an address takes, in their order; none where there is no route."""
        fitting = {known for known, pattern, _, _ in self._patterns if pattern.match(path)}
        return sorted(fitting)

    def permits(self, caller: Caller, line: str) -> bool:
        """Whether a caller may ask a route; KeyError for one that the table does not know."""
        has_role = bool(self.permitted[line] & caller.roles) or self.permitted[line] == PUBLIC
        return has_role and (caller.entities is None or line in OF_ENTITIES)

    def require_all(self, routes: Iterable[Any]) -> None:
        """Refuse to serve a route that the table does not know; raises LookupError."""
        unknown = sorted(set(served_routes(routes)) - set(self.permitted))
        if unknown:
            raise LookupError(f"{unknown[0]} has no line in payrisk_api.permissions.PERMITTED")


def served_routes(routes: Iterable[Any], prefix: str = "") -> Iterator[str]:
    """Every method and route of an application, written as the table writes them.

    A mounted application is one line, of whatever lies under it.
    """
    for route in routes:
        if hasattr(route, "original_router"):  # a router that was included
            inside = prefix + getattr(route.include_context, "prefix", "")
            yield from served_routes(route.original_router.routes, inside)
        elif getattr(route, "methods", None) is None:
            yield f"GET {prefix}{route.path}/{{path:path}}"
        else:
            path = prefix + route.path.replace(*WITH_SLASHES)
            yield from (f"{method} {path}" for method in sorted(route.methods))


def _pattern(line: str) -> tuple[str, re.Pattern[str], bool, str]:
    method, _, path = line.partition(" ")
    as_served = path.replace(WITH_SLASHES[1], WITH_SLASHES[0])
    return method, compile_path(as_served)[0], "{" not in path, line
