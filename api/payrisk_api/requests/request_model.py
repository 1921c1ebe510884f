"""A part of a request: strict, bounded, and the kinds of values that several requests hold."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from payrisk.errors import InputError
from payrisk.languages import DIRECTIONS
from payrisk.money import is_currency, typed_amount_cents

LARGEST_AMOUNT = 10**15
Format = Literal["json", "csv", "xlsx", "parquet"]
"""An answer, or its rows as a file."""
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def group_pattern(words: Collection[str]) -> str:
    """The pattern of some of these words with commas between them.

    >>> group_pattern(["entity", "customer"])
    '^(entity|customer)(,(entity|customer)){0,1}$'
    """
    word = f"({'|'.join(words)})"
    return f"^{word}(,{word}){{0,{len(words) - 1}}}$"


def _date(value: Any) -> dt.date:
    # pydantic alone would also take timestamps and numbers for dates
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        raise ValueError("a date is written YYYY-MM-DD")
    return dt.date.fromisoformat(value)


Date = Annotated[
    dt.date,
    BeforeValidator(_date),
    Field(ge=dt.date(1900, 1, 1), le=dt.date(2199, 12, 31)),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date",
            # a schema has no bounds for dates: this says from 1900 to 2199
            "pattern": r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
            "examples": ["2025-03-31"],
        }
    ),
]


def _either_way(least: int) -> WithJsonSchema:
    """The schema of an amount: its formats say which of the two a reader has before him."""
    return WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "integer",
                    "format": "minor-units",
                    "minimum": least,
                    "maximum": LARGEST_AMOUNT,
                },
                {
                    "type": "string",
                    "format": "decimal-amount",
                    "pattern": f"^{'-?' if least < 0 else ''}" + r"\d{1,15}(\.\d{1,4})?$",
                },
            ],
            "description": "A whole number is minor units of the currency (5000000 = 50,000.00"
            ' EUR); a text is the amount as people write it ("50000.00").',
            "examples": [5_000_000, "50000.00"],
        }
    )


Amount = Annotated[int, Field(strict=True, ge=0, le=LARGEST_AMOUNT), _either_way(0)]
"""Minor units, or the amount as decimal text where the model's currency tells its decimals."""
SignedAmount = Annotated[
    int,
    Field(strict=True, ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT),
    _either_way(-LARGEST_AMOUNT),
]
"""An amount that may be below zero."""
_AMOUNT_TEXT = re.compile(r"-?\d{1,15}(\.\d{1,4})?", re.ASCII)


def _amount_or_text(value: Any) -> Any:
    if isinstance(value, str):
        if not _AMOUNT_TEXT.fullmatch(value) or value.startswith("-"):
            raise ValueError('an amount is written as 5000000 (minor units) or "50000.00"')
        return value
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_AMOUNT:
        raise ValueError(f"minor units are a whole number from 0 to {LARGEST_AMOUNT}")
    return value


AmountAsWritten = Annotated[int | str, BeforeValidator(_amount_or_text), _either_way(0)]
"""An amount whose currency the request does not say: `minor_units` reads it once it is known."""


def with_minor_units(fields: Any, names: Collection[str], currency: Any) -> Any:
    """The fields of a request with amounts written as text made minor units of the currency.

    Raises ValueError for a text that is no amount of that currency. What is no object, and
    amounts of a currency that is none, stay as they are for the model to refuse.
    """
    if not isinstance(fields, dict) or not isinstance(currency, str) or not is_currency(currency):
        return fields
    texts = {name: fields[name] for name in names if isinstance(fields.get(name), str)}
    return fields | {name: minor_units(text, name, currency) for name, text in texts.items()}


def minor_units(text: str, name: str, currency: str) -> int:
    """An amount written as text in minor units; raises ValueError, naming the field."""
    if not _AMOUNT_TEXT.fullmatch(text):
        raise ValueError(f'{name} is written as 5000000 (minor units) or "50000.00"')
    try:
        return typed_amount_cents(text, currency)
    except InputError:
        raise ValueError(f"{name} has more decimals than {currency} has") from None


Identifier = Annotated[
    str,
    StringConstraints(
        strict=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$"
    ),
]
Name = Annotated[
    str,
    StringConstraints(
        strict=True, min_length=1, max_length=100, pattern=rf"^[^\x00-\x1f\x7f-\x9f{DIRECTIONS}]+$"
    ),
]
"""A name as it is read: without controls, and without signs that turn what follows."""
Text = Annotated[
    str,
    StringConstraints(
        strict=True, max_length=500, pattern=rf"^[^\x00-\x1f\x7f-\x9f{DIRECTIONS}]*$"
    ),
]
Prose = Annotated[
    str,
    StringConstraints(
        strict=True,
        max_length=2_000,
        pattern=rf"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{DIRECTIONS}]*$",
    ),
]
"""Text of several lines."""
Currency = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[A-Z]{3}$"), Field(examples=["EUR"])
]
Country = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$"),
    Field(examples=["DE"]),
]
Horizon = Annotated[int, Field(ge=1, le=730)]


class RequestModel(BaseModel):
    """A part of a request; a field it does not know is refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class AsOfQuery(RequestModel):
    """The morning to answer for."""

    as_of: Annotated[
        Date | None,
        Field(
            description="Only facts recorded on earlier days are known; default: the served day."
        ),
    ] = None


class MorningQuery(AsOfQuery):
    """Which morning, and whether the model may have seen what came after it."""

    in_sample: Annotated[
        bool,
        Field(
            description="Also answer for a morning before the model's own; the answer is marked"
            " and nothing in it is verified."
        ),
    ] = False
