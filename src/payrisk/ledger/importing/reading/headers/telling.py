"""Headers that tell what a row is or what is paid of it: without them too much is owed."""

from __future__ import annotations

import re
from collections.abc import Collection

from payrisk.ledger.importing.reading.headers.bare_words import fold_text
from payrisk.ledger.importing.reading.headers.synonyms import field_of_header, header_words

TELLING = ("document", "closing", "paid_amount", "paid_on", "balance")
"""Fields of a document list that change what its rows come to."""

_PAYMENTS = ("balance", "paid_amount", "paid_on", "closing")

SURE = 0.9

_TYPE_WORDS = """type kind documenttype doctype transactiontype txntype invoicetype belegart
    belegtyp dokumentart dokumenttyp rechnungsart typepiece typedocument tipo tipodocumento
    tipodocument soort documentsoort documenttyp rodzaj rodzajdokumentu typdokumentu typ
    bilagstype art ειδοσ ειδοσπαραστατικου τυποσπαραστατικου"""
_STATE_WORDS = """status state invoicestatus documentstatus docstatus paymentstatus rechnungsstatus
    belegstatus dokumentstatus statut etat statutfacture estado estadofactura stato
    statofattura statodocumento situacao factuurstatus statusfaktury stan fakturastatus
    κατασταση"""
TYPES, STATES = frozenset(_TYPE_WORDS.split()), frozenset(_STATE_WORDS.split())
"""Headers of columns of types and of states, as `header_words` has them."""

_PAID_WORDS = """paid ispaid settled issettled fullypaid paidinfull bezahlt istbezahlt beglichen
    paye payee estpaye reglee regle pagado pagada pagato pagata saldato pago paga betaald voldaan
    zaplacono zaplacona zaplacone oplacona oplacono betalt betald πληρωθηκε εξοφληθηκε"""
PAID_FLAGS = frozenset(_PAID_WORDS.split())
"""Headers of columns that say by yes or no whether a document is paid."""

_VOID_WORDS = """cancelled canceled iscancelled iscanceled cancel void voided isvoid isvoided
    deleted isdeleted reversed isreversed storniert storno istorniert iststorniert annulliert
    geloscht annule annulee estannule supprime anulado anulada cancelado cancelada annullato
    annullata stornato stornata geannuleerd verwijderd anulowano anulowana anulowane
    anulowany annulleret makulerad annullerad ακυρωμενο ακυρο"""
VOID_FLAGS = frozenset(_VOID_WORDS.split())
"""Headers of columns that say by yes or no whether a document is void."""

_WORDS = (
    "type kind art belegart dokumenttyp doctype documenttype transactiontype status state"
    " dc drcr sh sollhaben debitcredit creditdebit paid bezahlt betaald pagado pagato pago"
    " zaplacono zapłacono betalt paye payé rechnungsart dokumentart tipo typ statut estado stato"
    " soort rodzaj"
)
WORDS = frozenset(_WORDS.split())
"""Headers of the kind, the sign, the status or the payment of a row, which are no field's own."""

_PAYMENT_WORDS = (
    "paid payment payments received receipts settled collected bezahlt gezahlt zahlung"
    " zahlungen zahlungseingang eingegangen erhalten beglichen paye payee payes paiement"
    " paiements regle reglement reglements encaisse encaissement pagado pagados pago pagos"
    " cobrado cobros pagato pagati pagamento pagamenti incassato incassi recebido recebimentos"
    " betaald betaling betalingen ontvangen zaplacono wplata wplaty wplacono otrzymano betalt"
    " betalinger indbetalt modtaget betald betalning betalningar inbetalt πληρωμενο πληρωμη"
    " πληρωμεσ εισπραξη εισπραξεισ open unpaid outstanding remaining offen offene offener"
    " restant impaye pendiente impagado scoperto residuo aperto openstaand onbetaald"
    " niezaplacone pozostalo ubetalt udestaende obetalt utestaende ανεξοφλητο"
)
_OF_PAYMENT = frozenset(_PAYMENT_WORDS.split())
_WORDS_BESIDE = (
    "amount amounts total sum value in of the to date so far already still not yet on and eur usd"
    " gbp chf betrag betrage summe bereits noch bisher davon am montant montants deja le du des a"
    " somme importe importes monto ya total importo importi gia valor valores ja bedrag nog reeds"
    " kwota suma juz belob belopp redan allerede ποσο ηδη"
)
_BESIDE_PAYMENT = frozenset(_WORDS_BESIDE.split())
"""Words of what is paid or open of a row, and those that may stand beside them in a header."""


def is_unused_amount_column(
    header: str, table: str, picked: Collection[str], *, by_synonyms: bool
) -> bool:
    """Whether an unused column of a document list seems to say what its rows come to.

    picked: the fields that other columns fill; one that is filled needs no second column.
    by_synonyms: whether headers are found by their words; a mapping that names its columns has
    chosen, so that only a balance it leaves out, where it reads no payment either, is told.
    """
    if table != "invoices":
        return False
    fields = {g.field for g in field_of_header(header, table) if g.confidence >= SURE}
    if not by_synonyms:
        return "balance" in fields and not any(name in picked for name in _PAYMENTS)
    if any(field in TELLING and field not in picked for field in fields):
        return True
    if is_of_payment(header) and not any(name in picked for name in _PAYMENTS):
        return True
    is_kind_known = "document" in picked or "closing" in picked
    return not is_kind_known and (
        re.sub(r"\W", "", header.lower()) in WORDS
        or header_words(header) in TYPES | STATES | PAID_FLAGS | VOID_FLAGS
    )


def is_of_payment(header: str) -> bool:
    """Whether a header names what is paid or open of a row, and nothing else."""
    words = set(re.findall(r"[^\W\d_]+", fold_text(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header))))
    return bool(words & _OF_PAYMENT) and words <= _OF_PAYMENT | _BESIDE_PAYMENT
