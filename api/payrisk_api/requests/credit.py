"""What may be asked of credit decisions: applications, orders, overrides and what-ifs."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from payrisk.calendar import day_of
from payrisk.credit import CreditApplication, CreditRequest, Order, Security
from payrisk.credit.applicant.application import Kind
from payrisk.credit.applicant.order import SecurityKind
from payrisk.credit.rules.decision import Outcome
from payrisk_api.requests.request_model import (
    Amount,
    Country,
    Currency,
    Date,
    Format,
    Identifier,
    RequestModel,
    SignedAmount,
    Text,
    with_minor_units,
)

MOST_WHAT_IFS = 10

AMOUNTS = ("requested_limit", "monthly_sales", "turnover", "net_worth")
"""What an application says in money, in its currency."""
ShortText = Annotated[Text, Field(max_length=200)]
Days = Annotated[int, Field(strict=True, ge=0, le=730)]
Truth = Annotated[bool, Field(strict=True)]
Cursor = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{1,15}$")]


class StatedBody(RequestModel):
    """What an applicant may say of itself; what is unknown is left out."""

    name: Identifier | None = None
    currency: Currency | None = None
    is_natural_person: Annotated[
        bool | None, Field(strict=True, description="Left out counts as yes.")
    ] = None
    country: Country | None = None
    delivery_country: Country | None = None
    sector: ShortText | None = None
    parent_id: Annotated[
        Identifier | None, Field(description="The customer that heads its group.")
    ] = None
    registration_number: ShortText | None = None
    registry_name: Annotated[
        ShortText | None, Field(description="The name the register knows under that number.")
    ] = None
    registry_checked_on: Date | None = None
    vat_number: ShortText | None = None
    lei: ShortText | None = None
    iban: ShortText | None = None
    email: ShortText | None = None
    website: ShortText | None = None
    address_mismatch: Truth | None = None
    requested_limit: Amount | None = None
    requested_terms_days: Days | None = None
    monthly_sales: Annotated[
        Amount | None, Field(description="Expected in the peak month, net of VAT.")
    ] = None
    founded_on: Date | None = None
    years_trading: Annotated[
        float | None,
        Field(strict=True, ge=0, le=1_000, description="Where the day of founding is unknown."),
    ] = None
    n_employees: Annotated[int | None, Field(strict=True, ge=0, le=10_000_000)] = None
    turnover: Annotated[Amount | None, Field(description="Of the last year.")] = None
    net_worth: SignedAmount | None = None
    financials_on: Annotated[Date | None, Field(description="Day the figures speak of.")] = None
    bureau_score: Annotated[float | None, Field(strict=True, ge=-1e6, le=1e6)] = None
    bureau_scored_on: Date | None = None
    n_references: Annotated[int | None, Field(strict=True, ge=0, le=1_000)] = None
    negative_press_on: Date | None = None
    negative_press_source: ShortText | None = None
    sanctions_hit_on: Date | None = None
    sanctions_list: ShortText | None = None


class ApplicationBody(StatedBody):
    """What an applicant says of itself; what is unknown is left out."""

    name: Identifier
    currency: Currency

    @model_validator(mode="before")
    @classmethod
    def _in_minor_units(cls, fields: Any) -> Any:
        currency = fields.get("currency") if isinstance(fields, dict) else None
        return with_minor_units(fields, AMOUNTS, currency)

    def application(self, change: StatedBody | None = None) -> CreditApplication:
        """Make the library's application of it, with what a what-if changes; dates as days."""
        fields = self.model_dump()
        if change is not None:
            fields |= change.model_dump(exclude_unset=True)
        days = {name: day_of(v) for name, v in fields.items() if isinstance(v, dt.date)}
        return CreditApplication(**(fields | days))


class WhatIfBody(StatedBody):
    """What an applicant might say instead; only the fields given change."""

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        fixed = ("name", "currency")
        if any(name in self.model_fields_set and getattr(self, name) is None for name in fixed):
            raise ValueError("name and currency cannot be taken away")
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        return self

    def changed_fields(self) -> dict[str, Any]:
        """The fields it changes, as plain values."""
        return self.model_dump(mode="json", exclude_unset=True)


PARTS = ("delivered", "made_to_order", "down_payment")
"""Parts of an order, in its currency."""


class SecurityBody(RequestModel):
    """Somebody else's promise to pay for an order, in the order's currency."""

    kind: SecurityKind
    amount: Annotated[Amount, Field(ge=1)]
    expires_on: Annotated[Date, Field(description="The last day on which it can be drawn.")]


class OrderBody(RequestModel):
    """An order waiting for release."""

    amount: Annotated[Amount, Field(ge=1, description="Gross, as it will be invoiced.")]
    currency: Currency
    order_id: Annotated[
        Identifier | None,
        Field(description="As the ledger will name it: then it stops holding headroom."),
    ] = None
    requested_on: Annotated[
        Date | None, Field(description="The day delivery is asked for; left out: now.")
    ] = None
    delivered: Annotated[
        Amount, Field(description="Of it, what has left already and is not invoiced.")
    ] = 0
    made_to_order: Annotated[Amount, Field(description="Of it, what nobody else would take.")] = 0
    down_payment: Annotated[
        Amount,
        Field(description="Of it, what is paid before delivery and not in the ledger yet."),
    ] = 0
    securities: Annotated[list[SecurityBody], Field(max_length=10, default_factory=list)]

    @model_validator(mode="before")
    @classmethod
    def _in_minor_units(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        currency, securities = fields.get("currency"), fields.get("securities")
        if isinstance(securities, list):
            pays = [with_minor_units(each, ("amount",), currency) for each in securities]
            fields = fields | {"securities": pays}
        return with_minor_units(fields, ("amount", *PARTS), currency)

    @model_validator(mode="after")
    def _holds_its_parts(self) -> Self:
        for name in PARTS:
            if getattr(self, name) > self.amount:
                raise ValueError(f"{name} is a part of the order, not more than its amount")
        return self

    def order(self) -> Order:
        """Make the library's order of it; dates as days."""
        fields = self.model_dump(exclude={"securities", "requested_on"})
        requested = None if self.requested_on is None else day_of(self.requested_on)
        securities = tuple(
            Security(each.kind, each.amount, day_of(each.expires_on)) for each in self.securities
        )
        return Order(**fields, requested_on=requested, securities=securities)


class DecisionBody(RequestModel):
    """An application, or a customer (its limit), or a customer and an order (its release)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "application": {
                        "name": "Muster GmbH",
                        "currency": "EUR",
                        "is_natural_person": False,
                        "requested_limit": 2_000_000,
                        "monthly_sales": 1_000_000,
                        "net_worth": 60_000_000,
                        "turnover": 400_000_000,
                    }
                },
                {"customer_id": "C0001", "order": {"amount": 125_000, "currency": "EUR"}},
            ]
        }
    )

    application: ApplicationBody | None = None
    customer_id: Identifier | None = None
    order: OrderBody | None = None

    @model_validator(mode="after")
    def _is_one_question(self) -> Self:
        is_mixed = (self.application is None) == (self.customer_id is None)
        if is_mixed or (self.order is not None and self.customer_id is None):
            raise ValueError("send an application, a customer_id, or a customer_id and an order")
        return self

    def request(self, change: StatedBody | None = None) -> CreditRequest:
        """Make the library's request of it."""
        order = self.order
        return CreditRequest(
            None if self.application is None else self.application.application(change),
            self.customer_id,
            None if order is None else order.order(),
        )


class PreviewBody(DecisionBody):
    """A question whose answer is not kept, and what the applicant might say instead."""

    what_ifs: Annotated[list[WhatIfBody], Field(max_length=MOST_WHAT_IFS, default_factory=list)]

    @model_validator(mode="before")
    @classmethod
    def _what_ifs_in_minor_units(cls, fields: Any) -> Any:
        application = fields.get("application") if isinstance(fields, dict) else None
        if not isinstance(application, dict) or not isinstance(fields.get("what_ifs"), list):
            return fields
        currency = application.get("currency")
        what_ifs = [
            with_minor_units(change, AMOUNTS, change.get("currency", currency))
            if isinstance(change, dict)
            else change
            for change in fields["what_ifs"]
        ]
        return fields | {"what_ifs": what_ifs}

    @model_validator(mode="after")
    def _asks_what_can_be_changed(self) -> Self:
        if self.what_ifs and self.application is None:
            raise ValueError("what_ifs change an application; send one")
        return self


class DecisionsQuery(RequestModel):
    """Which decisions, newest first."""

    cursor: Annotated[
        Cursor | None, Field(description="`next_cursor` of the page before; absent: the newest.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    customer_id: Identifier | None = None
    kind: Kind | None = None
    outcome: Outcome | None = None
    since: Annotated[Date | None, Field(description="Decided on this day (UTC) or later.")] = None
    until: Annotated[Date | None, Field(description="Decided on this day (UTC) or earlier.")] = (
        None
    )
    format: Annotated[
        Format,
        Field(description="json, or all that fit as a file for spreadsheets, with names."),
    ] = "json"
