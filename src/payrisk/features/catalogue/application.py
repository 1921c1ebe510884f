"""What an application says, as the numbers and words that a model of applicants may read."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.features.catalogue.causes import FeatureCause
from payrisk.features.catalogue.feature import Feature

Fields = Mapping[str, Any]
"""One application as plain values by field; absent and None = not said. Money: minor units."""


def _ratio(of: str, to: str) -> Callable[[Fields], float]:
    def value(fields: Fields) -> float:
        over, under = _number(fields, of), _number(fields, to)
        return over / under if under > 0 else math.nan

    return value


def _log(name: str, per: str = "") -> Callable[[Fields], float]:
    def value(fields: Fields) -> float:
        amount = _number(fields, name)
        if per:
            share = _number(fields, per)
            amount = amount / share if share > 0 else math.nan
        return math.log(amount) if amount > 0 else math.nan

    return value


def _plain(name: str) -> Callable[[Fields], float]:
    return lambda fields: _number(fields, name)


def _text(name: str) -> Callable[[Fields], str]:
    return lambda fields: str(fields.get(name) or "").strip()


def _number(fields: Fields, name: str) -> float:
    value = fields.get(name)
    if value is None or isinstance(value, str):
        return math.nan
    return float(value)


def _feature(
    cause: FeatureCause,
    name: str,
    unit: str,
    meaning: str,
    low: float,
    high: float,
    direction: int,
) -> Feature:
    kind = "text" if unit == "text" else "number"
    name = f"application__{name}"
    return Feature(name, unit, kind, meaning, low, high, direction, cause=cause)


_INF = math.inf
_READ: tuple[tuple[Feature, Callable[[Fields], Any], tuple[str, ...]], ...] = (
    (
        _feature(FeatureCause.BUREAU_REPORT, "bureau_score", "points",
                 "The bureau score that came with the application.",
                 0.0, 1000.0, -1),
        _plain("bureau_score"), ("bureau_score",),
    ),
    (
        _feature(FeatureCause.REFERENCES, "n_references", "references",
                 "Trade references that the applicant names.",
                 0.0, 1000.0, -1),
        _plain("n_references"), ("n_references",),
    ),
    (
        _feature(FeatureCause.YEARS_TRADING, "years_trading", "years",
                 "Years for which the company has been trading.",
                 0.0, 1000.0, -1),
        _plain("years_trading"), ("years_trading",),
    ),
    (
        _feature(FeatureCause.COMPANY_SIZE, "n_employees", "employees",
                 "Employees of the company.", 0.0, 1e7, 0),
        _plain("n_employees"), ("n_employees",),
    ),
    (
        _feature(FeatureCause.REQUESTED_LIMIT, "limit_to_turnover", "share",
                 "Limit asked for, of the yearly turnover.",
                 0.0, _INF, 1),
        _ratio("requested_limit", "turnover"), ("requested_limit", "turnover"),
    ),
    (
        _feature(FeatureCause.REQUESTED_LIMIT, "limit_to_sales", "months",
                 "Limit asked for, in months of the expected sales.",
                 0.0, _INF, 1),
        _ratio("requested_limit", "expected_monthly_sales"),
        ("requested_limit", "expected_monthly_sales"),
    ),
    (
        _feature(FeatureCause.EXPECTED_SALES, "sales_to_turnover", "share",
                 "Sales expected of a month, of the yearly turnover.", 0.0, _INF, 0),
        _ratio("expected_monthly_sales", "turnover"), ("expected_monthly_sales", "turnover"),
    ),
    (
        _feature(FeatureCause.NET_WORTH, "net_worth_to_turnover", "share",
                 "Net worth, of the yearly turnover.",
                 -_INF, _INF, -1),
        _ratio("net_worth", "turnover"), ("net_worth", "turnover"),
    ),
    (
        _feature(FeatureCause.COMPANY_SIZE, "log_turnover", "log minor units",
                 "Logarithm of the yearly turnover in the application's own currency.",
                 -_INF, _INF, 0),
        _log("turnover"), ("turnover",),
    ),
    (
        _feature(FeatureCause.COMPANY_SIZE, "log_turnover_per_employee", "log minor units",
                 "Logarithm of the yearly turnover an employee, in the application's currency.",
                 -_INF, _INF, 0),
        _log("turnover", "n_employees"), ("turnover", "n_employees"),
    ),
    (
        _feature(FeatureCause.REQUESTED_TERMS, "requested_terms", "days",
                 "Days of payment that the applicant asks for.",
                 0.0, 3660.0, 1),
        _plain("requested_terms_days"), ("requested_terms_days",),
    ),
    (
        _feature(FeatureCause.VAT_NUMBER, "has_vat", "0 or 1",
                 "Whether a VAT number was given.", 0.0, 1.0, -1),
        _plain("has_vat"), ("has_vat",),
    ),
    (
        _feature(FeatureCause.CONTACT, "has_website", "0 or 1",
                 "Whether the company has a website.", 0.0, 1.0, -1),
        _plain("has_website"), ("has_website",),
    ),
    (
        _feature(FeatureCause.ADDRESS, "address_mismatch", "0 or 1",
                 "Whether the address differs from the registered one.", 0.0, 1.0, 1),
        _plain("address_mismatch"), ("address_mismatch",),
    ),
    (
        _feature(FeatureCause.BANK_COUNTRY, "bank_country_mismatch", "0 or 1",
                 "Whether the bank account lies in another country than the company.",
                 0.0, 1.0, 1),
        _plain("bank_country_mismatch"), ("bank_country_mismatch",),
    ),
    (
        _feature(FeatureCause.PRESS, "negative_press", "0 or 1",
                 "Whether negative press was found.", 0.0, 1.0, 1),
        _plain("negative_press"), ("negative_press",),
    ),
    (
        _feature(FeatureCause.CONTACT, "email_domain", "text",
                 "Whose e-mail domain it writes from: own, free or none.", 0.0, _INF, 0),
        _text("email_domain"), ("email_domain",),
    ),
    (
        _feature(FeatureCause.SECTOR, "sector", "text",
                 "Sector that the company works in.", 0.0, _INF, 0),
        _text("sector"), ("sector",),
    ),
)  # fmt: skip

APPLICATION: tuple[Feature, ...] = tuple(feature for feature, _, _ in _READ)
"""Every input there is of an application. Neither the country, nor the name, nor whether it is a
natural person is one: they are protected, or stand close to what is. Money enters as ratios."""

FIELDS: dict[str, tuple[str, ...]] = {feature.name: fields for feature, _, fields in _READ}
"""The fields of an application that each of them is worked out from."""


def application_rows(fields: Sequence[Fields]) -> pd.DataFrame:
    """One row an application, in their order, one column a feature of APPLICATION.

    NaN, or '' for words, where a field is not said or its value lies outside the valid range.
    """
    return pd.DataFrame(application_columns(fields))


def application_columns(fields: Sequence[Fields]) -> dict[str, npt.NDArray[Any]]:
    """The columns of `application_rows` as they are: a frame costs more than a few rows do."""
    columns: dict[str, npt.NDArray[Any]] = {}
    for feature, read, _ in _READ:
        values = [read(application) for application in fields]
        if feature.kind == "text":
            columns[feature.name] = np.array(values, dtype=object)
            continue
        numbers = np.array(values, dtype=np.float64)
        is_valid = (numbers >= feature.low) & (numbers <= feature.high)
        columns[feature.name] = np.where(is_valid, numbers, np.nan)
    return columns


VALID: dict[str, tuple[float, float]] = {
    "bureau_score": (0.0, 1000.0),
    "n_references": (0.0, 1000.0),
    "years_trading": (0.0, 1000.0),
    "n_employees": (0.0, 1e7),
    "requested_terms_days": (0.0, 3660.0),
    "turnover": (0.0, _INF),
    "requested_limit": (0.0, _INF),
    "expected_monthly_sales": (0.0, _INF),
    "net_worth": (-_INF, _INF),
}
"""The range of every field that holds a number."""


def invalid_fields(fields: Fields) -> list[str]:
    """The fields of an application whose values cannot be: names, sorted.

    >>> invalid_fields({"bureau_score": -5, "turnover": 100, "requested_limit": "much"})
    ['bureau_score', 'requested_limit']
    """
    return sorted(
        name
        for name, (low, high) in VALID.items()
        if fields.get(name) is not None and not low <= _number(fields, name) <= high
    )


def parse_fields(text: Any) -> dict[str, Any]:
    """The fields of an application fact (JSON); nothing where it holds none.

    >>> parse_fields('{"bureau_score": 610}'), parse_fields(None)
    ({'bureau_score': 610}, {})
    """
    if not isinstance(text, str) or not text:
        return {}
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
