"""One command brings a home of the release before up to this one, and loses nothing of it."""

from __future__ import annotations

import hashlib

from payrisk import pointers, signing
from payrisk.cli import run
from payrisk.store import DecisionStore


def hashes(folder):
    return {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_an_earlier_home_keeps_every_sha_decision_and_champion(copy, capsys):
    parts = ("bundles", "champions", "ledgers")
    before = [hashes(copy.home / part) for part in parts]
    assert run(["--home", str(copy.home), "upgrade"]) == 0
    first = capsys.readouterr().out
    assert [hashes(copy.home / part) for part in parts] == before
    with DecisionStore(copy.database_url) as store:
        assert store.verify().holds
        assert f"{store.count()} decisions are kept" in first
        assert store.count() > 0
    for name in ("days-to-pay", "default-risk"):
        pointed = pointers.champion(copy.home, name)
        assert f"Signed {name} version {pointed.version}" in first
        text = signing.kept_signature(copy.home, pointed.digest)
        assert signing.signer(copy.home, name, pointed.digest, text) == "this home"
    assert run(["--home", str(copy.home), "upgrade"]) == 0
    assert "Signed" not in capsys.readouterr().out
