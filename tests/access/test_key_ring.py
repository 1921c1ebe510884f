"""The ring of keys: what opens, until when, and what a damaged or missing file means."""

from __future__ import annotations

import json
import threading

import pytest

from payrisk.access import KeyRing, RefusedKey
from payrisk.access.key_ring import UnreadableKeys
from payrisk.access.roles import checked_roles
from payrisk.errors import InputError

NOW, LATER, NEXT_YEAR = (
    "2026-01-01T08:00:00+00:00",
    "2026-01-02T08:00:00+00:00",
    "2027-01-01T08:00:00+00:00",
)


def created(ring, holder="Ann Lee", roles=("approver",), entities=None, expires_at=NEXT_YEAR):
    entities = None if entities is None else frozenset(entities)
    return ring.create(
        holder, frozenset(roles), entities, made_at=NOW, by="shell", expires_at=expires_at
    )


def refusal(ring, text, now=NOW) -> str:
    with pytest.raises(RefusedKey) as refused:
        ring.authenticate(text, now)
    assert text not in str(refused.value)
    return refused.value.why


def test_a_key_opens_as_its_holder_and_its_secret_is_nowhere_in_the_home(tmp_path):
    ring = KeyRing(tmp_path)
    issued = created(ring, roles=("approver", "treasury"), entities=["DE01"])
    caller = KeyRing(tmp_path).authenticate(issued.text, LATER).caller()
    assert (caller.name, caller.key_id) == ("Ann Lee", issued.key.key_id)
    assert caller.roles == {"approver", "treasury"}
    assert caller.entities == {"DE01"}
    secret = issued.text.rpartition("_")[2]
    for file in tmp_path.iterdir():
        assert secret not in file.read_text()
        assert file.stat().st_mode & 0o077 == 0


def test_what_is_no_key_says_nothing_of_what_there_is(tmp_path):
    ring = KeyRing(tmp_path)
    issued = created(ring)
    head = issued.text.rpartition("_")[0]
    wrong = f"{head}_{'0' * 64}"
    for text in (wrong, "pr_000000000000_" + "0" * 64, "pr_", issued.text + "0", "x" * 9_999):
        assert refusal(ring, text) == "unknown"


def test_a_key_ends_when_it_expires_or_is_revoked_and_another_ring_sees_it_at_once(tmp_path):
    ring, service = KeyRing(tmp_path), KeyRing(tmp_path)
    first, second = created(ring, expires_at=LATER), created(ring)
    assert service.authenticate(first.text, NOW)
    assert refusal(service, first.text, LATER) == "expired"
    ring.revoke(second.key.key_id[:8], revoked_at=LATER, by="shell", reason="left")
    assert refusal(service, second.text) == "revoked"
    assert service.has_keys  # a home whose keys are all over stays locked


def test_a_rotated_key_keeps_its_holder_and_its_old_secret_for_a_while(tmp_path):
    ring = KeyRing(tmp_path)
    before = created(ring)
    after = ring.rotate(before.key.key_id, rotated_at=NOW, old_until=LATER)
    assert ring.authenticate(after.text, NOW).key_id == before.key.key_id
    assert ring.authenticate(before.text, NOW).key_id == before.key.key_id
    assert refusal(ring, before.text, LATER) == "unknown"
    third = ring.rotate(before.key.key_id, rotated_at=LATER, old_until=LATER)
    assert refusal(ring, after.text, LATER) == "unknown"
    assert ring.authenticate(third.text, LATER)
    ring.revoke(before.key.key_id, revoked_at=LATER, by="shell", reason="lost")
    with pytest.raises(InputError, match="revoked"):
        ring.rotate(before.key.key_id, rotated_at=LATER, old_until=LATER)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2, "keys": []}', '{"keys": 1}'])
def test_keys_that_cannot_be_read_open_nothing(tmp_path, text):
    ring = KeyRing(tmp_path)
    issued = created(ring)
    (tmp_path / "keys.json").write_text(text)
    with pytest.raises(UnreadableKeys):
        ring.authenticate(issued.text, NOW)
    with pytest.raises(UnreadableKeys):
        assert KeyRing(tmp_path).has_keys


def test_a_ring_that_saw_keys_does_not_open_the_home_when_their_file_goes(tmp_path):
    ring = KeyRing(tmp_path)
    created(ring)
    assert ring.has_keys
    (tmp_path / "keys.json").unlink()
    with pytest.raises(UnreadableKeys):
        assert ring.has_keys


def test_shells_that_make_keys_at_once_lose_none(tmp_path):
    def make(number):
        created(KeyRing(tmp_path), f"Holder {number}")

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = json.loads((tmp_path / "keys.json").read_text())["keys"]
    assert {row["holder"] for row in kept} == {f"Holder {number}" for number in range(8)}


def test_a_role_that_is_not_known_is_named():
    assert checked_roles(["Data-Scientist", "admin"]) == {"data_scientist", "admin"}
    with pytest.raises(InputError, match="'boss' is no role"):
        checked_roles(["boss"])
    with pytest.raises(InputError, match="needs a role"):
        checked_roles([])


@pytest.mark.parametrize("holder", ["", "  ", "a\x1bb", "n" * 201])
def test_a_key_names_somebody(tmp_path, holder):
    with pytest.raises(InputError, match="whose key"):
        created(KeyRing(tmp_path), holder)
    assert not (tmp_path / "keys.json").exists()
