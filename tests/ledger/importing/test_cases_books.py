"""Cases from the field through the whole import: what the books hold at each evening, by hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from payrisk.calendar import day_of
from payrisk.ledger.importing.reading import load_preset
from payrisk.ledger.stored import storage
from payrisk.receivables.aging import aging
from payrisk_pipelines.importing import import_files

CASES = os.environ.get("PAYRISK_CASES", "")
pytestmark = pytest.mark.skipif(
    not CASES, reason="PAYRISK_CASES names no folder of cases from the field"
)
GENERIC = load_preset("generic")


def taken(home, *sources, recorded_on="2026-11-30", snapshots=(), full=True):
    """Import some sources of the cases, one after the other; returns the exit codes."""
    codes = []
    for turn, source in enumerate(sources):
        snapshot = day_of(snapshots[turn]) if snapshots else None
        day = day_of(recorded_on) if snapshot is None else snapshot
        done = import_files(home, Path(CASES) / source, GENERIC, day, full=full, snapshot=snapshot)
        codes.append(done.outcome.exit_code)
    return codes


def totals(home, evening):
    frame = aging(storage.load(home).balance_at(day_of(evening))).totals()
    return {row.currency: (row.open, row.unapplied) for row in frame.itertuples()}


def test_01_partial_payments_on_their_days(tmp_path):
    assert taken(tmp_path, "01-asof-past", recorded_on="2026-07-01") == [0]
    for evening, cents in (
        ("2026-05-05", 105_000_00),
        ("2026-05-15", 105_250_00),
        ("2026-06-02", 6_250_00),
        ("2026-06-03", 5_250_00),
    ):
        assert totals(tmp_path, evening)["INR"][0] == cents
    assert all(open_ == 0 for open_, _ in totals(tmp_path, "2026-06-30").values())


def test_03_paid_amounts_without_a_day(tmp_path):
    assert taken(tmp_path, "03-open-balance/wide.csv", recorded_on="2026-01-10") == [0]
    assert totals(tmp_path, "2026-01-10") == {"USD": (3_465_25, 0)}


def test_04_numbers_of_two_entities_and_of_two_years(tmp_path):
    assert taken(tmp_path / "a", "04-same-number/a_one_file.csv") == [0]
    assert totals(tmp_path / "a", "2026-02-28") == {"EUR": (1_450_00, 0)}
    years = ("04-same-number/b_year1.csv", "04-same-number/c_year2.csv")
    for name, order in (("b", years), ("c", years[::-1])):
        taken(tmp_path / name, *order, full=False)
        assert totals(tmp_path / name, "2026-02-28") == {"EUR": (1_470_00, 0)}
        assert totals(tmp_path / name, "2025-12-31") == {"EUR": (1_070_00, 0)}


def test_06_an_invoice_paid_in_another_currency(tmp_path):
    taken(tmp_path, "06-other-currency")
    assert totals(tmp_path, "2026-11-29")["EUR"] == (2_500_00, 0)
    assert totals(tmp_path, "2026-11-29").get("USD", (0, 0)) == (0, 0)


def test_06b_without_a_rate_both_stay_and_it_is_said(tmp_path):
    (code,) = taken(tmp_path, "06b-other-currency-linked")
    assert code in (2, 3)


def test_11_ids_that_a_spreadsheet_ruined(tmp_path):
    months = ("11-excel-ids/a_month1.csv", "11-excel-ids/b_month2.csv")
    assert taken(tmp_path, *months) == [0, 3]
    assert totals(tmp_path, "2026-03-31") == {"EUR": (600_00, 0)}
    assert storage.load(tmp_path).tables["invoices"]["customer_id"].nunique() == 2


def test_14_a_recovery_is_no_credit(tmp_path):
    taken(tmp_path, "14-writeoff-recovery")
    assert set(totals(tmp_path, "2026-11-29").values()) <= {(0, 0)}


def test_18_two_lists_of_open_items(tmp_path):
    lists = [f"18-open-items-lists/{x}.csv" for x in ("a_2026-01-31", "b_2026-02-28")]
    assert taken(tmp_path, *lists, snapshots=("2026-01-31", "2026-02-28")) == [0, 0]
    assert totals(tmp_path, "2026-01-31") == {"EUR": (6_000_00, 0)}
    assert totals(tmp_path, "2026-02-28") == {"EUR": (5_800_00, 0)}


def test_19_books_that_begin_midway(tmp_path):
    assert taken(tmp_path, "19-begins-midway") == [3]
    assert totals(tmp_path, "2026-02-28") == {"EUR": (1_500_00, 0)}


def test_28_a_credit_note_after_full_payment(tmp_path):
    taken(tmp_path, "28-unlinked-creditnote-overlap")
    assert totals(tmp_path, "2026-11-29") == {"EUR": (0, 120_00)}
