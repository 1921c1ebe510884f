"""Credit questions as a person types them: a file, an example, or a customer and an order."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

from payrisk.cli.credit.desk import cents, money
from payrisk.errors import InputError

EXAMPLES: dict[str, dict[str, Any]] = {
    "onboarding": {
        "application": {
            "name": "Muster Maschinenbau GmbH",
            "country": "DE",
            "currency": "EUR",
            "is_natural_person": False,
            "requested_limit": "50000.00",
            "requested_terms_days": 30,
            "monthly_sales": "30000.00",
            "turnover": "4000000.00",
            "net_worth": "900000.00",
            "financials_on": "2025-06-30",
            "founded_on": "2013-05-02",
            "n_employees": 35,
            "n_references": 2,
            "vat_number": "DE136695976",
            "website": "https://muster-maschinenbau.example",
            "email": "kredit@muster-maschinenbau.example",
        }
    },
    "limit": {"customer_id": "C000001"},
    "order": {
        "customer_id": "C000001",
        "order": {"amount": "5000.00", "currency": "EUR", "order_id": "SO-2026-0001"},
    },
}
"""A request of each kind, to be changed; what is unknown is left out."""


def example(kind: str) -> str:
    """A request of a kind as a file holds it; raises InputError for another kind."""
    if kind not in EXAMPLES:
        raise InputError(f"There is no example '{kind}'; ask for {', '.join(EXAMPLES)}.")
    return json.dumps(EXAMPLES[kind], indent=2)


def read_request_file(file: Path) -> bytes:
    """The bytes of a request's file, of stdin for '-'; raises InputError."""
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"'{file}' cannot be read ({error.strerror}); check the path.") from None


class TypedOrderFields(NamedTuple):
    """What was typed of an order beside its amount: as it was written, by field of the request.

    securities: kind → its options, each AMOUNT:DATE.
    """

    order_id: str | None
    requested_on: dt.date | None
    amounts: dict[str, str | None]
    securities: dict[str, list[str]]

    @property
    def flags(self) -> list[str]:
        """The options that were given."""
        given = {"order_id": self.order_id, "delivery": self.requested_on} | self.amounts
        names = [name for name, value in given.items() if value is not None]
        names += [name for name, options in self.securities.items() if options]
        return [f"--{name.replace('_', '-')}" for name in names]

    def fields(self, currency: str) -> dict[str, Any]:
        """The fields of the order; raises InputError for one that cannot be read."""
        fields: dict[str, Any] = {
            name: cents(text, currency) for name, text in self.amounts.items() if text is not None
        }
        if self.order_id is not None:
            fields["order_id"] = self.order_id
        if self.requested_on is not None:
            fields["requested_on"] = self.requested_on.isoformat()
        securities = [
            _security(kind, option, currency)
            for kind, options in self.securities.items()
            for option in options
        ]
        return fields | ({"securities": securities} if securities else {})


def request_file_of_options(
    customer_id: str, order: tuple[str, str] | None, parts: TypedOrderFields
) -> bytes:
    """The file that asks what was typed: a customer's limit, or an order of AMOUNT CURRENCY."""
    body: dict[str, Any] = {"customer_id": customer_id}
    if order is not None:
        amount, currency = order[0], order[1].upper()
        body["order"] = {"amount": _order_amount(amount, currency), "currency": currency}
        body["order"] |= parts.fields(currency)
    elif parts.flags:
        raise InputError(
            f"{parts.flags[0]} goes with an order; give its amount too: --order 5000 EUR."
        )
    return json.dumps(body, sort_keys=True).encode()


def _security(kind: str, option: str, currency: str) -> dict[str, Any]:
    amount, _, day = option.partition(":")
    try:
        expires_on = dt.date.fromisoformat(day)
    except ValueError:
        raise InputError(
            f"--{kind.replace('_', '-')} '{option}' is not an amount and its last day; write it as"
            " 5000.00:2026-12-31."
        ) from None
    return {"kind": kind, "amount": cents(amount, currency), "expires_on": expires_on.isoformat()}


def _order_amount(amount: str, currency: str) -> int:
    """An order's amount in minor units; raises InputError for one that no order can have."""
    from payrisk_api.requests.request_model import LARGEST_AMOUNT

    minor = cents(amount, currency)
    if not 1 <= minor <= LARGEST_AMOUNT:
        raise InputError(
            f"An order of {amount} {currency} cannot be; give an amount above zero and at most"
            f" {money(LARGEST_AMOUNT, currency)}."
        )
    return minor


def parse_request(content: bytes) -> Any:
    """The request of a file; raises InputError saying which field is wrong and which was meant."""
    from pydantic import ValidationError

    from payrisk_api.requests.closest_field import closest_field
    from payrisk_api.requests.credit import DecisionBody

    try:
        return DecisionBody.model_validate_json(content)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        # a field that is missing is often the one that was misspelt
        first = min(faults, key=lambda fault: fault["type"] != "extra_forbidden")
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        what = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            meant = closest_field(DecisionBody, first["loc"])
            what = "there is no such field" + (f", perhaps '{meant}' is meant" if meant else "")
        what = what.removesuffix(".")
        raise InputError(
            f"The request cannot be used: {where} – {what}; `payrisk decide --example"
            " onboarding|limit|order` prints one to start from, and all fields are listed under"
            " POST /v1/credit/decisions in api/openapi.json."
        ) from None
