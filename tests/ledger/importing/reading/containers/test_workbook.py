"""Workbooks and pages: typed cells mean what they say, whatever a mapping says of texts."""

from __future__ import annotations

import datetime as dt
import zipfile

import pandas as pd
import pytest
import xlsxwriter

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.ledger.importing.reading import load_preset, preset_from_text, read_source
from payrisk.ledger.importing.reading.containers.grid import Layout, joined_header
from payrisk.ledger.importing.reading.sheet import read_sheet

HEAD = ["invoice_id", "customer_id", "issued_on", "due_on", "amount", "currency"]
GERMAN = preset_from_text(
    'preset = "generic"\ndecimal = ","\nthousands = "."\ndates = ["d/m/y"]', "german.toml"
)
LATE = pd.Timestamp("2026-01-15 23:59").to_pydatetime()
GENERIC = load_preset("generic")


def book(path, rows, title=(), formats=None):
    with xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy"}) as whole:
        sheet = whole.add_worksheet("Sheet1")
        for i, row in enumerate([*title, *rows]):
            for j, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("="):
                    sheet.write_formula(i, j, cell, None, (formats or {}).get(cell, 0))
                elif cell is not None:
                    sheet.write(i, j, cell)
    return path


def row(i, amount, issued=dt.date(2026, 1, 5)):
    return [f"A{i}", "c", issued, dt.date(2026, 2, 4), amount, "EUR"]


def amounts(reading):
    invoices = reading.tables["invoices"]
    return dict(zip(invoices["invoice_id"], invoices["amount"], strict=True))


def test_number_cells_are_numbers_though_the_mapping_says_decimal_comma(tmp_path):
    cells = [1234.5, 1.25, 1000, 0.1, -7.5, "1.234,56", "1,5", "2.000"]
    rows = [HEAD, *(row(i, cell) for i, cell in enumerate(cells))]
    reading = read_source(book(tmp_path / "n.xlsx", rows), GERMAN, imported_on=20600)
    assert reading.rows_quarantined == 0
    cents = {
        f"A{i}": c for i, c in enumerate([123450, 125, 100000, 10, -750, 123456, 150, 200000])
    }
    assert amounts(reading) == {i: c for i, c in cents.items() if c > 0}


def test_one_point_two_three_four_as_a_number_is_no_thousand(tmp_path):
    rows = [HEAD, row(0, 1.234), row(1, 2.5)]
    reading = read_source(book(tmp_path / "n.xlsx", rows), GERMAN, imported_on=20600)
    assert amounts(reading) == {"A1": 250}
    (bad,) = (p for p in reading.problems if p.action == "quarantined")
    assert (bad.row, bad.column) == (1, "amount")


def test_date_cells_are_days_though_the_mapping_says_another_order(tmp_path):
    rows = [HEAD, row(0, 1, dt.date(2026, 3, 4)), row(1, 1, LATE)]
    rows.append(["A2", "c", "04/03/2026", "05/03/2026", 1, "EUR"])
    reading = read_source(book(tmp_path / "d.xlsx", rows), GERMAN, imported_on=20600)
    issued = reading.tables["invoices"]["issued_on"].tolist()
    assert issued == [day_of("2026-03-04"), day_of("2026-01-15"), day_of("2026-03-04")]


def test_parquet_columns_are_typed_the_same(tmp_path):
    frame = pd.DataFrame([row(0, 1234.5), row(1, 0.75)], columns=HEAD)
    frame.to_parquet(tmp_path / "t.parquet")
    reading = read_source(tmp_path / "t.parquet", GERMAN, imported_on=20600)
    assert amounts(reading) == {"A0": 123450, "A1": 75}
    text = frame.assign(amount=["1.234,50", "0,75"])
    text.to_parquet(tmp_path / "t.parquet")
    assert amounts(read_source(tmp_path / "t.parquet", GERMAN, imported_on=20600)) == amounts(
        reading
    )


def test_a_number_is_written_as_the_shortest_text_that_is_it(tmp_path):
    cells = [10.0000000001, 1e15, 400650001234567, 1 / 3, 12345678.9, True]
    path = book(tmp_path / "n.xlsx", [["x"], *([cell] for cell in cells)])
    sheet = read_sheet(path)
    texts = sheet.text(0).to_pylist()
    assert [float(text) for text in texts[:-1]] == [float(cell) for cell in cells[:-1]]
    assert texts[2] == "400650001234567"
    assert texts[-1] == "true"
    assert sheet.is_typed(0).all()


def test_an_error_cell_is_its_error_never_an_empty_cell(tmp_path):
    errors = {"=NA()": "#N/A", "=1/0": "#DIV/0!"}
    rows = [HEAD, row(0, 5), row(1, "=NA()"), row(2, "=1/0")]
    path = book(tmp_path / "e.xlsx", rows, formats=errors)
    assert read_sheet(path).text(4).to_pylist() == ["5", "#N/A", "#DIV/0!"]
    reading = read_source(path, GENERIC, imported_on=20600)
    bad = [(p.row, p.column) for p in reading.problems if p.action == "quarantined"]
    assert bad == [(2, "amount"), (3, "amount")]


def test_small_twin_of_excel_cells(tmp_path):
    rows = [HEAD, row(0, 0.3000000001), row(1, "=NA()"), row(2, 1.005)]
    path = book(tmp_path / "c.xlsx", rows, formats={"=NA()": "#N/A"})
    reading = read_source(path, GENERIC, imported_on=20600)
    assert amounts(reading) == {"A0": 30}
    assert [p.code for p in reading.problems if p.action == "repaired"] == ["float_noise"]
    assert reading.rows_quarantined == 2


TITLE = [["Open items"], ["Company X", None, dt.date(2026, 1, 31)], []]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "xls"])
def test_a_header_below_a_title_is_named_and_read_when_told(tmp_path, kind):
    rows = [HEAD, row(0, 5), row(1, 6)]
    path = tmp_path / f"t.{kind}"
    if kind == "csv":
        lines = [";".join("" if c is None else str(c) for c in line) for line in [*TITLE, *rows]]
        path.write_text("\n".join(lines) + "\n")
    elif kind == "xls":
        path.write_text(page([*TITLE, *rows]))
    else:
        book(path, rows, TITLE)
    with pytest.raises(
        InputError, match="row 4 looks like the header: skip_rows = 3 in a mapping"
    ):
        read_source(path, GENERIC, imported_on=20600)
    told = preset_from_text('preset = "generic"\nskip_rows = 3', "m.toml")
    assert amounts(read_source(path, told, imported_on=20600)) == {"A0": 500, "A1": 600}


def test_headers_of_two_rows_are_joined_spans_and_all(tmp_path):
    lines = [["Invoice", None, None, None, "Value"], ["No", "Customer", "Date", "Due", "EUR"]]
    assert joined_header([[c or "" for c in line] for line in lines])[:2] == (
        "Invoice No",
        "Invoice Customer",
    )
    text = """
    header_rows = 2
    currency = "EUR"
    [invoices.columns]
    invoice_id = "Invoice No"
    customer_id = "Invoice Customer"
    issued_on = "Invoice Date"
    due_on = "Invoice Due"
    amount = "Value EUR"
    """
    rows = [*lines, ["A0", "c", dt.date(2026, 1, 5), dt.date(2026, 2, 4), 12.5]]
    preset = preset_from_text(text, "m.toml")
    reading = read_source(book(tmp_path / "h.xlsx", rows), preset, imported_on=20600)
    assert amounts(reading) == {"A0": 1250}
    (tmp_path / "h.csv").write_text(
        "\n".join(",".join("" if c is None else str(c) for c in line) for line in rows)
    )
    assert amounts(read_source(tmp_path / "h.csv", preset, imported_on=20600)) == {"A0": 1250}


def test_a_customer_named_once_a_group_is_filled_down_when_told(tmp_path):
    rows = [["Customer", "amount"], ["Smith", 1], [None, 2], [None, "x"], ["Jones", 3], [None, 4]]
    path = book(tmp_path / "g.xlsx", rows)
    assert read_sheet(path).text(0).null_count == 3
    sheet = read_sheet(path, layout=Layout(fill_down=("Customer",)))
    assert sheet.text(0).to_pylist() == ["Smith"] * 3 + ["Jones"] * 2
    assert sheet.is_typed(1).tolist() == [True, True, False, True, True]
    (tmp_path / "g.csv").write_text("Customer,amount\nSmith,1\n ,2\n,3\n")
    sheet = read_sheet(tmp_path / "g.csv", layout=Layout(fill_down=("customer",)))
    assert sheet.text(0).to_pylist() == ["Smith"] * 3
    with pytest.raises(InputError, match="no column 'Client', which the mapping fills down"):
        read_sheet(path, layout=Layout(fill_down=("Client",)))


def page(rows, head="<html><head><meta charset=utf-8></head><body>"):
    body = "".join(
        "<tr>" + "".join(f"<td>{'' if c is None else c}</td>" for c in row) + "</tr>"
        for row in rows
    )
    return f"{head}<table border=1>{body}</table></body></html>"


def test_a_page_that_calls_itself_xls_is_read_as_a_page(tmp_path):
    rows = [
        HEAD,
        ["A0", "M&uuml;ller &amp; <b>S&ouml;hne</b>", *row(0, "5.00")[2:]],
        row(1, "6.50"),
    ]
    layouts = "<table><tr><td>Logo</td></tr></table>"
    (tmp_path / "p.xls").write_text(page(rows, f"<html><body>{layouts}"))
    reading = read_source(tmp_path / "p.xls", GENERIC, imported_on=20600)
    assert amounts(reading) == {"A0": 500, "A1": 650}
    assert reading.tables["invoices"]["customer_id"].tolist() == ["Müller & Söhne", "c"]


def test_cells_of_a_page_that_span_rows_stand_in_each_of_them(tmp_path):
    text = (
        "<table><tr><th>Customer</th><th>No</th><th>amount</th></tr>"
        "<tr><td rowspan=2>Smith</td><td>A</td><td>1</td></tr><tr><td>B</td><td>2</td></tr>"
        "<tr><td>Jones</td><td colspan=2>C</td></tr></table>"
    )
    (tmp_path / "p.xls").write_text(text)
    sheet = read_sheet(tmp_path / "p.xls")
    assert sheet.text(0).to_pylist() == ["Smith", "Smith", "Jones"]
    assert sheet.text(1).to_pylist() == ["A", "B", "C"]
    assert sheet.text(2).to_pylist() == ["1", "2", None]


def test_a_page_is_read_in_the_encoding_it_names(tmp_path):
    head = '<html><meta http-equiv="Content-Type" content="text/html; charset=windows-1250"><body>'
    rows = [HEAD, ["A0", "Łódź", *row(0, "5.00")[2:]]]
    (tmp_path / "p.xls").write_bytes(page(rows, head).encode("cp1250"))
    assert read_sheet(tmp_path / "p.xls").text(1).to_pylist() == ["Łódź"]


def test_excel_s_xml_of_2003_is_read_with_its_types(tmp_path):
    def cell(value):
        kind = "Number" if isinstance(value, float) else "String"
        return f'<Cell><Data ss:Type="{kind}">{value}</Data></Cell>'

    def line(cells):
        return f"<Row>{''.join(map(cell, cells))}</Row>"

    day = '<Cell ss:Index="3"><Data ss:Type="DateTime">2026-03-04T00:00:00.000</Data></Cell>'
    body = line(HEAD) + line(["A0", "c", "04.03.2026", "05.03.2026", 1234.5, "EUR"])
    body += f"<Row>{cell('A1')}{cell('c')}{day}{cell('05.03.2026')}{cell(1.25)}{cell('EUR')}</Row>"
    (tmp_path / "x.xls").write_text(
        '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="A">'
        f"<Table>{body}</Table></Worksheet></Workbook>"
    )
    reading = read_source(tmp_path / "x.xls", GERMAN, imported_on=20600)
    assert amounts(reading) == {"A0": 123450, "A1": 125}
    assert reading.tables["invoices"]["issued_on"].tolist() == [day_of("2026-03-04")] * 2


def test_text_that_calls_itself_xls_is_read_as_text(tmp_path):
    rows = [HEAD, row(0, "5.00")]
    text = "\r\n".join("\t".join(map(str, line)) for line in rows)
    for name, encoding in (("t.xls", "utf-16"), ("t.xlsx", "utf-8")):
        (tmp_path / name).write_bytes(text.encode(encoding))
        reading = read_source(tmp_path / name, GENERIC, imported_on=20600)
        assert amounts(reading) == {"A0": 500}


def test_a_workbook_that_calls_itself_csv_is_read_as_a_workbook(tmp_path):
    path = book(tmp_path / "w.xlsx", [HEAD, row(0, 5)])
    path.rename(tmp_path / "w.csv")
    reading = read_source(tmp_path / "w.csv", GENERIC, imported_on=20600)
    assert amounts(reading) == {"A0": 500}


def test_a_sheet_with_a_table_that_nobody_reads_is_doubted(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "m.xlsx")) as whole:
        for name, first in (("January", 0), ("February", 1), ("Cover", None)):
            sheet = whole.add_worksheet(name)
            rows = [["Report"]] if first is None else [HEAD, row(first, 5)]
            for i, cells in enumerate(rows):
                sheet.write_row(i, 0, [str(cell) for cell in cells])
    reading = read_source(tmp_path / "m.xlsx", GENERIC, imported_on=20600)
    assert amounts(reading) == {"A0": 500}
    doubted = [p.file for p in reading.problems if p.action == "doubted"]
    assert doubted == ["m.xlsx:February"]


@pytest.mark.parametrize("n", [65_534, 65_535, 65_536])
def test_a_table_that_fills_a_sheet_may_have_lost_its_end(tmp_path, n):
    (tmp_path / "f.csv").write_text("a,b\n" + "1,2\n" * n)
    codes = [p.code for p in read_sheet(tmp_path / "f.csv").problems]
    assert codes == (["full_sheet"] if n == 65_535 else [])


def test_a_zip_archive_is_no_table(tmp_path):
    with zipfile.ZipFile(tmp_path / "z.csv", "w") as parts:
        parts.writestr("items.csv", "a,b\n1,2\n")
    with pytest.raises(InputError, match=r"z.csv is a zip archive; unpack it"):
        read_sheet(tmp_path / "z.csv")
