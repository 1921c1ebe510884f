"""--suggest finds the mapping of exports whose headers nobody prepared it for."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import xlsxwriter

from payrisk.errors import InputError
from payrisk.ledger.importing.reading import load_preset, preset_from_text
from payrisk.ledger.importing.suggesting import suggest
from support.exports.renamed import renamed_exports
from support.exports.scoring import DAY, faults_of
from support.full import FULL

pytestmark = pytest.mark.long

FIXTURES = Path(__file__).parents[1] / "presets" / "fixtures"
SEEDS = {"development": 100, "further": 900, "test": 7000}
HEADER = "Rg.-Nr.;Kd.-Nr.;Rg.-Datum;Zahlbar bis;Rg.-Betrag;Whg.\n"


@pytest.mark.parametrize(
    "name",
    [
        "test",
        *(
            pytest.param(name, marks=pytest.mark.skipif(not FULL, reason="looked at: --full"))
            for name in ("development", "further")
        ),
    ],
)
def test_nine_of_ten_exports_with_other_headers_are_mapped_whole(name, tmp_path, capsys):
    exports = renamed_exports(name, SEEDS[name])[:: 1 if FULL else 3]
    faults = {export.name: faults_of(export, tmp_path) for export in exports}
    wrong = {export: words for export, words in faults.items() if words}
    with capsys.disabled():
        sys.stdout.write(
            f"\n{name}: {len(exports) - len(wrong)} of {len(exports)} whole; {wrong or ''}\n"
        )
    assert len(wrong) <= len(exports) / 10


def fixtures():
    """Every month of each shape; a system's last one alone where time is short."""
    every = sorted(FIXTURES.glob("*/*/month-*"))
    return every if FULL else sorted({path.parts[-3]: path for path in every}.values())


def test_nine_of_ten_fixtures_of_the_presets_are_known_for_what_they_are(capsys):
    known = {path: suggest(path, DAY).preset for path in fixtures()}
    assert all(load_preset(name).is_shipped for name in known.values() if name)
    wrong = [
        f"{path.parts[-3:]}: '{name}'"
        for path, name in known.items()
        if name.partition("-")[0] != path.parts[-3]
    ]
    with capsys.disabled():
        sys.stdout.write(
            f"\nfixtures: {len(known) - len(wrong)} of {len(known)} known; {wrong or ''}\n"
        )
    assert len(known) >= (32 if FULL else 10)
    assert len(wrong) <= len(known) / 10


def test_a_mapping_that_is_written_reads_what_was_tried(tmp_path):
    path = tmp_path / "liste.csv"
    rows = "".join(
        f"R{i};10{i % 3};{i + 10}.01.2026;{i + 10}.02.2026;1.{i}00,50;EUR\n" for i in range(8)
    )
    path.write_text(HEADER + rows)
    suggestion = suggest(path, DAY)
    how = preset_from_text(suggestion.mapping, "liste")
    assert how.dates == ("d/m/y", "iso")
    assert how.decimal == ","
    (money,) = suggestion.trial.money
    assert (money["n_rows"], money["read_amount"]) == (
        8,
        sum(100050 + 10000 * i for i in range(8)),
    )
    json.dumps(suggestion.as_dict())


def test_only_what_cannot_be_told_is_asked(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        "Invoice No;Customer;Invoice Date;Due Date;Amount\n"
        "1;Adams;03/04/2026;05/04/2026;1.000\n2;Baker;05/06/2026;07/06/2026;2.000\n"
    )
    asked = [question.setting for question in suggest(path, DAY).questions]
    assert asked == ["dates", "currency", "decimal", "kind"]
    assert [q.setting for q in suggest(path, DAY, currency="EUR").questions] == [
        "dates",
        "decimal",
        "kind",
    ]


def test_the_price_of_a_piece_is_no_amount(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text(
        "Invoice^Customer^Date^Quantity^Unit price^Currency\n"
        "1^Adams^2026-04-03^2^50.25^EUR\n2^Baker^2026-06-05^3^20.25^EUR\n"
    )
    questions = suggest(path, DAY).questions
    assert [question.setting for question in questions] == ["kind", "invoices.columns.amount"]


def test_days_are_read_in_the_order_that_makes_few_terms(tmp_path):
    path = tmp_path / "list.csv"
    pairs = [("01/02", "01/03"), ("02/03", "01/04"), ("03/02", "05/03"), ("05/05", "04/06")]
    pairs += [("07/08", "06/09"), ("09/03", "08/04")]
    rows = "".join(f"{i},C1,{a}/2026,{b}/2026,10.50,EUR\n" for i, (a, b) in enumerate(pairs))
    path.write_text("Invoice No,Customer,Invoice Date,Due Date,Amount,Currency\n" + rows)
    assert preset_from_text(suggest(path, DAY).mapping, "list").dates == ("d/m/y", "iso")


def test_a_folder_of_invoices_and_payments_is_one_mapping(tmp_path):
    (tmp_path / "facturas.csv").write_text(
        "Nº factura;Cliente;Fecha factura;Vencimiento;Importe;Moneda\n"
        "A1;Sol;2026-01-05;2026-02-04;100,50;EUR\nA2;Mar;2026-01-09;2026-02-08;70,25;EUR\n"
    )
    (tmp_path / "cobros.csv").write_text(
        "Numero cobro;Cliente;Fecha cobro;Importe;Moneda;Factura no\n"
        "P1;Sol;2026-02-01;100,50;EUR;A1\n"
    )
    suggestion = suggest(tmp_path, DAY)
    assert {file.table for file in suggestion.files} == {"invoices", "credits"}
    assert suggestion.trial.refusal == ""
    assert {line["accepted"] for line in suggestion.trial.rows} == {2, 1}


def test_a_debit_and_a_credit_column_are_one_amount(tmp_path):
    path = tmp_path / "fec.csv"
    path.write_text(
        "Client;N° facture;Date facture;Débit;Crédit;Devise\n"
        "C1;F1;2026-01-05;100,50;;EUR\nC1;A1;2026-01-09;;20,25;EUR\n"
    )
    (file,) = suggest(path, DAY).files
    amount = file.column("amount")
    assert (amount.header, amount.source.minus) == ("Débit", "Crédit")


def test_a_side_that_is_marked_turns_the_amount_round(tmp_path):
    path = tmp_path / "bsid.csv"
    path.write_text(
        "Belegnummer;Kunde;Belegdatum;S/H;Betrag;Währung\n"
        "1;C1;2026-01-05;S;100,50;EUR\n2;C1;2026-01-09;H;20,25;EUR\n"
    )
    suggestion = suggest(path, DAY)
    assert 'negative_when = { S/H = ["H"] }'.replace("S/H", '"S/H"') in suggestion.mapping
    (money,) = suggestion.trial.money
    assert money["read_amount"] == 10050 - 2025


def test_an_open_list_names_its_evening_and_its_total(tmp_path):
    path = tmp_path / "open.csv"
    path.write_text(
        "Aged receivables\nAs of 31 January 2026\n"
        "Invoice No,Customer,Date,Due,Amount,Balance,Ccy\n"
        "1,Adams,2026-01-03,2026-02-02,100.50,100.50,EUR\n"
        "2,Baker,2026-01-05,2026-02-04,50.00,20.00,EUR\nTotal,,,,150.50,120.50,EUR\n"
    )
    (file,) = suggest(path, DAY).files
    assert (file.kind, file.evening, file.skip_rows) == ("open items", "2026-01-31", 2)
    assert file.total_row == 3


def test_headers_cannot_write_settings_of_their_own(tmp_path):
    path = tmp_path / "evil.csv"
    path.write_text(
        'Invoice No,Customer,Date,Due Date,"Amount ""\\ = {x} ]","no\tte",Ccy\n'
        "1,Adams,2026-01-03,2026-02-02,100.50,a,EUR\n2,Baker,2026-01-05,2026-02-04,50.00,b,EUR\n"
    )
    how = preset_from_text(suggest(path, DAY).mapping, "evil")
    assert set(how.sections) == {"invoices"}
    assert how.sections["invoices"].fields["amount"][0].columns == ('Amount "\\ = {x} ]',)


def test_what_is_no_table_is_one_sentence(tmp_path):
    (tmp_path / "a.csv").write_text("")
    with pytest.raises(InputError, match="empty"):
        suggest(tmp_path / "a.csv", DAY)
    with pytest.raises(InputError, match="no file or folder"):
        suggest(tmp_path / "b.csv", DAY)
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="0 files"):
        suggest(tmp_path / "none", DAY)


def test_the_sheets_of_a_workbook_are_looked_at_each_and_the_mapping_reads_them(tmp_path):
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Info").write_column(0, 0, ["Receivables", "made by Ann"])
        invoices, payments = book.add_worksheet("Sales"), book.add_worksheet("Receipts")
        names = ["Invoice No", "Customer No", "Invoice Date", "Due Date", "Amount", "Currency"]
        invoices.write_row(0, 0, names)
        names = ["Receipt No", "Customer No", "Payment Date", "Amount", "Currency", "Invoice No"]
        payments.write_row(0, 0, names)
        for i in range(9):
            days = [f"2026-01-{i + 10}", f"2026-02-{i + 10}"]
            invoices.write_row(i + 1, 0, [f"R-{i}", f"K-{i % 4}", *days, 100.5 + i, "EUR"])
            paid = [f"P-{i}", f"K-{i % 4}", days[1], 100.5 + i, "EUR", f"R-{i}"]
            payments.write_row(i + 1, 0, paid)
    suggestion = suggest(path, DAY + 90)
    assert [(f.sheet, f.table) for f in suggestion.files] == [
        ("Sales", "invoices"),
        ("Receipts", "credits"),
    ]
    assert suggestion.trial.outcome == "clean"
    assert [row["accepted"] for row in suggestion.trial.rows] == [9, 9]


def test_what_is_of_some_age_is_no_amount_of_its_own():
    path = FIXTURES / "sage50" / "aged-receivables" / "month-1.csv"
    assert suggest(path, DAY).preset == "sage50-aged"
