"""What a header means: synonyms of each field in the languages of the ledger."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache

from payrisk.ledger.importing.reading.headers.bare_words import fold_text

SURE, LIKELY, NEAR = 1.0, 0.9, 0.75
"""Confidence of a header's usual name, of one that may mean another field as well, of a likeness.

Below `LIKELY` a header is offered, never read.
"""

_NUMBERS = "no nr nro num nbr number nummer numero numer n nº n° № # αρ αριθμοσ αριθ"
_SMALL = "of the de du des la le les l d del della dello di do da dos van der het i"
_NUMBER_WORDS, _FILLERS = frozenset(_NUMBERS.split()), frozenset(_SMALL.split())

# Names that mean one field, by language: en de fr es it pt nl pl da sv el. Those after the bar
# may mean another one beside it.
_INVOICES = {
    "invoice_id": """invoice id; invoice no; inv no; inv id; invoice ref; invoice reference;
        document no; doc no; document id; bill no; invoice document; billing document;
        rechnungsnummer; rechnung nr; belegnummer; beleg nr; rg nr; re nr; rechnungs id;
        numero facture; no facture; facture no; numero piece; no piece; reference facture;
        numero factura; factura no; no factura; numero documento; no documento;
        numero fattura; fattura no; no fattura; documento no;
        numero fatura; fatura no; no fatura; nota fiscal; no nota fiscal; nf no;
        factuurnummer; factuur nr; boekstuknummer; faktuurnummer;
        numer faktury; nr faktury; faktura nr; numer dokumentu; nr dokumentu;
        fakturanummer; faktura no; bilagsnummer; fakturanr; fakturanr.;
        αριθμος τιμολογιου; αρ τιμολογιου; τιμολογιο no; αριθμος παραστατικου; αρ παραστατικου
        | invoice; id; rechnung; beleg; facture; factura; fattura; fatura; factuur; faktura;
        voucher no; vch no; voucher; τιμολογιο""",
    "customer_id": """customer id; customer no; cust no; cust id; customer code; customer account;
        client id; client no; client code; debtor no; debtor id; sold to; sold to party;
        kundennummer; kunden nr; kunde nr; kd nr; debitor; debitorennummer; debitor nr;
        debitoren nr; debitorenkonto; kundenkonto;
        numero client; code client; no client; compte client;
        codigo cliente; numero cliente; no cliente; id cliente; codice cliente; cod cliente;
        numero do cliente; klantnummer; klant nr; debiteurnummer; debiteur nr; klantcode;
        numer klienta; kod klienta; nr klienta; kontrahent kod; numer kontrahenta; kod kontrahenta;
        kundenummer; kundenr; debitornummer; kundnummer; kundnr; kund nr; kund id;
        κωδικος πελατη; αριθμος πελατη; κωδ πελατη
        | customer; client; debtor; kunde; klant; cliente; klient; kontrahent; kund; πελατης;
        debiteur; party; party code""",
    "customer_name": """customer name; client name; debtor name; company name; kundenname;
        name des kunden; nom client; nom du client; raison sociale; nombre cliente;
        nombre del cliente; razon social; nome cliente; nome do cliente; ragione sociale;
        razao social; klantnaam; naam klant; nazwa klienta; nazwa kontrahenta; kundenavn;
        kundnamn; ονομα πελατη; επωνυμια | name; nom; nombre; nome; naam; nazwa; navn; namn;
        ονομα; company; firma""",
    "issued_on": """issued on; invoice date; issue date; date issued; inv date; document date;
        doc date; bill date; billing date; date of invoice; invoice created;
        rechnungsdatum; belegdatum; ausstellungsdatum; re datum; rg datum; datum der rechnung;
        date facture; date de la facture; date facturation; date emission; date d'emission;
        fecha factura; fecha de la factura; fecha emision; fecha documento; fecha expedicion;
        data fattura; data emissione; data documento; data fatura; data emissao; data de emissao;
        factuurdatum; datum factuur; faktuurdatum; data faktury; data wystawienia; data dokumentu;
        fakturadato; fakturadatum; bilagsdato; dato for faktura;
        ημερομηνια τιμολογιου; ημερομηνια εκδοσης; ημ εκδοσης
        | date; datum; fecha; data; dato; voucher date; ημερομηνια""",
    "due_on": """due on; due date; date due; payment due date; net due date; maturity;
        maturity date; pay by;
        falligkeit; falligkeitsdatum; faellig am; fallig am; faelligkeit; faelligkeitsdatum;
        zahlbar bis; nettofalligkeit; faellig; fallig;
        echeance; date echeance; date d'echeance; date limite de paiement;
        vencimiento; fecha vencimiento; fecha de vencimiento;
        scadenza; data scadenza; data di scadenza; vencimento; data vencimento; data de vencimento;
        vervaldatum; vervaldag; betalen voor; termin platnosci; data platnosci; termin zaplaty;
        forfaldsdato; forfald; forfallodato; forfallodatum; forfallodag;
        ημερομηνια ληξης; ληξη; προθεσμια πληρωμης | due; payment due""",
    "amount": """amount; invoice amount; inv amount; total amount; gross amount; invoice total;
        amount incl vat; amount including tax; total incl vat; document amount; original amount;
        amount in document currency; amount in doc curr;
        betrag; rechnungsbetrag; bruttobetrag; gesamtbetrag; betrag brutto; rechnungssumme;
        betrag in belegwahrung; brutto;
        montant; montant ttc; total ttc; montant facture; montant total;
        importe; importe total; importe factura; total factura; monto;
        importo; importo totale; totale fattura; totale documento; importo fattura;
        valor; valor total; valor da fatura; valor nominal; montante;
        bedrag; factuurbedrag; totaalbedrag; bedrag incl btw; bedrag inclusief btw;
        kwota; kwota brutto; wartosc brutto; kwota faktury;
        belob; fakturabelob; belob inkl moms; belopp; fakturabelopp; belopp inkl moms;
        ποσο; ποσο τιμολογιου; συνολικο ποσο; αξια τιμολογιου
        | total; totale; totaal; summe; gesamt; suma; συνολο; value""",
    "currency": """currency; currency code; curr; ccy; invoice currency; document currency;
        doc currency; wahrung; waehrung; wahrungscode; belegwahrung; wrg; whg; wkz;
        devise; code devise; monnaie; moneda; divisa; codigo moneda; valuta; codice valuta;
        moeda; valutacode; waluta; kod waluty; valutakode; valutakod; νομισμα""",
    "terms": """terms; payment terms; terms of payment; payment term; zahlungsbedingung;
        zahlungsbedingungen; zahlungsziel; zahlungskondition; conditions de paiement;
        condition de paiement; modalites de paiement; condiciones de pago; condicion de pago;
        termini di pagamento; condizioni di pagamento; condicoes de pagamento;
        condicao de pagamento; betalingsconditie; betalingscondities; betaaltermijn;
        betalingstermijn; warunki platnosci; betalingsbetingelser; betalingsvilkor;
        betalningsvillkor; οροι πληρωμης""",
    "paid_on": """paid on; payment date; paid date; date paid; date of payment; settled on;
        settlement date; settled date; zahlungsdatum; bezahlt am; zahldatum;
        date de paiement; date paiement; date reglement; date de reglement; paye le;
        fecha pago; fecha de pago; fecha cobro; fecha de cobro; data pagamento;
        data di pagamento; data incasso; data de pagamento;
        betaaldatum; betaald op; datum betaling; data zaplaty; betalingsdato; betalt den;
        betalningsdatum; betald den; ημερομηνια πληρωμης""",
    "paid_amount": """paid amount; amount paid; payment amount; payments received; received amount;
        amount received; paid to date; total paid; bezahlter betrag; bereits bezahlt; betrag
        bezahlt; zahlbetrag; gezahlter betrag; montant paye; montant regle; deja paye; importe
        pagado; importe cobrado; total pagado; importo pagato; totale pagato; valor pago; valor
        recebido; betaald bedrag; reeds betaald; kwota zaplacona; betalt belob; betalt belopp;
        πληρωμενο ποσο""",
    "entity_id": """entity id; entity; company code; legal entity; buchungskreis; mandant;
        code societe; codigo sociedad; codice societa; bedrijfscode""",
    "instalment": "instalment; installment; instalment no; installment no; ratennummer",
    "payment_method": """payment method; method of payment; pay method; zahlungsart; zahlweg;
        zahlungsweise; mode de paiement; moyen de paiement; mode de reglement; forma de pago;
        metodo de pago; metodo di pagamento; modalita di pagamento; forma de pagamento;
        betaalwijze; betaalmethode; sposob platnosci; betalingsmetode; betalingsmade;
        betalningssatt; τροπος πληρωμης""",
    "customer_country": """customer country; country; country code; land; landerschlussel; pays;
        code pays; pais; paese; kraj; χωρα""",
    "balance": """balance; open amount; open balance; outstanding; outstanding amount; amount due;
        balance due; remaining amount; amount open; remaining balance; outstanding balance;
        unpaid amount; unpaid balance; offener betrag; offen; noch offen; offener saldo;
        restbetrag; saldo;
        offener posten; solde; reste a payer; montant restant; saldo pendiente;
        importe pendiente; pendiente; residuo; importo residuo; saldo aberto; valor em aberto;
        openstaand; openstaand bedrag; restbedrag; saldo do zaplaty; pozostalo; kwota pozostala;
        importe pendiente de pago; nog te betalen; nog openstaand; reste du; solde du;
        restbelob; restbelopp; aben saldo; υπολοιπο""",
}
_CREDITS = {
    "credit_id": """credit id; payment id; payment no; receipt no; receipt id; payment ref;
        payment reference; voucher no; transaction id; transaction no; zahlungsnummer; zahlung nr;
        numero paiement; numero reglement; numero pago; numero cobro; numero pagamento;
        betalingsnummer; numer platnosci; betalningsnummer; αριθμος πληρωμης
        | id; payment; document no; reference""",
    "happened_on": _INVOICES["paid_on"]
    + """; happened on; receipt date; received on; posting date; value date; buchungsdatum;
        transaction date | date; datum; fecha; data; dato; ημερομηνια""",
    "amount": _INVOICES["amount"] + "; payment amount; paid amount; amount paid; received amount",
    **{name: _INVOICES[name] for name in ("customer_id", "currency", "entity_id")},
    "invoice_id": _INVOICES["invoice_id"].partition("|")[0] + "| invoice; rechnung; facture",
}
_CUSTOMERS = {
    "customer_id": _INVOICES["customer_id"] + "; id; code; no",
    "name": _INVOICES["customer_name"],
    "country": _INVOICES["customer_country"],
}
_SYNONYMS = {"invoices": _INVOICES, "credits": _CREDITS, "customers": _CUSTOMERS}


@dataclass(frozen=True)
class HeaderGuess:
    """A field that a header may name, and how sure that is, from 0 to 1."""

    field: str
    confidence: float


def header_words(header: str) -> str:
    """A header as it is compared: its words without case, accents, fillers and punctuation.

    >>> header_words("Invoice No."), header_words("invoiceNumber"), header_words("N° de facture")
    ('invoiceno', 'invoiceno', 'nofacture')
    """
    parts = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", header)
    words = re.findall(r"[nº°]{2}|[^\W_]+|[#№]", fold_text(parts))
    known = ["no" if word in _NUMBER_WORDS else word for word in words]
    kept = [word for word in known if word not in _FILLERS] or known
    return re.sub(r"(?:nummer|number|nr)$", "no", "".join(kept))


def field_of_header(header: str, table: str = "invoices") -> tuple[HeaderGuess, ...]:
    """The fields of a table that a header may name, the surest first; () = none.

    `balance` is what is still open of an invoice; it is a field of lists, not of the table.

    >>> field_of_header("Rechnungs-Nr.")
    (HeaderGuess(field='invoice_id', confidence=1.0),)
    >>> field_of_header("Tel.")
    ()
    """
    names, key = _names(table), header_words(header)
    exact = [HeaderGuess(name, sure) for name, sure in names.get(key, {}).items()]
    if not exact and len(key) > 3:
        near = difflib.get_close_matches(key, names, 3, NEAR)
        best: dict[str, float] = {}
        for other in near:
            ratio = difflib.SequenceMatcher(a=key, b=other).ratio()
            for name in names[other]:
                best[name] = max(best.get(name, 0.0), round(ratio * 0.8, 3))
        exact = [HeaderGuess(name, sure) for name, sure in best.items()]
    return tuple(sorted(exact, key=lambda guess: (-guess.confidence, guess.field)))


@lru_cache(maxsize=8)
def _names(table: str) -> dict[str, dict[str, float]]:
    """{header as compared: {field: confidence}}."""
    out: dict[str, dict[str, float]] = {}
    for name, text in _SYNONYMS.get(table, {}).items():
        sure, _, likely = text.partition("|")
        for confidence, words in ((LIKELY, likely), (SURE, sure)):
            for header in filter(None, map(str.strip, words.split(";"))):
                out.setdefault(header_words(" ".join(header.split())), {})[name] = confidence
    return out
