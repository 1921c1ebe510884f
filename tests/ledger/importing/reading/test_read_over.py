"""What stands in a file and is no row is read over: headers said again, the sign of DOS's end."""

from __future__ import annotations

import pytest
import xlsxwriter

from payrisk.ledger.importing.reading import load_preset, read_source

HEAD = ["invoice_id", "customer_id", "issued_on", "due_on", "amount", "currency"]
ROWS = [
    ["A", "c1", "2025-01-01", "2025-01-31", "100.50", "EUR"],
    ["B", "c1", "2025-01-02", "2025-02-01", "7.00", "EUR"],
]


def book(path, lines):
    with xlsxwriter.Workbook(path) as file:
        sheet = file.add_worksheet()
        for i, line in enumerate(lines):
            sheet.write_row(i, 0, line)
    return path


def text(path, lines):
    path.write_text("".join(",".join(line) + "\n" for line in lines))
    return path


@pytest.mark.parametrize(("write", "name"), [(text, "a.csv"), (book, "a.xlsx")])
def test_a_header_said_again_is_no_row(tmp_path, write, name):
    path = write(tmp_path / name, [HEAD, ROWS[0], HEAD, ROWS[1], HEAD])
    reading = read_source(path, load_preset("generic"), imported_on=20600)
    assert reading.tables["invoices"]["amount"].tolist() == [10_050, 700]
    assert (reading.rows_in, reading.rows_accepted) == (2, 2)
    (note,) = [p for p in reading.problems if p.code == "header_again"]
    assert (note.action, note.row, note.n) == ("noted", 2, 2)


@pytest.mark.parametrize(("cell", "is_left_out"), [("Seite 1", True), ("Page 2 of 3", True),
                                                   ("Paget 2", False)])  # fmt: skip
def test_the_number_of_a_page_is_no_row(tmp_path, cell, is_left_out):
    path = text(tmp_path / "a.csv", [HEAD, ROWS[0], [cell, *[""] * (len(HEAD) - 1)], ROWS[1]])
    reading = read_source(path, load_preset("generic"), imported_on=20600)
    assert reading.tables["invoices"]["amount"].tolist() == [10_050, 700]
    assert (reading.rows_quarantined == 0) == is_left_out


def test_a_row_that_says_only_some_of_the_header_again_is_a_row(tmp_path):
    path = text(tmp_path / "a.csv", [HEAD, ROWS[0], [*HEAD[:5], "EUR"]])
    reading = read_source(path, load_preset("generic"), imported_on=20600)
    assert reading.rows_quarantined == 1


@pytest.mark.parametrize("end", [b"\x1a", b"\x1a\r\n", b"\n\x1a"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp850"])
def test_the_sign_by_which_dos_ends_a_file_is_no_row(tmp_path, end, encoding):
    rows = "\r\n".join(",".join(line) for line in [HEAD, [ROWS[0][0], "Größe", *ROWS[0][2:]]])
    path = tmp_path / "a.csv"
    path.write_bytes(rows.encode(encoding) + b"\r\n" + end)
    reading = read_source(path, load_preset("generic"), imported_on=20600)
    assert reading.tables["invoices"]["customer_id"].tolist() == ["Größe"]
    assert (reading.rows_in, reading.rows_quarantined) == (1, 0)
    assert not [p for p in reading.problems if p.action in ("doubted", "quarantined")]
