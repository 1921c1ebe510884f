"""Ids that a spreadsheet ruined are put right by the ledger, in doubt till the mapping says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.calendar import day_of
from payrisk.ledger import Ledger
from payrisk.ledger.importing.identity.spreadsheet_ids import restored_ids
from payrisk.ledger.importing.merging import merge
from payrisk.ledger.importing.reading import load_preset, read_source

HEADER = "invoice_id,customer_id,issued_on,due_on,amount,currency"
FIRST = (
    "0000001001,0000100200,2026-01-05,2026-02-04,100.00,EUR",
    "0000001002,0000100201,2026-01-05,2026-02-04,200.00,EUR",
)
RUINED = (
    "1001,100200,2026-01-05,2026-02-04,100.00,EUR",
    "1002,100201,2026-01-05,2026-02-04,200.00,EUR",
    "1003,100200,2026-02-05,2026-03-07,300.00,EUR",
)
GENERIC = load_preset("generic")


def after(folder, *lists, preset=GENERIC):
    ledger, problems = None, []
    for turn, rows in enumerate(lists):
        file = folder / f"{turn}.csv"
        file.write_text("\n".join([HEADER, *rows]) + "\n", "utf-8")
        day = day_of("2026-05-01") + turn
        tables = ledger.tables if ledger else None
        source = read_source(file, preset, imported_on=day, ledger_tables=tables)
        problems += source.problems
        if ledger is None:
            ledger = Ledger.from_tables(source.tables)[0]
        else:
            ledger = Ledger(merge(ledger, source.tables, day, full=False)[0])
    return ledger, problems


@pytest.mark.parametrize("lists", [(FIRST, RUINED), (FIRST, RUINED, FIRST, RUINED)])
def test_lost_zeros_are_put_back_and_said_to_be_in_doubt(tmp_path, lists):
    ledger, problems = after(tmp_path, *lists)
    books = ledger.balance_at(day_of("2026-04-30")).invoices()
    assert int(books["residual"].sum()) == 60_000
    assert set(books["invoice_id"]) == {"0000001001", "0000001002", "0000001003"}
    assert set(books["customer_id"]) == {"0000100200", "0000100201"}
    assert {p.column for p in problems if p.action == "doubted"} == {"invoice_id", "customer_id"}


def test_the_mapping_settles_the_doubt(tmp_path):
    _, problems = after(tmp_path, FIRST, RUINED, preset=replace(GENERIC, ids="restore"))
    assert not [p for p in problems if p.action == "doubted"]
    apart, problems = after(tmp_path, FIRST, RUINED, preset=replace(GENERIC, ids="as written"))
    assert not [p for p in problems if p.action == "doubted"]
    assert len(apart.tables["invoices"]) == 5


@pytest.mark.parametrize("cell", ["1.00100E+15", "1E+12"])
def test_an_id_whose_digits_are_gone_is_set_aside(tmp_path, cell):
    ledger, problems = after(tmp_path, (FIRST[0], FIRST[1].replace("0000001002", cell)))
    assert len(ledger.tables["invoices"]) == 1
    (problem,) = [p for p in problems if p.action == "quarantined"]
    assert problem.column == "invoice_id"
    assert "export the column as text" in problem.message


def test_an_id_written_as_a_formula_is_its_text(tmp_path):
    formula = FIRST[0].replace("0000001001", '"=""0000001001"""')
    ledger, problems = after(tmp_path, (formula,), FIRST)
    assert set(ledger.tables["invoices"]["invoice_id"]) == {"0000001001", "0000001002"}
    assert {p.action for p in problems if p.code == "ruined_id"} == {"repaired"}


def test_an_id_that_may_be_either_of_two_is_set_aside(tmp_path):
    both = (FIRST[0], FIRST[0].replace("0000001001", "001001"))
    ledger, problems = after(tmp_path, both, (RUINED[0],), preset=replace(GENERIC, ids=""))
    assert len(ledger.tables["invoices"]) == 2
    assert [p.column for p in problems if p.action == "quarantined"] == ["invoice_id"]


@given(st.lists(st.from_regex(r"0{0,3}[1-9]\d{0,4}", fullmatch=True), unique=True, min_size=1))
def test_a_known_id_is_never_changed_and_a_restored_one_is_known_or_of_the_known_length(known):
    bare = {text.lstrip("0") for text in known} - set(known)
    ids = restored_ids(sorted(bare), known)
    for written, meant in ids.meant.items():
        assert written not in known
        assert meant in known
        assert meant.lstrip("0") == written
    assert not ids.ambiguous & ids.meant.keys()
