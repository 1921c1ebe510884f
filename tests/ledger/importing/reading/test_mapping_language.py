"""What a mapping may say of columns, rows and lines, each on the smallest file that needs it."""

from __future__ import annotations

import pytest

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.ledger import Ledger
from payrisk.ledger.importing.reading import preset_from_text, read_source

DAY = day_of("2026-03-31")
COLUMNS = """
[invoices.columns]
invoice_id = "no"
customer_id = "who"
issued_on = "day"
amount = "sum"
"""


def read(folder, text, mapping):
    (folder / "list.csv").write_text(text, encoding="utf-8")
    preset = preset_from_text('currency = "EUR"\n' + mapping, "mine.toml")
    return read_source(folder / "list.csv", preset, imported_on=DAY)


def amounts(reading, table="invoices", key="invoice_id"):
    frame = reading.tables[table]
    return dict(zip(frame[key], frame["amount"], strict=True))


def test_debit_less_credit_is_the_amount(tmp_path):
    mapping = COLUMNS.replace('"sum"', '{ column = "debit", minus = "credit" }')
    text = "no,who,day,debit,credit\n1,A,2026-01-05,10.00,\n2,A,2026-01-06,,4.00\n"
    text += "3,A,2026-01-07,9.00,2.50\n4,A,2026-01-08,,\n"
    reading = read(tmp_path, text, mapping)
    assert amounts(reading) == {"1": 1000, "3": 650}
    assert amounts(reading, "credits", "credit_id") == {"2": 400}
    assert [p.row for p in reading.problems if p.action == "quarantined"] == [4]
    with pytest.raises(InputError, match="no column 'credit', which the mapping takes off"):
        read(tmp_path, "no,who,day,debit\n1,A,2026-01-05,10.00\n", mapping)


def test_a_second_column_overrules_what_a_document_is(tmp_path):
    mapping = COLUMNS + (
        'document = { column = "type", values = { CN = "credit_note", SI = "invoice" },'
        ' unless = { status = { Voided = "void" }, flag = { "*" = "skip" }, none = { x = "y" } } }'
    )
    text = "no,who,day,sum,type,status,flag\n1,A,2026-01-05,10.00,SI,Open,\n"
    text += "2,A,2026-01-05,4.00,CN,Open,\n3,A,2026-01-05,4.00,SI,Voided,\n"
    text += "4,A,2026-01-05,4.00,SI,Open,A\n"
    reading = read(tmp_path, text, mapping)
    assert (amounts(reading), reading.rows_left_out) == ({"1": 1000}, 2)
    assert amounts(reading, "credits", "credit_id") == {"2": 400}


def test_a_payment_above_zero_is_owed_where_signs_tell(tmp_path):
    mapping = "[invoices]\nsigned = true\n" + COLUMNS
    mapping += 'document = { column = "type", values = { DZ = "payment" } }'
    text = "no,who,day,sum,type\n1,A,2026-01-05,10.00,DZ\n2,A,2026-01-05,-4.00,DZ\n"
    reading = read(tmp_path, text, mapping)
    assert amounts(reading) == {"1": 1000}
    assert amounts(reading, "credits", "credit_id") == {"2": 400}


def test_rows_without_a_number_get_the_same_one_whatever_their_place(tmp_path):
    mapping = '[invoices]\nnumbered_by = ["who", "day"]\n' + COLUMNS
    rows = [",A,2026-01-05,-4.00", ",A,2026-01-05,-4.00", ",B,2026-01-05,-7.00"]
    first = read(tmp_path, "\n".join(["no,who,day,sum", "9,A,2026-01-02,5.00", *rows]), mapping)
    later = read(tmp_path, "\n".join(["no,who,day,sum", *rows, "9,A,2026-01-02,5.00"]), mapping)
    expected = {"A 2026-01-05": 400, "A 2026-01-05 #2": 400, "B 2026-01-05": 700}
    assert amounts(first, "credits", "credit_id") == expected
    assert amounts(later, "credits", "credit_id") == expected


CLEARING = COLUMNS + (
    'document = { column = "type", values = { RV = "invoice", DZ = "payment" } }\n'
    'paid_on = "cleared"\ndue_on = "day"\nclearing_id = "by"\napplies_to = "for"\n'
)


def test_a_receipt_settles_on_its_own_day_what_was_matched_later(tmp_path):
    text = (
        "no,who,day,sum,type,cleared,by,for\n"
        "1,A,2026-01-05,100.00,RV,2026-02-20,9,\n"
        "2,A,2026-01-06,50.00,RV,2026-02-20,9,\n"
        "9,A,2026-02-10,-120.00,DZ,2026-02-20,9,\n"
        "3,A,2026-01-07,80.00,RV,,,\n"
        "8,A,2026-02-12,-30.00,DZ,,,3\n"
        "4,B,2026-01-07,60.00,RV,2026-02-21,7,\n"
    )
    reading = read(tmp_path, text, CLEARING)
    links = reading.tables["allocations"]
    assert links[["credit_id", "invoice_id", "amount"]].to_numpy().tolist() == [
        ["offset:2", "2", 3000],
        ["payment:4", "4", 6000],
        ["9", "1", 10000],
        ["9", "2", 2000],
        ["8", "3", 3000],
    ]
    ledger, problems = Ledger.from_tables(reading.tables)
    assert not [p for p in problems if p.action in ("quarantined", "doubted")]
    before = ledger.balance_at(day_of("2026-02-09")).invoices()
    assert dict(zip(before["invoice_id"], before["residual"], strict=True)) == {
        "1": 10000,
        "2": 5000,
        "3": 8000,
        "4": 6000,
    }
    after = ledger.balance_at(DAY).invoices().set_index("invoice_id")
    assert after["residual"].to_dict() == {"1": 0, "2": 0, "3": 5000, "4": 0}
    assert after.loc["1", "settled_on"] == day_of("2026-02-10")
    assert ledger.balance_at(DAY).credit_balances()["unapplied"].sum() == 0


def test_the_header_is_sought_and_titles_between_groups_are_no_rows(tmp_path):
    mapping = 'find_header = true\ntitles = ["---", "Customer"]\n' + COLUMNS
    text = (
        "Open; items\n\nCustomer A\n---------\nno;who;day;sum\n---------\n1;A;2026-01-05;10.00\n"
    )
    text += "---------\nCustomer B\n---------\nno;who;day;sum\n2;B;2026-01-06;4.00\n"
    reading = read(tmp_path, text, mapping)
    assert (amounts(reading), reading.rows_in) == ({"1": 1000, "2": 400}, 2)
    assert not [p for p in reading.problems if p.action != "noted"]


def test_no_variant_that_fits_is_told_with_what_the_likest_lacks(tmp_path):
    with pytest.raises(InputError, match=r"likest sap-bsid, .* no column for amount"):
        read(tmp_path, "BELNR,KUNNR,BLDAT\n1,A,20260105\n", 'preset = "sap"')
    with pytest.raises(InputError, match=r"several presets; name .* \(sap-fbl5n"):
        preset_from_text('preset = "sap"\n[invoices.columns]\namount = "x"', "mine.toml")
