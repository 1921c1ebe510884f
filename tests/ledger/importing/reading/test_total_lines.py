"""A file's own total lines: found in any language, never invoices, compared to the cent."""

from __future__ import annotations

import pytest

from payrisk.calendar import day_of
from payrisk.ledger.importing.reading import load_preset, preset_from_text, read_source

TODAY = day_of("2025-06-30")
HEAD = "invoice_id,customer_id,customer_name,issued_on,due_on,amount,currency\n"
ROWS = (
    "A,c1,Total Energies,2025-01-01,2025-01-31,100.10,EUR\n"
    "B,c1,Sum Up Ltd,2025-01-05,2025-02-04,50.20,EUR\n"
    "C,c2,Gesamtschule,2025-01-05,2025-02-04,49.70,EUR\n"
)
WORDS = ("Total", "TOTAL:", "Grand Total", "Summe", "Gesamt", "Gesamtsumme EUR", "Totale")
WORDS += ("Total général", "Razem", "Totaal", "Suma", "I alt", "Σύνολο", "* Subtotal *", "Sum")


def read(tmp_path, text, head=HEAD, preset=None):
    path = tmp_path / "sales.csv"
    path.write_text(head + text, encoding="utf-8")
    return read_source(path, preset or load_preset("generic"), imported_on=TODAY)


def doubts(reading):
    return [
        (p.code, p.row, p.amount, p.currency) for p in reading.problems if p.action == "doubted"
    ]


def stated(reading):
    return [
        (t.currency, t.n_rows, t.read_amount, t.stated_amount) for t in reading.totals.file_totals
    ]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("line", ["{},,,,,200.00,EUR", ",{},,,,200.00,", ",,{},,,200.00,EUR"])
def test_a_total_line_is_compared_and_no_invoice(tmp_path, word, line):
    reading = read(tmp_path, ROWS + line.format(word) + "\n")
    assert reading.tables["invoices"]["invoice_id"].tolist() == ["A", "B", "C"]
    assert stated(reading) == [("EUR", 3, 20000, 20000)]
    assert doubts(reading) == []
    assert (reading.rows_left_out, reading.rows_quarantined) == (1, 0)
    assert ("total_line", 4) in [(p.code, p.row) for p in reading.problems]


def test_a_total_that_differs_is_doubted_in_money(tmp_path):
    reading = read(tmp_path, ROWS + "Total,,,,,250.00,EUR\n")
    assert doubts(reading) == [("total_differs", 4, 5000, "EUR")]
    (total,) = reading.totals.file_totals
    assert total.difference == 5000


def test_what_a_row_set_aside_hides_shows_in_the_total(tmp_path):
    hidden = ROWS.replace("50.20", "fifty")
    reading = read(tmp_path, hidden + "Total,,,,,200.00,EUR\n")
    assert doubts(reading) == [("total_differs", 4, 5020, "EUR")]


@pytest.mark.parametrize("word", ["", "All customers"])
def test_a_row_without_ids_and_day_that_sums_the_rows_above_is_their_total(tmp_path, word):
    reading = read(tmp_path, ROWS + f",,{word},,,200.00,EUR\n")
    assert stated(reading) == [("EUR", 3, 20000, 20000)]
    assert reading.rows_quarantined == 0
    other = read(tmp_path, ROWS + f",,{word},,,200.01,EUR\n")
    assert (other.rows_quarantined, stated(other)) == (1, [("EUR", 4, 40001, None)])


def test_subtotals_and_the_whole_each_fit_what_they_sum(tmp_path):
    first, second, third = ROWS.splitlines()
    lines = [first, second, ",,Total c1,,,150.30,EUR", third, ",,Total c2,,,49.70,EUR"]
    reading = read(tmp_path, "\n".join([*lines, "Grand total,,,,,200.00,EUR"]) + "\n")
    assert (stated(reading), doubts(reading)) == ([("EUR", 3, 20000, 20000)], [])
    assert reading.rows_left_out == 3
    lines[2] = lines[2].replace("150.30", "160.30")
    wrong = read(tmp_path, "\n".join([*lines, "Grand total,,,,,200.00,EUR"]) + "\n")
    assert doubts(wrong) == [("total_differs", 3, 1000, "EUR")]


def test_a_subtotal_may_stand_beside_its_customer(tmp_path):
    first, second, third = ROWS.splitlines()
    lines = [first, second, ",c1,Subtotal,,,150.30,EUR", third, ",c2,Subtotal,,,49.71,EUR"]
    reading = read(tmp_path, "\n".join(lines) + "\n")
    assert len(reading.tables["invoices"]) == 3
    assert doubts(reading) == [("total_differs", 5, 1, "EUR")]


def test_a_total_above_the_rows_is_compared_with_those_below(tmp_path):
    reading = read(tmp_path, "Total,,,,,200.00,EUR\n" + ROWS)
    assert (stated(reading), doubts(reading)) == ([("EUR", 3, 20000, 20000)], [])
    assert doubts(read(tmp_path, "Total,,,,,20.00,EUR\n" + ROWS)) == [
        ("total_differs", 1, 18000, "EUR")
    ]


def test_headings_of_groups_are_left_out_and_many_of_them_doubted(tmp_path):
    head = HEAD.replace("\n", ",group\n")
    first, second, third = (row + "," for row in ROWS.splitlines())
    groups = [",,,,,,,Current", first, second, ",,,,,,,31-60 days", third]
    reading = read(tmp_path, "\n".join(groups) + "\n", head)
    assert (reading.rows_accepted, reading.rows_left_out, reading.rows_quarantined) == (3, 2, 0)
    assert [(p.action, p.n) for p in reading.problems if p.code == "heading"] == [("noted", 2)]
    many = read(tmp_path, "\n".join([first, *[groups[0]] * 3]) + "\n", head)
    assert [(p.action, p.n) for p in many.problems if p.code == "heading"] == [("doubted", 3)]


def test_each_currency_has_its_total(tmp_path):
    dollars = "D,c1,X,2025-01-01,2025-01-31,70.00,USD\n"
    totals = "Total,,,,,200.00,EUR\nTotal,,,,,77.00,USD\n"
    reading = read(tmp_path, ROWS + dollars + totals)
    assert stated(reading) == [("EUR", 3, 20000, 20000), ("USD", 1, 7000, 7700)]
    assert doubts(reading) == [("total_differs", 5 + 1, 700, "USD")]


def test_a_total_is_the_signed_sum_credit_notes_included(tmp_path):
    note = "N,c1,X,2025-01-09,,-30.00,EUR\n"
    reading = read(tmp_path, ROWS + note + "Total,,,,,170.00,EUR\n")
    assert (stated(reading), doubts(reading)) == ([("EUR", 4, 17000, 17000)], [])


def test_payments_have_totals_too_and_ones_without_a_number_are_none(tmp_path):
    (tmp_path / "invoices.csv").write_text(HEAD + ROWS, encoding="utf-8")
    (tmp_path / "credits.csv").write_text(
        "credit_id,invoice_id,customer_id,happened_on,amount,currency\n"
        "P,A,c1,2025-02-01,60.00,EUR\n,B,c1,2025-02-01,40.00,EUR\nTotal,,,,100.00,EUR\n",
        encoding="utf-8",
    )
    reading = read_source(tmp_path, load_preset("generic"), imported_on=TODAY)
    assert len(reading.tables["credits"]) == 2
    assert stated(reading)[1] == ("EUR", 2, 10000, 10000)


def test_a_file_without_numbers_and_currency_finds_its_total(tmp_path):
    preset = preset_from_text(
        'currency = "EUR"\n[invoices]\nnumbered = true\n[invoices.columns]\ncustomer_id = "who"\n'
        'issued_on = "day"\namount = "amount"\n',
        "mine",
    )
    text = "c1,2025-01-01,10.00\nc2,2025-01-02,5.50\nTotal,,15.50\n"
    reading = read(tmp_path, text, "who,day,amount\n", preset)
    assert reading.tables["invoices"]["amount"].tolist() == [1000, 550]
    assert stated(reading) == [("EUR", 2, 1550, 1550)]


@pytest.mark.parametrize(
    "row",
    [
        "D,c9,Total,2025-01-09,2025-02-09,75.00,EUR",
        "Total-17,c9,X,2025-01-09,2025-02-09,75.00,EUR",
        "D,Total,X,2025-01-09,2025-02-09,75.00,EUR",
        "D,c9,Summe,2025-01-09,,200.00,EUR",
    ],
)
def test_a_document_is_none_whatever_its_customer_is_called(tmp_path, row):
    reading = read(tmp_path, ROWS + row + "\n")
    assert len(reading.tables["invoices"]) == 4
    assert stated(reading)[0][3] is None


def test_a_last_document_that_is_the_sum_of_all_above_is_asked_about(tmp_path):
    rows = "".join(f"A{i},c1,X,2025-01-01,2025-01-31,10.00,EUR\n" for i in range(9))
    reading = read(tmp_path, rows + "T,c2,X,2025-01-31,2025-01-31,90.00,EUR\n")
    assert len(reading.tables["invoices"]) == 10
    assert doubts(reading) == [("looks_like_a_total", 10, 9000, "EUR")]
    few = "".join(rows.splitlines(keepends=True)[:2])
    assert doubts(read(tmp_path, few + "T,c2,X,2025-01-31,,20.00,EUR\n")) == []
