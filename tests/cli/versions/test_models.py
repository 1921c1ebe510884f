from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

from payrisk.calendar import iso
from payrisk.cli import run
from payrisk.ledger.stored import storage
from support.home.mlflow_store import fresh_home, quick  # noqa: F401
from support.home.trained_home import trained_home

pytestmark = pytest.mark.long

BACKTEST = ["backtest", "days-to-pay", "--train-as-of", "2025-01-01"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with a risk that was trained before, and nothing promoted."""
    home = trained_home(tmp_path_factory.mktemp("home")).home
    shutil.rmtree(home / "champions")
    return home


@pytest.fixture(scope="module")
def days(home):
    """Three days of the ledger: training, first and last to score."""
    ledger = storage.load(home)
    return [iso(ledger.default_as_of - back) for back in (100, 100, 93)]


def say(capsys, home, *arguments):
    code = run(["--home", str(home), *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_without_models_it_says_how_to_make_one(capsys, tmp_path):
    home = fresh_home(tmp_path / "home").home
    assert say(capsys, home, "models")[1].startswith("No model is registered here yet; `payrisk")
    assert json.loads(say(capsys, home, "models", "--json")[1]) == []


def test_train_promote_list_and_roll_back(capsys, home):
    code, out, err = say(capsys, home, "train", "days-to-pay")
    assert (code, err) == (0, "")
    assert "due-plus-mean" in out
    assert "version 2 is the candidate" in out
    for _ in range(2):
        code, out, _ = say(capsys, home, "promote", "days-to-pay", "--force", "a small ledger")
        assert (code, out) == (0, "days-to-pay version 2 answers now.\n")
    code, out, _ = say(capsys, home, "models", "--json")
    listed = {(row["model"], row["version"]): row["answers"] for row in json.loads(out)}
    assert listed == {
        ("days-to-pay", "2"): True,
        ("days-to-pay", "1"): False,
        ("default-risk", "1"): False,
    }
    code, _, err = say(capsys, home, "rollback", "days-to-pay")
    assert code == 2
    assert "no previous champion" in err


def test_a_champion_whose_card_has_expired_is_told(capsys, home, monkeypatch):
    as_of = storage.load(home).default_as_of
    for day, is_said in ((as_of, False), (as_of + 367, True)):
        monkeypatch.setenv("PAYRISK_AS_OF", iso(day))
        code, out, err = say(capsys, home, "models", "--json")
        assert code == 0
        assert len(json.loads(out)) >= 1
        assert ("of days-to-pay expired on" in err) == is_said
        assert "default-risk" not in err  # does not answer


def test_backtest_prints_one_table_and_writes_the_file(capsys, home, days, tmp_path):
    train, first, last = days
    out_file = tmp_path / "f.parquet"
    range_ = ["--issued-from", first, "--issued-to", last, "--out", str(out_file)]
    code, out, err = say(capsys, home, "backtest", "days-to-pay", "--train-as-of", train, *range_)
    assert (code, err) == (0, "")
    assert "customer-ecdf-rolled" in out
    assert "closed before their as_of" in out
    assert set(pd.read_parquet(out_file)["model"]) >= {"days-to-pay", "customer-ecdf"}


def test_backtest_at_landmarks_as_json(capsys, home, days):
    train, first, last = days
    range_ = ["--landmarks", f"{first}:{last}:7", "--json"]
    code, out, _ = say(capsys, home, "backtest", "days-to-pay", "--train-as-of", train, *range_)
    assert code == 0
    assert json.loads(out)["metrics"][0]["model"] == "days-to-pay"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["train", "nope"], "the models are days-to-pay, default-risk"),
        (["train", "days-to-pay", "--as-of", "1999-01-01"], "1999-01-01"),
        (["promote", "nope", "7"], "the models are days-to-pay, default-risk"),
        (["rollback", "nope"], "the models are days-to-pay, default-risk"),
        (["backtest", "default-risk", "--train-as-of", "2025-01-01"], "--test-as-of"),
        ([*BACKTEST], "--issued-from"),
        (
            [*BACKTEST, "--landmarks", "x"],
            "FIRST:LAST:STEP",
        ),
        (
            [*BACKTEST, "--issued-from", "2025-02-01"],
            "belong together",
        ),
    ],
)
def test_a_mistake_is_one_sentence_and_code_2(capsys, home, arguments, sentence):
    code, out, err = say(capsys, home, *arguments)
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.strip().splitlines()) == 1
