"""Backups: taken while decisions are made, whole or refused, and a home again with every byte."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import tarfile
import threading
from functools import partial

import pytest

from payrisk.access import KeyRing
from payrisk.cli import run
from payrisk.errors import InputError, StoreError
from payrisk.settings import Settings
from payrisk.store import DecisionStore, verify_store
from payrisk_pipelines.backing_up import MANIFEST, SECRETS, back_up, restore, verify_backup
from support.company.five_customers import small_company
from support.company.records import review
from support.home.api_process import home_with


@pytest.fixture
def settings(tmp_path):
    home = home_with(small_company(), tmp_path / "home")
    (home / "policy.toml").write_text("x = 1\n")
    (home / "signing").mkdir()
    (home / "signing" / "own.pem").write_text("secret\n")
    (home / "mornings").mkdir()
    (home / "mornings" / "kept").write_text("made anew\n")
    KeyRing(home).create(
        "Ann Lee",
        frozenset({"admin"}),
        None,
        made_at="2026-01-01",
        by="test",
        expires_at="2027-01-01",
    )
    with DecisionStore(f"sqlite:///{home}/payrisk.db") as store:
        store.decide_once("k0", "s", lambda: review("0"))
    return Settings.read(home=home)


def files(home):
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and not path.name.startswith(("payrisk.db", "keys.json.lock", "."))
    }


def test_a_home_comes_back_with_every_byte_and_its_keys_from_a_file_of_their_own(
    settings, tmp_path
):
    made = back_up(settings, tmp_path / "b.tar", tmp_path / "keys.tar")
    assert made.n_decisions == 1
    again = restore(tmp_path / "b.tar", tmp_path / "again", tmp_path / "keys.tar")
    assert (again.head, again.n_decisions) == (made.head, 1)
    before = {n: c for n, c in files(settings.home).items() if not n.startswith("mornings/")}
    assert files(tmp_path / "again") == before
    home = tmp_path / "again"
    for path in (home, *(path for path in home.rglob("*") if path.is_file())):
        assert path.stat().st_mode & 0o077 == 0
    with DecisionStore(f"sqlite:///{tmp_path}/again/payrisk.db") as store:
        assert (store.count(), store.verify().holds) == (1, True)


def test_secrets_are_in_no_backup_but_in_their_own_file(settings, tmp_path):
    back_up(settings, tmp_path / "b.tar", tmp_path / "keys.tar")
    with tarfile.open(tmp_path / "b.tar") as tar:
        assert not set(SECRETS) & set(tar.getnames())
    with tarfile.open(tmp_path / "keys.tar") as tar:
        assert set(tar.getnames()) == {"keys.json", "signing/own.pem"}
    for name in ("b.tar", "keys.tar"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
    restore(tmp_path / "b.tar", tmp_path / "without")
    assert not KeyRing(tmp_path / "without").has_keys


def test_a_backup_is_of_one_moment_while_decisions_are_made(settings, tmp_path):
    stop = threading.Event()
    with DecisionStore(settings.database_url) as store:

        def decide():
            for number in itertools.count(1):
                if stop.is_set():
                    return
                store.decide_once(f"k{number}", "s", partial(review, str(number)))

        thread = threading.Thread(target=decide)
        thread.start()
        try:
            made = [back_up(settings, tmp_path / f"{i}.tar") for i in range(3)]
        finally:
            stop.set()
            thread.join()
        whole = store.verify()
    assert made[0].n_decisions < made[-1].n_decisions <= whole.n_decisions
    for i, each in enumerate(made):
        restore(tmp_path / f"{i}.tar", tmp_path / f"home{i}")
        report = verify_store(f"sqlite:///{tmp_path}/home{i}/payrisk.db")
        assert report.holds
        assert (report.head, report.n_decisions) == (each.head, each.n_decisions)


def test_a_damaged_backup_is_found_and_makes_no_home(settings, tmp_path):
    target = tmp_path / "b.tar"
    back_up(settings, target)
    whole = target.read_bytes()
    for place in range(600, len(whole) - 20_000, len(whole) // 23):
        if not whole[place]:
            continue
        target.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(InputError):
            verify_backup(target)
        with pytest.raises(InputError):
            restore(target, tmp_path / "again")
        assert not (tmp_path / "again").exists()
    target.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError):
        verify_backup(target)


def test_a_file_that_would_lie_outside_the_home_is_refused(settings, tmp_path):
    for name in ("../out", "/out", "a/../../out"):
        target = tmp_path / "evil.tar"
        with tarfile.open(target, "w") as tar:
            tar.addfile(tarfile.TarInfo(name))
        with pytest.raises(InputError, match="no backup holds"):
            restore(target, tmp_path / "again")
    assert not (tmp_path / "out").exists()


def rewritten(source, target, change):
    """A backup whose manifest is right again after entries were added, as an attacker's is."""
    with tarfile.open(source) as tar:
        entries = [(e.name, tar.extractfile(e).read()) for e in tar]
    manifest = json.loads(dict(entries)[MANIFEST])
    for name, content in change:
        sha = hashlib.sha256(content).hexdigest()
        manifest["files"][name] = {"sha256": sha, "bytes": len(content)}
    whole = [*entries[:-1], *change, (MANIFEST, json.dumps(manifest).encode())]
    with tarfile.open(target, "w") as tar:
        for name, content in whole:
            add(tar, name, content)


def add(tar, name, content=b"", kind=tarfile.REGTYPE):
    entry = tarfile.TarInfo(name)
    entry.size, entry.type, entry.linkname = len(content), kind, "/etc/passwd"
    tar.addfile(entry, io.BytesIO(content))


def test_a_backup_that_an_attacker_made_brings_no_key_and_no_link(settings, tmp_path):
    whole, evil, home = tmp_path / "b.tar", tmp_path / "evil.tar", tmp_path / "again"
    back_up(settings, whole)
    for name in ("keys.json", "session_secret", "webhooks/whk_1.json"):
        rewritten(whole, evil, [(name, b"{}")])
        with pytest.raises(InputError, match="a key"):
            restore(evil, home)
    rewritten(whole, evil, [("other", b"a"), ("other", b"b")])
    with pytest.raises(InputError, match="twice"):
        restore(evil, home)
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE,
                 tarfile.GNUTYPE_SPARSE):  # fmt: skip
        with tarfile.open(evil, "w") as tar:
            add(tar, "policy.toml", kind=kind)
        with pytest.raises(InputError):
            restore(evil, home)
    for manifest in (b"[]", b"{", b'{"format": 1}', b'{"format": 1, "files": {}, "head": 3}'):
        with tarfile.open(evil, "w") as tar:
            add(tar, MANIFEST, manifest)
        with pytest.raises(InputError):
            restore(evil, home)
    assert not home.exists()
    with tarfile.open(evil, "w") as tar:
        add(tar, "champions/days-to-pay")
    with pytest.raises(InputError, match="no key"):
        restore(whole, home, evil)


def test_nothing_is_overwritten(settings, tmp_path):
    back_up(settings, tmp_path / "b.tar")
    with pytest.raises(InputError, match="there already"):
        back_up(settings, tmp_path / "b.tar")
    with pytest.raises(InputError, match="not empty"):
        restore(tmp_path / "b.tar", settings.home)
    with pytest.raises(InputError, match="no folder"):
        back_up(settings, tmp_path / "none" / "b.tar")


def test_a_store_that_was_tampered_with_is_not_passed_on_as_whole(settings, tmp_path):
    import sqlite3

    with sqlite3.connect(settings.home / "payrisk.db") as connection:
        connection.execute("update decisions set outcome = 'other'")
    connection.close()
    with pytest.raises(StoreError, match="does not verify"):
        back_up(settings, tmp_path / "b.tar")
    assert not (tmp_path / "b.tar").exists()


def test_a_home_without_a_store_is_a_home_as_well(tmp_path):
    home = home_with(small_company(), tmp_path / "home")
    assert run(["--home", str(home), "backup", str(tmp_path / "b.tar")]) == 0
    assert run(["--home", str(tmp_path / "again"), "restore", str(tmp_path / "b.tar")]) == 0
    after = files(home)
    assert json.loads(after.pop("reports/backups.jsonl"))["file"] == str(tmp_path / "b.tar")
    assert files(tmp_path / "again") == after
