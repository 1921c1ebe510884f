"""The page of receivables says of every measure what the figures say of themselves."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from payrisk.receivables.measures import benchmark
from payrisk.receivables.measures.described import COUNTS, MEASURES, panels
from support.docs.examples import ROOT

DATA = os.environ.get("PAYRISK_REAL_DATA", "")


def test_the_page_has_a_row_a_measure_with_its_formula_unit_and_source():
    page = (ROOT / "docs" / "receivables.md").read_text(encoding="utf-8")
    table = page.split("<!-- measures -->")[1].split("<!-- /measures -->")[0].strip().splitlines()
    assert table[2:] == [f"| `{m.name}` | {m.formula} | {m.unit} | {m.source} |" for m in MEASURES]


def test_every_measure_stands_in_one_panel():
    shown = [name for columns in panels().values() for name in columns]
    assert sorted(shown) == sorted([*(m.name for m in MEASURES), *COUNTS])


def test_the_benchmark_names_its_licence_and_its_day():
    text = Path(benchmark.__file__).with_name("uk_payment_practices.csv").read_text()
    assert "CC BY 4.0" in text
    assert "as of 2026-11-30" in text
    assert "CC BY 4.0" in benchmark.SOURCE


@pytest.mark.skipif(not DATA, reason="PAYRISK_REAL_DATA names no folder of real ledgers")
def test_the_benchmark_is_the_published_table():
    with (Path(DATA) / "uk_payment_trend_by_year.csv").open() as file:
        published = [[int(cell) for cell in row] for row in list(csv.reader(file))[1:]]
    ours = benchmark.uk_payment_practices().reset_index()
    assert ours.to_numpy().tolist() == published
