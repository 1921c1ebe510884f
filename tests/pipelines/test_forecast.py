"""The forecast as people and programs get it: every cent of the open balance once."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from payrisk.answers import read_answers
from payrisk.answers.cash.promised_receipts import cash_with_promises
from payrisk.answers.cash.receipts import Receipts
from payrisk.answers.cash.treasury import Outlook
from payrisk.calendar import iso, weekday
from payrisk.cash.views.adjusting import checked_overrides
from payrisk.cli import run
from payrisk.errors import InputError
from payrisk.ledger.stored import storage
from payrisk_pipelines.forecast import forecast
from support.home.small_home import small_home, untried  # noqa: F401
from support.ledgers.by_hand import credit, invoice, ledger, link

SHEETS = ["summary", "charts",
    "forecast", "assumptions", "chart", "not_yet_issued", "booked_before", "from_factor",
    "receipts_in_all",
    "intercompany", "became", "disputes",
]  # fmt: skip
TABLES = {*SHEETS, "balance", "with_promises"} - {"chart", "summary", "charts"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return small_home(tmp_path_factory.mktemp("home"), with_risk=False)


@pytest.fixture(scope="module")
def answers(settings):
    return read_answers(settings.home)


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
    second = forecast(settings, answers=read_answers(settings.home)).table()
    assert first.equals(second)


def test_what_people_know_stands_beside_the_models_own_total(answers):
    as_of = answers.ledger.default_as_of
    row = Outlook.of(answers, as_of=as_of).cash.invoices
    row = row[(row["expected_from"] > 0).to_numpy()].iloc[0]
    typed = checked_overrides(
        pd.DataFrame(
            [
                {
                    "invoice_id": row["invoice_id"], "instalment": row["instalment"],
                    "pays_on": as_of + 20, "owner": "ann", "source": "user", "reason": "called",
                    "entered_on": as_of - 1, "expires_on": as_of + 30,
                }
            ]
        )
    )  # fmt: skip
    outlook = Outlook.of(answers, as_of=as_of, overrides=typed)
    told = cash_with_promises(Receipts.of(outlook), "week")
    for name, cash in (
        ("expected", outlook.cash),
        ("with_promises", outlook.adjusted_forecast.cash),
    ):
        weeks = cash.by_week()
        weeks = weeks[(weeks["currency"] == row["currency"]).to_numpy()]
        assert told[name].tolist() == weeks["expected"].tolist()
    assert (told["with_promises"] != told["expected"]).any()


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_file_sums_to_the_open_balance(settings, answers, tmp_path, suffix):
    report = forecast(settings, answers=answers, cuts=["customer_id"])
    (path,) = report.write(tmp_path / f"f.{suffix}")
    if suffix == "csv":
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    else:
        book = CalamineWorkbook.from_path(path)
        assert book.sheet_names == SHEETS
        names, *cells = book.get_sheet_by_name("forecast").to_python()
        rows = [dict(zip(names, row, strict=True)) for row in cells]
    for currency, cents in open_balance(answers).items():
        mine = [row for row in rows if row["currency"] == currency]
        open_ = [Decimal(str(row["expected"])) for row in mine if row["layer"] == "open_invoices"]
        assert round(sum(open_) * 100) == cents
        new = [row for row in mine if row["layer"] == "not_yet_issued"]
        assert not any(row["customer_id"] for row in new)
        band = report.not_yet_issued()
        whole = band.loc[band["currency"] == currency, "expected"].sum()
        assert round(sum(Decimal(str(row["expected"])) for row in new) * 100) == whole > 0
        layers = {"open_invoices", "not_yet_issued", "all_receipts"}
        assert {row["layer"] for row in mine} == layers
        assert {row["basis"] for row in mine} == {"booking date"}


@pytest.mark.parametrize("basis", ["booking", "value"])
def test_the_layers_stand_apart_and_sum_to_receipts_in_all(settings, answers, basis):
    report = forecast(settings, answers=answers, by="week", basis=basis)
    layers = [report.table(), report.not_yet_issued(), report.receipts.booked_before("week")]
    keys = ["currency", "starts_on"]
    sums = pd.concat(layers).groupby(keys)["expected"].sum()
    whole = report.receipts.in_all("week")
    assert whole.set_index(keys)["expected"].to_dict() == sums.to_dict()
    assert ((whole["p10"] <= whole["p50"]) & (whole["p50"] <= whole["p90"])).all()
    balance = report.balance().set_index("currency")
    assert balance["open_balance"].to_dict() == open_balance(answers)
    rest = ["settled_by_credits", "within_horizon", "beyond_horizon", "never"]
    assert (balance[rest].sum(axis=1) == balance["open_balance"]).all()
    for table in layers:
        assert (table["expected"] >= 0).all()
    shown = report.receipts.side_by_side("week")
    assert (shown["in_all"].to_numpy() == whole["expected"].to_numpy()).all()
    parts = ["expected", "not_yet_issued", "booked_before"]
    there = [name for name in parts if name in shown]
    assert (shown[there].sum(axis=1) == shown["in_all"]).all()


def test_by_value_date_cash_comes_later_and_on_open_days(settings, answers):
    booked = forecast(settings, answers=answers, by="day")
    valued = forecast(settings, answers=answers, by="day", basis="value")
    assert (booked.receipts.basis, valued.receipts.basis) == ("booking date", "value date")
    assert "by value date" in valued.sentence
    assert "not verifiable by value date" in valued.sentence
    means = [
        float((t["expected"] * (t["starts_on"] - t["starts_on"].min())).sum())
        for t in (booked.table(), valued.table())
    ]
    assert means[0] < means[1]
    for table in (valued.table(), valued.not_yet_issued(), booked.not_yet_issued()):
        weekend = weekday(table["starts_on"].to_numpy()) >= 5
        is_euro = (table["currency"] == "EUR").to_numpy()
        assert weekend.any()
        assert not table.loc[weekend & ~is_euro, "expected"].any()
        at_once = table.loc[weekend & is_euro, "expected"].sum()
        assert 0 < at_once < 0.02 * table.loc[is_euro, "expected"].sum()
    said = booked.assumptions().set_index("name")["value"]
    assert "instant payments" in said["closed_days"]
    assert said["basis"] == "booking date"


def test_without_value_dates_it_says_so_and_counts_bookings(tmp_path):
    settings = small_home(tmp_path, with_risk=False)
    owed = ledger(
        invoices=[
            invoice("A", 100, issued_on="2024-01-01", due_on="2024-01-31"),
            invoice("B", 700, issued_on="2024-01-20", due_on="2024-02-20"),
        ],
        credits=[credit("K", 100, "2024-02-01")],
        allocations=[link("K", "A", 100, "2024-02-01")],
    )
    storage.save(owed, settings.home)
    reports = [forecast(settings, basis=basis) for basis in ("booking", "value")]
    assert reports[1].receipts.basis == "booking date"
    sentence = "No value date was ever recorded before 2024-02-02, so cash counts on its booking"
    assert sentence in reports[1].receipts.basis_said
    assert reports[0].table().equals(reports[1].table())


def test_our_own_group_is_told_apart(settings, answers):
    report = forecast(settings, answers=answers, by="month")
    outlook = report.receipts.outlook
    ids = set(answers.history(report.cash.as_of).open_invoices()["customer_id"])
    own = replace(outlook)
    own.__dict__["related_customers"] = {min(ids), max(ids)}
    apart = replace(report, receipts=replace(report.receipts, outlook=own))
    table = apart.receipts.from_own_group("month")
    records = apart.receipts.records("month", "customer_id")
    mine = records["customer_id"].isin(own.related_customers) & (
        records["layer"] == "open_invoices"
    )
    assert (records.loc[mine, "intercompany"] == records.loc[mine, "expected"]).all()
    rest = records[~mine & (records["layer"] == "open_invoices")]
    assert not rest["intercompany"].any()
    inside = records[mine & (records["part"] == "month")]
    assert inside["expected"].sum() == table["expected"].sum() > 0
    assert any("of_own_group" in one for one in apart.printed().values())


def test_what_cannot_be_asked_is_refused_before_the_work(settings, tmp_path):
    with pytest.raises(InputError, match="day, week, month, quarter"):
        forecast(settings.model_copy(update={"home": tmp_path}), by="year")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--by", "year"], "cannot be shown by 'year'"),
        (["--group", "terms"], "'terms' is no group"),
        (["--basis", "cash"], "'cash' is no basis"),
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
    title, *_ = printed = capsys.readouterr().out.splitlines()
    assert title.startswith("Cash expected from no open invoices as of 2024-02-02")
    assert any("not_yet_issued" in line for line in printed)
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
    assert set(document) == TABLES
    for word in ("not_yet_issued", "in_all", "basis_said", "dilution_"):
        assert word in text
    assert {"entity_id", "currency", "starts_on", "expected", "p10"} <= set(
        document["forecast"][0]
    )
