"""Authorisation: every route × role, and every route × state of a credential that is not good."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple
from unittest import mock

from payrisk.access import ROLES
from payrisk_api.guarding import access_guard
from payrisk_api.permissions import OF_ENTITIES, PERMITTED, PUBLIC
from proofs.probing import Probe, ProofRun, Tally
from support.company.five_customers import champions, small_company
from support.home.credentials import asked, credentials, key_of
from support.home.door import opened_door


class Cell(NamedTuple):
    """A route asked with some headers, and whether they are to open it."""

    line: str
    who: str
    headers: dict[str, str]
    opens: bool


def _cells(door: Any, ring: Any) -> list[Cell]:
    bearers = {role: f"Bearer {key_of(ring, role).text}" for role in sorted(ROLES)}
    of_roles = [
        Cell(line, role, {"authorization": bearer}, roles == PUBLIC or role in roles)
        for line, roles in PERMITTED.items()
        for role, bearer in bearers.items()
    ]
    of_some = {
        role: f"Bearer {key_of(ring, role, entities=frozenset({'north'})).text}"
        for role in sorted(ROLES)
    }
    of_entities = [
        Cell(
            line,
            f"{role} of an entity",
            {"authorization": bearer},
            roles == PUBLIC or (role in roles and line in OF_ENTITIES),
        )
        for line, roles in PERMITTED.items()
        for role, bearer in of_some.items()
    ]
    of_states = [
        Cell(line, state, headers, roles == PUBLIC)
        for state, headers in credentials(door, ring).items()
        for line, roles in PERMITTED.items()
    ]
    return of_roles + of_entities + of_states


def _tried(run: ProofRun) -> Tally:
    door = opened_door(run.folder, small_company(), champions())
    wrong = []
    try:
        cells = _cells(door, door.client.app.state.service.ring)
        random.Random(run.seed).shuffle(cells)
        cells = cells[: run.count]
        for cell in cells:
            status = asked(door, cell.line, **cell.headers).status_code
            if (status not in (401, 403)) != cell.opens or status >= 500:
                wrong.append((cell.line, cell.who, status))
    finally:
        door.client.__exit__(None, None, None)
    named = "; ".join(f"{who} at {line}: {status}" for line, who, status in wrong[:2])
    return Tally(
        len(cells),
        len(wrong),
        f"{len(cells):,} cells of {len(PERMITTED)} routes, {len(ROLES)} roles (of all entities and"
        f" of one) and 13 states of a credential: {len(wrong)} wrong"
        + (f" ({named})" if wrong else ""),
    )


def ask_all(run: ProofRun) -> Tally:
    """Ask each cell of the service as it is."""
    return _tried(run)


def ask_without_roles(run: ProofRun) -> Tally:
    """The same of one that looks at keys and at no role."""
    anybody: Callable[..., None] = lambda *_: None  # noqa: E731
    with mock.patch.object(access_guard, "_why_not", anybody):
        return _tried(run)


AUTHORISATION = Probe(
    "authz", 3_000, 300, ask_all, ask_without_roles, "a door that looks at no role",
    twin_count=40, ci=40,
)  # fmt: skip
