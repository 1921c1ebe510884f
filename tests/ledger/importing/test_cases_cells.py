"""The cases from the field whose numbers, days, terms and headers were read wrongly."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from payrisk.calendar import NEVER, day_of, iso
from payrisk.errors import InputError
from payrisk.ledger import Ledger
from payrisk.ledger.importing.reading import (
    load_preset,
    preset_from_file,
    preset_from_text,
    read_source,
)

CASES = os.environ.get("PAYRISK_CASES", "")
pytestmark = pytest.mark.skipif(
    not CASES, reason="PAYRISK_CASES names no folder of cases from the field"
)
TODAY = day_of("2026-02-28")


def read(name, mapping=None, text=None):
    path = Path(CASES) / name
    preset = load_preset("generic") if text is None else preset_from_text(text, "mine")
    if mapping:
        preset = preset_from_file(path.parent / mapping)
    return read_source(path, preset, imported_on=TODAY)


def amounts(reading):
    rows = reading.tables["invoices"]
    out = dict(zip(rows["invoice_id"], rows["amount"], strict=True))
    credits = reading.tables.get("credits")
    if credits is not None:
        out |= dict(zip(credits["credit_id"], -credits["amount"], strict=True))
    return out


def doubts(reading):
    return {(p.code, p.column, p.n) for p in reading.problems if p.action == "doubted"}


def test_07_whole_thousands_are_asked_about_and_the_answer_is_read():
    reading = read("07-numbers/a2_generic_whole_thousands.csv")
    assert reading.rows_accepted == 0
    assert doubts(reading) == {("number_grammar", "amount", 3)}
    (why,) = [p.message for p in reading.problems if p.action == "doubted"]
    assert 'thousands = "."' in why
    answered = read(
        "07-numbers/a2_generic_whole_thousands.csv", text='preset = "generic"\nthousands = "."'
    )
    assert sum(amounts(answered).values()) == 1_650_000


@pytest.mark.parametrize("mapping", ["german.toml", None])
def test_07_every_form_with_one_reading_is_read(mapping):
    reading = read("07-numbers/b_forms.csv", mapping)
    negative = {"F02", "F03", "F06", "F09", "F13", "F18"}
    meant = {f"F{n:02}": 123_450 for n in range(1, 19)} | {"F11": 123_400, "F17": 50}
    meant |= dict.fromkeys(negative, -123450)
    assert amounts(reading) == meant
    assert (reading.rows_quarantined, doubts(reading)) == (0, set())


@pytest.mark.parametrize("mapping", ["us.toml", None])
def test_07_american_forms_are_read(mapping):
    reading = read("07-numbers/c_us.csv", mapping)
    meant = {"U01": 123_450, "U05": 10_000_000, "U06": 123_450, "U07": 123_450}
    meant |= dict.fromkeys(["U02", "U03", "U04", "U08"], -123_450)
    assert amounts(reading) == meant
    assert [p.row for p in reading.problems if p.action == "quarantined"] == [9]


def test_08_every_form_of_a_day_is_read_or_asked_about():
    reading = read("08-dates/b_forms.csv", "both.toml")
    rows = reading.tables["invoices"].set_index("invoice_id")
    assert set(rows.index) == {f"D{n:02}" for n in range(1, 17)} - {"D04", "D10"}
    assert {iso(day) for day in rows["issued_on"]} == {"2025-03-31", "2024-02-29"}
    assert {iso(day) for day in rows["due_on"] if day != NEVER} == {"2025-04-30", "2024-03-30"}
    assert set(rows.index[rows["due_on"] == NEVER]) == {"D14", "D15", "D16"}
    assert doubts(reading) == {("time_zone", "issued_on", 1), ("time_zone", "due_on", 1)}


def test_08_a_time_in_utc_is_the_day_in_berlin():
    path = Path(CASES) / "08-dates"
    text = 'timezone = "Europe/Berlin"\n' + (path / "both.toml").read_text("utf-8")
    rows = read("08-dates/b_forms.csv", text=text).tables["invoices"].set_index("invoice_id")
    assert iso(rows.loc["D04", "issued_on"]) == "2025-04-01"
    assert iso(rows.loc["D04", "due_on"]) == "2025-04-30"


@pytest.mark.parametrize("mapping", ["both.toml", "dmy_only.toml", None])
def test_08_a_column_has_one_order(mapping):
    rows = read("08-dates/c_mixed_order.csv", mapping).tables["invoices"]
    assert [iso(day) for day in rows["issued_on"]] == ["2026-01-05", "2026-01-15"]
    assert [iso(day) for day in rows["due_on"]] == ["2026-02-04", "2026-02-14"]


def test_08_american_dates_are_read_where_one_of_them_tells():
    rows = read("08-dates/a_us_generic.csv").tables["invoices"]
    assert [iso(day) for day in rows["issued_on"]] == ["2026-01-05", "2026-01-15"]


def test_15_terms_are_read_whole_or_doubted():
    ledger, problems = Ledger.from_tables(read("15-terms/wide.csv").tables)
    rows = ledger.tables["invoices"].set_index("invoice_id")
    due = {name: iso(day) for name, day in rows["due_on"].items()}
    assert due == {
        **dict.fromkeys(["T00", "T01", "T08", "T09", "T13", "T14", "T15", "T23"], "2026-02-14"),
        **dict.fromkeys(["T11", "T20", "T21", "T22"], "2026-01-15"),
        **dict.fromkeys(["T17", "T24"], "2026-03-16"),
        "T03": "2026-03-02",
        "T04": "2026-02-15",
        "T06": "2026-02-10",
        "T07": "2026-01-31",
        "T16": "2026-01-29",
        "T26": "2026-01-30",
    }
    offered = rows[rows["discount_rate"] > 0]
    assert offered["discount_days"].to_dict() == {"T08": 10, "T09": 10}
    said = {p.code: p.message.split(": ")[1] for p in problems if p.action == "doubted"}
    assert said == {"due_unsure": "T03, T24", "terms_unread": "T14, T15"}


def test_32_a_list_without_issue_dates_offers_its_due_dates_to_choose():
    with pytest.raises(InputError, match=r"issued_on = \"due_on\"") as refused:
        read("32-only-due-date/due.csv")
    assert "invoice_id" not in str(refused.value)


def test_34_typed_cells_are_read_as_the_workbook_holds_them():
    reading = read("34-excel-cells/cells.xlsx", "sheet.toml")
    assert amounts(reading) == {"0000001001": 10_010, "400650001234567": 30}
    noise = [(p.code, p.row) for p in reading.problems if p.action == "repaired"]
    assert ("float_noise", 2) in noise
    assert {p.row for p in reading.problems if p.action == "quarantined"} == {3, 4}
    with pytest.raises(InputError, match="cells.xlsx:Cover"):
        read("34-excel-cells/cells.xlsx")
