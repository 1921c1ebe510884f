"""The forecast as people and programs get it: every cent of the open balance once."""

from __future__ import annotations

import csv
import json
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from byhand import credit, invoice, ledger, link
from payrisk.answers import read
from payrisk.calendar import iso
from payrisk.cli import run
from payrisk.errors import InputError
from payrisk.ledger import storage
from payrisk_pipelines.forecast import forecast
from smallhome import small_home


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return small_home(tmp_path_factory.mktemp("home"), with_risk=False)


@pytest.fixture(scope="module")
def answers(settings):
    return read(settings.home)


def open_balance(answers):
    rows = answers.history(answers.ledger.default_as_of).open_invoices()
    return rows.groupby("currency")["residual"].sum().to_dict()


def test_the_parts_are_the_open_balance_of_the_ledger(settings, answers):
    for cuts in ((), ("entity_id",), ("country", "customer_id")):
        report = forecast(settings, answers=answers, by="month", cuts=cuts)
        balance = report.balance().groupby("currency").sum(numeric_only=True)
        assert balance["open_balance"].to_dict() == open_balance(answers)
        inside = report.table().groupby("currency")["expected"].sum()
        assert inside.to_dict() == balance["within_horizon"].to_dict()


def test_the_same_question_gets_the_same_answer(settings, answers):
    first = forecast(settings, answers=answers).table()
    second = forecast(settings, answers=read(settings.home)).table()
    assert first.equals(second)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_file_sums_to_the_open_balance(settings, answers, tmp_path, suffix):
    report = forecast(settings, answers=answers, cuts=["customer_id"])
    (path,) = report.write(tmp_path / f"f.{suffix}")
    if suffix == "csv":
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    else:
        book = CalamineWorkbook.from_path(path)
        assert book.sheet_names == ["forecast", "assumptions", "chart", "not_yet_issued"]
        names, *cells = book.get_sheet_by_name("forecast").to_python()
        rows = [dict(zip(names, row, strict=True)) for row in cells]
    for currency, cents in open_balance(answers).items():
        mine = [Decimal(str(row["expected"])) for row in rows if row["currency"] == currency]
        assert round(sum(mine) * 100) == cents


def test_what_cannot_be_asked_is_refused_before_the_work(settings, tmp_path):
    with pytest.raises(InputError, match="day, week, month, quarter"):
        forecast(settings.model_copy(update={"home": tmp_path}), by="year")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--by", "year"], "cannot be shown by 'year'"),
        (["--group", "terms"], "'terms' is no group"),
        (["--out", "f.doc"], "'f.doc' names no known format"),
        (["--horizon-days", "0"], "horizon"),
        (["--as-of", "1999-01-01"], "Nothing was recorded before 1999-01-01"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_code_2(settings, arguments, sentence, capsys):
    assert run(["--home", str(settings.home), "forecast", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert sentence in printed.err
    assert len(printed.err.splitlines()) == 1


def test_without_open_invoices_it_says_so(tmp_path, capsys):
    settings = small_home(tmp_path, with_risk=False)
    paid = ledger(
        invoices=[invoice("A", 100, issued_on="2024-01-01", due_on="2024-01-31")],
        credits=[credit("K", 100, "2024-02-01")],
        allocations=[link("K", "A", 100, "2024-02-01")],
    )
    storage.save(paid, settings.home)
    assert run(["--home", str(settings.home), "forecast"]) == 0
    sentence = "No invoice is open as of 2024-02-02: no cash to forecast."
    assert capsys.readouterr().out.splitlines() == [sentence]
    assert run(["--home", str(settings.home), "forecast", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["forecast"] == []


def test_the_command_prints_for_people_and_for_programs(settings, answers, tmp_path, capsys):
    out = tmp_path / "f.parquet"
    home, as_of = str(settings.home), iso(answers.ledger.default_as_of)
    arguments = ["forecast", "--as-of", as_of, "--by", "quarter", "--group", "entity"]
    assert run(["--home", home, *arguments, "--out", str(out)]) == 0
    text = capsys.readouterr().out
    assert f"as of {as_of}" in text
    assert "not verifiable yet" in text
    assert out.exists()
    assert run(["--home", home, *arguments, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document) == {"forecast", "not_yet_issued", "balance", "assumptions"}
    assert {"entity_id", "currency", "starts_on", "expected", "p10"} <= set(
        document["forecast"][0]
    )
