"""Sessions of pages: they end with their key, and nobody can make one without the home."""

from __future__ import annotations

import datetime as dt

import pytest

from payrisk.access import KeyRing, RefusedKey, SessionSigner

NOW = dt.datetime(2026, 1, 1, 8, tzinfo=dt.UTC)
AT, NEXT_YEAR = NOW.isoformat(timespec="seconds"), "2027-01-01T08:00:00+00:00"


@pytest.fixture
def ring(tmp_path):
    return KeyRing(tmp_path)


@pytest.fixture
def signer(tmp_path, ring):
    return SessionSigner(tmp_path, ring)


def created(ring):
    return ring.create(
        "Ann Lee", frozenset({"admin"}), None, made_at=AT, by="shell", expires_at=NEXT_YEAR
    )


def is_over(signer, token, now=NOW) -> bool:
    with pytest.raises(RefusedKey):
        signer.read(token, now)
    return True


def test_a_session_is_its_keys_and_carries_nothing_of_its_secret(tmp_path, ring, signer):
    issued = created(ring)
    token = signer.begin(issued.text, NOW)
    assert SessionSigner(tmp_path, KeyRing(tmp_path)).read(token, NOW).key == issued.key
    assert issued.text.rpartition("_")[2] not in token
    assert (tmp_path / "session_secret").stat().st_mode & 0o077 == 0


def test_a_session_ends_after_a_working_day_and_with_its_key(ring, signer):
    issued = created(ring)
    token = signer.begin(issued.text, NOW)
    assert signer.read(token, NOW + dt.timedelta(hours=8, minutes=59))
    assert is_over(signer, token, NOW + dt.timedelta(hours=9))
    ring.revoke(issued.key.key_id, revoked_at=AT, by="shell", reason="left")
    assert is_over(signer, token)


def test_a_session_ends_with_the_secret_it_began_with(ring, signer):
    issued = created(ring)
    token = signer.begin(issued.text, NOW)
    until = (NOW + dt.timedelta(hours=1)).isoformat(timespec="seconds")
    ring.rotate(issued.key.key_id, rotated_at=AT, old_until=until)
    assert signer.read(token, NOW)
    assert is_over(signer, token, NOW + dt.timedelta(hours=1))


def test_every_letter_of_a_session_is_signed(ring, signer):
    token = signer.begin(created(ring).text, NOW)
    for place, letter in enumerate(token):
        other = "0" if letter != "0" else "1"
        assert is_over(signer, token[:place] + other + token[place + 1 :])


def test_a_home_whose_signing_file_was_deleted_ends_all_sessions(tmp_path, ring, signer):
    issued = created(ring)
    token = signer.begin(issued.text, NOW)
    (tmp_path / "session_secret").unlink()
    assert is_over(signer, token)


def test_the_token_of_a_form_is_that_of_its_own_session(ring, signer):
    text = created(ring).text
    first, second = (signer.read(signer.begin(text, NOW), NOW) for _ in range(2))
    assert signer.has_csrf_token(first, signer.csrf_token(first))
    assert not signer.has_csrf_token(first, signer.csrf_token(second))
    assert not signer.has_csrf_token(first, "")
    assert not signer.has_csrf_token(first, "é")
