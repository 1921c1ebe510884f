"""What a workbook shows beside its numbers counts: currencies, sides, per cent, days from 1904."""

from __future__ import annotations

import pytest
import xlsxwriter

from payrisk.calendar import day_of
from payrisk.ledger.importing.reading import load_preset, read_source
from payrisk.ledger.importing.reading.containers.marked_numbers import parse_marked_format

HEADER = [
    "invoice_id",
    "customer_id",
    "issued_on",
    "due_on",
    "amount",
    "currency",
    "discount_rate",
]


def read(path, code, *, options=None, days=(46027, 46057), rate=("0%", 0.02)):
    with xlsxwriter.Workbook(path, options or {}) as file:
        sheet = file.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ["A", "K", *days])
        sheet.write_number(1, 4, 1234.5, file.add_format({"num_format": code}))
        sheet.write(1, 5, "EUR")
        sheet.write_number(1, 6, rate[1], file.add_format({"num_format": rate[0]}))
    return read_source(path, load_preset("generic"), imported_on=20_700)


@pytest.mark.parametrize(
    ("code", "table", "why"),
    [
        ("#,##0.00 [$€-407]", "invoices", ""),
        ('_-* #,##0.00 "€"_-;-* #,##0.00 "€"_-', "invoices", ""),
        ('#,##0.00" Cr"', "credits", ""),
        ('#,##0.00" Dr"', "invoices", ""),
        ("[$USD] #,##0.00", "", "is in another currency than its row"),
        ('"$"#,##0.00', "", "is in another currency than its row"),
        ("0.00%", "", "is not an amount"),
    ],
)
def test_an_amount_is_what_its_cell_shows(tmp_path, code, table, why):
    reading = read(tmp_path / "b.xlsx", code)
    if table:
        assert reading.tables[table]["amount"].tolist() == [123_450]
    assert [p.message.endswith(why) for p in reading.problems if p.action == "quarantined"] == (
        [True] if why else []
    )


@pytest.mark.parametrize("code", ["#,##0.00", "yyyy-mm-dd", "dd/mm/yy hh:mm", "[$-409]d-mmm", "@"])
def test_plain_numbers_days_and_texts_have_no_mark(code):
    assert parse_marked_format(code) is None


@pytest.mark.parametrize("rate", [("0%", 0.02), ("0.0000", 0.02)])
@pytest.mark.parametrize("is_1904", [False, True])
def test_shares_and_days_are_what_their_cells_show(tmp_path, rate, is_1904):
    early = 1462 if is_1904 else 0
    days = 46027 - early, 46057 - early
    reading = read(
        tmp_path / "b.xlsx", "0.00", options={"date_1904": is_1904}, days=days, rate=rate
    )
    row = reading.tables["invoices"].iloc[0]
    assert row["discount_rate"] == 0.02
    assert (row["issued_on"], row["due_on"]) == (day_of("2026-01-05"), day_of("2026-02-04"))
