"""What the files of deploy/ name is there: options, settings, files, and the time a stop takes."""

from __future__ import annotations

import re

import pytest

from payrisk.cli import run
from payrisk.settings import Settings
from payrisk_api.serving import DRAIN_SECONDS, LEAVE_SECONDS
from support.docs.examples import ROOT

FILES = [ROOT / "deploy" / name for name in ("Dockerfile", "compose.yaml", "payrisk.service")]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_option_of_serve_and_every_setting_is_there(file, capsys):
    text = re.sub(r"\\\n|\n {6,}--", " --", file.read_text())
    assert run(["serve", "--help"]) == 0
    known = capsys.readouterr().out
    for line in re.findall(r"payrisk serve[^\n\]]*", text):
        assert [o for o in re.findall(r"--[a-z-]+", line) if o not in known] == []
    named = set(re.findall(r"PAYRISK_([A-Z_]+)", text)) - {"NAME"}
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_what_the_image_copies_is_there_and_it_runs_as_nobody_of_ours():
    text = FILES[0].read_text()
    (copied,) = re.findall(r"COPY ((?:[\w.]+ )+)\./", text)
    assert [name for name in copied.split() if not (ROOT / name).exists()] == []
    assert "USER payrisk" in text
    assert "--require-hashes" in text


def test_a_stop_is_given_longer_than_it_takes():
    for file, pattern in ((FILES[1], r"stop_grace_period: (\d+)s"), (FILES[2], r"StopSec=(\d+)")):
        (seconds,) = re.findall(pattern, file.read_text())
        assert int(seconds) > DRAIN_SECONDS + LEAVE_SECONDS
