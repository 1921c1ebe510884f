"""A number written in another way is the known one, doubted where it may not be: never two."""

from __future__ import annotations

import shutil

import pytest

from payrisk.calendar import day_of
from payrisk.ledger.importing.reading import load_preset
from payrisk.ledger.stored import storage
from payrisk_pipelines.importing import import_files

HEADER = "invoice_id,customer_id,issued_on,due_on,amount,currency"
TODAY = day_of("2026-11-30")
REST = "C1,2026-01-05,2026-02-04,100.00,EUR"

SURELY = [
    ("1001", "1001.0"),
    ("1001", "'1001"),
    ("1001", '"=""1001"""'),
    ("1001", "\u0661\u0660\u0660\u0661".translate({0x660 + d: 0xFF10 + d for d in range(10)})),
    ("INV-1", "INV\u20131"),
    ("INV-1", "INV\u20111"),
    ("INV-1", "\u00a0INV-1 "),
    ("INV-1", "INV\u200b-1"),
    ("1 001", "1\u00a0001"),
]
NEARLY = [
    ("1001", "'0001001"),
    ("0001001", "1001"),
    ("1001", '"1,001"'),
    ("1001", "1.001"),
    ("1001", "1 001"),
    ("1001", "#1001"),
    ("1001", "1001-"),
    ("1001", '"1,001.00"'),
    ("INV-1", "inv-1"),
    ("INV-1", "INV 1"),
    ("INV-1", "INV1"),
    ("INV-1", "INV/01"),
    ("INV-1", "Inv_1."),
    ("3-10", "03. Okt"),
    ("3-10", "3-Oct"),
    ("10-26", "Oct-26"),
    ("3-10", "2026-10-03"),
    ("3/10/2026", "2026-10-03 00:00:00"),
]
BESIDE = [("1001", "RE1001"), ("1001", "RE-1001"), ("INV-1", "lNV-1"), ("INV-1", "\u0406NV-1")]
"""Of one customer, day and amount: they may be two, so both are kept and the money is doubted."""


def imported(folder, turn, *rows, full=False):
    file = folder / f"{turn}.csv"
    file.write_text("\n".join([HEADER, *rows]) + "\n", "utf-8")
    return import_files(folder / "home", file, load_preset("generic"), TODAY, full=full)


@pytest.fixture(scope="module")
def home_of(tmp_path_factory):
    """A home that knows one number, by this number; each is imported once."""
    folders = {}

    def home(known):
        if known not in folders:
            folders[known] = tmp_path_factory.mktemp("known")
            imported(folders[known], 0, f"{known},{REST}")
        return folders[known] / "home"

    return home


@pytest.fixture
def know(home_of, tmp_path):
    """Let the test's own home know one number."""
    return lambda known: shutil.copytree(home_of(known), tmp_path / "home")


def numbers(folder):
    return set(storage.load(folder / "home").tables["invoices"]["invoice_id"])


@pytest.mark.parametrize(("known", "written"), SURELY)
@pytest.mark.parametrize("full", [False, True])
def test_what_nobody_types_or_sees_makes_no_other_number(know, tmp_path, known, written, full):
    know(known)
    done = imported(tmp_path, 1, f"{written},{REST}", full=full)
    assert numbers(tmp_path) == {known}
    assert done.outcome == "clean"


@pytest.mark.parametrize(("known", "written"), NEARLY)
def test_a_number_with_other_signs_is_the_known_one_and_doubted(know, tmp_path, known, written):
    know(known)
    done = imported(tmp_path, 1, f"{written},{REST}")
    assert numbers(tmp_path) == {known}
    assert done.outcome == "doubts"
    assert any(p.code == "ruined_id" and "restore" in p.message for p in done.report.problems)


@pytest.mark.parametrize(("known", "written"), BESIDE)
def test_the_same_digits_of_one_customer_day_and_amount_are_doubted_in_money(
    know, tmp_path, known, written
):
    know(known)
    done = imported(tmp_path, 1, f"{written},{REST}")
    (doubt,) = [p for p in done.report.problems if p.code == "near_number"]
    assert (doubt.action, doubt.amount, doubt.currency) == ("doubted", 100_00, "EUR")
    assert done.outcome == "doubts"


def test_within_one_file_too(tmp_path):
    done = imported(tmp_path, 0, f"INV-1,{REST}", f"inv 1,{REST}")
    assert [p.amount for p in done.report.problems if p.code == "near_number"] == [100_00]


@pytest.mark.parametrize(
    ("known", "written"), [("A-1", "B-1"), ("2026/1-1", "2026/11"), ("1001", "1002")]
)
def test_numbers_of_two_series_and_other_numbers_are_two_and_clean(know, tmp_path, known, written):
    know(known)
    assert imported(tmp_path, 1, f"{written},{REST}").outcome == "clean"
    assert numbers(tmp_path) == {known, written}


def test_a_number_that_only_looks_like_one_of_another_customer_stays_its_own(know, tmp_path):
    know("INV-1")
    done = imported(tmp_path, 1, "INV1,C2,2026-05-05,2026-06-04,70.00,EUR")
    assert (numbers(tmp_path), done.outcome) == ({"INV-1", "INV1"}, "clean")


def test_customers_written_otherwise_are_the_known_ones(tmp_path):
    imported(tmp_path, 0, "1,K-07,2026-01-05,2026-02-04,100.00,EUR")
    done = imported(tmp_path, 1, "2,k 7,2026-03-05,2026-04-04,50.00,EUR")
    assert set(storage.load(tmp_path / "home").tables["customers"]["customer_id"]) == {"K-07"}
    assert done.outcome == "doubts"


def test_a_payment_names_its_invoice_in_another_way(know, tmp_path):
    know("INV-1")
    folder = tmp_path / "export"
    folder.mkdir()
    rows = "credit_id,customer_id,happened_on,amount,currency,invoice_id\n"
    (folder / "credits.csv").write_text(rows + "P,C1,2026-02-01,100.00,EUR,inv 1\n", "utf-8")
    import_files(tmp_path / "home", folder, load_preset("generic"), TODAY, full=False)
    assert not len(storage.load(tmp_path / "home").balance_at(TODAY).residuals())


def test_a_day_among_numbers_is_asked_for_and_a_habit_is_not(tmp_path):
    rows = [f"N-{n},{REST}" for n in range(9)]
    done = imported(tmp_path, 0, *rows, "03. Okt,C1,2026-03-05,2026-04-04,5.00,EUR")
    assert [p.column for p in done.report.problems if p.action == "quarantined"] == ["invoice_id"]
    other = tmp_path / "other"
    other.mkdir()
    months = ["Jan-26", "Feb-26", "Mar-26"]
    assert imported(other, 0, *[f"{m},{REST}" for m in months]).outcome == "clean"
