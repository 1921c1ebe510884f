"""Which of several currencies a page shows: the one asked for, else the euro, else the first."""

from __future__ import annotations

from collections.abc import Sequence


def chosen_currency(currencies: Sequence[str], wished: str | None) -> str:
    """One of the currencies; where there is none, the one asked for or nothing.

    >>> chosen_currency(["EUR", "USD"], "USD"), chosen_currency(["GBP"], "USD")
    ('USD', 'GBP')
    """
    if wished in currencies:
        return str(wished)
    return "EUR" if "EUR" in currencies else (currencies or [wished or ""])[0]
