"""Whether an IBAN, a VAT number or a LEI can be genuine: form and check digits, no register."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from stdnum import get_cc_module
from stdnum.iban import is_valid as _is_iban
from stdnum.lei import is_valid as _is_lei


def is_iban(number: str) -> bool:
    """Whether the account number has the length, form and check digits of its country.

    >>> is_iban("DE89 3704 0044 0532 0130 00"), is_iban("DE89 3704 0044 0532 0130 01")
    (True, False)
    """
    return bool(_is_iban(number))


def is_lei(number: str) -> bool:
    """Whether the legal entity identifier has the form and check digits of ISO 17442."""
    return bool(_is_lei(number))


def is_vat_number(number: str, country: str) -> bool | None:
    """Whether the VAT number has the form of its country (ISO 3166); None where nobody checks it.

    A number that names another country by its first two letters is not of this one.

    >>> is_vat_number("DE136695976", "DE"), is_vat_number("FR40303265045", "DE")
    (True, False)
    """
    is_valid = _vat_check(country[:2].lower())
    return None if is_valid is None else bool(is_valid(number))


def has_vat_numbers(country: str) -> bool:
    """Whether the companies of a country have VAT numbers that can be checked."""
    return _vat_check(country[:2].lower()) is not None


@lru_cache(maxsize=256)
def _vat_check(country: str) -> Callable[[str], bool] | None:
    module = get_cc_module(country, "vat")
    return None if module is None else module.is_valid
