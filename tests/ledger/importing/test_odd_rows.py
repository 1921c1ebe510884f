"""What a file says of its payments, sides and ids in an odd way is doubted, with its money."""

from __future__ import annotations

import pytest

from payrisk.calendar import day_of
from payrisk.ledger.importing.reading import load_preset
from payrisk_pipelines.importing import import_files

GENERIC = load_preset("generic")
TODAY = day_of("2026-11-30")
INVOICES = "invoice_id,customer_id,issued_on,due_on,amount,currency"
A = "A,C1,2026-05-01,2026-05-10,1000.00,EUR"
B = "B,C1,2026-05-02,2026-05-11,500.00,EUR"
CREDITS = "credit_id,customer_id,kind,happened_on,amount,currency,invoice_id"


def doubts(tmp_path, **files):
    """The codes and cents of what an import of these files doubts."""
    folder = tmp_path / "export"
    folder.mkdir()
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    done = import_files(tmp_path / "home", folder, GENERIC, TODAY)
    return [(p.code, p.amount) for p in done.report.problems if p.action == "doubted"]


@pytest.mark.parametrize("linked", ["A", ""])
def test_receipts_written_below_zero_are_doubted(tmp_path, linked):
    paid = (f"P,C1,payment,2026-05-10,-400.00,EUR,{linked}",)
    found = doubts(tmp_path, invoices=(INVOICES, A), credits=(CREDITS, *paid))
    assert found == [("payment_below_nothing", 400_00)]


def test_a_payment_that_came_and_went_back_is_none(tmp_path):
    paid = (
        "P,C1,payment,2026-05-10,400.00,EUR,A",
        "R,C1,payment,2026-05-12,-400.00,EUR,A",
        "Q,C1,payment,2026-05-10,30.00,EUR,",
        "S,C1,payment,2026-05-12,-30.00,EUR,",
    )
    assert doubts(tmp_path, invoices=(INVOICES, A), credits=(CREDITS, *paid)) == []


def test_cash_of_no_invoice_from_before_the_first_one_is_doubted(tmp_path):
    paid = ("P,C1,payment,2026-04-30,400.00,EUR,", "Q,C1,payment,2026-05-01,30.00,EUR,")
    found = doubts(tmp_path, invoices=(INVOICES, A), credits=(CREDITS, *paid))
    assert found == [("cash_before_invoices", 400_00)]


@pytest.mark.parametrize(
    ("column", "cells", "found"),
    [("Line", "12", [("lines_or_twins", None)]), ("Line amount", ("100.00", "900.00"), []),
     ("Line", "11", [])],
)  # fmt: skip
def test_lines_of_one_invoice_may_each_have_the_amount(tmp_path, column, cells, found):
    rows = [f"{A},{cell}" for cell in cells]
    assert doubts(tmp_path, invoices=(f"{INVOICES},{column}", *rows)) == found


@pytest.mark.parametrize(
    ("paid", "found"), [("400.00", [("twin_payment", None)]), ("1000.00", []), ("600.00", [])]
)
def test_two_equal_part_payments_may_be_two(tmp_path, paid, found):
    row = f"{A},2026-05-20,{paid}"
    assert doubts(tmp_path, invoices=(f"{INVOICES},paid_on,paid_amount", row, row)) == found


@pytest.mark.parametrize(
    ("balances", "found"),
    [(("250.00", ""), [("balance_missing", 500_00)]), (("", ""), []), (("250.00", "0.00"), [])],
)
def test_an_empty_balance_beside_others_is_not_known(tmp_path, balances, found):
    rows = [f"{row},{balance}" for row, balance in zip((A, B), balances, strict=True)]
    assert doubts(tmp_path, invoices=(f"{INVOICES},balance", *rows)) == found


@pytest.mark.parametrize(
    ("currency", "paid", "found"),
    [("USD", "1095.00", [("paid_in_other_currency", 1000_00)]), ("USD", "1000.00", []),
     ("EUR", "900.00", [])],
)  # fmt: skip
def test_an_amount_paid_beside_another_currency_is_doubted(tmp_path, currency, paid, found):
    header = f"{INVOICES},paid_on,paid_amount,payment_currency"
    assert doubts(tmp_path, invoices=(header, f"{A},2026-05-20,{paid},{currency}")) == found


@pytest.mark.parametrize(
    ("header", "is_telling"),
    [
        ("Total receipts", True), ("Zahlungen", True), ("Pagado", True), ("davon bezahlt", True),
        ("Restant dû", True), ("Niezapłacone", True), ("Betalingen", True),
        ("Payment reference", False), ("Open until", False), ("Pago por", False),
    ],
)  # fmt: skip
def test_a_column_that_seems_to_hold_payments_is_not_passed_over(tmp_path, header, is_telling):
    found = doubts(tmp_path, invoices=(f"{INVOICES},{header}", f"{A},1"))
    assert found == ([("unused_column", None)] if is_telling else [])


def test_a_due_day_of_another_year_is_doubted(tmp_path):
    late = A.replace("2026-05-10", "2025-05-10")
    assert doubts(tmp_path, invoices=(INVOICES, late)) == [("due_long_before_issue", None)]


@pytest.mark.parametrize("name", ["Å?d", "\ufffdd", "?d", "d?"])
def test_an_id_in_which_a_sign_was_lost_is_doubted(tmp_path, name):
    assert doubts(tmp_path, invoices=(INVOICES, A.replace("C1", name))) == [("lost_sign", None)]


LIST = "Stichtag 31.03.2026;;;;;;;\n\n"
LIST += "Konto;Name;Belegfeld 1;Belegdatum;Fälligkeitsdatum;Betrag;S/H;WKZ\n"
POST = "10001;Huber;R-{};05.01.2026;04.02.2026;1.000,00;{};EUR\n"


@pytest.mark.parametrize(
    ("evening", "sides", "found"),
    [
        ("2026-03-31", "SH", []),
        ("2026-04-30", "SH", ["other_evening"]),
        ("2026-03-31", ("S", "H", ""), ["bad_amount"]),
        ("2026-03-31", ("", "H"), []),
    ],
)
def test_a_list_says_its_evening_and_the_side_of_its_rows(tmp_path, evening, sides, found):
    file = tmp_path / "op.csv"
    file.write_text(LIST + "".join(POST.format(*pair) for pair in enumerate(sides)), "utf-8")
    day = day_of(evening)
    done = import_files(tmp_path / "home", file, load_preset("datev"), day, snapshot=day)
    assert [
        p.code for p in done.report.problems if p.action in ("doubted", "quarantined")
    ] == found


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (("0007", "7"), [("near_customer", 40_00)]),
        (("0007", "8"), []),
        (("A7", "A07"), []),
    ],
)
def test_customers_that_differ_in_zeros_alone_may_be_one(tmp_path, others, expected):
    rows = [
        f"{n},{who},2026-05-01,2026-05-10,{amount},EUR"
        for n, (who, amount) in enumerate(zip(others, ("1000", "40"), strict=True))
    ]
    assert doubts(tmp_path, invoices=(INVOICES, *rows)) == expected


def test_an_alias_settles_that_two_customers_are_one(tmp_path):
    rows = [f"{n},{who},2026-05-01,2026-05-10,10,EUR" for n, who in enumerate(("07", "7"))]
    aliases = ("alias_id,customer_id,valid_on", "7,07,2026-05-01")
    assert doubts(tmp_path, invoices=(INVOICES, *rows), aliases=aliases) == [("ruined_id", None)]
