"""Headers: found by name, by the one synonym, or asked for; never taken for another field."""

from __future__ import annotations

import pytest

from payrisk.calendar import day_of, iso
from payrisk.errors import InputError
from payrisk.ledger.importing.reading import load_preset, preset_from_text, read_source
from payrisk.ledger.importing.reading.headers import LIKELY, SURE, field_of_header

TODAY = day_of("2026-02-28")
ROW = ("A1", "C1", "2026-01-05", "2026-02-04", "100.00", "EUR")


def read(tmp_path, head, *rows, preset=None):
    path = tmp_path / "list.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return read_source(path, preset or load_preset("generic"), imported_on=TODAY)


LANGUAGES = {
    "en": "Invoice No.;Customer No.;Invoice Date;Due Date;Amount;Currency",
    "en, short": "Inv #;Cust ID;Inv Date;Due;Gross Amount;Ccy",
    "en, camel": "invoiceNumber;customerCode;issueDate;dueDate;invoiceTotal;currencyCode",
    "de": "Rechnungs-Nr.;Kundennummer;Rechnungsdatum;Fälligkeit;Bruttobetrag;Währung",
    "de, short": "Belegnr.;Kd.-Nr.;Belegdatum;Fällig am;Betrag;Whg",
    "fr": "N° de facture;Code client;Date de facture;Échéance;Montant TTC;Devise",
    "es": "Nº factura;Código cliente;Fecha factura;Fecha de vencimiento;Importe total;Moneda",
    "it": "Numero fattura;Codice cliente;Data fattura;Scadenza;Importo;Valuta",
    "pt": "Número da fatura;Código do cliente;Data de emissão;Vencimento;Valor total;Moeda",
    "nl": "Factuurnummer;Klantnummer;Factuurdatum;Vervaldatum;Bedrag;Valuta",
    "pl": "Nr faktury;Kod klienta;Data wystawienia;Termin płatności;Kwota brutto;Waluta",
    "da": "Fakturanummer;Kundenr.;Fakturadato;Forfaldsdato;Beløb;Valuta",
    "sv": "Fakturanr;Kundnr;Fakturadatum;Förfallodatum;Belopp;Valuta",
    "el": "Αριθμός τιμολογίου;Κωδικός πελάτη;Ημερομηνία τιμολογίου;Ημερομηνία λήξης;Ποσό;Νόμισμα",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_in_any_language_is_read_by_the_generic_preset(tmp_path, language):
    reading = read(tmp_path, LANGUAGES[language], ";".join(ROW))
    (invoice,) = reading.tables["invoices"].to_dict("records")
    days = [iso(invoice.pop(name)) for name in ("issued_on", "due_on")]
    assert days == ["2026-01-05", "2026-02-04"]
    assert [invoice[n] for n in ("invoice_id", "customer_id", "amount", "currency")] == [
        "A1",
        "C1",
        10000,
        "EUR",
    ]


def test_two_headers_for_a_field_are_asked_about_and_a_mapping_line_answers(tmp_path):
    head = "Invoice No.,Document No.,customer_id,issued_on,amount,currency"
    row = "A1,D7,C1,2026-01-05,100.00,EUR"
    with pytest.raises(InputError, match=r"2 columns that may be invoice_id \(Invoice No\., Doc"):
        read(tmp_path, head, row)
    mine = 'preset = "generic"\n[invoices.columns]\ninvoice_id = "Document No."'
    reading = read(tmp_path, head, row, preset=preset_from_text(mine, "mine"))
    assert reading.tables["invoices"]["invoice_id"].tolist() == ["D7"]
    # Two columns that say the same are no question.
    same = read(tmp_path, head, "A1,A1,C1,2026-01-05,100.00,EUR")
    assert same.tables["invoices"]["invoice_id"].tolist() == ["A1"]


def test_the_surer_name_counts_and_payrisks_own_before_all(tmp_path):
    head = "id,Invoice No.,Customer,Customer No.,issued_on,Invoice Date,amount,Total,currency"
    reading = read(tmp_path, head, "77,A1,Ada Ltd,C1,2026-01-05,2026-01-06,100.00,119.00,EUR")
    (invoice,) = reading.tables["invoices"].to_dict("records")
    assert (invoice["invoice_id"], invoice["customer_id"]) == ("A1", "C1")
    assert (iso(invoice["issued_on"]), invoice["amount"]) == ("2026-01-05", 10000)


def test_net_and_gross_are_not_chosen_between(tmp_path):
    head = "invoice_no,customer_no,invoice_date,Invoice Amount,Total Amount,currency"
    with pytest.raises(InputError, match=r"may be amount \(Invoice Amount, Total Amount\)"):
        read(tmp_path, head, "A1,C1,2026-01-05,100.00,119.00,EUR")


def test_what_is_open_is_not_the_amount_of_an_invoice(tmp_path):
    with pytest.raises(InputError, match="no column for amount"):
        read(tmp_path, "invoice_no,customer_no,invoice_date,Open Balance,currency", ",".join(ROW))


def test_a_list_with_due_days_alone_is_refused_and_may_be_chosen(tmp_path):
    head, row = "Invoice No,Customer No,Due Date,amount,currency", "Y1,C1,2026-02-04,100.00,EUR"
    with pytest.raises(InputError) as refused:
        read(tmp_path, head, row)
    assert "the days in 'Due Date' are those of due_on" in str(refused.value)
    assert "invoice_id" not in str(refused.value)
    line = 'issued_on = "Due Date"'
    assert line in str(refused.value)
    chosen = preset_from_text(f'preset = "generic"\n[invoices.columns]\n{line}', "mine")
    (invoice,) = read(tmp_path, head, row, preset=chosen).tables["invoices"].to_dict("records")
    assert iso(invoice["issued_on"]) == iso(invoice["due_on"]) == "2026-02-04"


def test_a_near_header_is_offered_and_never_replaced_by_row_numbers(tmp_path):
    with pytest.raises(InputError, match="closest is 'Invoicee Numbr'.*numbered = true"):
        read(
            tmp_path,
            "Invoicee Numbr,customer_id,issued_on,amount,currency",
            "A,C,2026-01-05,1,EUR",
        )
    credits = preset_from_text('preset = "generic"\n[credits]\nfiles = ["list"]', "credits")
    with pytest.raises(InputError, match="no column for credit_id .*closest is 'credit_idd'"):
        read(
            tmp_path,
            "credit_idd,customer_id,kind,happened_on,amount,currency",
            "P1,C1,payment,2026-01-05,1,EUR",
            preset=credits,
        )


@pytest.mark.parametrize("header", ["Tel.", "Remarks", "Net amount", "VAT", "Status", "Days late"])
def test_a_header_that_means_no_field_is_not_read(header):
    assert all(guess.confidence < LIKELY for guess in field_of_header(header))


def test_a_name_has_one_sure_meaning():
    sure = {
        word: [guess.field for guess in field_of_header(word) if guess.confidence == SURE]
        for head in LANGUAGES.values()
        for word in head.split(";")
    }
    assert all(len(fields) <= 1 for fields in sure.values())
