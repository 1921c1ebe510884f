"""A promoted model beyond the three that answer is listed with its card, and answers nothing."""

from __future__ import annotations

import json

import pandas as pd

from payrisk import bundle
from payrisk.answers import home_state, read_answers
from payrisk.answers.champions import ANSWERING
from payrisk.answers.home import model_names
from support.home.small_home import small_home, untried  # noqa: F401


def test_another_promoted_model_is_listed_and_moves_the_signs(tmp_path):
    home = small_home(tmp_path / "home").home
    before = home_state(home)
    own = bundle.load(bundle.bundle_folder(home, "days-to-pay", "1"), trial_seconds=0)
    lines = (own.path / "golden.jsonl").read_text().splitlines()
    bundle.write(
        bundle.bundle_folder(home, "my-curves", "4"),
        name="my-curves",
        model=own.model,
        golden=pd.DataFrame([json.loads(line)["input"] for line in lines]),
        card={"purpose": "To be tried."},
        card_text="",
        facts={},
    )
    bundle.set_champion(home, "my-curves", "4")
    assert home_state(home) != before
    assert model_names(home) == (*ANSWERING, "my-curves")
    answers = read_answers(home)
    listed = answers.models()
    assert [row["name"] for row in listed] == [*ANSWERING, "my-curves"]
    assert listed[-1]["version"] == "4"
    assert listed[-1]["card"] == {"purpose": "To be tried."}
    assert answers.champions["days-to-pay"].version == "1"


def test_what_is_no_pointer_is_no_model(tmp_path):
    home = small_home(tmp_path / "home").home
    for name in (".hidden", "x.partial", "UPPER", "notes.txt"):
        (home / "champions" / name).write_text("bundles/x/1\n")
    assert model_names(home) == ANSWERING
    assert model_names(tmp_path / "nowhere") == ANSWERING


def test_another_model_that_does_not_verify_is_said_and_harms_nobody(tmp_path):
    home = small_home(tmp_path / "home").home
    (home / "champions" / "my-curves").write_text("bundles/my-curves/9\n")
    listed = {row["name"]: row for row in read_answers(home).models()}
    assert not listed["my-curves"]["is_available"]
    assert "does not verify" in listed["my-curves"]["why_not"]
    assert listed["days-to-pay"]["is_available"]
