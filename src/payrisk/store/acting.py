"""Writing recorded actions, contacts and opt-outs, each with the link that vouches for it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Connection, Row

from payrisk.calendar import iso
from payrisk.collecting.recording.action import Action, RecordedAction, claims_in_force
from payrisk.collecting.recording.contacts import PERSONAL, Contact
from payrisk.files import json_bytes
from payrisk.store import keeping
from payrisk.store.engine import keys_of
from payrisk.store.reading import body_with_personal_values
from payrisk.store.refusals import ClaimedByAnother, UnknownAction, row_under_key
from payrisk.store.schema import actions, contacts, opt_outs, personal


def keep_action(
    connection: Connection,
    key: str,
    request_sha: str,
    action: Action,
    *,
    action_id: str,
    made_at: str,
) -> tuple[RecordedAction, bool]:
    """Write an action once a key; it as it is kept, and whether it was kept before.

    Raises ReusedKey for a key of another request, ClaimedByAnother for a claim that somebody
    else holds, UnknownAction for an undo of what is not there or was taken back already.
    """
    earlier = row_under_key(
        lambda written: connection.execute(
            select(actions).where(actions.c.key == written)
        ).first(),
        key,
        request_sha,
    )
    if earlier is not None:
        return action_of_row(connection, earlier), True
    if action.kind == "claim":
        _require_unclaimed(connection, action)
    if action.kind == "undo":
        action = _undo_of(connection, action)
    last = keeping.newest_link(connection)
    seq = 1 if last is None else last.seq + 1
    body, personal_sha = keeping.split_body(
        connection, action_id, action.customer_id, json_bytes(action.document()), (("text",),)
    )
    row = {
        "action_id": action_id,
        "seq": seq,
        "key": key,
        "request_sha": request_sha,
        "made_at": made_at,
        "kind": action.kind,
        "customer_id": action.customer_id,
        "actor": action.actor,
        "happened_on": iso(action.happened_on),
        "recorded_on": iso(action.recorded_on),
        "undoes": action.undoes,
        "body": body,
        "personal_sha": personal_sha,
    }
    connection.execute(insert(actions), [row])
    content = keeping.hashed_row_bytes(acted=row)
    keeping.extend_chain(connection, last, made_at, keeping.ACTED, action_id, content)
    return RecordedAction(action_id, seq, made_at, action), False


def kept_actions(
    connection: Connection, customer_id: str | None = None, *, after: int = 0
) -> list[RecordedAction]:
    """All actions, or those about a customer, in the order they were recorded; undone ones too."""
    query = select(actions).where(actions.c.seq > after).order_by(actions.c.seq)
    if customer_id is not None:
        query = query.where(actions.c.customer_id == customer_id)
    rows = connection.execute(query).all()
    keys = keys_of(connection)
    kept_texts = connection.execute(
        select(personal.c.of_id, personal.c.content).join(
            actions, actions.c.action_id == personal.c.of_id
        )
    )
    texts = {text.of_id: keys.open(text.content) for text in kept_texts}
    undone = {
        undo.undoes: undo.action_id
        for undo in connection.execute(
            select(actions.c.undoes, actions.c.action_id).where(actions.c.undoes.is_not(None))
        )
    }
    return [_of_row(row, texts.get(row.action_id), undone.get(row.action_id)) for row in rows]


def action_of_row(connection: Connection, row: Row[Any]) -> RecordedAction:
    """The action that a row keeps, with its personal text where that was not erased."""
    undone_by = connection.execute(
        select(actions.c.action_id).where(actions.c.undoes == row.action_id)
    ).scalar()
    body = body_with_personal_values(connection, row.action_id, row.body, row.personal_sha)
    action = Action.from_document(json.loads(body))
    return RecordedAction(row.action_id, row.seq, row.made_at, action, undone_by)


def _of_row(row: Row[Any], text: str | None, undone_by: str | None) -> RecordedAction:
    document = json.loads(row.body)
    if text is not None:
        for path, value in json.loads(text):
            document[path[0]] = value
    return RecordedAction(
        row.action_id, row.seq, row.made_at, Action.from_document(document), undone_by
    )


def _require_unclaimed(connection: Connection, action: Action) -> None:
    kept = kept_actions(connection, action.customer_id)
    claim = claims_in_force(kept, action.happened_on).get(action.customer_id)
    if claim is not None and claim.action.actor != action.actor:
        until = iso(claim.action.refers_on or claim.action.happened_on)
        raise ClaimedByAnother(
            f"{claim.action.actor} looks after {action.customer_id} until {until}; ask them, or"
            " wait until they release it."
        )


def _undo_of(connection: Connection, action: Action) -> Action:
    row = connection.execute(select(actions).where(actions.c.action_id == action.undoes)).first()
    if row is None or row.kind == "undo":
        raise UnknownAction(
            f"No action '{action.undoes}' can be taken back; `payrisk actions list` shows them."
        )
    if action_of_row(connection, row).undone_by is not None:
        raise UnknownAction(f"The action '{action.undoes}' was taken back before.")
    return replace(action, customer_id=row.customer_id)


def keep_contacts(
    connection: Connection, listed: Sequence[Contact], *, actor: str, made_at: str
) -> list[Contact]:
    """Write a list of contacts; who stood for the same customers before is erased.

    An opt-out stays: it is the customer's, whoever is listed.
    """
    out = []
    for customer_id in sorted({contact.customer_id for contact in listed}):
        before = connection.execute(
            select(contacts.c.contact_id)
            .join(personal, personal.c.of_id == contacts.c.contact_id)
            .where(contacts.c.customer_id == customer_id)
        ).scalars()
        if of_ids := sorted(before):
            why = "replaced by a later list of contacts"
            keeping.erase_rows(connection, customer_id, of_ids, why, made_at)
    for contact in listed:
        last = keeping.newest_link(connection)
        contact_id = f"con_{secrets.token_hex(10)}"
        kept = replace(contact, contact_id=contact_id)
        places = tuple((name,) for name in PERSONAL)
        body, personal_sha = keeping.split_body(
            connection, contact_id, contact.customer_id, json_bytes(kept.document()), places
        )
        row = {
            "contact_id": contact_id,
            "seq": 1 if last is None else last.seq + 1,
            "customer_id": contact.customer_id,
            "made_at": made_at,
            "actor": actor,
            "body": body,
            "personal_sha": personal_sha,
        }
        connection.execute(insert(contacts), [row])
        content = keeping.hashed_row_bytes(contacts=row)
        keeping.extend_chain(connection, last, made_at, keeping.CONTACT, contact_id, content)
        out.append(kept)
    return out


def keep_opt_out(
    connection: Connection,
    customer_id: str,
    channel: str,
    reason: str,
    *,
    actor: str,
    made_at: str,
) -> str:
    """Write that a customer may no longer be asked by a channel ('any': by none); its id."""
    last = keeping.newest_link(connection)
    row = {
        "opt_out_id": f"opt_{secrets.token_hex(10)}",
        "seq": 1 if last is None else last.seq + 1,
        "customer_id": customer_id,
        "made_at": made_at,
        "actor": actor,
        "channel": channel,
        "reason": reason,
    }
    sealed = keys_of(connection).seal(reason)
    connection.execute(insert(opt_outs), [row | {"reason": sealed}])
    content = keeping.hashed_row_bytes(opt_outs=row)
    keeping.extend_chain(
        connection, last, made_at, keeping.OPTED_OUT, str(row["opt_out_id"]), content
    )
    return str(row["opt_out_id"])


def kept_contacts(connection: Connection, customer_id: str | None = None) -> list[Contact]:
    """Whom one may speak to at a customer, or at all: those of each customer's latest list."""
    out: dict[str, set[str]] = {}
    for row in connection.execute(select(opt_outs)):
        out.setdefault(row.customer_id, set()).add(row.channel)
    query = (
        select(contacts, personal.c.content)
        .join(personal, personal.c.of_id == contacts.c.contact_id)
        .order_by(contacts.c.seq)
    )
    if customer_id is not None:
        query = query.where(contacts.c.customer_id == customer_id)
    listed = []
    for row in connection.execute(query):
        document = json.loads(row.body)
        for path, value in json.loads(keys_of(connection).open(row.content)):
            document[path[0]] = value
        document["opted_out"] = tuple(sorted(out.get(row.customer_id, ())))
        listed.append(Contact(**document))
    return listed


def opted_out_channels(connection: Connection) -> dict[str, set[str]]:
    """By customer, the channels by which it may no longer be asked; 'any' stands for all."""
    channels: dict[str, set[str]] = {}
    for row in connection.execute(select(opt_outs.c.customer_id, opt_outs.c.channel)):
        channels.setdefault(row.customer_id, set()).add(row.channel)
    return channels


def count_actions(connection: Connection) -> int:
    """How many actions are kept."""
    return int(connection.execute(select(func.count()).select_from(actions)).scalar_one())
