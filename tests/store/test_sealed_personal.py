"""Personal data sealed at rest: with a key nothing in the home's files names anybody."""

from __future__ import annotations

import dataclasses
import sqlite3

import pytest

from payrisk import cli
from payrisk.access import KeyRing
from payrisk.access.key_ring import UnreadableKeys
from payrisk.collecting.recording.contacts import Contact
from payrisk.errors import PayriskError
from payrisk.personal_keys import add_new_key
from payrisk.settings import Settings
from payrisk.store import DecisionStore, verify_store
from support.company.records import application

AT, NEXT_YEAR = "2026-01-01T08:00:00+00:00", "2027-01-01T08:00:00+00:00"
NAME, HOLDER, CONTACT = "Erika Mustermann", "Ann Lee", "Pat Doe"


@pytest.fixture
def keys(tmp_path):
    path = tmp_path / "elsewhere" / "personal.keys"
    path.parent.mkdir()
    return path


@pytest.fixture
def sealed(tmp_path, keys):
    """A home whose decision, contact and key were made before it had keys, and after."""
    home = tmp_path / "home"
    keep(Settings.read(home=home), "1")
    add_new_key(keys)
    settings = Settings.read(home=home, personal_keys=keys)
    keep(settings, "2")
    return settings


def keep(settings, name):
    with DecisionStore(settings.database_url) as store:
        store.decide_once(name, "s", lambda: application(name, NAME))
        contact = Contact(customer_id=f"c{name}", name=CONTACT, email=f"pat{name}@muster.example")
        store.actions.keep_contacts([contact], HOLDER, AT)
    KeyRing(settings.home, settings.personal_keys).create(
        HOLDER, frozenset({"admin"}), None, made_at=AT, by=HOLDER, expires_at=NEXT_YEAR
    )


def told(settings):
    with DecisionStore(settings.database_url) as store:
        bodies = [store.get(f"dec_{name}").body for name in "12"]
        contacts = {contact.name for contact in store.actions.contacts()}
        assert store.verify().holds
    ring = KeyRing(settings.home, settings.personal_keys)
    return bodies, contacts, {key.holder for key in ring.keys().values()}


def kept_bytes(settings):
    return b"".join(path.read_bytes() for path in settings.home.rglob("*") if path.is_file())


def seal(settings, *options):
    command = ["--home", str(settings.home), "audit", "seal", *options]
    return cli.run(command)


def test_sealed_nothing_names_anybody_and_all_is_read_as_before(sealed, monkeypatch, capsys):
    before = told(sealed)
    assert NAME.encode() in kept_bytes(sealed)
    monkeypatch.setenv("PAYRISK_PERSONAL_KEYS", str(sealed.personal_keys))
    assert seal(sealed) == 0
    assert "2 keys is sealed by" in capsys.readouterr().out
    content = kept_bytes(sealed)
    for text in (NAME, "muster.example", HOLDER, CONTACT):
        # whom a colleague is, the chain's own rows go on to say
        assert text.encode() not in content or text == HOLDER
    assert HOLDER.encode() not in (sealed.home / "keys.json").read_bytes()
    assert told(sealed) == before
    assert NAME.encode() in before[0][0]


def test_a_key_is_rotated_and_the_old_one_may_go(sealed, monkeypatch):
    before = told(sealed)
    monkeypatch.setenv("PAYRISK_PERSONAL_KEYS", str(sealed.personal_keys))
    assert seal(sealed, "--new-key") == 0
    first = sealed.personal_keys.read_text().split()[0]
    assert len(sealed.personal_keys.read_text().split()) == 2
    sealed.personal_keys.write_text(first)
    assert told(sealed) == before
    sealed.personal_keys.unlink()
    add_new_key(sealed.personal_keys)
    with (
        DecisionStore(sealed.database_url) as store,
        pytest.raises(PayriskError, match="No key of"),
    ):
        store.get("dec_1")
    with pytest.raises(UnreadableKeys):
        KeyRing(sealed.home, sealed.personal_keys).keys()


def test_without_its_keys_nobody_is_let_in_and_the_chain_says_why(
    sealed, keys, monkeypatch, capsys
):
    bare = Settings.read(home=sealed.home)
    with pytest.raises(UnreadableKeys, match="PAYRISK_PERSONAL_KEYS"):
        KeyRing(bare.home).keys()
    report = verify_store(bare.database_url)
    assert (report.faults, report.n_unopened, report.holds) == ((), 2, False)
    assert report.unopened.startswith("Personal data is sealed here")
    assert verify_store(sealed.database_url).holds
    verify = ["--home", str(sealed.home), "audit", "verify"]
    assert cli.run(verify) == 3
    assert "2 records cannot be checked without the key" in capsys.readouterr().out
    another = keys.with_name("another.keys")
    add_new_key(another)
    monkeypatch.setenv("PAYRISK_PERSONAL_KEYS", str(another))
    assert cli.run([*verify, "--json"]) == 3
    monkeypatch.setenv("PAYRISK_PERSONAL_KEYS", str(keys))
    with sqlite3.connect(sealed.home / "payrisk.db") as connection:
        connection.execute("update personal set content = 'sealed:1:x' where of_id = ?", ["dec_2"])
    connection.close()
    assert cli.run(verify) == 1  # the key is there: what it does not open was changed


def test_a_sealed_home_is_backed_up_with_its_keys_and_without(sealed, monkeypatch, capsys):
    home, file = ["--home", str(sealed.home)], sealed.home.with_name("b.tar")
    for keys, is_unopened in ((str(sealed.personal_keys), False), ("", True)):
        if keys:
            monkeypatch.setenv("PAYRISK_PERSONAL_KEYS", keys)
        else:
            monkeypatch.delenv("PAYRISK_PERSONAL_KEYS")
        assert cli.run([*home, "backup", str(file)]) == 0
        assert ("Not checked without the key" in capsys.readouterr().out) == is_unopened
        again = sealed.home.with_name(f"again{is_unopened}")
        assert cli.run(["--home", str(again), "restore", str(file)]) == 0
        assert ("Not checked without the key" in capsys.readouterr().out) == is_unopened
        file.unlink()


def test_keys_in_the_home_itself_are_refused(sealed, monkeypatch, capsys):
    monkeypatch.setenv("PAYRISK_PERSONAL_KEYS", str(sealed.home / "k"))
    assert seal(sealed, "--new-key") == 2
    assert "outside the home" in capsys.readouterr().err


def test_the_address_of_the_store_names_the_keys_whatever_their_path(tmp_path):
    path = tmp_path / "a b&c?.keys"
    add_new_key(path)
    settings = Settings.read(home=tmp_path / "home", personal_keys=path)
    keep(settings, "1")
    assert dataclasses.asdict(verify_store(settings.database_url))["faults"] == ()
    assert NAME.encode() not in kept_bytes(settings)
