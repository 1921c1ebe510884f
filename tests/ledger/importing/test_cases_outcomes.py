"""Cases from the field: what is on account stays whole, and unreadable money is never 0.00."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from payrisk.calendar import day_of
from payrisk.ledger.importing.reading import load_preset, preset_from_file
from payrisk.ledger.stored import storage
from payrisk_pipelines.importing import import_files

CASES = os.environ.get("PAYRISK_CASES", "")
field_cases = pytest.mark.skipif(
    not CASES, reason="PAYRISK_CASES names no folder of cases from the field"
)
HEAD = "invoice_id,customer_id,issued_on,due_on,amount,currency,paid_on,paid_amount\n"
TWIN = (
    "V1,C1,2026-02-10,2026-03-12,100.00,EUR,2026-01-20,100.00\n"
    "V2,C2,2026-01-05,2026-02-04,100.00,EUR,2026-02-04,150.00\n"
    "V3,C3,2026-01-05,2026-01-31,100.00,EUR,2026-03-31,100.50\n"
    "V4,C4,2026-01-05,2026-01-31,100.00,EUR,2026-03-31,120.00\n"
)


def nets(home, evening):
    """Cents each customer has to its credit at an evening."""
    frame = storage.load(home).balance_at(day_of(evening)).credit_balances()
    return dict(zip(frame["customer_id"], -frame["unapplied"], strict=True))


def brought(tmp_path, source, how, **options):
    return import_files(tmp_path / "home", source, how, day_of("2026-04-30"), **options)


def test_what_a_late_payment_brings_too_much_is_on_account_whole(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(HEAD + TWIN, encoding="utf-8")
    assert brought(tmp_path, path, load_preset("generic")).outcome == "clean"
    assert nets(tmp_path / "home", "2026-03-31") == {"C2": -5000, "C3": -50, "C4": -2000}


@field_cases
def test_the_case_of_payments_before_and_beyond(tmp_path):
    source = Path(CASES) / "16-pre-and-overpaid" / "wide.csv"
    assert brought(tmp_path, source, load_preset("generic")).outcome == "clean"
    assert nets(tmp_path / "home", "2026-02-09") == {"C1": -1000_00, "C2": -500_00}
    assert nets(tmp_path / "home", "2026-03-31") == {"C2": -500_00, "C3": -5_00, "C4": -200_00}


@field_cases
def test_the_case_of_unreadable_numbers_is_unknown_and_never_clean(tmp_path):
    folder = Path(CASES) / "07-numbers"
    how = preset_from_file(folder / "us.toml")
    done = brought(tmp_path, folder / "c_us.csv", how, accept_doubts="a case")
    assert done.outcome == "doubts"
    lines = done.report.totals.set_index(["table", "currency"])
    dollars = lines.loc["invoices", "USD"]
    assert dollars["unreadable_rows"] == 1
    assert dollars["difference_amount"] is pd.NA
    assert dollars["quarantined_amount"] is pd.NA
    assert done.report.balances()
