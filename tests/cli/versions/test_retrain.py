"""payrisk retrain at the command line: what it prints, and with which exit code."""

from __future__ import annotations

import json

import pytest

from payrisk.cli import run
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.simulate import simulate
from support.home.mlflow_store import fresh_home, quick  # noqa: F401

pytestmark = pytest.mark.long

NAME = "days-to-pay"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    settings = fresh_home(tmp_path_factory.mktemp("home"))
    storage.save(Ledger.from_tables(simulate(8, 8, 3).tables)[0], settings.home)
    return settings.home


def retrain(home, *words):
    return run(["--home", str(home), "retrain", *words])


def test_it_says_what_it_made_what_it_took_and_that_there_is_nothing_to_do(home, capsys):
    assert retrain(home, NAME) == 0  # whatever its gates said
    out, err = capsys.readouterr()
    assert "what it took" in out
    assert f"{NAME} version 1 is the candidate" in out
    assert f"{NAME}: judge at past origins" in err
    assert retrain(home, NAME) == 0
    assert "nothing to do." in capsys.readouterr().out


def test_json_is_one_document_and_nothing_else(home, capsys):
    assert retrain(home, NAME, "--json") == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert err == ""
    assert [one["name"] for one in told["models"]] == [NAME]
    assert set(told) == {
        "as_of", "ledger_sha", "quality", "models", "steps", "seconds",
    }  # fmt: skip


def test_a_model_that_cannot_be_trained_is_exit_code_one_and_holds_up_no_other(home, capsys):
    words = ("--allow-undated", "shoe_size", "--json")  # no customer has one
    assert retrain(home, NAME, "new-customer", *words) == 1
    told = {one["name"]: one for one in json.loads(capsys.readouterr().out)["models"]}
    assert told[NAME]["gate"] == "failed"
    assert (
        f"{NAME} was not trained: No customer has an attribute 'shoe_size'"
        in told[NAME]["sentence"]
    )
    assert told["new-customer"]["version"] == "1"


def test_an_unknown_model_is_exit_code_two_and_a_sentence(home, capsys):
    assert retrain(home, "nope") == 2
    assert "the models are" in capsys.readouterr().err


HEAD = "invoice_id,customer_id,issued_on,due_on,amount,currency,paid_on\n"


def test_an_export_is_read_first_and_one_that_holds_nothing_trains_nothing(tmp_path, capsys):
    settings = fresh_home(tmp_path / "home")
    path = tmp_path / "sales.csv"
    words = (NAME, "--import", str(path), "--preset", "generic")
    path.write_text(HEAD + "A,c1,2025-01-05,2025-02-04,fifty,USD,\n", encoding="utf-8")
    assert retrain(settings.home, *words) == 1
    assert storage.current_sha(settings.home) == ""
    assert "is the candidate" not in capsys.readouterr().out
    good = "A,c1,2025-01-05,2025-02-04,50,USD,2025-02-07\n"
    path.write_text(HEAD + good + "B,c1,2025-01-05,2025-02-04,fifty,USD,\n", encoding="utf-8")
    assert retrain(settings.home, *words) == 2
    assert storage.current_sha(settings.home) == ""
    out, err = capsys.readouterr()
    assert "is the candidate" not in out
    assert "Refused, nothing was changed: invoices in USD: 1 of 2 rows" in err
    path.write_text(HEAD + good, encoding="utf-8")
    assert retrain(settings.home, *words) == 0
    out, err = capsys.readouterr()
    assert f"Imported {path}" in err.replace("\n", "")
    assert storage.current_sha(settings.home)
    assert f"{NAME} version 1 is the candidate" in out
    assert "too young" in out.replace("\n", " ")
