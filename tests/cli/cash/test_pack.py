"""The Monday pack: three files that tell the same, and the same again when asked again."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from decimal import Decimal

import numpy as np
import pytest

from payrisk.calendar import iso
from payrisk.cash.published import snapshots
from payrisk.cash.views.missed_cash import value_of_miss
from payrisk.cli import run
from payrisk.ledger.stored import storage
from support.home.small_home import small_home, untried  # noqa: F401


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """A home, its morning, and the folders of two packs a week apart."""
    home = small_home(tmp_path_factory.mktemp("home"), with_risk=False).home
    morning = storage.load(home).default_as_of
    for day in (morning - 7, morning):
        assert run(["--home", str(home), "pack", "--as-of", iso(day), "--in-sample"]) == 0
    return home, morning, [home / "packs" / iso(day) for day in (morning - 7, morning)]


def test_the_first_has_nothing_to_compare_with_and_says_so(packed):
    told = json.loads((packed[2][0] / "pack.json").read_text())
    assert told["before"] is None
    assert any("nothing to compare with" in text for text in told["sentences"])
    assert {"changed", "variance", "cost"}.isdisjoint(told)


def test_what_changed_adds_up_by_currency_and_the_week_is_held_against_it(packed):
    told = json.loads((packed[2][1] / "pack.json").read_text())
    assert told["before"] == f"{iso(packed[1] - 7)}-1-1"
    assert told["changed"]
    for row in told["changed"]:
        parts = sum(Decimal(row[name]) for name in ("before", "gone", "new", "revised"))
        assert parts == Decimal(row["after"])
    for row in told["moved_by"]:
        parts = sum(Decimal(row[name]) for name in ("before", "gone", "new", "revised"))
        assert parts == Decimal(row["after"])
        assert row["customer_name"]
    variance = {row["currency"]: row for row in told["variance"]}
    is_elsewhere = any(Decimal(row["fx"]) for row in told["variance"])
    assert is_elsewhere == any(
        "in another currency than they were" in text for text in told["sentences"]
    )
    for row in told["cost"]:
        assert row["actual"] == variance[row["currency"]]["actual"]
        assert row["expected"] == variance[row["currency"]]["expected"]
        assert Decimal(row["cost"]) == Decimal(row["borrowing_cost"]) + Decimal(row["idle_cost"])


def test_asked_again_it_publishes_nothing_more_and_writes_the_same_bytes(packed):
    home, morning, folders = packed
    names = snapshots.names(home)
    files = [folders[1] / f"pack.{end}" for end in ("xlsx", "html", "json")]
    before = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    assert run(["--home", str(home), "pack", "--as-of", iso(morning), "--in-sample"]) == 0
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in files] == before
    assert snapshots.names(home) == names


def test_the_page_and_the_workbook_tell_what_the_json_tells(packed):
    told = json.loads((packed[2][1] / "pack.json").read_text())
    page = (packed[2][1] / "pack.html").read_text()
    assert told["title"] in page
    for text in told["sentences"]:
        assert text.split("'")[0][:60] in page
    assert "<script" not in page


@pytest.mark.skipif(
    not all(map(shutil.which, ("soffice", "pdftotext"))),
    reason="LibreOffice or pdftotext is not installed",
)
def test_the_summary_is_printed_on_one_page(packed, tmp_path):
    book = packed[2][1] / "pack.xlsx"
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    words = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*words, str(book)], check=True, capture_output=True, timeout=300)
    pages = [
        subprocess.run(
            ["pdftotext", "-f", str(page), "-l", str(page), str(tmp_path / "pack.pdf"), "-"],
            check=True, capture_output=True, text=True,
        ).stdout
        for page in (1, 2)
    ]  # fmt: skip
    assert "Receipts to come as of" in pages[0]
    assert "Own group:" in pages[0]
    assert "Own group:" not in pages[1]


def test_a_miss_is_valued_day_by_day_as_by_hand():
    expected, actual = [100_000, 0, 0, 50_000], [0, 40_000, 90_000, 0]
    missed = value_of_miss(expected, actual, borrowing_rate=0.073, deposit_rate=0.0365)
    gaps = [-100_000, -60_000, 30_000, -20_000]
    assert missed.borrowing_cost == round(180_000 * 0.073 / 365)
    assert missed.idle_cost == round(30_000 * 0.0365 / 365)
    assert (missed.days_lacking, missed.lacking) == (3, 60_000)
    assert (missed.days_idle, missed.idle) == (1, 30_000)
    assert np.array_equal(np.cumsum(np.subtract(actual, expected)), gaps)
