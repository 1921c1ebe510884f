"""Files: the same rows from every container, and a sentence for the ones that are broken."""

from __future__ import annotations

import datetime as dt
import gzip

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.ledger.importing.reading import load_preset, read_source
from payrisk.ledger.importing.reading.containers.grid import Layout
from payrisk.ledger.importing.reading.sheet import read_sheet

ROWS = [
    ["A", "c1", dt.date(2025, 1, 1), dt.date(2025, 1, 31), 100.5, "EUR"],
    ["B", "Größe", dt.date(2025, 1, 2), None, 7, "EUR"],
]
HEAD = ["invoice_id", "customer_id", "issued_on", "due_on", "amount", "currency"]
CSV = "\n".join(",".join("" if c is None else str(c) for c in row) for row in [HEAD, *ROWS]) + "\n"


def write_xlsx(path, sheets):
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                sheet.write(i, j, value)
    book.close()


def containers(folder):
    (folder / "plain.csv").write_text(CSV, encoding="utf-8")
    (folder / "bom.csv").write_text(CSV, encoding="utf-8-sig")
    (folder / "utf16.csv").write_text(CSV, encoding="utf-16")
    (folder / "windows.csv").write_text(CSV.replace("\n", "\r\n"), encoding="cp1252")
    (folder / "semicolon.csv").write_text(CSV.replace(",", ";"), encoding="utf-8")
    (folder / "tabs.tsv").write_text(CSV.replace(",", "\t"), encoding="utf-8")
    (folder / "small.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    (folder / "no_last_newline.csv").write_text(CSV.rstrip("\n"), encoding="utf-8")
    (folder / "blank_rows.csv").write_text(CSV + ",,,,,\n\n,,,,,\n", encoding="utf-8")
    frame = pd.DataFrame(ROWS, columns=HEAD)
    frame.to_parquet(folder / "dates.parquet")
    frame.astype({"customer_id": "category", "issued_on": "datetime64[ns]"}).to_parquet(
        folder / "times.parquet"
    )
    write_xlsx(folder / "book.xlsx", {"Sheet1": [HEAD, *ROWS, [None] * 6]})
    return sorted(folder.iterdir())


def test_every_container_holds_the_same_rows(tmp_path):
    (tmp_path / "all").mkdir()
    seen = {}
    for path in containers(tmp_path / "all"):
        reading = read_source(path, load_preset("generic"), imported_on=20600)
        assert reading.rows_in == reading.rows_accepted == 2, path.name
        seen[path.name] = reading.tables["invoices"]
    first = seen.pop("plain.csv")
    assert first["amount"].tolist() == [10050, 700]
    assert first["customer_id"].tolist() == ["c1", "Größe"]
    assert first["issued_on"].tolist() == [day_of("2025-01-01"), day_of("2025-01-02")]
    for name, table in seen.items():
        pd.testing.assert_frame_equal(table, first, obj=name)


def test_a_workbook_with_a_sheet_a_table_is_a_folder(tmp_path):
    credits = [["credit_id", "invoice_id", "paid_on", "amount"], ["P", "A", "2025-02-01", 100.5]]
    write_xlsx(tmp_path / "all.xlsx", {"Invoices": [HEAD, *ROWS], "Credits": credits})
    reading = read_source(tmp_path / "all.xlsx", load_preset("generic"), imported_on=20600)
    assert [f.file for f in reading.files] == ["all.xlsx:Invoices", "all.xlsx:Credits"]
    assert reading.tables["allocations"]["amount"].tolist() == [10050]


def test_ids_kept_as_floats_lose_their_point_zero(tmp_path):
    frame = pd.DataFrame({"id": [1930659387.0, None], "amount": [0.1, 2.0]})
    frame.to_parquet(tmp_path / "f.parquet")
    sheet = read_sheet(tmp_path / "f.parquet")
    assert sheet.text(0).to_pylist() == ["1930659387", None]
    assert sheet.text(1).to_pylist() == ["0.1", "2"]


def test_a_timestamp_is_the_day_on_the_wall_where_it_was_written(tmp_path):
    times = pd.Series(["2025-01-31 23:30", "2025-02-01 00:30"])
    plain = pd.to_datetime(times)
    frame = pd.DataFrame({"plain": plain, "tokyo": plain.dt.tz_localize("Asia/Tokyo")})
    frame.to_parquet(tmp_path / "t.parquet")
    sheet = read_sheet(tmp_path / "t.parquet")
    for position in (0, 1):
        assert sheet.text(position).to_pylist() == ["2025-01-31", "2025-02-01"]


def test_quoted_cells_may_hold_anything(tmp_path):
    text = 'a,b\n"x, ""y""\nz",1\n5" pipe,2\n'
    (tmp_path / "q.csv").write_text(text, encoding="utf-8")
    sheet = read_sheet(tmp_path / "q.csv")
    assert sheet.text(0).to_pylist() == ['x, "y"\nz', '5" pipe']
    assert sheet.rows.tolist() == [1, 2]


def test_rows_keep_their_number_when_others_are_set_aside(tmp_path):
    (tmp_path / "r.csv").write_text("a,b\n1,2\n3\n4,5\n6,7,8\n9,10\n", encoding="utf-8")
    sheet = read_sheet(tmp_path / "r.csv")
    assert sheet.rows.tolist() == [1, 3, 5]
    assert [p.row for p in sheet.problems] == [2, 4]
    assert sheet.n_rows == 5


def test_lines_above_the_header_are_skipped_when_told(tmp_path):
    (tmp_path / "t.csv").write_text("My report\n\na,b\n1,2\n", encoding="utf-8")
    assert read_sheet(tmp_path / "t.csv", layout=Layout(skip_rows=1)).header == ("a", "b")


BROKEN = {
    "empty.csv": b"",
    "blank.csv": b"\n \n",
    "empty.parquet": b"",
    "torn.parquet": b"PAR1 nothing more",
    "torn.xlsx": b"PK\x03\x04 nothing more",
    "torn.csv.gz": gzip.compress(CSV.encode())[:40],
    "not.csv.gz": b"a,b\n1,2\n",
    "quote.csv": b'a,b\n1,2\n3,"never closed\n4,5\n',
    "picture.png": b"\x89PNG",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_one_sentence_with_its_name(tmp_path, name):
    (tmp_path / name).write_bytes(BROKEN[name])
    with pytest.raises(InputError) as caught:
        read_source(tmp_path / name, load_preset("generic"), imported_on=20600)
    sentence = str(caught.value)
    assert name in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")


def test_columns_that_hold_lists_are_refused_by_name(tmp_path):
    table = pa.table({h: [["x"]] if h == "amount" else ["x"] for h in HEAD})
    pq.write_table(table, tmp_path / "l.parquet")
    with pytest.raises(InputError, match="Column 'amount' of l.parquet holds list"):
        read_source(tmp_path / "l.parquet", load_preset("generic"), imported_on=20600)


def test_sources_that_are_not_there_or_fit_nothing(tmp_path):
    with pytest.raises(InputError, match="no file or folder"):
        read_source(tmp_path / "nowhere", load_preset("generic"), imported_on=20600)
    with pytest.raises(InputError, match="has no file for preset generic"):
        read_source(tmp_path, load_preset("generic"), imported_on=20600)
    for suffix in (".csv", ".csv.gz"):
        (tmp_path / f"invoices{suffix}").write_bytes(b"a\n1\n")
    with pytest.raises(InputError, match="several files for invoices"):
        read_source(tmp_path, load_preset("generic"), imported_on=20600)
