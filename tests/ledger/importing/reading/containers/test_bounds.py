"""Bombs and broken files: one sentence each, before memory or time is taken."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from payrisk.errors import InputError
from payrisk.ledger.importing.reading import load_preset, preset_from_text, read_source
from payrisk.ledger.importing.reading.containers import bounds

HEAD = ["invoice_id", "customer_id", "issued_on", "due_on", "amount", "currency"]
ROW = ["A", "c", "2026-01-01", "2026-01-31", "10.00", "EUR"]
CSV = ",".join(HEAD) + "\n" + ",".join(ROW) + "\n"


def refusal(path, preset=None):
    with pytest.raises(InputError) as caught:
        read_source(path, preset or load_preset("generic"), imported_on=20600)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def xlsx(path, far=None, edit=lambda _name, content: content):
    whole = path.with_suffix(".whole")
    book = xlsxwriter.Workbook(str(whole))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEAD)
    sheet.write_row(1, 0, ROW)
    if far:
        sheet.write(*far, "x")
    book.close()
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, edit(name, old.read(name)))
    whole.unlink()
    return path


def ods(path, body):
    uri = "urn:oasis:names:tc:opendocument:xmlns"
    rows = "".join(
        "<table:table-row>"
        + "".join(
            '<table:table-cell office:value-type="string"><text:p>'
            f"{cell}</text:p></table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in (HEAD, ROW)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        manifest = f'<manifest:manifest xmlns:manifest="{uri}:manifest:1.0"/>'
        parts.writestr("META-INF/manifest.xml", manifest)
        parts.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{uri}:office:1.0"'
            f' xmlns:table="{uri}:table:1.0" xmlns:text="{uri}:text:1.0"><office:body>'
            f'<office:spreadsheet><table:table table:name="A">{rows}{body}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    return path


def test_a_declared_dimension_of_a_whole_sheet_costs_nothing(tmp_path):
    def edit(name, content):
        return content.replace(b'ref="A1:F2"', b'ref="A1:XFD1048576"')

    reading = read_source(
        xlsx(tmp_path / "d.xlsx", edit=edit), load_preset("generic"), imported_on=20600
    )
    assert reading.rows_accepted == 1


def test_a_cell_in_the_far_corner_is_refused_before_room_is_taken(tmp_path):
    sentence = refusal(xlsx(tmp_path / "f.xlsx", far=(1_048_575, 16_383)))
    assert "f.xlsx has cells as far as row 1,048,576 and column 16,384" in sentence


def test_cells_that_do_not_say_where_they_stand_are_counted(tmp_path):
    wide, long = b"<row>" + b"<c/>" * 16_384 + b"</row>", b"<row><c/></row>" * 3_000

    def edit(name, content):
        is_sheet = name.startswith("xl/worksheets")
        return (
            content.replace(b"</sheetData>", wide + long + b"</sheetData>")
            if is_sheet
            else content
        )

    assert "column 16,384" in refusal(xlsx(tmp_path / "n.xlsx", edit=edit))


@pytest.mark.parametrize(
    "body",
    [
        (
            '<table:table-row table:number-rows-repeated="1048000"><table:table-cell'
            ' office:value-type="string" table:number-columns-repeated="16384"><text:p>x</text:p>'
            "</table:table-cell></table:table-row>"
        ),
        (
            '<table:table-row table:number-rows-repeated="1048000"/><table:table-row>'
            '<table:table-cell table:number-columns-repeated="16383"/>'
            '<table:table-cell office:value-type="string">'
            "<text:p>x</text:p></table:table-cell></table:table-row>"
        ),
    ],
)
def test_what_an_ods_repeats_is_counted_before_it_is_written_out(tmp_path, body):
    assert "more than can be read" in refusal(ods(tmp_path / "r.ods", body))


def test_the_empty_rest_of_an_ods_sheet_counts_nothing(tmp_path):
    body = (
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell'
        ' table:number-columns-repeated="16384"/></table:table-row>'
    )
    reading = read_source(ods(tmp_path / "o.ods", body), load_preset("generic"), imported_on=20600)
    assert reading.rows_accepted == 1


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_a_part_that_unpacks_to_hundreds_of_times_its_size_is_refused(tmp_path, part):
    def edit(name, content):
        return content + b" " * (bounds.RATIO_FROM * 2) if name == part else content

    assert "unpacks to more than 200 times its size" in refusal(
        xlsx(tmp_path / "z.xlsx", edit=edit)
    )


def test_declared_sizes_are_not_believed(tmp_path):
    path = xlsx(tmp_path / "l.xlsx")
    with zipfile.ZipFile(path) as parts:
        entry = parts.getinfo("xl/worksheets/sheet1.xml")
    raw = path.read_bytes()
    true, lie = entry.file_size.to_bytes(4, "little"), (100).to_bytes(4, "little")
    assert raw.count(true) >= 1
    path.write_bytes(raw.replace(true, lie))
    assert "l.xlsx" in refusal(path)


def test_a_gzip_bomb_is_refused_after_its_first_pieces(tmp_path):
    path = tmp_path / "b.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" * (1 << 25)))
    assert "unpacks to more than 200 times its size" in refusal(path)


def test_a_large_parquet_is_refused_by_what_it_declares(tmp_path, monkeypatch):
    path = tmp_path / "p.parquet"
    pq.write_table(pa.table({name: pa.array(["x"]).take([0] * 9_000) for name in HEAD}), path)
    module = sys.modules["payrisk.ledger.importing.reading.containers.parquet"]
    monkeypatch.setattr(module, "MAX_TABLE_CELLS", 50_000)
    assert "p.parquet declares 9,000 rows, 6 columns" in refusal(path)


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_workbook_is_a_sentence_or_read_whole(tmp_path, seed):
    path = xlsx(tmp_path / "d.xlsx")
    raw = bytearray(path.read_bytes())
    at = (seed * 7919) % len(raw)
    raw[at] ^= 0xFF
    path.write_bytes(bytes(raw if seed % 2 else raw[:at]))
    try:
        reading = read_source(path, load_preset("generic"), imported_on=20600)
    except InputError as error:
        sentence = str(error)
    else:
        assert reading.rows_accepted == 1
        return
    assert "d.xlsx" in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("harm", [b"<sheetData><<<", b"<sheetData><row><c></row>"])
def test_xml_that_is_none_is_refused_though_a_reader_would_go_on(tmp_path, harm):
    def edit(name, content):
        return content.replace(b"<sheetData>", harm)

    assert "sheet1.xml in it is no XML" in refusal(xlsx(tmp_path / "x.xlsx", edit=edit))


NO_EXPORTS = {
    "nul.csv": (CSV.encode() + b"\0" * 100, "holds NUL bytes from line 3 on"),
    "wide.csv": (b"," * 20_000 + b"\n", "20,001 columns, and 16,384 are the most"),
    "paper.csv": (b"%PDF-1.7 ...", "is a PDF"),
    "photo.xls": (b"\x89PNG\r\n", "is a picture"),
    "bank.txt": (b":20:START\r\n:25:5007/123\r\n:28C:5/1\r\n", "is a bank's statement (MT940)"),
    "bank.csv": (
        b'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">',
        "is a bank's statement (camt",
    ),
    "bill.xls": (b'<?xml version="1.0"?><Invoice/>', "is XML"),
    "rows.csv": (b'[{"invoice": 1}]', "is JSON"),
    "bank.sta": (b":20:START\n:25:5007/123\n", "is a bank's statement (MT940)"),
    "torn.xls": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\7" * 600,
        "cannot be read as a workbook",
    ),
    "span.xls": (
        b"<table><tr><td colspan=9999999 rowspan=9999999>x</td></tr></table>",
        "more cells than can be read",
    ),
    "none.xls": (b"<html><body>No rows</body></html>", "is empty"),
}


@pytest.mark.parametrize("name", NO_EXPORTS)
def test_what_is_no_export_is_a_sentence(tmp_path, name):
    content, words = NO_EXPORTS[name]
    (tmp_path / name).write_bytes(content)
    sentence = refusal(tmp_path / name)
    assert words in sentence
    assert name in sentence


def test_a_folder_named_like_a_file_and_a_pipe_are_no_files(tmp_path):
    (tmp_path / "x.csv").mkdir()
    assert "has no file for preset generic" in refusal(tmp_path / "x.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    assert "pipe.csv is a pipe or device" in refusal(tmp_path / "pipe.csv")
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "in" / "invoices.csv")
    assert "invoices.csv is no ordinary file" in refusal(tmp_path / "in")


def test_links_out_of_a_folder_are_not_followed(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.csv").write_text(CSV)
    (tmp_path / "in" / "invoices.csv").symlink_to(tmp_path / "secret.csv")
    assert "is a link that leads out of its folder" in refusal(tmp_path / "in")
    (tmp_path / "in" / "invoices.csv").unlink()
    (tmp_path / "in" / "first.csv").write_text(CSV)
    (tmp_path / "in" / "invoices.csv").symlink_to(tmp_path / "in" / "first.csv")
    reading = read_source(tmp_path / "in", load_preset("generic"), imported_on=20600)
    assert reading.rows_accepted == 1


MAPPINGS = {
    "nested": ("a=" + "[" * 100_000, "is nested too deeply"),
    "digits": ("skip_rows=" + "9" * 5_000, "is not valid TOML"),
    "delimiter": ('delimiter = ";;"', "must be one sign"),
    "letter": ('delimiter = "a"', "must be one sign"),
    "below": ("skip_rows = -1", "must be 0 or more"),
    "headers": ("header_rows = 99", "from 1 to 10"),
    "encoding": ('encoding = "klingon"', "known are utf-8"),
    "infinite": (
        '[invoices.columns]\namount = { column = "a", divide_by = { c = { X = inf } } }',
        "finite rate above 0",
    ),
    "no number": (
        '[invoices.columns]\namount = { column = "a", divide_by = { c = { X = nan } } }',
        "finite rate above 0",
    ),
}


@pytest.mark.parametrize("name", MAPPINGS)
def test_a_mapping_that_no_file_can_have_is_a_sentence(name):
    text, words = MAPPINGS[name]
    with pytest.raises(InputError) as caught:
        preset_from_text(f'preset = "generic"\n{text}', "m.toml")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_skipping_more_than_a_file_has_is_a_sentence(tmp_path):
    for path in (tmp_path / "s.csv", xlsx(tmp_path / "s.xlsx")):
        if path.suffix == ".csv":
            path.write_text(CSV)
        for n in (2, 3, 10**9):
            preset = preset_from_text(f'preset = "generic"\nskip_rows = {n}', "m.toml")
            assert f"nothing below the {n} lines that skip_rows leaves out" in refusal(
                path, preset
            )


MEASURED = """
import resource, sys
from pathlib import Path
from payrisk.errors import InputError
from payrisk.ledger.importing.reading import load_preset, read_source
resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31))
try:
    read_source(Path(sys.argv[1]), load_preset("generic"), imported_on=20600)
except InputError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_utime < 5)
"""


def test_bombs_take_neither_memory_nor_time(tmp_path):
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b"a,b\n" * (1 << 26)))
    far = xlsx(tmp_path / "f.xlsx", far=(1_048_575, 16_383))
    for path in (tmp_path / "b.csv.gz", far):
        run = subprocess.run(
            [sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, check=True
        )
        said, in_time = run.stdout.splitlines()
        assert said.startswith(path.name)
        assert in_time == "True"
