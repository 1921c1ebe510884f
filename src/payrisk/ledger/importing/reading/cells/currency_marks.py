"""The words beside a number: which currencies a sign may stand for, and which side it is on."""

from __future__ import annotations

from functools import lru_cache

from payrisk.ledger.importing.reading.cells.plain import exponent

_DOLLARS = (
    "USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP UYU BBD BMD BND BSD BZD FJD GYD JMD KYD LRD NAD"
    " SBD SRD TTD XCD DOP CUP"
)
_SIGNS: dict[str, str] = {
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "$": _DOLLARS,
    "us$": "USD",
    "$us": "USD",
    "c$": "CAD",
    "ca$": "CAD",
    "can$": "CAD",
    "a$": "AUD",
    "au$": "AUD",
    "nz$": "NZD",
    "hk$": "HKD",
    "s$": "SGD",
    "mx$": "MXN",
    "nt$": "TWD",
    "r$": "BRL",
    "£": "GBP EGP LBP SYP SDG SSP GIP FKP SHP",
    "¥": "JPY CNY",
    "円": "JPY",
    "元": "CNY",
    "rmb": "CNY",
    "₹": "INR",
    "rs": "INR PKR LKR NPR MUR SCR",
    "r": "ZAR",
    "kr": "SEK NOK DKK ISK",
    "dkr": "DKK",
    "skr": "SEK",
    "nkr": "NOK",
    "zł": "PLN",
    "zl": "PLN",
    "kč": "CZK",
    "ft": "HUF",
    "fr": "CHF",
    "sfr": "CHF",
    "₺": "TRY",
    "tl": "TRY",
    "₽": "RUB",
    "₴": "UAH",
    "₩": "KRW",
    "₫": "VND",
    "฿": "THB",
    "₦": "NGN",
    "₱": "PHP",
    "₪": "ILS",
    "₵": "GHS",
    "₸": "KZT",
    "₼": "AZN",
    "₾": "GEL",
    "s/": "PEN",
    "lei": "RON MDL",
    "лв": "BGN",
}
_DEBIT = ("dr", "db", "d", "s", "soll", "debit", "debe", "debet", "debito", "débito", "débit")
_CREDIT = ("cr", "c", "h", "haben", "credit", "haber", "kredit", "credito", "crédito", "crédit")


@lru_cache(maxsize=4096)
def currencies_of(word: str) -> frozenset[str]:
    """The currencies a word beside a number may mean; empty when it means none.

    >>> sorted(currencies_of("R$")), sorted(currencies_of("eur")), sorted(currencies_of("CR"))
    (['BRL'], ['EUR'], [])
    """
    low = word.casefold().rstrip(".")
    if low in _SIGNS:
        return frozenset(_SIGNS[low].split())
    code = word.upper()
    is_code = len(code) == 3 and code.isascii() and exponent(code) is not None
    return frozenset([code]) if is_code else frozenset()


def debit_or_credit(word: str) -> str:
    """'debit' or 'credit' for a word beside a number that says its side; '' for any other.

    >>> debit_or_credit("Cr."), debit_or_credit("S"), debit_or_credit("EUR")
    ('credit', 'debit', '')
    """
    low = word.casefold().rstrip(".")
    return "debit" if low in _DEBIT else "credit" if low in _CREDIT else ""
