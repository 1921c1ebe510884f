"""What the words of a header are about, when no synonym is the whole of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from payrisk.ledger.importing.reading.headers import LIKELY, field_of_header
from payrisk.ledger.importing.reading.headers.bare_words import fold_text

# Stems in en de fr es it pt nl pl da sv el. Those of four letters and more also count within a
# word, for German, Dutch and Nordic compounds.
_STEMS: dict[str, str] = {
    "invoice": """invoice inv bill rechnung rechn rg re beleg bel op posten facture fact fac
        factura fattura fatt fatura factuur faktur fakt document doc dokument
        documento documen piece bilag boekstuk voucher txn trx transaction nota
        titulo folio comprobante item τιμολογι παραστατικ τιμολ παρ""",
    "customer": """customer cust client debtor kunde kunden kund kd debitor debiteur klant
        kontrahent nabywca nabywcy odbiorc cliente klient payer zahler pagador
        sacado πελατ sold account acct contact kontakt partner parceiro party tiers
        relatie relation entidade tercero anagrafic buyer kaufer acheteur afnemer
        abnehmer auftraggeber empfanger destinatar deudor debitore compte konto
        conto cuenta subcuenta conta konta konto kto bill-to billto mottaker
        συναλλασσομεν λογαριασμ""",
    "number": """no nr nro num nbr number nummer numero numer id code kod kode kodi codice
        codigo cod key reference ref αρ αριθμ κωδ κωδικ n nº symbol""",
    "name": """name nom nombre nome naam nazwa navn namn ονομα επωνυμια firma societe
        raison razon ragione rag razao bezeichnung denominaz denominac intitule
        libelle bedrijf matchcode suchwort foretag company customername title titulo
        descrizione""",
    "date": "date datum dat fecha fec data dato ημερομηνια ημ ημερ day dt",
    "due": """due fall fallig faellig ech echeance venc vencim vto scad scadenza verv
        verval termin forf forfald forfall ληξη ληξης ληξ maturity zahlbar pay-by""",
    "amount": """amount amt betrag montant importe imp importo valor vlr bedrag kwota belob
        belopp ποσο αξια total tot totaal totale summe sum suma gross brutto brut
        ttc wartosc value wert original orig nominal face incl inkl inclus""",
    "open": """open offen offener remaining remain outstanding restant rest reste pend
        pendiente residuo aberto apert aperto abert openstaand pozostal υπολοιπ
        balance bal saldo saldare solde unpaid residual owing kvar regularizar
        rozliczenia ανεξοφλ impaye insolut adeudad impagad""",
    "paid": """paid payment bezahlt zahlung zahl gezahlt paiement reglement regle paye pago
        pagado pagad pagat pagament cobro cobrad incasso incassat betaald betaling
        betaal zaplat zaplac betalt betald betalning vereinnahm wplat wplac recebid
        recebiment πληρωμ settled settlement cleared clearing ausgleich receipt
        received encaissement eingang ontvang inbetal indbetal""",
    "currency": """currency curr cur ccy wahrung waehrung whg wkz devise dev monnaie moneda
        divisa valuta moeda waluta munt νομισμα""",
    "net": "net netto neto ht excl ekskl exkl excluding without subtotal imponibile base hors"
    " untaxed exvat iliquido netbelob",
    "tax": "vat tax taxes mwst ust tva iva btw moms steuer φπα podatek nip impuest impost",
    "order": "order po purchase bestell bestellung commande pedido ordine encomenda zamowien",
    "delivery": "delivery shipped ship lieferung liefer livraison entrega consegna levering",
    "posting": """posting posted entry created buchung buchungs erfasst comptabilisation gl
        contabil boeking ksiegowan bogfor bokfor baseline modified updated sprzedazy
        accounting""",
    "local": "local lcy home base haus hauswahrung functional reporting mst loc",
    "terms": """terms bedingung konditionen zahlungsziel conditions condiciones condizioni
        condicoes warunki vilkar villkor betingelser conditie""",
    "days": "days tage jours dias giorni dagen dni dage dagar ημερες overdue age aging late",
    "discount": "discount skonto escompte descuento sconto desconto korting rabat rabatt",
    "method": """method art mode forma metodo modalita wijze sposob metode satt means weg way
        tipo""",
    "unit": """unit unitaire unitario einzelpreis stuckpreis stueckpreis stukprijs eenheidsprijs
        enhedspris stykpris styckpris jednostk quantity qty menge quantite cantidad
        quantita quantidade aantal ilosc""",
    "bank": "bank iban bic swift banque banco banca corrente",
    "other": """email mail phone tel telefon status stato estado statut etat user sales rep
        salesperson vendor commercial department project projekt reminder mahn
        mahnstufe fax""",
}
_KINDS = re.compile(
    r"(?:doc|document|transaction|txn|entry|invoice|voucher|line)?type|kind|"
    r"(?:beleg|dokument|vorgangs|rechnungs)art|(?:type|tipo)(?:piece|document|documento)?|"
    r"typ(?:dokumentu)?|rodzaj(?:dokumentu)?|soort|documenttype|bilagstype|"
    r"dokumenttyp|doctype|ειδος(?:παραστατικου)?|τυποσ(?:παραστατικου)?"
)
_SIDES = re.compile(
    r"(?:debit/?credit|dr/?cr|d/?c|soll/?haben|s/?h|sign|shkzg|bookingside)"
    r"(?:indicator|ind|kennzeichen|kz|flag|mark)?\.?"
)
_DEBIT = re.compile(r"debit|debet|soll|debe|dare|debito|winien|wn|χρεωση")
_CREDIT = re.compile(r"credit|kredit|haben|haber|avere|credito|ma|πιστωση")
_CODES = re.compile(r"[(\[]?\b(?:[A-Z]{3})\b[)\]]?|[€$£¥]")


_AGE_WORDS = """over above more than older under days day past due current not yet tage tag über
    bis von ab to from until jours jour plus de moins à échu non dias día días más até mais hasta
    oltre giorni gg fino scaduto meer dan dagen dgn tot powyżej ponad dni do od dage dagar över
    till t m άνω ημέρες έως nicht fällig"""
_AGES = frozenset(fold_text(_AGE_WORDS).split())


def is_age_bucket(header: str) -> bool:
    """Whether a column holds what of an amount is of some age, as aging reports spread it.

    >>> is_age_bucket("31 - 60 days"), is_age_bucket("Over 90"), is_age_bucket("Amount 1")
    (True, True, False)
    """
    words = re.findall(r"[^\W\d_]+", fold_text(header))
    numbers = re.findall(r"\d+", header)
    is_aged = bool(numbers) or "current" in words
    return is_aged and set(words) <= _AGES and all(int(n) <= 999 for n in numbers)


def header_topics(header: str) -> frozenset[str]:
    """What a header is about: invoice, customer, number, date, due, amount, open, paid, ...

    >>> sorted(header_topics("Doc. due dt"))
    ['date', 'due', 'invoice']
    """
    spaced = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", header)
    words = re.findall(r"[^\W_]+|#", fold_text(spaced))
    out = {"number"} & ({"number"} if "#" in words or "№" in header else set())
    for concept, stems in _STEMS.items():
        for stem in fold_text(stems).split():
            if any(word == stem or (len(stem) > 3 and stem in word) for word in words):
                out.add(concept)
                break
    return frozenset(out)


def is_kind_header(header: str) -> bool:
    """Whether a header names the kind of a document."""
    return bool(_KINDS.fullmatch(re.sub(r"[\W_]+", "", fold_text(header))))


def is_side_header(header: str) -> bool:
    """Whether a header names the side, debit or credit, on which its row stands."""
    return bool(_SIDES.fullmatch(re.sub(r"[\s_-]+", "", fold_text(header))))


def debit_or_credit_header(header: str) -> str:
    """'debit' or 'credit' where a header is that of a column of amounts of one side; else ''."""
    short = fold_text(_without_codes(header))
    key = re.sub(
        r"(?:amount|betrag|montant|importe|importo|bedrag|belopp|belob|amt)|[\W_]+", "", short
    )
    return "debit" if _DEBIT.fullmatch(key) else "credit" if _CREDIT.fullmatch(key) else ""


def _without_codes(header: str) -> str:
    return re.sub(r"\s{2,}", " ", _CODES.sub(" ", header)).strip()


@lru_cache(maxsize=4096)
def header_scores(header: str, table: str) -> Mapping[str, float]:
    """{field: how surely the header names it, from 0 to 1}."""
    topics = header_topics(header)
    out = {
        guess.field: guess.confidence
        for guess in field_of_header(header, table)
        if guess.confidence >= LIKELY or not _contradicts(guess.field, topics)
    }
    short = _without_codes(header)
    if short and short != header:
        for guess in field_of_header(short, table):
            if guess.confidence < LIKELY:
                continue
            out[guess.field] = max(out.get(guess.field, 0.0), guess.confidence - 0.02)
    if max(out.values(), default=0.0) >= 0.88:
        return out
    for name, score in _by_words(topics, table).items():
        out[name] = max(out.get(name, 0.0), score)
    return {name: score for name, score in out.items() if score > 0.0}


def _contradicts(name: str, topics: frozenset[str]) -> bool:
    """Whether a header that is like a field's names is about something else."""
    if name in ("terms", "payment_method", "entity_id", "customer_country"):
        return True  # what is like them is told by words
    if name in ("amount", "balance", "paid_amount"):
        is_other = {"balance": "open", "paid_amount": "paid"}.get(name, "")
        return bool(topics & {"net", "tax", "unit"}) or (is_other not in topics and bool(is_other))
    if name in ("invoice_id", "customer_id"):
        return bool(topics & {"order", "delivery", "tax", "bank", "date", "days"})
    return name.endswith("_on") and bool(topics & {"order", "delivery", "discount"})


def _by_words(topics: frozenset[str], table: str) -> Mapping[str, float]:
    """Fields by what the words are about, each by its surest rule; {} for none of ours."""
    if topics & _NONE_OF_OURS:
        return {}
    out: dict[str, float] = {}
    for name, needed, not_beside, score in _PARTY_RULES + _RULES.get(table, ()):
        if needed <= topics and not topics & not_beside:
            out[name] = max(out.get(name, 0.0), score)
    return out


Rule = tuple[str, frozenset[str], frozenset[str], float]
"""A field, the topics that make it, those that may not stand beside them, and how sure it is."""


def _rule(name: str, needed: str, not_beside: str, score: float) -> Rule:
    return name, frozenset(needed.split()), frozenset(not_beside.split()), score


_NONE_OF_OURS = frozenset(["order", "delivery", "bank", "discount", "other"])
_BUT_NUMBER = " ".join(topic for topic in _STEMS if topic != "number")
_BUT_NAME = " ".join(topic for topic in _STEMS if topic not in ("name", "number", "invoice"))
_NOT_PAID = "number method terms open"
_NOT_AMOUNT = "number due open paid net tax local unit"
_PARTY_RULES = (
    _rule("currency", "currency", "amount open paid local", 0.85),
    _rule("customer_name", "customer name", "tax date amount open", 0.8),
    _rule("customer_id", "customer", "tax date amount open name", 0.8),
    _rule("customer_id", "customer number", "tax date amount open name", 0.86),
)
_RULES = {
    "invoices": (
        _rule("invoice_id", "number", _BUT_NUMBER, 0.66),
        _rule("invoice_id", "invoice number", "date customer amount tax", 0.84),
        _rule("customer_name", "name", _BUT_NAME, 0.72),
        _rule("due_on", "due", "amount days terms", 0.86),
        _rule("paid_on", "paid", f"{_NOT_PAID} amount due", 0.8),
        _rule("paid_on", "paid date", f"{_NOT_PAID} amount due", 0.86),
        _rule("issued_on", "date", "due paid posting", 0.7),
        _rule("issued_on", "date invoice", "due paid posting", 0.84),
        _rule("balance", "open", "date days local", 0.86),
        _rule("balance", "due amount", "date days local", 0.86),
        _rule("paid_amount", "paid", f"{_NOT_PAID} date local", 0.8),
        _rule("paid_amount", "paid amount", f"{_NOT_PAID} date local", 0.86),
        _rule("amount", "amount", _NOT_AMOUNT, 0.78),
        _rule("amount", "amount invoice", _NOT_AMOUNT, 0.83),
        _rule("terms", "terms", "", 0.86),
        _rule("payment_method", "paid method", "", 0.86),
    ),
    "credits": (
        _rule("happened_on", "paid date", "", 0.85),
        _rule("credit_id", "paid number", "", 0.85),
        _rule("invoice_id", "invoice", "date", 0.8),
        _rule("amount", "amount", "date method tax net number", 0.75),
        _rule("amount", "paid", "date method tax net number", 0.75),
    ),
}
