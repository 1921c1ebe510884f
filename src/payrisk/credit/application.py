"""What a company asks for: credit as a newcomer, the release of an order, a fresh look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from payrisk.errors import InputError

Kind = Literal["onboarding", "order_release", "limit_review"]


@dataclass(frozen=True)
class CreditApplication:
    """What an applicant says of itself. Money in minor units of `currency`; None = not said.

    `is_natural_person` unknown counts as yes. `parent_id` is the customer that heads its group.
    `monthly_sales` is the expected peak month net of VAT; days are since 1970-01-01.
    """

    name: str
    currency: str
    is_natural_person: bool | None = None
    country: str | None = None
    sector: str | None = None
    parent_id: str | None = None
    registration_number: str | None = None
    vat_number: str | None = None
    lei: str | None = None
    email: str | None = None
    website: str | None = None
    requested_limit: int | None = None
    requested_terms_days: int | None = None
    monthly_sales: int | None = None
    founded_on: int | None = None
    turnover: int | None = None
    net_worth: int | None = None
    financials_on: int | None = None
    bureau_score: float | None = None
    bureau_scored_on: int | None = None
    n_references: int | None = None


@dataclass(frozen=True)
class Order:
    """An order waiting for release; amount in minor units, gross as it will be invoiced."""

    amount: int
    currency: str
    order_id: str | None = None


@dataclass(frozen=True)
class CreditRequest:
    """One question to the house: an application, a customer's order, or a customer's limit.

    >>> CreditRequest(customer_id="C1", order=Order(50_000, "EUR")).kind
    'order_release'
    """

    application: CreditApplication | None = None
    customer_id: str | None = None
    order: Order | None = None

    def __post_init__(self) -> None:
        """Refuse a mixture; raises InputError."""
        if (self.application is None) == (self.customer_id is None) or (
            self.order is not None and self.customer_id is None
        ):
            raise InputError(
                "Ask with an application, with a customer_id, or with a customer_id and an order."
            )

    @property
    def kind(self) -> Kind:
        """Which of the three questions it is."""
        if self.application is not None:
            return "onboarding"
        return "limit_review" if self.order is None else "order_release"
