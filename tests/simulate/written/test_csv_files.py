"""The simulation on disk: CSV files that import to the same facts, truth that stays exact."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from payrisk.calendar import day_of
from payrisk.cli.books.simulate import add_commands
from payrisk.errors import InputError, LedgerError
from payrisk.ledger import Ledger
from payrisk.ledger.importing.reading import load_preset, read_source
from payrisk.ledger.stored import storage
from payrisk.simulate import World, simulate, true_curves
from payrisk.simulate.truth.stored import load_truth, save_truth, truth_sha
from payrisk.simulate.written.csv_files import write_csv


@pytest.fixture(scope="module")
def made():
    return simulate(40, 8, 3)


def test_importing_the_csv_files_gives_the_same_facts(made, tmp_path):
    files = write_csv(made.tables, tmp_path)
    assert {f.stem for f in files} == {n for n, f in made.tables.items() if len(f)}
    read = read_source(tmp_path, load_preset("generic"), imported_on=day_of("2026-01-10"))
    assert (read.rows_quarantined, len(read.problems)) == (0, 0)
    ours, _ = Ledger.from_tables(made.tables)
    theirs, _ = Ledger.from_tables(read.tables)
    for name, frame in ours.tables.items():
        pd.testing.assert_frame_equal(frame, theirs.tables[name])


def test_amounts_are_written_in_major_units(made, tmp_path):
    write_csv(made.tables, tmp_path)
    rows = pd.read_csv(tmp_path / "invoices.csv", dtype=str)
    one = made.tables["invoices"].iloc[0]
    assert rows["amount"][0] == f"{one['amount'] // 100}.{one['amount'] % 100:02d}"
    assert rows["issued_on"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()


def test_the_truth_comes_back_as_it_was(made, tmp_path):
    with pytest.raises(LedgerError):
        load_truth(tmp_path)
    assert truth_sha(tmp_path) == ""
    save_truth(made.truth_tables(), tmp_path, "abc")
    assert truth_sha(tmp_path) == "abc"
    back = load_truth(tmp_path)
    for name, frame in made.truth_tables().items():
        pd.testing.assert_frame_equal(back[name], frame, check_exact=True)
    some = slice(0, 50)
    before = true_curves(made.truth[some], made.customers_truth)
    after = true_curves(back["truth"][some], back["customers_truth"])
    assert (before.matrix == after.matrix).all()


def run(*arguments):
    app = typer.Typer()
    app.callback()(lambda: None)
    add_commands(app)
    return CliRunner().invoke(app, ["simulate", *arguments])


def test_the_command_keeps_ledger_truth_and_files(tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("PAYRISK_HOME", str(home))
    small = ["--customers", "20", "--months", "6", "--seed", "2", "--json"]
    told = run(*small, "--csv", str(tmp_path / "csv"))
    assert told.exit_code == 0, told.output
    tables = json.loads(told.output)
    rows = {one["table"]: one["rows"] for one in tables["facts"]}
    ledger = storage.load(home)
    assert rows["invoices"] == len(ledger.tables["invoices"])
    assert tables["outcome"][0]["ledger"] == storage.current_sha(home) == truth_sha(home)
    assert {one["currency"] for one in tables["money"]} == set(
        ledger.tables["invoices"]["currency"]
    )
    assert (tmp_path / "csv" / "invoices.csv").is_file()
    again = json.loads(run(*small).output)
    assert again["outcome"][0]["ledger"] == tables["outcome"][0]["ledger"]
    assert "customers" in run("--customers", "20", "--months", "6").output


def test_the_command_leaves_real_facts_alone(made, tmp_path, monkeypatch):
    monkeypatch.setenv("PAYRISK_HOME", str(tmp_path))
    storage.save(Ledger.from_tables(made.tables)[0], tmp_path)
    refused = run("--customers", "5", "--months", "3")
    assert isinstance(refused.exception, InputError)
    assert "home of its own" in str(refused.exception)


def test_a_company_that_bills_nothing_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PAYRISK_HOME", str(tmp_path))
    nothing = simulate(1, 1, 0, world=World(invoices_a_month=0.0))
    monkeypatch.setattr("payrisk.simulate.simulate", lambda *_: nothing)
    refused = run("--customers", "1", "--months", "1")
    assert isinstance(refused.exception, InputError)
    assert "bills nothing" in str(refused.exception)
