"""Types and states of which some are unknown are read as far as they go, the rest in doubt."""

from __future__ import annotations

import pytest

from payrisk.calendar import day_of
from payrisk.ledger import Ledger
from payrisk.ledger.importing.reading import load_preset, read_source
from payrisk.receivables.aging import aging

GENERIC = load_preset("generic")
TODAY = day_of("2026-11-30")


def read(tmp_path, header, rows, name="list"):
    """The doubts of such rows with their cents, and what is open and in hand by the end."""
    text = "\n".join([header, *rows]) + "\n"
    (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    source = read_source(
        tmp_path / f"{name}.csv" if name == "list" else tmp_path, GENERIC, imported_on=TODAY
    )
    doubted = [(p.code, p.amount) for p in source.problems if p.action == "doubted"]
    ledger, _ = Ledger.from_tables(source.tables)
    line = aging(ledger.balance_at(TODAY)).totals().iloc[0]
    return doubted, (int(line["open"]), int(line["unapplied"]))


@pytest.mark.parametrize(
    ("types", "doubted", "open_", "in_hand"),
    [
        (("Invoice", "Finance Charge", "Payment"), [], 130_00, 5_00),
        (("Invoice", "Sales Order", "Payment"), [], 100_00, 5_00),
        (("Invoice", "Pro-forma Rechnung", "Lieferschein"), [], 100_00, 0),
        (("Invoice", "Bonus", "Payment"), [("unknown_kind", 30_00)], 130_00, 5_00),
        (("Invoice", "Mahngebühr", "Rücklastschrift"), [], 135_00, 0),
        (("Invoice", "Refund", "Payment"), [], 130_00, 5_00),
    ],
)
def test_a_type_is_read_and_an_unknown_one_doubted(tmp_path, types, doubted, open_, in_hand):
    rows = [
        f"{n},C1,2026-01-05,2026-02-04,{amount},EUR,{kind}"
        for n, (amount, kind) in enumerate(zip(("100", "30", "-5"), types, strict=True))
    ]
    header = "invoice_id,customer_id,issued_on,due_on,amount,currency,Type"
    assert read(tmp_path, header, rows) == (doubted, (open_, in_hand))


@pytest.mark.parametrize(
    ("amounts", "doubted", "net"),
    [
        (("100", "-60", "60", "-10"), [("other_side", 60_00)], 90_00),
        (("100", "60", "-60", "10"), [("other_side", 60_00)], 90_00),
        (("100", "60", "20", "10"), [], 10_00),
        (("-100", "60", "20", "10"), [("invoices_below_zero", 100_00)], -190_00),
    ],
)
def test_a_payment_of_the_other_sign_is_owed_again_in_doubt(tmp_path, amounts, doubted, net):
    rows = [
        f"{n},C1,2026-01-05,2026-02-04,{amount},EUR,{kind}"
        for n, (amount, kind) in enumerate(
            zip((*amounts, "0.01"), ("Invoice", *["Payment"] * 3, ""), strict=True)
        )
    ]
    header = "invoice_id,customer_id,issued_on,due_on,amount,currency,Type"
    found, (open_, in_hand) = read(tmp_path, header, rows)
    assert (found, open_ - in_hand) == (doubted, net + 1)


def test_a_credit_that_goes_back_is_below_zero(tmp_path):
    (tmp_path / "invoices.csv").write_text(
        "invoice_id,customer_id,issued_on,due_on,amount,currency\n"
        "A,C1,2026-01-05,2026-02-04,100,EUR\n",
        "utf-8",
    )
    header = "credit_id,customer_id,kind,happened_on,amount,currency,invoice_id"
    rows = ("P,C1,payment,2026-02-01,100,EUR,A", "S,C1,payment,2026-02-08,50,EUR,",
            "R,C1,Refund,2026-02-09,50,EUR,", "Q,C1,chargeback,2026-02-20,100,EUR,A")  # fmt: skip
    assert read(tmp_path, header, rows, "credits") == ([], (100_00, 0))


@pytest.mark.parametrize(
    ("column", "cells", "doubted"),
    [
        ("Retention 5%", ("5.00", "2.00"), [("settled_otherwise", 7_00)]),
        ("Received", ("5.00", "2.00"), []),
        ("Weight", ("5.00", "9.00"), []),
    ],
)
def test_what_balances_lack_by_an_unread_column_is_doubted(tmp_path, column, cells, doubted):
    header = f"invoice_id,customer_id,issued_on,due_on,amount,currency,balance,{column}"
    rows = (f"A,C1,2026-01-05,2026-02-04,100,EUR,95,{cells[0]}",
            f"B,C1,2026-01-05,2026-02-04,40,EUR,38,{cells[1]}")  # fmt: skip
    assert read(tmp_path, header, rows)[0] == doubted


@pytest.mark.parametrize(
    ("sums", "doubted"), [(("140", "30", "170"), []), (("140", "30", "171"), None)]
)
def test_sums_without_a_word_and_a_currency_are_totals_where_all_fit(tmp_path, sums, doubted):
    header = "customer_id,invoice_id,issued_on,due_on,amount,currency"
    rows = ["C1,A,2026-01-05,2026-02-04,100,EUR", "C1,B,2026-01-05,2026-02-04,40,EUR",
            f",,,,{sums[0]},", "C2,C,2026-01-05,2026-02-04,30,EUR",
            *(f",,,,{cents}," for cents in sums[1:])]  # fmt: skip
    assert read(tmp_path, header, rows)[1] == (170_00, 0)
    source = read_source(tmp_path / "list.csv", GENERIC, imported_on=TODAY)
    assert (source.rows_quarantined > 0) == (doubted is None)


def test_a_voucher_of_a_party_is_an_invoice(tmp_path):
    header = "Voucher No,Party,Voucher Date,Due Date,Amount,Currency"
    rows = ("V1,C1,2026-01-05,2026-02-04,100.00,INR",)
    assert read(tmp_path, header, rows) == ([], (100_00, 0))
