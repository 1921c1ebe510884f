"""Reading a source: what a row becomes, what is set aside and how it is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import NEVER, day_of, iso
from payrisk.errors import InputError
from payrisk.ledger import Ledger
from payrisk.ledger.importing.merging import latest_tables
from payrisk.ledger.importing.reading import load_preset, preset_from_text, read_source

TODAY = day_of("2025-06-30")
NUMBERED = preset_from_text('preset = "generic"\n[invoices]\nnumbered = true', "numbered")
HEAD = "invoice_id,customer_id,issued_on,due_on,amount,currency,paid_on\n"


def folder(tmp_path, **files):
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def wide(tmp_path, rows, head=HEAD, preset=None):
    path = tmp_path / "sales.csv"
    path.write_text(head + rows, encoding="utf-8")
    return read_source(path, preset or load_preset("generic"), imported_on=TODAY)


def said(reading, action=None):
    return [(p.code, p.row, p.column, p.n) for p in reading.problems if action in (None, p.action)]


def money(reading):
    ledger, _ = Ledger.from_tables(reading.tables)
    table = reading.totals.compare_with_ledger(reading.tables, latest_tables(ledger))
    assert (table["difference_amount"].dropna() == 0).all()
    assert table["difference_amount"].isna().tolist() == (table["unreadable_rows"] > 0).tolist()
    columns = ["table", "currency", "in_amount", "ledger_amount", "quarantined_amount"]
    lines = table[[*columns, "left_out_amount"]].itertuples(index=False, name=None)
    return {line[:2]: line[2:] for line in lines}


def test_a_wide_row_is_an_invoice_with_its_full_payment(tmp_path):
    reading = wide(tmp_path, "A,c1,2025-01-01,2025-01-31,100.50,EUR,2025-02-03\n")
    (invoice,) = reading.tables["invoices"].to_dict("records")
    assert invoice == {
        "invoice_id": "A",
        "customer_id": "c1",
        "issued_on": day_of("2025-01-01"),
        "due_on": day_of("2025-01-31"),
        "amount": 10050,
        "currency": "EUR",
    }
    ledger, _ = Ledger.from_tables(reading.tables)
    (known,) = ledger.as_of(day_of("2025-02-04")).settled_invoices().to_dict("records")
    assert (iso(known["paid_on"]), known["days_late"]) == ("2025-02-03", 3)
    assert ledger.as_of(day_of("2025-02-03")).open_invoices()["residual"].tolist() == [10050]
    assert money(reading) == {
        ("credits", "EUR"): (10050, 10050, 0, 0),
        ("invoices", "EUR"): (10050, 10050, 0, 0),
    }
    assert (reading.rows_in, reading.rows_accepted, reading.rows_quarantined) == (1, 1, 0)


def test_rows_that_cannot_be_understood_are_named_and_the_rest_comes_in(tmp_path):
    rows = [
        "A,c1,2025-01-01,2025-01-31,100.00,EUR,",
        "B,c1,2025-13-01,2025-01-31,100,EUR,",
        "C,c1,2025-01-01,2025-01-31,abc,EUR,",
        "D,c1,2025-01-01,2025-01-31,1.005,EUR,",
        "E,,2025-01-01,2025-01-31,100,EUR,",
        "F,c1,2025-01-01,2025-01-31,100,EXX,",
        "G,c1,2025-01-01,soon,100,EUR,",
        "H,c1,2025-01-01,2025-01-31,100",
        'I,c1,2025-01-01,2025-01-31,"1,5,0",EUR,',
        "J,c1,2025-01-01,2025-01-31,100,,",
        "K,c1,2025-01-01,2025-01-31,1e30,EUR,",
        "L,c1,2999-01-01,2025-01-31,100,EUR,",
        "M,c1,2025-01-01,2025-01-31,100,EUR,2025-02-30",
    ]
    reading = wide(tmp_path, "\n".join(rows) + "\n")
    assert reading.tables["invoices"]["invoice_id"].tolist() == ["A"]
    assert said(reading, "quarantined") == [
        ("wrong_number_of_cells", 8, "", 1),
        ("bad_date", 2, "issued_on", 1),
        ("bad_amount", 3, "amount", 1),
        ("bad_amount", 4, "amount", 1),
        ("missing_value", 5, "customer_id", 1),
        ("bad_value", 6, "currency", 1),
        ("bad_date", 7, "due_on", 1),
        ("bad_amount", 9, "amount", 1),
        ("missing_value", 10, "currency", 1),
        ("bad_amount", 11, "amount", 1),
        ("bad_date", 12, "issued_on", 1),
        ("bad_date", 13, "paid_on", 1),
    ]
    assert all(p.file == "sales.csv" for p in reading.problems)
    doubt, fine = (p.message for p in reading.problems if p.row == 4)
    assert "amount '1.005' is not read" in fine
    assert 'say decimal = "."' in doubt
    assert (reading.rows_in, reading.rows_accepted, reading.rows_quarantined) == (13, 1, 12)
    # A, B, E, G, L and M have an amount; what the other rows hold is not known, and not 0.00.
    assert money(reading)["invoices", "EUR"] == (60000, 10000, pd.NA, 0)
    unreadable = reading.totals.n_unreadable
    assert unreadable == {
        ("invoices", "EUR"): 4,
        ("invoices", "?"): 3,
        ("credits", "EUR"): 1,
    }


def test_a_row_number_takes_an_ids_place_only_where_the_mapping_says_so(tmp_path):
    with pytest.raises(InputError, match="no column for invoice_id .* say numbered = true"):
        wide(tmp_path, "c1,2025-01-01,100,EUR\n", "customer,invoice date,amount,currency\n")


def test_an_invoice_without_id_is_its_row_number_quarantined_rows_counted(tmp_path):
    rows = "c1,2025-01-01,100,EUR\nc1,bad,100,EUR\n\nc1,2025-01-01,100,EUR\n"
    reading = wide(tmp_path, rows, "customer,invoice date,amount,currency\n", NUMBERED)
    assert reading.tables["invoices"]["invoice_id"].tolist() == ["row-1", "row-3"]
    assert ("numbered", 1, "invoice_id", 3) in said(reading, "repaired")


def test_a_missing_id_is_set_aside_or_numbered_where_the_mapping_says_so(tmp_path):
    rows = "A,c1,2025-01-01,,1,EUR,\n,c1,2025-01-01,,2,EUR,\n"
    reading = wide(tmp_path, rows)
    assert said(reading, "quarantined") == [("missing_value", 2, "invoice_id", 1)]
    reading = wide(tmp_path, rows, preset=NUMBERED)
    assert reading.tables["invoices"]["invoice_id"].tolist() == ["A", "row-2"]
    assert reading.tables["invoices"]["due_on"].tolist() == [NEVER, NEVER]


def test_headers_match_whatever_their_case_spaces_and_underscores(tmp_path):
    head = "Invoice ID,CUSTOMER-ID,Issued On,due_on,Amount,CURRENCY,Paid On\n"
    reading = wide(tmp_path, "A,c1,2025-01-01,2025-01-31,1,eur,\n", head)
    assert reading.tables["invoices"]["currency"].tolist() == ["EUR"]


def test_a_missing_column_is_one_sentence_with_the_closest_header(tmp_path):
    head = "invoice_id,customer_id,isued_on,amount,currency\n"
    with pytest.raises(InputError, match=r"no column for issued_on .* closest is 'isued_on'"):
        wide(tmp_path, "A,c1,2025-01-01,1,EUR\n", head)
    head = "invoice_id,customer_id,issued_on,amount\n"
    with pytest.raises(InputError, match=r"no column for currency .* --currency"):
        wide(tmp_path, "A,c1,2025-01-01,1\n", head)


def test_a_currency_column_may_be_replaced_by_a_constant_or_the_entity(tmp_path):
    head = "invoice_id,customer_id,entity_id,issued_on,amount\n"
    rows = "A,c1,JP01,2025-01-01,100\nB,c1,DE01,2025-01-01,1.25\n"
    preset = preset_from_text('currency = "eur"\n' + _generic(), "mine")
    reading = wide(tmp_path, rows, head, preset)
    assert reading.tables["invoices"]["amount"].tolist() == [10000, 125]
    entities = "id,base currency\nJP01,JPY\nDE01,EUR\n"
    reading = read_source(
        folder(tmp_path / ".." / tmp_path.name, invoices=head + rows, entities=entities),
        load_preset("generic"),
        imported_on=TODAY,
    )
    assert reading.tables["invoices"]["currency"].tolist() == ["JPY", "EUR"]
    assert reading.tables["invoices"]["amount"].tolist() == [100, 125]
    assert ("currency_of_entity", 1, "currency", 2) in said(reading, "repaired")


def _generic():
    return """
    [invoices.columns]
    invoice_id = "invoice_id"
    customer_id = "customer_id"
    issued_on = "issued_on"
    amount = "amount"
    """


def test_amounts_are_exact_in_the_currency_s_own_decimals(tmp_path):
    rows = "A,c1,2025-01-01,,100,JPY,\nB,c1,2025-01-01,,1.234,BHD,\nC,c1,2025-01-01,,0.29,EUR,\n"
    rows += "D,c1,2025-01-01,,1.5,JPY,\nE,c1,2025-01-01,,2309.7899999999995,EUR,\n"
    reading = wide(tmp_path, rows)
    assert reading.tables["invoices"]["amount"].tolist() == [100, 1234, 29, 230979]
    assert said(reading) == [
        ("float_noise", 5, "amount", 1),
        ("bad_amount", 4, "amount", 1),
    ]


def test_a_negative_document_is_an_unlinked_credit_note_used_up_when_cleared(tmp_path):
    rows = "A,c1,2025-01-01,2025-01-31,100,EUR,\n"
    rows += (
        "N1,c1,2025-01-10,2025-01-10,-30,EUR,\nN2,c1,2025-01-11,2025-01-11,-20,EUR,2025-02-01\n"
    )
    reading = wide(tmp_path, rows)
    ledger, _ = Ledger.from_tables(reading.tables)
    books = ledger.balance_at(day_of("2025-01-31"))
    assert books.credit_balances()["unapplied"].tolist() == [5000]
    books = ledger.balance_at(day_of("2025-02-01"))
    assert books.credit_balances()["unapplied"].tolist() == [3000]
    assert books.control_total()["net"].tolist() == [7000]
    notes = reading.tables["credits"].set_index("credit_id")
    assert notes["kind"].tolist() == ["credit_note", "credit_note"]
    assert reading.tables["events"]["reason"].tolist() == ["cleared"]
    assert money(reading) == {
        ("credits", "EUR"): (5000, 5000, 0, 0),
        ("invoices", "EUR"): (10000, 10000, 0, 0),
    }


def test_a_payment_before_issue_is_a_prepayment(tmp_path):
    reading = wide(tmp_path, "A,c1,2025-01-10,2025-01-31,100,EUR,2025-01-05\n")
    assert said(reading) == [("paid_before_issue", None, "paid_on", 1)]
    ledger, _ = Ledger.from_tables(reading.tables)
    assert ledger.as_of(day_of("2025-01-06")).credit_balances()["unapplied"].tolist() == [10000]
    later = ledger.as_of(day_of("2025-01-11"))
    assert later.settled_invoices()["invoice_id"].tolist() == ["A"]
    assert not len(later.credit_balances())


def test_exact_twins_of_an_id_count_once_and_other_readings_are_set_aside(tmp_path):
    rows = "A,c1,2025-01-01,,100,EUR,\nA,c1,2025-01-01,,100,EUR,\nA,c1,2025-01-01,,120,EUR,\n"
    reading = wide(tmp_path, rows)
    assert reading.tables["invoices"]["amount"].tolist() == [10000]
    assert said(reading) == [("exact_twin", 2, "invoice_id", 1), ("conflict", 3, "invoice_id", 1)]
    (count,) = reading.files
    assert (count.rows_in, count.accepted, count.left_out, count.quarantined) == (3, 1, 1, 1)
    assert money(reading)["invoices", "EUR"] == (32000, 10000, 12000, 10000)


def test_twins_without_ids_are_separate_rows(tmp_path):
    head = "customer_id,issued_on,amount,currency\n"
    reading = wide(tmp_path, "c1,2025-01-01,5,EUR\nc1,2025-01-01,5,EUR\n", head, NUMBERED)
    assert reading.tables["invoices"]["invoice_id"].tolist() == ["row-1", "row-2"]


def test_instalments_are_rows_of_one_invoice_each_with_its_own_payment(tmp_path):
    head = HEAD.replace("invoice_id", "invoice_id,instalment")
    rows = "A,1,c1,2025-01-01,2025-01-31,50,EUR,2025-01-30\nA,2,c1,2025-01-01,2025-02-28,50,EUR,\n"
    reading = wide(tmp_path, rows, head)
    ledger, _ = Ledger.from_tables(reading.tables)
    rest = ledger.as_of(day_of("2025-02-01")).open_invoices()
    assert rest["instalment"].tolist() == [2]


def test_how_a_row_closed_may_be_said(tmp_path):
    head = HEAD.rstrip() + ",closing,closing_reason,paid_amount\n"
    rows = "A,c1,2025-01-01,2025-01-31,100,EUR,2025-02-01,credit_note,returned,\n"
    rows += "B,c1,2025-01-01,2025-01-31,100,EUR,2025-02-01,handed_over,agency,\n"
    rows += "C,c1,2025-01-01,2025-01-31,100,EUR,2025-02-01,payment,,60\n"
    rows += "D,c1,2025-01-01,2025-01-31,100,EUR,2025-02-01,vanished,,\n"
    reading = wide(tmp_path, rows, head)
    assert said(reading, "quarantined") == [("bad_value", 4, "closing", 1)]
    ledger, _ = Ledger.from_tables(reading.tables)
    books = ledger.balance_at(day_of("2025-02-01")).invoices().set_index("invoice_id")
    assert books["residual"].to_dict() == {"A": 0, "B": 10000, "C": 4000}
    assert books.loc["A", "closed_by"] == "without_cash"
    (event,) = ledger.tables["events"].to_dict("records")
    assert (event["kind"], event["subject"], event["reason"]) == ("handed_over", "B", "agency")


def test_what_was_paid_beyond_the_invoice_stays_with_the_credit(tmp_path):
    head = HEAD.rstrip() + ",paid_amount\n"
    reading = wide(tmp_path, "A,c1,2025-01-01,2025-01-31,100,EUR,2025-01-30,130\n", head)
    assert reading.tables["credits"]["amount"].tolist() == [13000]
    assert reading.tables["allocations"]["amount"].tolist() == [10000]


def test_a_folder_of_tables_in_its_many_spellings(tmp_path):
    source = folder(
        tmp_path,
        customers="id,name,parent,country,is natural person\nc1,One,g1,DE,no\nc2,Two,,FR,\n",
        invoices="id,customer,issued_on,due_on,amount,currency\nA,c1,2025-01-01,2025-01-31,100,EUR\n",
        credits="id,customer,paid_on,amount,currency\nP1,c1,2025-01-31,70,EUR\n",
        allocations="credit,invoice,amount,date\nP1,A,60,2025-02-02\n",
        events="id,kind,subject,happened_on,amount\ne1,dispute_opened,invoice:A,2025-01-15,40\n"
        "e2,promise,A,2025-01-20,\n",
        attributes="customer,name,value\nc1,limit,5000\n",
    )
    reading = read_source(source, load_preset("generic"), imported_on=TODAY)
    assert [p for p in reading.problems if p.action == "quarantined"] == []
    ledger, _ = Ledger.from_tables(reading.tables)
    stand = ledger.as_of(day_of("2025-02-03"))
    (invoice,) = stand.invoices().to_dict("records")
    assert (invoice["residual"], invoice["disputed"]) == (4000, 4000)
    assert stand.credit_balances()["unapplied"].tolist() == [1000]
    customers = ledger.tables["customers"].set_index("customer_id")
    assert customers["is_natural_person"].to_dict() == {"c1": False, "c2": True}
    (limit,) = ledger.tables["attributes"].to_dict("records")
    assert (limit["value"], limit["valid_on"], limit["recorded_on"]) == ("5000", TODAY, TODAY)


def test_credits_that_name_their_invoice_bring_their_allocation(tmp_path):
    source = folder(
        tmp_path,
        invoices="id,customer,issued_on,amount,currency\nA,c1,2025-01-01,100,JPY\n",
        credits="payment_id,invoice_id,date,amount\nP1,A,2025-02-01,70\nP2,,2025-02-01,70\n",
    )
    reading = read_source(source, load_preset("generic"), imported_on=TODAY)
    assert reading.tables["credits"]["amount"].tolist() == [70]
    assert reading.tables["credits"]["customer_id"].tolist() == ["c1"]
    assert reading.tables["allocations"]["invoice_id"].tolist() == ["A"]
    assert said(reading, "quarantined") == [("missing_value", 2, "currency", 1)]


def test_paid_on_is_not_read_where_credits_tell_the_payments(tmp_path):
    source = folder(
        tmp_path,
        invoices=HEAD + "A,c1,2025-01-01,2025-01-31,100,EUR,2025-02-01\n",
        credits="credit_id,invoice_id,happened_on,amount\nP1,A,2025-02-01,100\n",
    )
    reading = read_source(source, load_preset("generic"), imported_on=TODAY)
    assert reading.tables["credits"]["credit_id"].tolist() == ["P1"]
    assert "paid_on_ignored" in {p.code for p in reading.problems}


def test_a_credit_told_as_a_document_and_again_as_a_credit_counts_once(tmp_path):
    source = folder(
        tmp_path,
        invoices="id,customer,issued_on,amount,currency\nA,c1,2025-01-01,100,EUR\n"
        "N,c1,2025-01-01,-40,EUR\n",
        credits="id,customer,happened_on,kind,amount,currency\nN,c1,2025-01-01,credit_note,40,EUR\n",
    )
    reading = read_source(source, load_preset("generic"), imported_on=TODAY)
    assert reading.rows_quarantined == 1
    assert money(reading)["credits", "EUR"] == (8000, 4000, 4000, 0)


def test_an_allocation_takes_its_currency_from_what_the_ledger_knows(tmp_path):
    source = folder(tmp_path, allocations="credit,invoice,amount\nP,K,5\nP,unheard of,5\n")
    invoice = {"invoice_id": ["K"], "customer_id": ["c"], "issued_on": [TODAY], "amount": [9]}
    known = {"invoices": pd.DataFrame(invoice | {"currency": ["JPY"]})}
    reading = read_source(source, load_preset("generic"), imported_on=TODAY, ledger_tables=known)
    assert reading.tables["allocations"]["amount"].tolist() == [5]
    (problem,) = (p for p in reading.problems if p.action == "quarantined")
    assert (problem.row, problem.message) == (
        2,
        "currency of the amount is unknown, like what the row refers to",
    )


def test_events_may_name_their_subject_in_a_column_of_its_kind(tmp_path):
    source = folder(
        tmp_path,
        invoices="id,customer,issued_on,amount,currency\nA,c1,2025-01-01,100,EUR\n",
        events="kind,invoice_id,customer_id,happened_on\ndispute_opened,A,,2025-01-02\n"
        "insolvency,,c1,2025-02-01\nlunch,A,,2025-01-03\n",
    )
    reading = read_source(source, load_preset("generic"), imported_on=TODAY)
    events = reading.tables["events"]
    assert events[["event_id", "subject_kind", "subject"]].to_numpy().tolist() == [
        ["event-row-1", "invoice", "A"],
        ["event-row-2", "customer", "c1"],
    ]
    assert said(reading, "quarantined") == [("bad_value", 3, "kind", 1)]


def test_columns_and_files_nobody_reads_are_said(tmp_path):
    source = folder(
        tmp_path,
        invoices="id,customer,issued_on,amount,currency,mood\nA,c1,2025-01-01,100,EUR,fine\n",
        weather="day,rain\n",
    )
    reading = read_source(source, load_preset("generic"), imported_on=TODAY)
    notes = {p.code: p.message for p in reading.problems}
    assert notes["unused_column"] == "columns not used: mood"
    assert [p.file for p in reading.problems if p.code == "unused_file"] == ["weather.csv"]


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        ("1.234,56", 123456),
        ("12,5", 1250),
        ("-3", -300),
        ("1.234.567", 123456700),
        ("7,00-", -700),
    ],
)
def test_comma_decimals_are_read_by_a_mapping_that_says_so(tmp_path, amount, cents):
    text = 'decimal = ","\nthousands = "."\ncurrency = "EUR"\n' + _generic()
    head = "invoice_id;customer_id;issued_on;amount\n"
    reading = wide(tmp_path, f"A;c1;2025-01-01;{amount}\n", head, preset_from_text(text, "comma"))
    table = reading.tables["invoices" if cents > 0 else "credits"]
    assert table["amount"].tolist() == [abs(cents)]


@pytest.mark.parametrize("amount", ["1.23,4", "1.5", "12.34.567", "1,2,3"])
def test_comma_decimals_with_stray_points_are_not_guessed_at(tmp_path, amount):
    text = 'decimal = ","\nthousands = "."\ncurrency = "EUR"\n' + _generic()
    head = "invoice_id;customer_id;issued_on;amount\n"
    reading = wide(tmp_path, f"A;c1;2025-01-01;{amount}\n", head, preset_from_text(text, "comma"))
    assert said(reading, "quarantined") == [("bad_amount", 1, "amount", 1)]


def test_progress_is_told_from_nothing_to_everything(tmp_path):
    told = []
    path = folder(tmp_path, invoices=HEAD)
    read_source(
        path, load_preset("generic"), imported_on=TODAY, progress=lambda *step: told.append(step)
    )
    assert told == [("reading invoices.csv", 0, 2), ("typing invoices.csv", 1, 2), ("", 2, 2)]


def test_a_header_without_rows_brings_in_nothing(tmp_path):
    reading = wide(tmp_path, "")
    assert (reading.rows_in, reading.rows_accepted) == (0, 0)
    assert not len(reading.tables["invoices"])


def test_totals_are_python_integers_beyond_64_bits(tmp_path):
    rows = "".join(f"A{i},c1,2025-01-01,,{10**13},EUR,\n" for i in range(9300))
    reading = wide(tmp_path, rows)
    assert reading.totals.rows["invoices", "EUR"] == 9300 * 10**15 > np.iinfo(np.int64).max
