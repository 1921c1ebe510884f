"""Keys and sessions in every state, and a route asked with them as little as it takes."""

from __future__ import annotations

import datetime as dt
import re

from payrisk.access import ROLES
from payrisk_api.guarding.sessions import PLAIN_NAME

NOW = dt.datetime(2025, 6, 2, 8, 30, tzinfo=dt.UTC)

AT, NEXT_YEAR, YESTERDAY = (
    "2025-06-01T00:00:00+00:00",
    "2026-06-01T00:00:00+00:00",
    "2025-06-01T08:00:00+00:00",
)
PLACES = {
    "proposal_id": "pro_" + "0" * 20,
    "action_id": "act_0000000000000000",
    "stamp": "0",
    "decision_id": "dec_0",
    "customer_id": "c1",
    "name": "none",
    "key_id": "0000",
}


def key_of(ring, *roles, expires_at=NEXT_YEAR, entities=None, holder="Ann Lee"):
    return ring.create(
        holder, frozenset(roles), entities, made_at=AT, by="test", expires_at=expires_at
    )


def asked(door, line, **headers):
    """Ask a route as little as it takes: whoever is let in is told what is missing."""
    method, _, path = line.partition(" ")
    path = re.sub(r"{(\w+)}", lambda part: PLACES[part[1]], path)
    return door.client.request(method, path, headers=headers, follow_redirects=False)


def credentials(door, ring):
    """Every state of a credential but a good one, each of a key that may do everything."""
    good, expired = key_of(ring, *ROLES), key_of(ring, *ROLES, expires_at=YESTERDAY)
    revoked, rotated = key_of(ring, *ROLES), key_of(ring, *ROLES)
    ring.revoke(revoked.key.key_id, revoked_at=AT, by="test", reason="left")
    ring.rotate(rotated.key.key_id, rotated_at=AT, old_until=YESTERDAY)
    sessions = door.client.app.state.access.sessions
    ended = key_of(ring, *ROLES)
    of_ended = sessions.begin(ended.text, NOW, is_secure=False).partition(";")[0]
    ring.revoke(ended.key.key_id, revoked_at=AT, by="test", reason="left")
    of_yesterday = sessions.signer.begin(good.text, NOW - dt.timedelta(days=1))
    real = sessions.signer.begin(good.text, NOW)
    bearer = "authorization"
    return {
        "none": {},
        "not a key": {bearer: "Bearer pr_x"},
        "no scheme": {bearer: good.text},
        "basic": {bearer: f"Basic {good.text}"},
        "unknown": {bearer: f"Bearer pr_{'0' * 12}_{'0' * 64}"},
        "wrong secret": {bearer: f"Bearer {good.text[:-1]}{'1' if good.text[-1] == '0' else '0'}"},
        "expired": {bearer: f"Bearer {expired.text}"},
        "revoked": {bearer: f"Bearer {revoked.text}"},
        "rotated away": {bearer: f"Bearer {rotated.text}"},
        "session of a revoked key": {"cookie": of_ended},
        "session of yesterday": {"cookie": f"{PLAIN_NAME}={of_yesterday}"},
        "forged session": {"cookie": f"{PLAIN_NAME}={real[:-1]}{'1' if real[-1] == '0' else '0'}"},
        "session under another name": {"cookie": f"__Host-payrisk={real}"},
    }
