"""Files open where people open them: typed, exact, and without a formula slipping in."""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
import zipfile
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from payrisk import files
from payrisk.calendar import NEVER, day_of
from payrisk.errors import InputError
from payrisk.files import json_bytes, plain_columns, write_tables

TABLE = pd.DataFrame(
    {
        "customer_id": ["=cmd|' /C calc'!A0", "plain", "-7"],
        "currency": ["EUR", "JPY", "KWD"],
        "starts_on": [day_of("2025-03-01"), day_of("2025-03-02"), NEVER],
        "expected": pd.array([-123456, 500, None], dtype="Int64"),
        "share": [0.5, float("nan"), 1.0],
        "is_open": [True, False, True],
    }
)


def test_csv_has_decimals_iso_dates_and_disarmed_text(tmp_path):
    (path,) = write_tables(tmp_path / "new" / "t.csv", {"cash": TABLE}, money=["expected"])
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    assert rows[0] == list(TABLE)
    assert rows[1] == ["'=cmd|' /C calc'!A0", "EUR", "2025-03-01", "-1234.56", "0.5", "True"]
    assert rows[2] == ["plain", "JPY", "2025-03-02", "500", "", "False"]
    assert rows[3] == ["'-7", "KWD", "", "", "1.0", "True"]


def test_parquet_keeps_money_exact_and_days_as_dates(tmp_path):
    (path,) = write_tables(tmp_path / "t.parquet", {"cash": TABLE}, money=["expected"])
    table = pq.read_table(path)
    assert table["expected"].to_pylist() == [Decimal("-1234.56"), Decimal(500), None]
    assert table["starts_on"].to_pylist() == [dt.date(2025, 3, 1), dt.date(2025, 3, 2), None]
    assert table["customer_id"].to_pylist() == TABLE["customer_id"].tolist()


def test_xlsx_cells_are_typed_and_text_stays_text(tmp_path):
    (path,) = write_tables(
        tmp_path / "t.xlsx", {"cash": TABLE, "assumptions": TABLE[["currency"]]}, ["expected"]
    )
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["cash", "assumptions"]
    rows = book.get_sheet_by_name("cash").to_python()
    assert rows[1] == ["=cmd|' /C calc'!A0", "EUR", dt.date(2025, 3, 1), -1234.56, 0.5, True]
    with zipfile.ZipFile(path) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
        assert b'quotePrefix="1"' in parts.read("xl/styles.xml")


def test_further_tables_lie_beside_the_first_and_nothing_half_written_is_left(tmp_path):
    written = write_tables(tmp_path / "t.csv", {"cash": TABLE, "balance": TABLE})
    assert [path.name for path in written] == ["t.csv", "t-balance.csv"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t-balance.csv", "t.csv"]


def test_an_empty_table_still_has_its_columns(tmp_path):
    for suffix in ("csv", "parquet", "xlsx"):
        write_tables(tmp_path / f"t.{suffix}", {"cash": TABLE.head(0)}, money=["expected"])
    assert pq.read_table(tmp_path / "t.parquet").column_names == list(TABLE)


@pytest.mark.parametrize("name", ["t.ods", "t"])
def test_an_unknown_format_names_the_known_ones(tmp_path, name):
    with pytest.raises(InputError, match=r"\.csv, \.parquet or \.xlsx"):
        write_tables(tmp_path / name, {"cash": TABLE})


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    for suffix in ("csv", "xlsx"):
        with pytest.raises(InputError, match="cannot be written"):
            write_tables(tmp_path / "file" / f"t.{suffix}", {"cash": TABLE})


def test_a_sheet_too_long_says_what_to_write_instead(tmp_path, monkeypatch):
    monkeypatch.setattr("payrisk.files.workbooks.MAX_SHEET_ROWS", 2)
    with pytest.raises(InputError, match=r"write \.csv or \.parquet"):
        write_tables(tmp_path / "t.xlsx", {"cash": TABLE})
    assert list(tmp_path.iterdir()) == []


def test_plain_columns_know_money_days_lists_and_nothing():
    table = pd.DataFrame({
        "currency": ["RSD", "IQD", None],
        "expected": [1250.4, np.inf, 7],
        "as_of": [0.0, np.nan, NEVER],
        "late_rate": [0.5, -np.inf, np.nan],
        "quantiles": [np.array([0.5, np.nan]), [], None],
    })  # fmt: skip
    assert plain_columns(table, ["expected"]) == {
        "currency": ["RSD", "IQD", None],
        "expected": [Decimal("12.50"), None, Decimal("0.07")],
        "as_of": [dt.date(1970, 1, 1), None, None],
        "late_rate": [0.5, None, None],
        "quantiles": [[0.5, None], [], None],
    }


def test_amounts_without_a_currency_stay_minor_units():
    assert plain_columns(pd.DataFrame({"limit": [700]}), ["limit"]) == {"limit": [700]}


def test_json_in_pieces_is_json_in_one_piece():
    rows = [{"a": number, "b": [0.1 * number, None, 'é\\"']} for number in range(1_001)]
    for document in (
        {"x": 1, "rows": rows, "none": [], "in": {"rows": rows[:201], 7: "k"}, "é": {}},
        rows, rows[:200], [], {}, "text", None, {"rows": rows[:400], "last": []},
    ):  # fmt: skip
        whole = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        assert json_bytes(document) == whole
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_bytes({"rows": [*rows, math.nan]})


def test_no_piece_of_json_holds_more_than_some_rows(monkeypatch):
    pieces = []

    class Watched(json.JSONEncoder):
        def encode(self, value):
            pieces.append(super().encode(value))
            return pieces[-1]

    monkeypatch.setattr(
        files, "_ENCODER", Watched(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    )
    document = {"as_of": "2025-06-01", "layers": {"rows": [{"amount": 1}] * 10_000}}
    whole = json_bytes(document)
    assert max(map(len, pieces)) * 40 < len(whole)
