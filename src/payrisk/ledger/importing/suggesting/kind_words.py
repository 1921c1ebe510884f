"""Words by which exports say what a document is, and which side it stands on."""

from __future__ import annotations

from collections.abc import Sequence

from payrisk.ledger.importing.suggesting.words import bare

_KINDS = {
    "invoice": """invoice; invoices; inv; tax invoice; sales invoice; sales inv; ar invoice;
        si; accrec; out_invoice; custinvc; customer invoice; rechnung; re; rg; rv;
        dr; ausgangsrechnung; ar; facture; fac; fa; facture client; factura; fact;
        factura de venta; fattura; fatt; td01; fatura; ft; nota fiscal; factuur;
        verkoopfactuur; faktura; fv; fs; faktura vat; salgsfaktura; kundfaktura;
        τιμολογιο; τιμ; bill; debit note; lastschrift""",
    "credit_note": """credit note; credit memo; creditmemo; credit; crn; cn; cm; sc; sales credit;
        out_refund; refund; accreccredit; custcred; customer credit memo; credit
        adjustment; dg; gutschrift; gs; gu; rechnungskorrektur; storno; avoir; av;
        note de credit; abono; nota de credito; factura rectificativa; nota di
        credito; nc; td04; creditnota; creditfactuur; korekta; faktura korygujaca;
        fk; kor; kreditnota; kreditfaktura; kreditnote; πιστωτικο; πιστωτικο
        τιμολογιο""",
    "payment": """payment; pmt; pay; receipt; customer payment; custpymt; sa; sr; cash
        receipt; payment received; dz; zahlung; za; zahlungseingang; bank;
        reglement; rgl; paiement; encaissement; pago; cobro; recibo; pagamento;
        incasso; recebimento; betaling; ontvangst; zaplata; wplata; platnosc; kp;
        wb; indbetaling; inbetalning; betalning; ιδιωτ πληρωμη; πληρωμη; εισπραξη;
        unapplied cash payment; deposit; prepayment; overpayment""",
    "void": """void; voided; cancelled; canceled; storniert; annule; anulado; annullato;
        deleted""",
    "draft": """draft; entwurf; brouillon; borrador; bozza; rascunho; concept; szkic;
        kladde; utkast""",
}
_MEANT = {
    bare(" ".join(word.replace("_", " ").split())): kind
    for kind, words in _KINDS.items()
    for word in words.split(";")
}
_DEBITS = {"d", "dr", "s", "debit", "soll", "debe", "dare", "wn", "debet", "debito", "+"}
_CREDITS = {"c", "cr", "h", "credit", "haben", "haber", "avere", "ma", "kredit", "credito", "-"}


def kinds_of(cells: Sequence[str]) -> dict[str, str]:
    """{cell: kind of document} of the cells that are known; {} where few of them are."""

    def word(cell: str) -> str:
        return " ".join(bare(cell).replace("_", " ").strip(" .").split())

    meant = {cell: _MEANT[word(cell)] for cell in cells if word(cell) in _MEANT}
    return meant if 2 * len(meant) > len(cells) else {}


def credit_marks(cells: Sequence[str]) -> tuple[str, ...]:
    """The cells that mean the credit side, where every cell means one of the two sides."""
    sides = {cell: bare(cell).strip(" .") for cell in cells}
    if not sides or not all(side in _DEBITS | _CREDITS for side in sides.values()):
        return ()
    return tuple(cell for cell, side in sides.items() if side in _CREDITS)
