"""The demo carries one thread through the whole house, twice, and touches nobody's ledger."""

from __future__ import annotations

import pytest

from payrisk import bundle
from payrisk.cli import run
from payrisk.cli.running.demo import demo_settings, serve_arguments
from payrisk.ledger.stored import storage
from payrisk.settings import Settings
from payrisk_pipelines.demo import Demo
from support.home.mlflow_store import learn_little, store_in
from support.home.small_home import small_home, untried  # noqa: F401

pytestmark = pytest.mark.long


def test_the_demo_says_what_it_did_and_runs_again_in_the_same_home(tmp_path, monkeypatch, capsys):
    learn_little(monkeypatch)
    home = tmp_path / "home"
    store_in(home)
    assert run(["--home", str(home), "demo", "--no-serve", "--customers", "12"]) == 0
    text = capsys.readouterr().out
    for words in ("1. Simulate", "train days-to-pay", "train default-risk", "Forecast the cash"):
        assert words in text
    assert "Muster Maschinenbau GmbH: " in text
    assert "curl 'http://127.0.0.1:8000/v1/cash/forecast'" in text
    for name in ("days-to-pay", "default-risk"):
        assert bundle.champion_version(home, name) == "1"
    (report,) = (home / "reports").glob("cash-by-week-*.csv")
    assert report.read_text(encoding="utf-8").startswith("as_of,layer,currency,part,")

    first = storage.current_sha(home)
    again = Demo(Settings.read(home=home), customers=12)
    assert "found in place" in again.keep().sentence
    assert storage.current_sha(home) == first
    assert "days-to-pay version 2 is the candidate" in again.train("days-to-pay").sentence
    promoted = again.promote("days-to-pay").sentence
    assert "days-to-pay version 2 answers from now on" in promoted
    assert "version 1 stays for a roll-back" in promoted


def test_a_home_with_a_ledger_of_ones_own_is_refused_untouched(tmp_path, capsys):
    settings = small_home(tmp_path / "home", with_risk=False)
    before = storage.current_sha(settings.home)
    assert run(["--home", str(settings.home), "demo", "--no-serve"]) == 2
    assert "holds a ledger that is not the demo's" in capsys.readouterr().err
    assert storage.current_sha(settings.home) == before
    assert not (settings.home / "demo-ledgers").exists()


def test_without_a_home_given_the_demo_has_one_of_its_own(monkeypatch, tmp_path):
    asked = Settings.read(home=tmp_path, port=8123)
    assert demo_settings(asked) is asked
    assert demo_settings(Settings.read()).home == Settings.read().home  # PAYRISK_HOME is set
    monkeypatch.delenv("PAYRISK_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    own = demo_settings(Settings.read(port=8123))
    assert (own.home, own.port) == (tmp_path / ".payrisk" / "demo", 8123)
    assert str(own.home) in own.mlflow_uri


def test_it_serves_by_the_door_of_payrisk_serve(tmp_path):
    settings = Settings.read(home=tmp_path, port=8123)
    arguments = serve_arguments(settings, "2026-01-01")
    assert arguments[2:] == [
        "--home", str(tmp_path), "serve", "--as-of", "2026-01-01", "--port", "8123",
    ]  # fmt: skip
