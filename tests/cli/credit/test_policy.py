"""payrisk policy: check and replay, from a home."""

from __future__ import annotations

import json

import pytest

from payrisk.calendar import iso
from payrisk.cli import run
from payrisk.credit.deciding.policy import HOUSE
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.simulate import simulate


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with a ledger of applications and no champion."""
    where = tmp_path_factory.mktemp("home")
    storage.save(Ledger.from_tables(simulate(40, 14, 3).tables)[0], where)
    return where


def test_check_reads_the_shipped_policy_or_a_file(tmp_path, capsys):
    assert run(["--home", str(tmp_path), "policy", "check"]) == 0
    told = capsys.readouterr().out
    assert "it can be used; no warning" in told
    assert "Red flags" in told
    assert "bust_out" in told
    file = tmp_path / "mine.toml"
    text = HOUSE.read_text(encoding="utf-8").replace("margin_rate = 0.18", "margin_rate = 0.01")
    file.write_text(text, encoding="utf-8")
    assert run(["--home", str(tmp_path), "policy", "check", str(file)]) == 0
    assert "loses money at its upper end" in capsys.readouterr().out
    assert run(["--home", str(tmp_path), "policy", "check", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "house-3"


def test_a_policy_that_cannot_be_used_is_one_sentence(tmp_path, capsys):
    file = tmp_path / "bad.toml"
    file.write_text("id = 3", encoding="utf-8")
    assert run(["policy", "check", str(file)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_without_a_model_every_application_is_referred_in_the_replay(home, tmp_path, capsys):
    ledger = storage.load(home)
    since = iso(ledger.first_day)
    command = ["--home", str(home), "policy", "replay", "--since", since]
    assert run([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    current = told["counts"][1]
    assert current["refer"] == current["n"] > 5
    assert any("Nobody saw" in caveat for caveat in told["caveats"])
    file = tmp_path / "mine.toml"
    text = HOUSE.read_text(encoding="utf-8").replace("house-3", "mine")
    file.write_text(text, encoding="utf-8")
    assert run([*command, "--policy", str(file)]) == 0
    assert "this policy" in capsys.readouterr().out


def test_the_dictionary_of_reasons_is_shown(capsys):
    assert run(["policy", "reasons", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"in_default", "sanctions_hit", "bureau_report"} <= {row["code"] for row in rows}
