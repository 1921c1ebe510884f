"""What a company asks for: credit as a newcomer, the release of an order, a fresh look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from payrisk.credit.applicant.order import Order
from payrisk.errors import InputError

Kind = Literal["onboarding", "order_release", "limit_review"]
EmailDomain = Literal["own", "free", "none"]

YEAR = 365.25

PERSONAL = (
    "name",
    "registration_number",
    "registry_name",
    "vat_number",
    "lei",
    "email",
    "website",
    "iban",
)
"""Fields of an application that may name a person; what is decided needs only what they show."""

FREE_MAIL = frozenset({
    "aol.com", "bluewin.ch", "bol.com.br", "free.fr", "freenet.de", "gmail.com", "gmx.at",
    "gmx.ch", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com", "laposte.net",
    "libero.it", "live.com", "mail.com", "mail.ru", "msn.com", "orange.fr", "outlook.com",
    "outlook.de", "proton.me", "protonmail.com", "qq.com", "t-online.de", "terra.com.br",
    "uol.com.br", "virgilio.it", "web.de", "wp.pl", "yahoo.co.uk", "yahoo.com", "yahoo.de",
    "yandex.ru", "ymail.com",
})  # fmt: skip
"""Domains at which anybody gets an address."""


@dataclass(frozen=True)
class CreditApplication:
    """What an applicant says of itself. Money in minor units of `currency`; None = not said.

    `is_natural_person` unknown counts as yes. `parent_id` is the customer that heads its group.
    `country` is where it is registered, `registry_name` the name the register knows under its
    number. `monthly_sales` is the expected peak month net of VAT; days are since 1970-01-01.

    `email_domain`, `has_vat`, `has_website` and `bank_country_mismatch` say what an e-mail
    address, a VAT number, a website and an IBAN showed where these themselves are not held (any
    longer): an application of the past, or one whose personal data were erased.
    """

    name: str
    currency: str
    is_natural_person: bool | None = None
    country: str | None = None
    sector: str | None = None
    parent_id: str | None = None
    registration_number: str | None = None
    registry_name: str | None = None
    registry_checked_on: int | None = None
    vat_number: str | None = None
    lei: str | None = None
    iban: str | None = None
    email: str | None = None
    website: str | None = None
    delivery_country: str | None = None
    address_mismatch: bool | None = None
    requested_limit: int | None = None
    requested_terms_days: int | None = None
    monthly_sales: int | None = None
    founded_on: int | None = None
    years_trading: float | None = None
    n_employees: int | None = None
    turnover: int | None = None
    net_worth: int | None = None
    financials_on: int | None = None
    bureau_score: float | None = None
    bureau_scored_on: int | None = None
    n_references: int | None = None
    negative_press_on: int | None = None
    negative_press_source: str | None = None
    sanctions_hit_on: int | None = None
    sanctions_list: str | None = None
    email_domain: EmailDomain | None = None
    has_vat: bool | None = None
    has_website: bool | None = None
    bank_country_mismatch: bool | None = None

    def age_years(self, as_of: int) -> float | None:
        """Years since founding, as said or as the day of founding shows; None = not known."""
        if self.founded_on is not None:
            return max(0.0, round((as_of - self.founded_on) / YEAR, 2))
        return self.years_trading

    @property
    def mail_kind(self) -> EmailDomain | None:
        """Whether the e-mail address is of a domain of its own or one that anybody gets.

        >>> CreditApplication("X", "EUR", email="x@gmx.de").mail_kind
        'free'
        """
        domain = mail_domain(self.email)
        if domain is None:
            return self.email_domain
        return "free" if domain in FREE_MAIL else "own"

    @property
    def is_banked_elsewhere(self) -> bool | None:
        """Whether the bank is in another country than the company; None = not known."""
        if self.iban is None or self.country is None:
            return self.bank_country_mismatch
        return self.iban.strip()[:2].upper() != self.country[:2]

    @property
    def is_delivered_elsewhere(self) -> bool | None:
        """Whether goods or post go to another place than the registered one; None = not known."""
        if self.address_mismatch is not None:
            return self.address_mismatch
        if self.delivery_country is None or self.country is None:
            return None
        return self.delivery_country[:2] != self.country[:2]

    def fields(self, as_of: int) -> dict[str, Any]:
        """What a model of applicants may see, as one flat row; None where it was not said.

        Negative press counts if it was known by `as_of`. A contact that is not given is said to
        be missing: an applicant was asked for it.
        """
        press = self.negative_press_on
        return {
            "currency": self.currency,
            "country": self.country,
            "sector": self.sector,
            "is_natural_person": self.is_natural_person,
            "turnover": self.turnover,
            "net_worth": self.net_worth,
            "requested_limit": self.requested_limit,
            "expected_monthly_sales": self.monthly_sales,
            "requested_terms_days": self.requested_terms_days,
            "years_trading": self.age_years(as_of),
            "n_employees": self.n_employees,
            "bureau_score": self.bureau_score,
            "n_references": self.n_references,
            "email_domain": self.mail_kind or "none",
            "has_vat": self.vat_number is not None or self.has_vat is True,
            "has_website": self.website is not None or self.has_website is True,
            "address_mismatch": self.is_delivered_elsewhere,
            "bank_country_mismatch": self.is_banked_elsewhere,
            "negative_press": press is not None and press < as_of,
        }

    @classmethod
    def of_fields(cls, fields: Mapping[str, Any], applied_on: int, name: str) -> CreditApplication:
        """An application of the past from its flat fields, as known on the morning `applied_on`.

        What stood in it undated (bureau score, figures, press) is of the day before. Raises
        InputError without a currency.
        """
        if not fields.get("currency"):
            raise InputError(f"The application {name} names no currency; add it to its fields.")
        names = (
            "country", "sector", "is_natural_person", "turnover", "net_worth", "requested_limit",
            "requested_terms_days", "years_trading", "n_employees", "bureau_score",
            "n_references", "email_domain", "has_vat", "has_website", "address_mismatch",
            "bank_country_mismatch", "delivery_country", "parent_id",
        )  # fmt: skip
        before = applied_on - 1
        has_figures = fields.get("turnover") is not None or fields.get("net_worth") is not None
        return cls(
            name,
            fields["currency"],
            monthly_sales=fields.get("expected_monthly_sales"),
            bureau_scored_on=None if fields.get("bureau_score") is None else before,
            financials_on=before if has_figures else None,
            negative_press_on=before if fields.get("negative_press") else None,
            **{key: fields.get(key) for key in names},
        )


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


def mail_domain(email: str | None) -> str | None:
    """The domain of an e-mail address in lower case; None without one."""
    return ((email or "").rpartition("@")[2].strip(".").lower() or None) if email else None
