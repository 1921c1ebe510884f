"""Aging and KPIs tie to the ledger on simulated and, where at hand, real books."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from payrisk.calendar import day_of
from payrisk.ledger import Ledger
from payrisk.ledger.importing.reading import load_preset, read_source
from payrisk.receivables.aging import aging
from payrisk.receivables.measures.measured import kpis
from payrisk.simulate import simulate

REAL = os.environ.get("PAYRISK_REAL_DATA", "")


def ties(ledger: Ledger, day: int) -> None:
    for books in (ledger.balance_at(day), ledger.as_of(day + 1)):
        totals = aging(books).totals().set_index("currency")
        control = books.control_total().set_index("currency")["net"]
        assert totals["net"].to_dict() == control[control.index.isin(totals.index)].to_dict()
        assert (control[~control.index.isin(totals.index)] == 0).all()
        measured = kpis(ledger, books).rows.set_index("currency")
        owed = measured["receivable"]
        assert owed[owed > 0].to_dict() == totals["open"][totals["open"] > 0].to_dict()


def test_simulated_books_tie_at_any_evening():
    ledger = Ledger.from_tables(simulate(40, 12, 11).tables)[0]
    for day in range(ledger.first_day + 5, ledger.last_day, 97):
        ties(ledger, day)


@pytest.mark.skipif(not REAL, reason="PAYRISK_REAL_DATA names no folder of real ledgers")
@pytest.mark.parametrize(
    ("preset", "name", "days"),
    [
        (
            "highradius",
            "highradius_asof_2019-09-30.parquet",
            ("2019-01-31", "2019-06-30", "2019-09-30"),
        ),
        ("ibm", "ibm_accounts_receivable.csv.gz", ("2012-06-30", "2013-12-31")),
        ("nuclea", "nuclea_boletos_dev.csv.gz", ("2024-04-30", "2024-05-31")),
    ],
)
def test_real_books_tie_at_any_evening(preset, name, days):
    reading = read_source(Path(REAL) / name, load_preset(preset), imported_on=day_of("2026-01-01"))
    ledger = Ledger.from_tables(reading.tables)[0]
    for day in days:
        ties(ledger, day_of(day))
