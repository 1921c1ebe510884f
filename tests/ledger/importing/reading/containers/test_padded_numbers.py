"""Numbers that a workbook shows with zeros or signs of their format are ids as they are shown."""

from __future__ import annotations

import datetime as dt

import pytest
import xlsxwriter

from payrisk.ledger.importing.reading import load_preset, read_source
from payrisk.ledger.importing.reading.containers.padded_numbers import parse_padded_format

HEADER = ["invoice_id", "customer_id", "issued_on", "due_on", "amount", "currency"]


def book(path, number_format, number):
    with xlsxwriter.Workbook(path) as file:
        sheet = file.add_worksheet()
        shown, day, money = (
            file.add_format({"num_format": code})
            for code in (number_format, "yyyy-mm-dd", "#,##0.00")
        )
        sheet.write_row(0, 0, HEADER)
        sheet.write_number(1, 0, number, shown)
        sheet.write(1, 1, "K")
        sheet.write_datetime(1, 2, dt.date(2026, 1, 5), day)
        sheet.write_datetime(1, 3, dt.date(2026, 2, 4), day)
        sheet.write_number(1, 4, 1234.5, money)
        sheet.write(1, 5, "EUR")
    return path


@pytest.mark.parametrize(
    ("number_format", "number", "shown"),
    [
        ("0000000", 1001, "0001001"),
        ("000", 1001, "1001"),
        ('"RE-"00000', 42, "RE-00042"),
        ("0000-0000", 123456, "0012-3456"),
        ("[$-407]000000", 7, "000007"),
        ("0", 7, "7"),
        ("#,##0", 1001, "1001"),
        ("General", 1001, "1001"),
    ],
)
def test_an_id_is_what_its_cell_shows(tmp_path, number_format, number, shown):
    path = book(tmp_path / "b.xlsx", number_format, number)
    reading = read_source(path, load_preset("generic"), imported_on=20600)
    assert reading.tables["invoices"]["invoice_id"].tolist() == [shown]
    assert reading.tables["invoices"]["amount"].tolist() == [123_450]
    assert not reading.problems


@pytest.mark.parametrize("code", ["0.00", "00.00", "0", "General", "#,##0", "yyyy-mm-dd", "@"])
def test_formats_of_amounts_days_and_texts_pad_nothing(code):
    assert parse_padded_format(code) is None
