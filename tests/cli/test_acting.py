"""On the command line, too, a home with keys is decided on by the holder of one."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from payrisk.access import KeyRing
from payrisk.cli import run
from payrisk.store import DecisionStore, read_decisions
from support.company.five_customers import small_company
from support.home.api_process import home_with

AT, LATER = "2026-01-01T00:00:00+00:00", "2099-01-01T00:00:00+00:00"


@pytest.fixture
def home(tmp_path, capsys):
    """A home with one kept decision."""
    home = home_with(small_company(), tmp_path / "home")
    file = tmp_path / "ask.json"
    file.write_text('{"customer_id": "c1"}')
    assert (
        run(["--home", str(home), "decide", str(file), "--as-of", "2025-06-02", "--record"]) == 0
    )
    capsys.readouterr()
    return home


def key_of(home, *roles):
    ring = KeyRing(home)
    return ring.create(
        "Ann Lee", frozenset(roles), None, made_at=AT, by="test", expires_at=LATER
    ).text


def override(home, capsys, *more) -> tuple[int, str, str]:
    with read_decisions(f"sqlite:///{home}/payrisk.db") as kept:
        (summary,) = kept.summaries(1)
    soon = (dt.datetime.now(dt.UTC) + dt.timedelta(days=30)).date().isoformat()
    code = run([
        "--home", str(home), "decisions", "override", summary.decision_id, "--outcome", "decline",
        "--reason", "They told us to wait.", "--review-on", soon, "--json", *more,
    ])  # fmt: skip
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_home_with_keys_is_overridden_by_the_holder_of_one_and_no_stated_name(
    home, monkeypatch, capsys
):
    text = key_of(home, "approver")
    assert "PAYRISK_KEY" in override(home, capsys, "--actor", "Bob Ray")[2]
    monkeypatch.setenv("PAYRISK_KEY", text)
    assert "leave out --actor" in override(home, capsys, "--actor", "Bob Ray")[2]
    with DecisionStore(f"sqlite:///{home}/payrisk.db") as store:
        assert store.count() == 1
    code, out, err = override(home, capsys)
    assert code == 0, err
    body = json.loads(out)
    assert (body["actor"], body["key_id"]) == ("Ann Lee", text.split("_")[1])


@pytest.mark.parametrize("role", ["auditor", "admin", "data_scientist"])
def test_a_key_of_another_role_decides_nothing(home, monkeypatch, capsys, role):
    monkeypatch.setenv("PAYRISK_KEY", key_of(home, role))
    code, _, err = override(home, capsys)
    assert (code, "role approver" in err) == (2, True)


def test_a_key_that_opens_nothing_is_refused_and_not_repeated(home, monkeypatch, capsys):
    key_of(home, "approver")
    monkeypatch.setenv("PAYRISK_KEY", "pr_000000000000_" + "0" * 64)
    code, _, err = override(home, capsys)
    assert (code, "opens nothing" in err, "000000" in err) == (2, True, False)


def test_promoting_needs_a_data_scientists_key(home, monkeypatch, capsys):
    monkeypatch.setenv("PAYRISK_KEY", key_of(home, "approver"))
    assert run(["--home", str(home), "promote", "days-to-pay"]) == 2
    assert "role data_scientist" in capsys.readouterr().err
