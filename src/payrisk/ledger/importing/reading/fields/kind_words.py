"""Words by which exports say what a document is, what closed it, and how it stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags
from payrisk.ledger.facts.kinds import CREDIT_KINDS
from payrisk.ledger.importing.reading.cells import Text, flags_of
from payrisk.ledger.importing.reading.headers.bare_words import fold_text

# en de fr es it pt nl pl da sv el, and the codes of systems. Those after the bar may mean
# something else as well: they are proposed by --suggest, and never read unasked.
_DOCUMENTS = {
    "invoice": """invoice; invoices; inv; tax invoice; sales invoice; sales inv; ar invoice;
        accrec; out_invoice; custinvc; customer invoice; debit note; debit memo; rechnung;
        rechnungen; ausgangsrechnung; verkaufsrechnung; schlussrechnung; teilrechnung;
        abschlagsrechnung; facture; factures; facture client; facture de vente; factura; facturas;
        factura de venta; nota de debito; fattura; fatture; fattura di vendita; fatt; td01;
        nota di debito; fatura; faturas; nota fiscal; factuur; facturen; verkoopfactuur;
        faktura; faktury; faktura vat; faktura sprzedazy; nota debetowa; salgsfaktura;
        kundfaktura; forsaljningsfaktura; τιμολογιο; τιμολογιο πωλησης; opening balance;
        finance charge; finance charges; finance charge memo; statement charge; service charge;
        late fee; late charge; late payment fee; interest; interest invoice; reminder fee;
        reminder; dunning fee; mahnung; mahngebuhr; mahngebuhren; mahnkosten; verzugszinsen;
        zinsrechnung; zinsen; interets; interets de retard; intereses de demora; intereses;
        interessi di mora; interessi; juros de mora; juros; rente; rentefactuur; aanmaning;
        odsetki; nota odsetkowa; renter; rentenota; rykkergebyr; ranta; drojsmalsranta; τοκοι
        | si; re; rg; rv; dr; ar; fac; fa; fact; ft; fv; fs; τιμ; bill; lastschrift""",
    "credit_note": """credit note; credit notes; credit memo; creditmemo; credit; crn;
        sales credit; sales credit note; sales credit memo; customer credit memo; out_refund;
        accreccredit; custcred; credit adjustment; gutschrift; gutschriften;
        rechnungskorrektur; stornorechnung; korrekturrechnung; avoir; avoirs; note de credit;
        facture d'avoir; abono; nota de credito; nota de abono; factura rectificativa;
        nota di credito; nota di accredito; note di credito; td04; creditnota; creditfactuur;
        faktura korygujaca; korekta; korekta faktury; nota kredytowa; kreditnota;
        kreditfaktura; kreditnote; πιστωτικο; πιστωτικο τιμολογιο; πιστωτικο σημειωμα
        | cn; cm; sc; dg; gs; gu; refund; storno; av; nc; fk; kor""",
    "payment": """payment; payments; pmt; receipt; customer payment; customer receipt; custpymt;
        cash receipt; payment received; sales receipt payment; incoming payment; bank receipt;
        unapplied cash payment; deposit; prepayment; overpayment; on account; zahlung;
        zahlungen; zahlungseingang; kundenzahlung; eingangszahlung; anzahlung; vorauszahlung;
        akontozahlung; reglement; reglements; paiement; paiements; encaissement; virement recu;
        acompte; pago; pagos; cobro; cobros; recibo; anticipo; pago recibido; pagamento;
        pagamenti; pagamentos; incasso; acconto; bonifico; recebimento; adiantamento;
        betaling; betalingen; ontvangst; vooruitbetaling; ontvangen betaling; zaplata; wplata;
        platnosc; platnosci; zaliczka; przedplata; indbetaling; indbetalinger;
        forudbetaling; inbetalning; betalning; betalningar; forskottsbetalning; πληρωμη;
        πληρωμες; εισπραξη; εισπραξεις; προκαταβολη; καταθεση
        | pay; sa; sr; dz; za; bank; rgl; kp; wb""",
    "write_off": """write-off; write off; writeoff; written off; bad debt; bad debt write-off;
        abschreibung; ausbuchung; ausgebucht; abgeschrieben; forderungsausfall;
        forderungsverlust; uneinbringlich; passage en perte; perte sur creance;
        creance irrecouvrable; irrecouvrable; admission en non-valeur; incobrable; castigo;
        castigado; insolvencia; baja por incobrable; stralcio; stralciato; inesigibile;
        perdita su crediti; incobravel; perda; baixa por perda; oninbaar; afgeboekt;
        afboeking; afschrijving; afgeschreven; odpis; spisane; spisanie; umorzenie;
        niesciagalne; niesciagalna; afskrivning; afskrevet; tab pa debitor; avskrivning;
        avskriven; kundforlust; διαγραφη; διαγραφηκε; επισφαλεια; ανεπιδεκτο εισπραξης
        | wo; w/o; loss; verlust; perte; baja; tab""",
    "offset": """offset; off-set; set-off; setoff; netting; contra; verrechnung; verrechnet;
        aufrechnung; compensation; compense; compensacion; compensado; compensazione;
        compensato; compensacao; verrekening; verrekend; kompensata; modregning; modregnet;
        kvittning; kvittad; συμψηφισμος | ab; clearing""",
    "withholding": """withholding; withholding tax; tax withheld; wht; tds; quellensteuer;
        steuerabzug; sicherheitseinbehalt; einbehalt; retenue a la source;
        retenue de garantie; retencion; retenciones; ritenuta; ritenuta d'acconto; ritenute;
        retencao; retencao na fonte; bronbelasting; inhouding; podatek u zrodla; kildeskat;
        kallskatt; παρακρατηση; παρακρατουμενος φορος | retention""",
    "recovery": """recovery; recovered; bad debt recovery; eingang auf abgeschriebene forderung;
        recuperation de creance; recuperacion; recupero; recuperacao; terugvordering;
        odzyskane; inddrivelse; atervinning; ανακτηση | inkasso""",
    "void": """void; voided; cancelled; canceled; cancel; deleted; reversed; annulled;
        storniert; annulliert; ungultig; geloscht; abgebrochen; annule; annulee; annullee;
        supprime; supprimee; anulado; anulada; cancelado; cancelada; eliminado; eliminada;
        annullato; annullata; stornato; stornata; cancellato; cancellata; excluido; excluida;
        geannuleerd; vervallen; verwijderd; anulowane; anulowana; anulowany; usuniete;
        usunieta; annulleret; slettet; makulerad; annullerad; borttagen; ακυρο; ακυρωμενο;
        ακυρωθηκε; ακυρωθεν; διαγραμμενο | storno; credited""",
    "draft": """draft; drafts; unposted; entwurf; nicht gebucht; brouillon; borrador; bozza;
        rascunho; concept; szkic; wersja robocza; robocza; kladde; utkast; προσχεδιο; προχειρο;
        submitted; awaiting approval""",
    "skip": """pro forma; proforma; pro forma invoice; proforma invoice; proforma rechnung;
        pro forma rechnung; facture pro forma; facture proforma; factura proforma;
        factura pro forma; fattura proforma; fattura pro forma; proformafactuur; faktura proforma;
        quote; quotation; estimate; offer; order; sales order; customer order; order confirmation;
        delivery note; delivery; packing slip; down payment request; angebot; auftrag;
        kundenauftrag; auftragsbestatigung; bestellung; lieferschein; anzahlungsanforderung;
        devis; commande; bon de commande; commande client; bon de livraison; presupuesto;
        pedido; pedido de venta; albaran; nota de entrega; preventivo; ordine; ordine cliente;
        ddt; documento di trasporto; orcamento; encomenda; guia de remessa; offerte; order;
        verkooporder; pakbon; oferta; zamowienie; wydanie zewnetrzne; tilbud; ordre; salgsordre;
        ordrebekraeftelse; folgeseddel; offert; forsaljningsorder; orderbekraftelse; foljesedel;
        προσφορα; παραγγελια; δελτιο αποστολης; revaluation; fx revaluation; kursbewertung;
        fremdwahrungsbewertung""",
}
_CLOSINGS = {
    **{k: _DOCUMENTS[k] for k in ("credit_note", "write_off", "offset", "withholding")},
    "recovery": _DOCUMENTS["recovery"],
    "payment": """paid; settled; bezahlt; beglichen; ausgeglichen; paye; payee; regle; reglee;
        pagado; pagada; cobrado; cobrada; pagato; pagata; saldato; saldata; incassato; pago; paga;
        liquidado; betaald; voldaan; zaplacone; zaplacona; oplacone; oplacona; betalt; betald;
        πληρωθηκε; εξοφληθηκε; εξοφλημενο; """
    + _DOCUMENTS["payment"],
    "handed_over": """handed over; handed_over; collection agency; debt collection; collections;
        sent to collections; inkasso; inkassoburo; an inkasso ubergeben; contentieux;
        recouvrement; societe de recouvrement; agencia de cobro; cobro judicial;
        recupero crediti; cobranca judicial; deurwaarder; incassobureau; windykacja;
        komornik; inkassobyra; δικαστικη διεκδικηση""",
    "sold": """sold; factored; factoring; verkauft; affacturage; cede; cedee; cedido; cedida;
        ceduto; ceduta; cessao; verkocht; sprzedane; sprzedana; faktoring; solgt; sald;
        πρακτορεια""",
    "open": """open; unpaid; outstanding; offen; unbezahlt; ouvert; ouverte; impaye; impayee;
        abierto; abierta; pendiente; impagado; aperto; aperta; da pagare; insoluto; aberto;
        aberta; pendente; openstaand; onbetaald; otwarte; otwarta; niezaplacone; niezaplacona;
        aben; ubetalt; oppen; obetald; ανοικτο; ανοιχτο; ανεξοφλητο; απληρωτο""",
}
_STANDING = """open; unpaid; outstanding; sent; emailed; approved; authorised; authorized; posted;
    overdue; past due; due; issued; final; finalised; finalized; booked; active; valid; printed;
    awaiting payment; in payment; not paid; disputed; in dispute; viewed; reminded; reminder sent;
    in collections; in collection; collections; invoiced; billed; delinquent; late;
    offen; gebucht; uberfallig; fallig; versendet; verschickt; gesendet; unbezahlt;
    gemahnt; festgeschrieben; ouvert; ouverte; emis; emise; valide; validee; envoye; envoyee;
    en retard; impaye; impayee; echu; echue; comptabilise; abierto; abierta;
    emitido; emitida; enviado; enviada; pendiente; vencido; vencida; contabilizado; impagado;
    impagada; aperto; aperta; emesso; emessa; inviato; inviata; scaduto; scaduta; da pagare;
    aberto; aberta; pendente; em aberto; atrasado; atrasada; openstaand; verzonden; verlopen;
    geboekt; onbetaald; definitief; otwarte; otwarta; wystawione; wystawiona; wyslane; wyslana;
    przeterminowane; przeterminowana; niezaplacone; niezaplacona; zaksiegowane; aben; sendt;
    forfalden; ubetalt; bogfort; oppen; skickad; forfallen; obetald; bokford; ανοικτο; ανοιχτο;
    εκκρεμει; εκκρεμες; ληξιπροθεσμο; απληρωτο; ανεξοφλητο; εκδοθηκε; σταλμενο; οριστικο"""
"""How an invoice stands that is one, and owed as far as its other columns say."""
_IN_PART = """partial; partially paid; part paid; paid in part; partly paid; teilbezahlt;
    teilweise bezahlt; teilzahlung; partiellement paye; partiellement payee; paye partiellement;
    partiellement regle; partiellement reglee; parcialmente pagado; parcialmente pagada;
    pagado parcialmente; pagada parcialmente; parcialmente cobrada; cobrada parcialmente;
    pago parcial; cobro parcial; parzialmente pagato; parzialmente pagata;
    pagata parzialmente; parcialmente pago; parcialmente paga; gedeeltelijk betaald;
    deels betaald; czesciowo oplacona; czesciowo oplacone; czesciowo zaplacona;
    czesciowo zaplacone; delvist betalt; delvis betald; delbetald; μερικως εξοφλημενο"""
"""How one stands of which a part is paid, which other columns must say."""

_GOES_BACK = """refund; refunds; customer refund; payment refund; refunded; returned payment;
    payment returned; payment reversal; reversed payment; chargeback; charge back; charge-back;
    bounced payment; bounced cheque; bounced check; returned cheque; returned check; nsf;
    dishonoured cheque; returned debit; returned direct debit; direct debit return;
    erstattung; ruckerstattung; ruckzahlung; rucklastschrift; rucklastschriften; retoure;
    remboursement; prelevement rejete; rejet de prelevement; reembolso; devolucion;
    recibo devuelto; pago devuelto; rimborso; insoluto; pagamento respinto; devolucao; estorno;
    terugbetaling; storno incasso; gestorneerde incasso; zwrot; zwrot platnosci; refusion;
    tilbagebetaling; tilbageforsel; returneret betaling; aterbetalning; επιστροφη χρηματων"""
"""Money that goes back: paid out again, or a payment that came to nothing."""

_BY_FIELD = {
    ("invoices", "document"): _DOCUMENTS,
    ("invoices", "closing"): _CLOSINGS,
    ("credits", "kind"): {k: w for k, w in _DOCUMENTS.items() if k in CREDIT_KINDS},
}


def normalised_word(cell: str) -> str:
    """A cell as it is compared: its words without case, accents and joining signs."""
    return " ".join(fold_text(cell).replace("_", " ").replace("-", " ").strip(" .").split())


def _meant(words: Mapping[str, str], *, sure_only: bool) -> dict[str, str]:
    out: dict[str, str] = {}
    for kind, text in words.items():
        sure, _, likely = text.partition("|")
        for name in (sure if sure_only else f"{sure};{likely}").split(";"):
            if name.strip():
                out[normalised_word(name)] = kind
    return out


SUGGESTED = _meant(_DOCUMENTS, sure_only=False)
"""{word: kind of document}, those included that may mean something else."""

_SURE = {field: _meant(words, sure_only=True) for field, words in _BY_FIELD.items()}
_STANDS = frozenset(normalised_word(name) for name in _STANDING.split(";"))
_PART_PAID = frozenset(normalised_word(name) for name in _IN_PART.split(";"))
_BACK = frozenset(normalised_word(name) for name in _GOES_BACK.split(";"))
_UNBILLED = ("void", "draft", "skip")
"""What a state says of documents that are no invoices: cancelled, not yet one, never one."""
_PAID = frozenset(w for w, kind in _SURE["invoices", "closing"].items() if kind == "payment")


def canonical_kinds(text: Text, table: str, field: str, choices: Collection[str]) -> Text:
    """The column with known words for kinds as the kinds themselves; other cells as they are.

    Money that goes back is of the kind of a payment; `going_back` tells it apart.
    """
    words = _SURE.get((table, field), {})
    if field in ("document", "kind"):
        words = words | dict.fromkeys(_BACK, "payment")
    return _replaced(text, words, choices)


def going_back(text: Text) -> Flags:
    """(n,) where the cell says that money goes back to the customer."""
    cells = [
        cell for cell in pc.unique(text.drop_null()).to_pylist() if normalised_word(cell) in _BACK
    ]
    return flags_of(pc.is_in(text, value_set=pa.array(cells, pa.string())))


def of_unknown_state(text: Text, *, is_payment_told: bool) -> Flags | None:
    """(n,) where the cell does not say how its document stands; None where most cells do not.

    is_payment_told: whether other columns tell what was paid, without which nobody knows how
    much of a document is open that is paid in part, or whether a closed one was paid.
    """
    words = _SURE["invoices", "document"]
    allowed = _PAID | _STANDS
    allowed |= _PART_PAID | {"closed"} if is_payment_told else frozenset()
    cells = pc.unique(text.drop_null()).to_pylist()
    is_known = {
        cell: normalised_word(cell) in allowed or words.get(normalised_word(cell)) in _UNBILLED
        for cell in cells
    }
    return _unless_most(text, is_known)


def of_unknown_kind(text: Text) -> tuple[Text, Flags | None]:
    """A column of types as kinds, unknown ones as null, and (n,) where the type is unknown.

    None in the place of these where most types are unknown, or where none is an invoice.
    """
    words = _SURE["invoices", "document"]
    cells = pc.unique(text.drop_null()).to_pylist()
    kind = {
        cell: words.get(normalised_word(cell), cell if cell in _DOCUMENTS else None)
        for cell in cells
    }
    kind |= {cell: "payment" for cell in cells if normalised_word(cell) in _BACK}
    unknown = _unless_most(text, {cell: kind[cell] is not None for cell in cells})
    if unknown is not None and unknown.any() and "invoice" not in kind.values():
        unknown = None
    old, new = pa.array(cells, pa.string()), pa.array([kind[c] for c in cells], pa.string())
    return new.take(pc.index_in(text, value_set=old, skip_nulls=True)), unknown


def _unless_most(text: Text, is_known: Mapping[str, bool]) -> Flags | None:
    """(n,) which cells are unknown; None where more than half of what they say is."""
    if not is_known or 2 * sum(is_known.values()) < len(is_known):
        return None
    unknown = pa.array([cell for cell, known in is_known.items() if not known], pa.string())
    return flags_of(pc.is_in(text, value_set=unknown, skip_nulls=True))


def paid_by_status(text: Text) -> Flags:
    """(n,) where the cell says that its document is paid."""
    cells = [
        cell for cell in pc.unique(text.drop_null()).to_pylist() if normalised_word(cell) in _PAID
    ]
    return flags_of(pc.is_in(text, value_set=pa.array(cells, pa.string())))


def left_out_by_status(text: Text) -> Text:
    """(n,) what the cell says its document is that is no invoice, such as "void"; else null."""
    words = {w: k for w, k in _SURE["invoices", "document"].items() if k in _UNBILLED}
    kinds = _replaced(text, words, ())
    return pc.if_else(
        pc.is_in(kinds, value_set=pa.array(_UNBILLED)), kinds, pa.scalar(None, pa.string())
    )


def _replaced(text: Text, words: Mapping[str, str], choices: Collection[str]) -> Text:
    cells = pc.unique(text.drop_null()).to_pylist()
    meant = {
        cell: words[normalised_word(cell)]
        for cell in cells
        if cell not in choices and normalised_word(cell) in words
    }
    if not meant:
        return text
    old, new = pa.array(list(meant)), pa.array(list(meant.values()))
    return pc.coalesce(new.take(pc.index_in(text, value_set=old, skip_nulls=True)), text)
