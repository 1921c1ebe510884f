"""The technical file: every point of the annex once, facts from card and manifest, gaps open."""

from __future__ import annotations

import json

import pytest

from payrisk import bundle
from payrisk.cli import run
from payrisk_pipelines.papers.annex_four import ANNEX, NOT_REVIEWED
from payrisk_pipelines.technical_file import OPEN, technical_file
from support.home.trained_home import trained_home


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return trained_home(tmp_path_factory.mktemp("annex") / "home")


@pytest.fixture(scope="module")
def file(settings):
    return technical_file(settings, "days-to-pay", with_monitor=False)


def test_every_point_of_the_annex_is_there_once_in_its_order(file):
    lettered = {point.partition("(")[0] for point in ANNEX if "(" in point}
    assert [each.point for each in file.points] == [p for p in ANNEX if p not in lettered]
    assert {point.partition("(")[0] for point in ANNEX} == {str(n) for n in range(1, 10)}


def test_it_tells_what_the_card_and_the_bundle_hold(file, settings):
    champion = bundle.champion(settings.home, "days-to-pay", trial_seconds=0)
    said = {each.point: "\n".join(each.lines) for each in file.points}
    assert champion.manifest["digest"] in said["1(a)"]
    assert champion.card["recipe"] in said["2(a)"]
    assert champion.card["verdict"]["sentence"] in said["2(b)"]
    assert champion.card["ledger_sha"] in said["2(d)"]
    for limit in champion.card["limits"]:
        assert limit in said["3"]
    for check in champion.card["verdict"]["checks"]:
        assert check["gate"] in said["2(g)"]
    own = champion.card["metrics"]["days-to-pay"]
    assert all(f"{key}: " in said["3"] for key in own)


def test_what_nobody_told_stays_open_and_is_counted(file):
    assert {"5", "7", "8"} <= set(file.open_points)
    for each in file.points:
        assert each.is_open == any(OPEN in line for line in each.lines)
    text = file.markdown()
    assert NOT_REVIEWED in text
    assert f"Open points: {', '.join(file.open_points)}." in text


def test_what_does_not_answer_is_not_watched(file, settings):
    assert file.monitored == "Not asked."
    away = settings.home / "champions" / "days-to-pay"
    kept = away.read_bytes()
    away.unlink()
    try:
        said = technical_file(settings, "days-to-pay/1").monitored
    finally:
        away.write_bytes(kept)
    assert said == "Version 1 does not answer, so nothing is watched of it."


def test_the_command_writes_both_files(settings, tmp_path, capsys):
    out = ["--home", str(settings.home), "technical-file", "days-to-pay", "--no-monitor"]
    assert run([*out, "--out", str(tmp_path / "file")]) == 0
    assert "Open points: " in capsys.readouterr().out
    told = json.loads((tmp_path / "file" / "technical-file.json").read_text(encoding="utf-8"))
    assert told["name"] == "days-to-pay"
    markdown = (tmp_path / "file" / "technical-file.md").read_text(encoding="utf-8")
    assert markdown.startswith("# Technical file: days-to-pay, version 1")
    (tmp_path / "taken").write_text("x")
    assert run([*out, "--out", str(tmp_path / "taken")]) == 2
