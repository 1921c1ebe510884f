"""The words of payment terms in the languages of the trade, and the sign each stands for."""

from __future__ import annotations

import re
import unicodedata

_MONTH_END = (
    r"end of (?:the )?(?:invoice )?month|month[ -]?end|e\.?o\.?m\b\.?|fin de mois|f\.?d\.?m\b"
    r"|(?:d\.? ?f\.? ?)?f\.? ?m\b\.?"
    r"|monatsende|monatsultimo|ultimo|ende des monats|ende monat|fine mese|fin de mes"
    r"|fim do mes|einde (?:van de )?maand|lobende maned|lb\.? ?md\b"
)
_AFTER = "from|after|following|nach|ab|dal|desde|apos|na|vanaf"
_FEE = (
    r"\d+(?:[.,]\d+)? ?% (?:(?:per|a) month )?(?:late (?:fee|charge|payment fee)|interest"
    r"|finance charge|service charge|verzugszins(?:en)?|penalty|interets de retard)"
    r"(?: (?:per|a) (?:month|annum|year)| p\.? ?[am]\.?| monthly)?"
)
_ADVANCE = (
    r"\d+ ?% (?:in advance|advance|deposit|down ?payment|upfront|anzahlung|acompte|anticipo"
    r"|aanbetaling)[ ,;]*(?:and |und |et |y )?(?:balance|rest|remainder|solde|saldo|resto)"
)
_NEXT_MONTH = (
    r"\b(?:of |in )?(?:the )?(?:following|next|subsequent) month\b|\bproximo\b|\bprox\b"
    r"|\b(?:des |im )?(?:folgemonats?|folgenden monats?|nachsten monats?)\b"
    r"|\b(?:du )?mois suivant\b|\b(?:del )?mes siguiente\b|\b(?:del )?mese successivo\b"
    r"|\b(?:do )?mes seguinte\b|\b(?:van de )?volgende maand\b"
)
_AT_ONCE = (
    r"\b(?:(?:due |payable )?(?:up)?on receipt(?: of invoice)?|due now|immediate(?:ly)?|at once"
    r"|at sight|cash (?:on delivery|in advance|before delivery|with order)|c\.?o\.?d|c\.?i\.?a"
    r"|p\.?i\.?a|cbd|cwo|prepaid|prepayment|payment in advance|cash|sofort(?:ige?)?|vorkasse"
    r"|vorauskasse|nachnahme|(?:bei|nach) (?:rechnungs)?erhalt|barzahlung|a (?:la )?reception"
    r"|(?:au )?comptant|immediat(?:ement)?|(?:al |de )?contado|a la vista|inmediato|a vista"
    r"|imediato|rimessa diretta|immediato|contanti|contant|per direct|direct|onmiddellijk"
    r"|gotowka|natychmiast|kontant|omgaende|τοισ μετρητοισ|μετρητοισ|μετρητα)\b\.?"
)
_DISCOUNT = (
    r"\b(?:(?:cash |early (?:payment |pay )?|prompt payment )?discount|skonto|escompte"
    r"|(?:descuento|dto)(?: pronto pago)?|sconto|desconto|(?:betalings)?korting|kontantrabat"
    r"|kassarabatt)\b"
)
_PHRASES: tuple[tuple[str, str], ...] = (
    # A fee for paying late is no discount and no due day.
    (_FEE, " "),
    (_ADVANCE, " PART "),
    (r"instal(?:l)?ments?|\braten\b|echeances|plazos|parcelas|termijnen|\brater\b", " PARTS "),
    (_NEXT_MONTH, " PROX "),
    (rf"\b(?:{_AFTER}) (?:the )?(?:{_MONTH_END})", " XEOM "),
    (rf"\b(?:{_MONTH_END})", " EOM "),
    (_AT_ONCE, " NOW "),
    (_DISCOUNT, " DISC "),
)  # fmt: skip
_WORDS_OF = {
    "NET": "net nets netto nett nt n neto nette nettes rein",
    "D": "d day days tag tage tagen tg t jour jours jrs j dia dias giorno giorni gg dag dagen dgn"
    " dage dagar dni dzien ημερεσ",
    "W": "week weeks woche wochen semaine semaines semana semanas weken uger veckor",
    "M": "month months monat monate monaten mois mes meses mese mesi maand maanden",
}
_SIGN_OF = {word: sign for sign, words in _WORDS_OF.items() for word in words.split()}
_SILENT_WORDS = (
    "payable payment payments pay paid due within in of on by from after until the a an and if"
    " otherwise else invoice inv date receipt terms term strictly full calendar without deduction"
    " zahlbar zahlung zahlungsziel ziel innerhalb innert binnen von nach ab bis zum sonst ohne"
    " abzug rechnungsdatum rechnung datum bei paiement payer sous delai date facture apres le au"
    " de du des la les pago pagar pagadero fecha factura desde el pagamento entro data fattura"
    " dalla della dal fatura apos em da betaling betaaltermijn betalen factuurdatum na voor"
    " f ff df od daty wystawienia przelew termin platnosci betalingsfrist faktura"
    " fakturadato fra und et y e"
)
_SILENT = frozenset(_SILENT_WORDS.split())
_PIECES = r"(?<!\S)-\d+|\d{1,2}(?:st|nd|rd|th)\b|\d+[.,]\d+|\d+|%|/|[^\W\d_]+|[^\s\w.,;:()+|-]"


def terms_as_signs(terms: str) -> str | None:
    """The terms as signs and numbers, or None where a word is not understood.

    >>> terms_as_signs("14 Tage 2 % Skonto, 30 Tage netto"), terms_as_signs("Net 30 ROG")
    ('14 D 2 % DISC 30 D NET', None)
    >>> terms_as_signs("Net 10th")
    'NET 10th'
    """
    spread = unicodedata.normalize("NFD", terms.casefold()).replace("ø", "o").replace("ł", "l")
    text = "".join(c for c in spread if not unicodedata.combining(c)).replace("ς", "σ")
    text = re.sub(r"\s+", " ", text).strip()
    for pattern, sign in _PHRASES:
        text = re.sub(pattern, sign, text)
    signs = []
    for piece in re.findall(_PIECES, text):
        if piece in _SIGN_OF:
            signs.append(_SIGN_OF[piece])
        elif re.fullmatch(r"\d.*|[%/]|[A-Z]+", piece):
            signs.append(re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "th", piece).replace(",", "."))
        elif piece not in _SILENT:
            return None
    return " ".join(signs)
