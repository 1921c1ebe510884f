"""payrisk forecast and the commands under it, over a small home."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal

import pandas as pd
import pytest

from payrisk.calendar import iso
from payrisk.cash.published.variance import PARTS
from payrisk.cli import run
from payrisk.credit.deciding.policy import HOUSE
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk_pipelines import forecast as pipelines
from support.home.small_home import small_home, untried  # noqa: F401


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return small_home(tmp_path_factory.mktemp("home"), with_risk=False).home


@pytest.fixture(scope="module")
def morning(home):
    return storage.load(home).default_as_of - 60


@pytest.fixture
def said(home, capsys):
    def said_(*arguments: str):
        assert run(["--home", str(home), "forecast", *arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return said_


@pytest.fixture(scope="module")
def published(home, morning, tmp_path_factory):
    rows = storage.load(home).as_of(morning).open_invoices()
    first = rows.iloc[0]
    day = morning + 10
    path = tmp_path_factory.mktemp("dates") / "dates.csv"
    path.write_text(
        "invoice_id,instalment,pays_on,amount,currency,owner,source,reason,entered_on,expires_on\n"
        f"{first['invoice_id']},{first['instalment']},{iso(day)},,,ann,user,=SUM(A1),"
        f"{iso(morning)},{iso(day + 5)}\n"
    )
    for at in (morning, morning + 7):
        more = ["--overrides", str(path)] if at == morning else []
        command = ["forecast", "publish", "--as-of", iso(at), "--horizon-days", "42", *more]
        assert run(["--home", str(home), *command]) == 0
    return [f"{iso(at)}-1-1" for at in (morning, morning + 7)]


def test_asked_again_it_is_shown_as_before_until_something_moves(
    home, tmp_path, capsys, monkeypatch
):
    again = tmp_path / "home"
    shutil.copytree(home, again, ignore=shutil.ignore_patterns("reports"))
    report = again / "reports" / f"cash-by-month-{iso(storage.load(again).default_as_of)}.csv"

    def told(*form):
        assert run(["--home", str(again), "forecast", "--by", "month", *form]) == 0
        return capsys.readouterr(), report.read_bytes()

    first = told()
    report.unlink()
    monkeypatch.setattr(pipelines, "forecast", lambda *_, **__: 1 / 0)
    assert told() == first
    with pytest.raises(ZeroDivisionError):
        told("--json")
    policy = HOUSE.read_text().replace("stale_ledger_days = ", "stale_ledger_days = 1")
    (again / "policy.toml").write_text(policy)
    with pytest.raises(ZeroDivisionError):  # another policy is another answer
        told()
    (again / "policy.toml").unlink()
    assert told() == first
    grown = storage.load(again)
    payment = grown.tables["credits"].head(1).assign(credit_id="new", amount=1)
    more = dict(grown.tables) | {"credits": pd.concat([grown.tables["credits"], payment])}
    storage.save(Ledger.from_tables(more)[0], again)
    with pytest.raises(ZeroDivisionError):  # and so is another ledger
        told()


def test_without_a_subcommand_it_forecasts(said, morning):
    tables = said("--as-of", iso(morning), "--by", "month", "--horizon-days", "42")
    assert {"forecast", "not_yet_issued", "receipts_in_all", "intercompany", "became"} < set(
        tables
    )


def test_published_forecasts_are_listed_and_keep_their_ledger(said, published, home):
    assert [row["name"] for row in said("list")] == published
    sha = storage.current_sha(home)
    (home / "ledger").write_text("\n")
    try:
        assert storage.named_shas(home) == {sha}
    finally:
        (home / "ledger").write_text(f"{sha}\n")


def test_shown_in_both_views_with_what_people_said(said, published):
    tables = said("show", published[0])
    assert {row["view"] for row in tables["totals"]} == {"model", "adjusted"}
    user = [row for row in tables["overrides"] if row["source"] == "user"]
    assert [(row["owner"], row["status"]) for row in user] == [("ann", "applied")]


def test_compared_with_a_later_one(said, published):
    for row in said("compare", *published):
        parts = [Decimal(row[name]) for name in ("before", "gone", "new", "revised")]
        assert sum(parts) == Decimal(row["after"])


@pytest.mark.parametrize("view", [[], ["--adjusted"]])
def test_held_against_what_came(said, published, view):
    tables = said("actuals", published[0], *view)
    assert tables["variance"]
    for row in tables["variance"]:
        parts = sum(Decimal(row[name]) for name in PARTS)
        assert Decimal(row["expected"]) + parts == Decimal(row["actual"])
        assert Decimal(row["actual"]) - Decimal(row["expected"]) == Decimal(row["variance"])
    assert [row["owner"] for row in tables["overrides"] if row["source"] == "user"] == ["ann"]


def test_what_if(said, morning, home, capsys):
    when = ["--as-of", iso(morning), "--horizon-days", "42"]
    tables = said("scenarios", "largest:3:7", "discount:2:10:30", *when)
    assert set(tables) == {"scenarios", "discount:2:10:30"}
    currency = tables["scenarios"][0]["currency"]
    table = said("liquidity", f"{currency}:1.00:{iso(morning + 20)}:DE01", *when)
    assert table[0]["need"] == "1.00"
    assert table[0]["entity_id"] == "DE01"
    tables = said("positions", *when)
    assert set(tables) == {"positions", "large_invoices"}
    assert run(["--home", str(home), "forecast", "positions", "--as-of", "2036-01-01"]) == 0
    assert "Not verified: the ledger's last fact is" in capsys.readouterr().err
    assert run(["--home", str(home), "forecast", "scenarios", "magic", *when]) == 2
    assert "A scenario is largest" in capsys.readouterr().err
    assert run(["--home", str(home), "forecast", "show", "../ledger"]) == 2
    assert "names no forecast" in capsys.readouterr().err


def test_where_no_invoice_is_open_what_is_not_yet_issued_is_still_told(home, tmp_path, capsys):
    ledger = storage.load(home)
    open_ = set(ledger.as_of(ledger.default_as_of).open_invoices()["invoice_id"])
    tables = {
        name: table[~table["invoice_id"].isin(open_).to_numpy()]
        if "invoice_id" in table
        else table
        for name, table in ledger.tables.items()
    }
    paid = tmp_path / "home"
    shutil.copytree(home, paid, ignore=shutil.ignore_patterns("reports"))
    storage.save(Ledger.from_tables(tables)[0], paid)
    morning = iso(ledger.default_as_of)
    assert run(["--home", str(paid), "forecast", "--by", "month", "--as-of", morning]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"Cash expected from no open invoices as of {morning}")
    assert "not_yet_issued" in shown
