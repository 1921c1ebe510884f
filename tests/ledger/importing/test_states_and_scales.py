"""What states, yes and no, and headers say of amounts is read; where they contradict, doubted."""

from __future__ import annotations

import pytest

from payrisk.calendar import day_of
from payrisk.ledger.importing.reading import load_preset, preset_from_text, read_source
from payrisk.ledger.importing.suggesting.suggest import suggest
from payrisk.ledger.stored import storage
from payrisk.receivables.aging import aging
from payrisk_pipelines.importing import import_files

GENERIC = load_preset("generic")
TODAY = day_of("2026-11-30")
HEADER = "Invoice No,Customer,Invoice Date,Due Date,{},Currency"
AMOUNTS = ("1000.00", "400.00", "30.00")


def written(tmp_path, column, cells, amount="Amount"):
    file = tmp_path / "a.csv"
    rows = [
        f"{turn},C1,2026-01-0{turn},2026-02-0{turn},{cents},EUR,{cell}"
        for turn, (cents, cell) in enumerate(zip(AMOUNTS, cells, strict=True), start=1)
    ]
    file.write_text("\n".join([f"{HEADER.format(amount)},{column}", *rows]) + "\n", "utf-8")
    return file


def books(tmp_path, file, how=GENERIC):
    """What an import doubts, and what is open and in hand after it."""
    evening = TODAY if how.kind == "open items" else None
    done = import_files(tmp_path / "home", file, how, TODAY, snapshot=evening)
    doubted = [p.code for p in done.report.problems if p.action == "doubted"]
    if not done.sha:
        return doubted, None
    (line,) = aging(storage.load(tmp_path / "home").balance_at(TODAY)).totals().itertuples()
    return doubted, (line.open, line.unapplied)


@pytest.mark.parametrize(
    ("column", "cells", "open_", "in_hand"),
    [
        ("Status", ("Paid", "Open", "Void"), 400_00, 0),
        ("Payment Status", ("PAID", "UNPAID", "OVERDUE"), 430_00, 0),
        ("Paid", ("Yes", "No", ""), 430_00, 0),
        ("Bezahlt", ("ja", "nein", "nein"), 430_00, 0),
        ("Cancelled,Balance", ("true,1000.00", "false,400.00", "false,0"), 400_00, 0),
        ("Status,Amount Paid", ("Paid,", "Sent,100.00", "Sent,"), 330_00, 0),
        ("Status,Amount Paid", ("Opłacona,", "Częściowo opłacona,100.00", ","), 330_00, 0),
        ("Status,Balance", ("Paid,", "Open,400.00", "Open,30.00"), 430_00, 0),
        ("Amount Paid,Balance", ("1200.00,-200.00", "0,400.00", "0,30.00"), 430_00, 200_00),
        ("Balance", ("-200.00", "400.00", "30.00"), 430_00, 200_00),
        ("Balance", ("-200.00", "-400.00", "0"), 600_00, 0),
        ("Type,Balance", ("Invoice,400", "Overpayment,400.00", "Invoice,30"), 430_00, 400_00),
    ],
)
def test_paid_by_its_state_is_paid_and_paid_beyond_is_in_hand(
    tmp_path, column, cells, open_, in_hand
):
    assert books(tmp_path, written(tmp_path, column, cells)) == ([], (open_, in_hand))


@pytest.mark.parametrize(
    ("column", "cells", "code"),
    [
        ("Status,Amount Paid", ("Paid,0.00", "Open,0.00", "Open,0.00"), "paid_yet_open"),
        ("Status,Balance", ("Paid,10.00", "Open,400.00", "Open,30.00"), "paid_yet_open"),
        ("Invoice Status", ("Paid", "Partially paid", "Sent"), "unknown_kind"),
        ("Status", ("Closed", "Open", "Open"), "unknown_kind"),
        ("Status", ("Written off", "Open", "Overdue"), "unknown_kind"),
        ("Status", ("Alpha", "Beta", "Open"), "unused_column"),
        ("Type", ("Invoice", "Bonus", "Credit Note"), "unknown_kind"),
        ("Type", ("Alpha", "Beta", "Invoice"), "unused_column"),
        ("Paid %", ("50%", "0%", "0%"), "unused_column"),
        ("Is Paid", ("1", "0", "0"), "unused_column"),
        (
            "Paid,Payment Date",
            ("no,2026-02-05", "yes,2026-02-05", "no,"),
            "denied_yet_dated",
        ),
    ],
)
def test_states_that_contradict_or_leave_money_open_are_doubted(tmp_path, column, cells, code):
    assert books(tmp_path, written(tmp_path, column, cells))[0] == [code]


def test_a_suggested_mapping_reads_states_or_doubts_them(tmp_path):
    for turn, (cells, expected) in enumerate(
        ((("Paid", "Open", "Void"), []), (("Closed", "Open", "Open"), ["unknown_kind"]))
    ):
        (tmp_path / str(turn)).mkdir()
        file = written(tmp_path / str(turn), "Status", cells)
        how = preset_from_text(suggest(file, TODAY).mapping, "as suggested")
        assert books(tmp_path / str(turn), file, how)[0] == expected


def test_a_payment_that_came_back_is_not_kept_in_silence(tmp_path):
    for paid_on, expected in (("2026-02-01", []), ("", ["vanished"])):
        file = written(tmp_path, "Paid On", (paid_on, "", ""))
        assert books(tmp_path, file) == (expected, (430_00, 0))


@pytest.mark.parametrize(
    ("column", "cells", "code"),
    [
        ("Amount Paid,Skonto", ("980.00,20.00", ",", ","), "settled_otherwise"),
        ("Amount Paid,Still", ("980.00,20.00", ",400.00", ",30.00"), None),
        ("VAT", ("190.00", "76.00", "5.70"), "net_amounts"),
        ("VAT", ("159.66", "63.87", "4.79"), None),
    ],
)
def test_money_that_nothing_reads_is_doubted(tmp_path, column, cells, code):
    reading = read_source(written(tmp_path, column, cells), GENERIC, imported_on=TODAY)
    assert [p.code for p in reading.problems if p.action == "doubted"] == [code] * bool(code)


@pytest.mark.parametrize(
    ("amounts", "parts", "open_", "in_hand"),
    [
        (("1000.00", "150.00"), None, 280_00, 0),
        (("1180.00", "1180.00"), ("1000.00", "150.00"), 280_00, 30_00),
        (("100.00", "100.00"), None, None, None),
    ],
)
def test_a_payment_stands_in_a_row_for_each_of_its_invoices(
    tmp_path, amounts, parts, open_, in_hand
):
    (tmp_path / "books").mkdir()
    written(tmp_path, "Note", ("", "", "")).rename(tmp_path / "books" / "invoices.csv")
    header = "credit_id,customer_id,happened_on,currency,invoice_id,amount"
    rows = [f"P,C1,2026-02-01,EUR,{n},{cents}" for n, cents in enumerate(amounts, start=1)]
    if parts:
        header += ",allocated_amount"
        rows = [f"{row},{part}" for row, part in zip(rows, parts, strict=True)]
    (tmp_path / "books" / "credits.csv").write_text("\n".join([header, *rows]) + "\n", "utf-8")
    done = books(tmp_path, tmp_path / "books")
    assert done == ([], None if open_ is None else (open_, in_hand))


def test_a_credit_of_several_invoices_stays_on_account_in_doubt(tmp_path):
    (tmp_path / "books").mkdir()
    written(tmp_path, "Note", ("", "", "")).rename(tmp_path / "books" / "invoices.csv")
    header = "credit_id,customer_id,happened_on,currency,invoice_id,amount"
    row = "G,C1,2026-02-01,EUR,1; 2,50"
    (tmp_path / "books" / "credits.csv").write_text(f"{header}\n{row}\n", "utf-8")
    assert books(tmp_path, tmp_path / "books") == (["several_invoices"], (1430_00, 50_00))


@pytest.mark.parametrize(("total", "expected"), [("200.00", []), ("250.00", ["total_differs"])])
def test_a_total_of_balances_is_compared_too(tmp_path, total, expected):
    file = written(tmp_path, "Balance", ("200.00", "0.00", "0.00"))
    file.write_text(file.read_text() + f"Total,,,,1430.00,,{total}\n")
    reading = read_source(file, GENERIC, imported_on=TODAY)
    assert [p.code for p in reading.problems if p.action == "doubted"] == expected


@pytest.mark.parametrize(
    ("header", "is_read"),
    [("Amount TEUR", False), ("Amount (in thousands)", False), ("amount_cents", False),
     ("Amount EUR", True)],
)  # fmt: skip
def test_amounts_of_another_scale_are_not_read(tmp_path, header, is_read):
    file = written(tmp_path, "Note", ("", "", ""), header)
    how = preset_from_text(f'preset = "generic"\n[invoices.columns]\namount = "{header}"', "mine")
    reading = read_source(file, how, imported_on=TODAY)
    aside = [p.message for p in reading.problems if p.action == "quarantined"]
    assert (reading.rows_accepted, bool(aside)) == (3 * is_read, not is_read)
    assert all("as its header or title says" in message for message in aside)
