"""Cases from the field: encodings and the cells of a workbook, with their right values."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.ledger.importing.reading import load_preset, preset_from_file, read_source

CASES = Path(os.environ.get("PAYRISK_CASES", ""))

pytestmark = pytest.mark.skipif(
    not os.environ.get("PAYRISK_CASES"), reason="PAYRISK_CASES names no folder of cases"
)

UNICODE = ["Müller & Söhne GmbH", "Łódź Sp. z o.o. 🚚", "شركة النور"]
WESTERN = ["Müller & Söhne GmbH", "Café Ñandú €"]


@pytest.mark.parametrize(
    ("name", "customers"),
    [
        ("a_sep_line", UNICODE),
        ("b_bom_sep_line", UNICODE),
        ("c_utf16le_tab", UNICODE),
        ("e_cp1252", WESTERN),
        ("g_cr_only", UNICODE),
    ],
)
def test_every_encoding_is_read(name, customers):
    path = CASES / "17-encodings" / f"{name}.csv"
    reading = read_source(path, load_preset("generic"), imported_on=20600)
    invoices = reading.tables["invoices"]
    assert reading.tables["customers"]["name"].tolist() == customers
    assert invoices["amount"].tolist() == [100_00, 200_00, 300_00][: len(customers)]
    assert set(invoices["issued_on"]) == {day_of("2026-01-05")}
    assert reading.rows_in == reading.rows_accepted == len(customers)
    assert {p.action for p in reading.problems} <= {"noted"}


def test_cells_of_a_workbook_mean_what_they_hold():
    folder = CASES / "34-excel-cells"
    mapping = preset_from_file(folder / "sheet.toml")
    reading = read_source(folder / "cells.xlsx", mapping, imported_on=20600)
    invoices = reading.tables["invoices"]
    assert invoices["amount"].tolist() == [100_10, 30]
    assert invoices["issued_on"].tolist() == [day_of("2026-01-15")] * 2
    assert invoices["invoice_id"].tolist()[1] == "400650001234567"
    assert [p.row for p in reading.problems if p.code == "float_noise"] == [2]
    assert [p.row for p in reading.problems if p.action == "quarantined"] == [3, 4]
    assert any("#N/A" in p.message for p in reading.problems)


def test_a_cover_sheet_is_named_in_the_refusal():
    path = CASES / "34-excel-cells" / "cells.xlsx"
    with pytest.raises(InputError, match="cells.xlsx:Cover has no column for"):
        read_source(path, load_preset("generic"), imported_on=20600)
