"""Formulas that no program calculated are doubted: their invoices of 0.00 may be of any sum."""

from __future__ import annotations

import pytest
import xlsxwriter

from payrisk.ledger.importing.reading import load_preset, read_source

HEAD = ["invoice_id", "customer_id", "issued_on", "due_on", "amount", "currency"]


@pytest.mark.parametrize(
    ("results", "is_doubted"), [((0, 0), True), ((100, 0), False), ((), False)]
)
def test_formulas_without_a_result_are_doubted(tmp_path, results, is_doubted):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD)
        for i in range(3):
            row = [f"A{i}", "c1", "2025-01-01", "2025-01-31", 5 * i, "EUR"]
            sheet.write_row(i + 1, 0, row)
        for i, result in enumerate(results):
            sheet.write_formula(i + 1, 4, "=50*2", None, result)
    reading = read_source(path, load_preset("generic"), imported_on=20600)
    doubts = [(p.code, p.n) for p in reading.problems if p.action == "doubted"]
    assert doubts == ([("uncalculated", 2)] if is_doubted else [])
