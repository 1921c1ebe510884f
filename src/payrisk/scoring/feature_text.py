"""An input of a model and its value as a sentence for a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from payrisk.features import DAILY
from payrisk.features.catalogue.feature import Feature
from payrisk.money import decimals

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
COUNTED = ("items", "invoices")
WRITTEN: Mapping[str, Callable[[float], str]] = {
    "share": lambda value: f"{value:.0%}",
    "0 or 1": lambda value: "yes" if value else "no",
    "Monday = 0": lambda value: WEEKDAYS[int(value)],
    "day": lambda value: f"{value:.0f}",
    "a day": lambda value: f"{value:.1%} a day",
}
"""How the values of a unit are written, where it is not the number and the unit."""


LOGARITHM = re.compile(r"^(Mean )?logarithm of the ", re.IGNORECASE)


def plain_meaning(feature: Feature) -> str:
    """The feature's sentence without its full stop, of the amount where it reads its logarithm.

    >>> from payrisk.features import CATALOGUE
    >>> plain_meaning(CATALOGUE["customer__log_amount__mean__all"])
    "The usual amount of the customer's invoices"
    """
    match = LOGARITHM.match(feature.meaning)
    if match is None:
        return feature.meaning.rstrip(".")
    rest = feature.meaning[match.end() :].partition(":")[0].rstrip(".")
    return f"The usual {rest.replace('amounts', 'amount', 1)}" if match[1] else f"The {rest}"


def feature_sentence(
    feature: Feature, value: float, usual: float, when: str = "", currency: str | None = None
) -> str:
    """The feature's sentence with its own value, on a day perhaps, and the ordinary one if known.

    currency: what its amounts are in, where that is known.

    >>> from payrisk.features import CATALOGUE
    >>> feature_sentence(CATALOGUE["customer__late0__share__90d"], 0.96, 0.54)
    "Share of the customer's invoices settled in the last 90 days that were paid late (96%;
     ordinary 54%)."
    """
    ordinary = "" if np.isnan(usual) else f"; ordinary {format_value(feature, usual, currency)}"
    return f"{plain_meaning(feature)} ({format_value(feature, value, currency)}{when}{ordinary})."


def is_plain(feature: Feature) -> bool:
    """Whether a person can check it, and sees which way it points: no covariate of a day."""
    return feature.name not in DAILY and feature.direction != 0


def format_value(feature: Feature, value: float, currency: str | None = None) -> str:
    """A value in the unit of its feature, an amount in its currency where that is told.

    >>> from payrisk.features import CATALOGUE
    >>> format_value(CATALOGUE["invoice__amount__log__now"], np.log(123_400), "EUR")
    'about 1,234 EUR'
    """
    if np.isnan(value):
        return "not known"
    if feature.unit == "log minor units":
        if currency is None:
            return f"about {np.exp(value):,.0f} cents"
        return f"about {np.exp(value) / 10 ** decimals(currency):,.0f} {currency}"
    if feature.unit in COUNTED:
        return format_number(value)
    if feature.unit in WRITTEN:
        return WRITTEN[feature.unit](value)
    return f"{format_number(value)} {feature.unit}"


def format_number(value: Any) -> str:
    """At most one decimal, none where it is whole; thousands apart.

    >>> format_number(1234.0), format_number(-0.04), format_number(2.25)
    ('1,234', '0', '2.2')
    """
    return f"{round(float(value), 1) + 0.0:,.1f}".removesuffix(".0")
