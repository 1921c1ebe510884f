"""The durable memory of what was done about open items, and of whom one may speak to."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.engine import Connection

from payrisk.collecting.recording.action import Action, RecordedAction
from payrisk.collecting.recording.contacts import Contact
from payrisk.store import acting
from payrisk.store.read_only import read_only_connection
from payrisk.store.schema import HEAD
from payrisk.store.upgrading import migration_of


class ActionStore:
    """What the store keeps of actions and contacts, written by the store's one writer."""

    def __init__(
        self,
        wait: Callable[[Callable[[Connection], Any]], Any],
        reading: Callable[[], AbstractContextManager[Connection]],
    ) -> None:
        """wait: runs a job on the writer until it is committed; reading: opens a reader."""
        self._wait, self._reading = wait, reading

    def record(
        self, key: str, action: Action, made_at: str, *, request_sha: str | None = None
    ) -> tuple[RecordedAction, bool]:
        """Keep an action once a key; as it is kept, and whether it was kept before.

        Raises InputError for one that lacks something, and what `acting.keep_action` raises.
        """
        action.validate()
        sha = request_sha or action_sha(action)
        job = partial(
            acting.keep_action,
            key=key,
            request_sha=sha,
            action=action,
            action_id=f"act_{secrets.token_hex(8)}",
            made_at=made_at,
        )
        kept: tuple[RecordedAction, bool] = self._wait(job)
        return kept

    def actions(self, customer_id: str | None = None) -> list[RecordedAction]:
        """All actions, or those about a customer, in the order they were recorded."""
        with self._reading() as connection:
            return acting.kept_actions(connection, customer_id)

    def keep_contacts(self, listed: Sequence[Contact], actor: str, made_at: str) -> list[Contact]:
        """Keep a list of contacts, which replaces those of the same customers."""
        job = partial(acting.keep_contacts, listed=listed, actor=actor, made_at=made_at)
        kept: list[Contact] = self._wait(job)
        return kept

    def contacts(self, customer_id: str | None = None) -> list[Contact]:
        """Whom one may speak to at a customer, or at all."""
        with self._reading() as connection:
            return acting.kept_contacts(connection, customer_id)

    def opted_out(self) -> list[tuple[str, str]]:
        """Customers with the channels by which they may no longer be asked."""
        with self._reading() as connection:
            channels = acting.opted_out_channels(connection)
        return [(who, channel) for who in sorted(channels) for channel in sorted(channels[who])]

    def opt_out(
        self, customer_id: str, channel: str, reason: str, actor: str, made_at: str
    ) -> str:
        """Keep that a customer may no longer be asked by a channel; 'any' stands for all."""
        job = partial(
            acting.keep_opt_out,
            customer_id=customer_id,
            channel=channel,
            reason=reason,
            actor=actor,
            made_at=made_at,
        )
        return str(self._wait(job))


@dataclass(frozen=True)
class KeptActions:
    """What a store keeps of actions, read in one moment; empty where there is none."""

    actions: tuple[RecordedAction, ...] = ()
    contacts: tuple[Contact, ...] = ()
    opted_out: tuple[tuple[str, str], ...] = ()


def read_actions(url: str) -> KeptActions:
    """The actions, contacts and opt-outs of a store; none where there is no store of today's form.

    Raises StoreError when it cannot be read.
    """
    with read_only_connection(url) as connection:
        if connection is None or migration_of(connection) != HEAD:
            return KeptActions()
        channels = acting.opted_out_channels(connection)
        return KeptActions(
            tuple(acting.kept_actions(connection)),
            tuple(acting.kept_contacts(connection)),
            tuple((who, channel) for who in sorted(channels) for channel in sorted(channels[who])),
        )


def action_sha(action: Action) -> str:
    """The hash of an action by its meaning: the same one recorded twice has the same."""
    words = json.dumps(action.document(), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(words.encode()).hexdigest()
