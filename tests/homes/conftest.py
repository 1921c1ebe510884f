"""The home that b09fcd4 made, to be read or to be changed, and commands on it."""

from __future__ import annotations

import json

import pytest

from payrisk import bundle
from payrisk.cli import run
from payrisk.ledger.stored import storage
from payrisk.settings import Settings
from support.home.earlier_home import earlier_home


@pytest.fixture(scope="module", autouse=True)
def _read_once():
    """A ledger is read once; the child that tries a bundle is tested with bundles."""
    ledgers, load = {}, storage.load

    def loaded(home, sha=None):
        sha = sha or (home / "ledger").read_text().strip()
        if sha not in ledgers:
            ledgers[sha] = load(home, sha)
        return ledgers[sha]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "load", loaded)
        patch.setattr(bundle, "_try_in_child", lambda *_: None)
        yield


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    """The home, to be read only."""
    return Settings.read(home=earlier_home("b09fcd4", tmp_path_factory.mktemp("earlier")))


@pytest.fixture
def copy(tmp_path):
    """The home, to be changed."""
    return Settings.read(home=earlier_home("b09fcd4", tmp_path))


@pytest.fixture
def command(capsys):
    """What a command prints as JSON, and its exit code."""

    def command_(settings, *words):
        capsys.readouterr()
        code = run(["--home", str(settings.home), *words, "--json"])
        return json.loads(capsys.readouterr().out), code

    return command_
