"""A column that says what a row is, or what is paid of it, is read or in doubt."""

from __future__ import annotations

import pytest

from payrisk.calendar import day_of
from payrisk.ledger.importing.reading import load_preset, read_source

HEADER = "invoice_id,customer_id,issued_on,due_on,amount,currency"
ROW = "A,c,2026-01-01,2026-02-01,5.00,EUR"


def doubts(tmp_path, column, cell):
    file = tmp_path / "list.csv"
    file.write_text(f"{HEADER},{column}\n{ROW},{cell}\n", "utf-8")
    source = read_source(file, load_preset("generic"), imported_on=day_of("2026-03-01"))
    return [p.code for p in source.problems if p.action == "doubted"]


@pytest.mark.parametrize(
    "column",
    ["Belegart", "D/C", "Type", "Status", "Bezahlt", "Betaald", "Pagado", "Pagato", "Zapłacono",
     "Transaction Type", "Art", "Statut"],
)  # fmt: skip
def test_it_is_in_doubt(tmp_path, column):
    assert doubts(tmp_path, column, "x") == ["unused_column"]


@pytest.mark.parametrize("column", ["Notes", "Reference", "Sales Rep", "Project", "Phone"])
def test_others_are_noted(tmp_path, column):
    assert doubts(tmp_path, column, "x") == []


def test_one_without_a_cell_says_nothing(tmp_path):
    assert doubts(tmp_path, "Status", "") == []
