"""A form as a browser sends it, and its fields as the values that a request is made of."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from babel.numbers import NumberFormatError, parse_decimal
from fastapi import Depends, Request

from payrisk.errors import InputError
from payrisk.languages import Wording, marked
from payrisk.money import typed_amount_cents
from payrisk_api.errors import ProblemError
from payrisk_api.keys import KEY

MOST_FIELDS = 200
NUMBER = re.compile(r"-?[0-9][0-9.,'’]*", re.ASCII)
NO_NUMBER = marked("This is no number.")
NO_AMOUNT = marked("This is no amount of the currency.")


async def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/x-www-form-urlencoded":
        raise ProblemError(415, "unreadable", "The request cannot be read.")
    body = await request.body()
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS,
            errors="strict",
        )  # fmt: skip
    except ValueError:
        raise ProblemError(400, "unreadable", "The request cannot be read.") from None
    return {name: value.strip() for name, value in pairs}


Form = Annotated[dict[str, str], Depends(_form)]
"""Fields by name, without the spaces around them; the last one counts."""


def form_key(form: Mapping[str, str]) -> str:
    """The key under which a form is answered once, however often it is sent."""
    key = form.get("key", "")
    return key if KEY.fullmatch(key) else f"page-{uuid.uuid4().hex}"


def typed_number(text: str, wording: Wording) -> str:
    """A number as a reader types it, as plain decimal text.

    Thousands may be parted as the reader's language does, never otherwise: what two languages
    read differently is read in the reader's. Raises InputError.
    """
    plain = text.replace(" ", "").replace("\u00a0", "").replace("\u202f", "").replace("−", "-")
    if not NUMBER.fullmatch(plain):  # such as 1e5, which would be read as another number
        raise InputError(wording(NO_NUMBER))
    if plain.isdecimal():
        return plain
    try:
        return str(parse_decimal(plain, locale=wording.locale, strict=True))
    except NumberFormatError:
        raise InputError(wording(NO_NUMBER)) from None


def typed_cents(text: str, currency: str, wording: Wording) -> int:
    """An amount as a reader types it in minor units; raises InputError."""
    number = typed_number(text, wording)
    try:
        return typed_amount_cents(number, currency)
    except InputError:
        raise InputError(wording(NO_AMOUNT)) from None


def given(form: Mapping[str, str], *names: str) -> dict[str, str]:
    """The named fields that are not empty."""
    return {name: form[name] for name in names if form.get(name)}
