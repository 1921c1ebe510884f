from __future__ import annotations

import json

import pytest

from payrisk.calendar import iso
from payrisk.cli import run
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.simulate import simulate
from support.home.mlflow_store import quick  # noqa: F401


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    storage.save(Ledger.from_tables(simulate(20, 12, 5).tables)[0], home)
    return home


@pytest.fixture(scope="module")
def day(home):
    """How many days before the end → the date."""
    last = storage.load(home).default_as_of
    return lambda back: iso(last - back)


def say(capsys, home, *arguments):
    code = run(["--home", str(home), "backtest", "days-to-pay", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_origins_with_groups_and_a_report(capsys, home, day, tmp_path):
    page = tmp_path / "deep" / "r.html"
    origins = ["--origins", f"{day(120)}:{day(90)}:30", "--test-days", "7", "--gap-days", "3"]
    code, out, err = say(capsys, home, *origins, "--slices", "--report", str(page))
    assert (code, err) == (0, "")
    for said in ("training dates", "baseline minus ours", "each customer alike", "20-99"):
        assert said in out
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_tuned_rows_are_refused_aloud(capsys, home, day):
    asked = ["--train-as-of", day(100), "--issued-from", day(100), "--issued-to", day(93)]
    code, out, _ = say(capsys, home, *asked, "--tuned-until", day(98))
    assert code == 0
    assert f"issued on or before {day(98)}, on which the recipe was tuned." in out
    code, out, _ = say(capsys, home, *asked, "--tuned-until", day(98), "--json")
    assert json.loads(out)["n_tuned"] > 0


def test_mistakes_are_one_sentence(capsys, home, day, tmp_path):
    for arguments, sentence in (
        (["--issued-from", day(9), "--issued-to", day(8)], "--train-as-of"),
        (["--origins", "x"], "FIRST:LAST:STEP"),
        (["--origins", f"{day(120)}:{day(90)}:5"], "count twice"),
        (["--origins", f"{day(9)}:{day(9)}:1", "--report", str(tmp_path)], "cannot be written"),
    ):
        code, out, err = say(capsys, home, *arguments)
        assert (code, out) == (2, "")
        assert sentence in err
        assert len(err.strip().splitlines()) == 1
