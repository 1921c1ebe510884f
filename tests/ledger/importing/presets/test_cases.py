"""Cases from the field: the presets of SAP, QuickBooks and Xero read their lists to the cent."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from payrisk.calendar import day_of
from payrisk.ledger.importing.reading import load_preset
from payrisk.ledger.stored import storage
from payrisk_pipelines.importing import import_files

CASES = os.environ.get("PAYRISK_CASES", "")
pytestmark = pytest.mark.skipif(
    not CASES, reason="PAYRISK_CASES names no folder of cases from the field"
)


def books_of(tmp_path, case, preset, evening, *, currency="", is_list=False):
    how = replace(load_preset(preset), currency=currency)
    day = day_of(evening)
    snapshot = day if is_list else None
    done = import_files(tmp_path / "home", Path(CASES) / case, how, day, snapshot=snapshot)
    assert done.outcome == "clean", done.report.reasons
    books = storage.load(tmp_path / "home").balance_at(day)
    owed = books.residuals()
    free = books.credit_balances().groupby("customer_id")["unapplied"].sum()
    return dict(zip(owed["invoice_id"], owed["residual"], strict=True)), free[free > 0].to_dict()


def test_the_case_of_fbl5n_leaves_special_general_ledger_apart(tmp_path):
    case = "09-sap-fbl5n/fbl5n.txt"
    owed, free = books_of(tmp_path, case, "sap", "2026-02-28")
    assert (owed, free) == ({"1800000001": 1190_00}, {"0000100200": 690_00})


def test_the_case_of_quickbooks_aging(tmp_path):
    case = "10-quickbooks/ar_aging_detail.csv"
    owed, free = books_of(tmp_path, case, "quickbooks", "2025-12-31", currency="USD", is_list=True)
    assert owed == {"1041": 1284_50, "1063": 2180_75}
    assert free == {"Alpha, Dana": 84_50, "Gamma Ltd": 300_00}


def test_the_case_of_xero_with_a_row_a_line(tmp_path):
    owed, free = books_of(tmp_path, "20-line-rows/xero.csv", "xero", "2026-03-31")
    assert (owed, free) == ({"INV-01": 300_00, "INV-02": 70_00}, {"Beta Ltd": 60_00})
