"""The same lists with the captions of another language age alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from payrisk.calendar import day_of
from payrisk.ledger.importing.reading import load_preset
from payrisk.ledger.stored import storage
from payrisk_pipelines.importing import import_files

FIXTURES = Path(__file__).parent / "fixtures"

BC = (
    "dynamics/business-central",
    "dynamics",
    "EUR",
    {
        "Entry No.,": "Lfd. Nr.,",
        "Posting Date": "Buchungsdatum",
        "Document Date": "Belegdatum",
        "Due Date": "Fälligkeitsdatum",
        "Document Type": "Belegart",
        "Document No.": "Belegnr.",
        "Customer No.": "Debitorennr.",
        "Customer Name": "Debitorenname",
        "Currency Code": "Währungscode",
        "Original Amount": "Ursprungsbetrag",
        "Remaining Amount": "Restbetrag",
        "Closed by Lfd. Nr.,": "Geschlossen von Lfd. Nr.,",
        "Closed at Date": "Geschlossen am",
        ",Invoice,": ",Rechnung,",
        ",Credit Memo,": ",Gutschrift,",
        ",Payment,": ",Zahlung,",
        ",Refund,": ",Erstattung,",
    },
)
S4 = (
    "sap/s4",
    "sap",
    "",
    {
        "CompanyCode,": "Buchungskreis,",
        "CustomerName": "Name des Kunden",
        "Customer,": "Kunde,",
        "AccountingDocumentType": "Belegart",
        "AccountingDocumentItem": "Buchungsbelegposition",
        "AccountingDocument,": "Buchungsbeleg,",
        "FiscalYear": "Geschäftsjahr",
        "DocumentDate": "Belegdatum",
        "NetDueDate": "Nettofälligkeit",
        "ClearingDate": "Ausgleichsdatum",
        "ClearingJournalEntry": "Ausgleichsbeleg",
        "AmountInTransactionCurrency": "Betrag in Transaktionswährung",
        "TransactionCurrency": "Transaktionswährung",
        "SpecialGLCode": "Sonderhauptbuchkennzeichen",
        "InvoiceReference": "Rechnungsbezug",
    },
)
ODOO = (
    "odoo/account-move",
    "odoo",
    "",
    {
        "name,partner_id": "Number,Invoice Partner Display Name",
        "move_type": "Type",
        ",state,": ",Status,",
        "invoice_date,": "Invoice/Bill Date,",
        "invoice_date_due": "Due Date",
        "currency_id": "Currency",
        "amount_total": "Total",
        "amount_residual": "Amount Due",
        "payment_state": "Payment Status",
        "invoice_payment_term_id": "Payment Terms",
        ",out_invoice,": ",Customer Invoice,",
        ",out_refund,": ",Customer Credit Note,",
        ",in_invoice,": ",Vendor Bill,",
        ",posted,": ",Posted,",
        ",draft,": ",Draft,",
        ",cancel,": ",Cancelled,",
    },
)
FBL5N = (
    "sap/fbl5n-de",
    "sap",
    "",
    {
        "Debitor;": "Account;",
        "BuKr": "CoCd",
        "Belegnr": "DocumentNo",
        ";Pos;": ";Itm;",
        ";Art;": ";Type;",
        "Belegdatum": "Doc. Date",
        "Nettofällig": "Net due dt",
        "Ausgl.bel.": "Clrng doc.",
        "Ausgleich": "Clearing",
        "Rech.bezug": "Inv. ref.",
        "Betrag in BW": "Amount in doc. curr.",
        "Währg": "Curr.",
        "Betrag in HW": "Amt in loc.cur.",
        "HWähr": "LCurr",
        ";S\n": ";SG\n",
    },
)


def aged(home, evening):
    books = storage.load(home).balance_at(evening)
    return books.residuals().to_numpy().tolist(), books.credit_balances().to_numpy().tolist()


@pytest.mark.parametrize("case", [BC, S4, ODOO, FBL5N], ids=lambda case: case[0])
def test_the_same_list_in_other_words_ages_alike(case, tmp_path):
    shape, name, currency, words = case
    how, evening = load_preset(name), day_of("2026-03-31")
    how = replace(how, currency=currency)
    text = (FIXTURES / shape / "month-1.csv").read_bytes()
    said = text.decode("cp1252" if "fbl5n" in shape else "utf-8")
    (tmp_path / "one.csv").write_text(said, "utf-8")
    for word, other in words.items():
        assert word in said, word
        said = said.replace(word, other)
    (tmp_path / "other.csv").write_text(said, "utf-8")
    for file in ("one", "other"):
        done = import_files(tmp_path / file, tmp_path / f"{file}.csv", how, evening)
        assert done.outcome == "clean", done.report.reasons
    assert aged(tmp_path / "other", evening) == aged(tmp_path / "one", evening)
