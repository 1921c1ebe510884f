"""Credit questions as a person types them: a file, an example, or a customer and an order."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

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


def read(file: Path) -> bytes:
    """The bytes of a request's file, of stdin for '-'; raises InputError."""
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"'{file}' cannot be read ({error.strerror}); check the path.") from None


def typed(customer_id: str, order: tuple[str, str] | None, order_id: str | None) -> bytes:
    """The file that asks what was typed: a customer's limit, or an order of AMOUNT CURRENCY."""
    body: dict[str, Any] = {"customer_id": customer_id}
    if order is not None:
        amount, currency = order[0], order[1].upper()
        body["order"] = {"amount": _order_amount(amount, currency), "currency": currency}
        if order_id is not None:
            body["order"]["order_id"] = order_id
    elif order_id is not None:
        raise InputError("--order-id names an order; give its amount too: --order 5000 EUR.")
    return json.dumps(body, sort_keys=True).encode()


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


def body_of(content: bytes) -> Any:
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
