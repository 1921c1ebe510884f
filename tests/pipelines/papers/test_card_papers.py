"""A card as files: the picture stands alone, and the command writes what the bundle holds."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest

from payrisk import bundle
from payrisk.cli import run
from payrisk.errors import InputError
from payrisk_pipelines.papers.card_papers import PICTURE, calibration_picture, write
from support.home.small_home import small_home

SAID = {
    "name": "m",
    "purpose": "To be tried.",
    "recipe": "None.",
    "as_of": "2025-01-01",
    "ledger_sha": "",
    "population": {"invoices": 3},
    "window": {"rows": 11},
    "metrics": {"m": {"crps": 1.25}},
    "verdict": {"sentence": "Passed.", "checks": []},
    "limits": [],
    "parameters": {},
    "allowed_undated": [],
    "calibration": {
        "of": "being <late>",
        "bins": [
            {"model": "m", "n": 5, "said": 0.1, "came": 0.2},
            {"model": "m", "n": 6, "said": 0.6, "came": 0.5},
            {"model": "other", "n": 6, "said": 0.6, "came": 0.5},
        ],
    },
}


def test_the_picture_is_an_image_of_its_own_with_a_title_and_colours():
    drawn = ET.fromstring(calibration_picture(SAID))
    tags = [element.tag.rpartition("}")[2] for element in drawn.iter()]
    assert tags[0] == "svg"
    assert {"style", "title", "desc", "polyline"} <= set(tags)
    assert tags.count("circle") == 2  # this model's bins, no other's
    assert calibration_picture(SAID | {"calibration": {"of": "", "bins": []}}) == ""


def test_files_of_a_card(tmp_path):
    paths = write(SAID, tmp_path / "card")
    assert [path.name for path in paths] == ["card.md", "card.json", "calibration.svg"]
    assert "](calibration.svg)" in paths[0].read_text()
    assert json.loads(paths[1].read_text()) == SAID
    bare = write({**SAID, "calibration": {}}, tmp_path / "bare")
    assert [path.name for path in bare] == ["card.md", "card.json"]
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written to"):
        write(SAID, tmp_path / "file" / "under")


def test_the_command_prints_and_writes_the_champions_card(tmp_path, capsys):
    settings = small_home(tmp_path / "home")
    old = bundle.load(bundle.bundle_folder(settings.home, "days-to-pay", "1"), trial_seconds=0)
    lines = (old.path / "golden.jsonl").read_text().splitlines()
    bundle.write(
        bundle.bundle_folder(settings.home, "days-to-pay", "2"),
        name="days-to-pay",
        model=old.model,
        golden=pd.DataFrame([json.loads(line)["input"] for line in lines]),
        card=SAID | {"name": "days-to-pay"},
        card_text="",
        facts={},
    )
    bundle.set_champion(settings.home, "days-to-pay", "2")
    home = ["--home", str(settings.home)]
    assert run([*home, "card", "days-to-pay"]) == 0
    assert "# days-to-pay, as of 2025-01-01" in capsys.readouterr().out
    assert run([*home, "card", "days-to-pay", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == "2"
    assert run([*home, "card", "days-to-pay", "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "card.md").exists()
    assert run([*home, "card", "days-to-pay/7"]) == 2


def test_the_example_in_the_repository_has_the_form_that_cards_have():
    folder = Path(__file__).resolve().parents[3] / "models" / "cards" / "example"
    shown = (folder / "card.md").read_text()
    heads = [line for line in shown.splitlines() if line.startswith("## ")]
    parts = "Data|Judged on|What ships|Metrics|Gates|Slices|Calibration|Features|Parameters|Limits"
    assert heads == [f"## {part}" for part in parts.split("|")]
    assert "**Owner.** The credit desk of a made-up company" in shown
    assert "**Expires.** " in shown
    assert ET.fromstring((folder / PICTURE).read_text()).tag.endswith("svg")
