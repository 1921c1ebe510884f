"""Money as integers of a currency's minor unit, and as decimals that people write."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from payrisk.errors import InputError

USUAL_DECIMALS = 2

# ISO 4217, list one (2026-01-01). CLDR, and so Babel, gives the digits that shops show instead:
# 0 for AFN, ALL, IQD, IRR, KPW, LAK, LBP, MGA, MMK, RSD, SOS, SYP and YER, whose ledgers have
# cents.
UNUSUAL_DECIMALS: dict[str | None, int] = {
    **dict.fromkeys((
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
        "VND", "VUV", "XAF", "XOF", "XPF",
    ), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}  # fmt: skip
"""Decimals of the currencies that do not have two."""


def is_currency(code: str) -> bool:
    """Whether the code names a currency, withdrawn ones included."""
    from babel.numbers import is_currency as is_listed

    return bool(is_listed(code))


def decimals(currency: str | None) -> int:
    """Decimals of a currency's minor unit by ISO 4217; two where it is unknown or has none.

    >>> decimals("EUR"), decimals("JPY"), decimals("KWD"), decimals(None)
    (2, 0, 3, 2)
    """
    return UNUSUAL_DECIMALS.get(currency, USUAL_DECIMALS)


def decimal_of(cents: float, currency: str | None) -> Decimal:
    """An amount in minor units as an exact decimal; a fraction of a unit is rounded first.

    >>> decimal_of(1234567, "KWD")
    Decimal('1234.567')
    """
    return Decimal(round(cents)).scaleb(-decimals(currency))


def cents_of(amount: Decimal | str, currency: str | None) -> int:
    """An amount as minor units; raises InputError where it is none or too fine for the currency.

    >>> cents_of("-1234.5", "EUR")
    -123450
    """
    try:
        cents = Decimal(amount).scaleb(decimals(currency))
    except InvalidOperation:
        cents = Decimal("NaN")
    if not cents.is_finite() or cents != cents.to_integral_value():
        raise _no_amount(amount, currency)
    return int(cents)


def typed_amount_cents(text: str, currency: str) -> int:
    """A typed amount as minor units; also refuses zeros beyond the currency's decimals.

    Where a dot parts thousands, "50.000" is fifty thousand and not 50.00 EUR.

    >>> typed_amount_cents("50.00", "EUR"), typed_amount_cents("50.000", "KWD")
    (5000, 50000)
    """
    cents = cents_of(text, currency)
    if len(text.strip().partition(".")[2]) > decimals(currency):
        raise _no_amount(text, currency)
    return cents


def _no_amount(amount: Decimal | str, currency: str | None) -> InputError:
    places = decimals(currency)
    return InputError(
        f"'{amount}' is no amount in {currency}; write it as a plain number with at most"
        f" {places} decimals, such as {Decimal(50_000):.{places}f}."
    )


def decimal_text(cents: float, currency: str | None, *, grouped: bool = False) -> str:
    """An amount in minor units as decimal text in its currency's own number of decimals.

    >>> decimal_text(-123456, "EUR"), decimal_text(500, "JPY", grouped=True)
    ('-1234.56', '500')
    """
    return f"{decimal_of(cents, currency):{',' if grouped else ''}f}"
