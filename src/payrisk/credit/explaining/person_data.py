"""The data of a person that a decision used: each with its name, value, source and date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from payrisk.languages import Wording, marked

FIELDS = {
    # stated by the applicant
    "name": marked("Name"),
    "country": marked("Country"),
    "sector": marked("Line of business"),
    "registration_number": marked("Registration number"),
    "vat_number": marked("VAT number"),
    "iban": marked("Bank account (IBAN)"),
    "email": marked("E-mail address"),
    "website": marked("Website address"),
    "delivery_country": marked("Country of delivery"),
    "requested_limit": marked("Credit asked for"),
    "requested_terms_days": marked("Days to pay asked for"),
    "monthly_sales": marked("Purchases expected a month"),
    "founded_on": marked("In business since"),
    "years_trading": marked("Years in business"),
    "n_employees": marked("Number of employees"),
    "n_references": marked("Number of trade references"),
    "turnover": marked("Yearly turnover"),
    "net_worth": marked("Net worth"),
    "address_mismatch": marked("Delivery elsewhere than the registered address"),
    # of others
    "bureau_score": marked("Score of the credit bureau"),
    "negative_press_on": marked("Negative news of"),
    "sanctions_hit_on": marked("Match on a sanctions list of"),
    # of our books
    "amount": marked("Order"),
    "open": marked("Owed to us"),
    "overdue": marked("Of it overdue beyond our days of grace"),
    "returned": marked("Payments that came back"),
    "n_settled": marked("Invoices paid so far"),
    "delay_days": marked("Days paid late on average"),
    "current_limit": marked("Credit limit so far"),
    "first_billed_on": marked("Customer since"),
}
"""Field → its name on a sheet."""

STATED, BOOKS, BUREAU, FIGURES, PRESS, LISTS = (
    "stated", "books", "bureau", "figures", "press", "lists",
)  # fmt: skip
SOURCES = {
    STATED: marked("you, in your request"),
    BOOKS: marked("our own books"),
    BUREAU: marked("a credit bureau"),
    FIGURES: marked("financial statements"),
    PRESS: marked("public news"),
    LISTS: marked("a public sanctions list"),
}
"""Where a datum comes from, in words."""

MONEY = frozenset(
    {
        *("requested_limit", "monthly_sales", "turnover", "net_worth"),
        *("open", "overdue", "returned", "current_limit", "amount"),
    }
)
DAYS = frozenset({"founded_on", "negative_press_on", "sanctions_hit_on", "first_billed_on"})
OF_BOOKS = (
    *("open", "overdue", "returned", "n_settled", "delay_days", "current_limit"),
    "first_billed_on",
)
DATED = {
    "bureau_score": (BUREAU, "bureau_scored_on"),
    "turnover": (FIGURES, "financials_on"),
    "net_worth": (FIGURES, "financials_on"),
    "negative_press_on": (PRESS, "negative_press_on"),
    "sanctions_hit_on": (LISTS, "sanctions_hit_on"),
}
"""Field of an application → its source, and the field that dates it."""


LANGUAGE_OF = {
    **dict.fromkeys(("DE", "AT", "LI"), "de"),
    **dict.fromkeys(("FR", "LU", "MC"), "fr"),
    **dict.fromkeys(("ES", "MX", "AR", "CL", "CO"), "es"),
    **dict.fromkeys(("IT", "SM"), "it"),
    **dict.fromkeys(("GR", "CY"), "el"),
    **dict.fromkeys(("PT", "BR"), "pt"),
    "NL": "nl",
    "PL": "pl",
    "DK": "da",
}
"""Country of a person → the language taken where none is named; elsewhere English."""


class UsedDatum(NamedTuple):
    """One datum of a person. on: the day it is of, as plain text; None: not dated."""

    field: str
    value: Any
    currency: str
    source: str
    on: str | None

    def said(self, wording: Wording) -> str:
        """The value as the reader's language writes it."""
        return localised_value(self.field, self.value, self.currency, wording)


def language_for(decision: Mapping[str, Any]) -> str:
    """The language of the person's country, as the decision knows it."""
    inputs = decision["inputs"]
    country = (inputs.get("application") or {}).get("country")
    return LANGUAGE_OF.get(str(country or inputs["account"].get("vat_country"))[:2], "en")


def used_data(decision: Mapping[str, Any]) -> Iterator[UsedDatum]:
    """Every datum of a stored decision that is on a sheet, in the order of FIELDS.

    What was not said or is nothing (no open invoice) is left out.
    """
    inputs, as_of = decision["inputs"], decision["as_of"]
    application = inputs.get("application") or {}
    order, account = inputs.get("order") or {}, inputs["account"]
    for name in FIELDS:
        if name in OF_BOOKS:
            if decision["customer_id"] and account.get(name):
                yield UsedDatum(name, account[name], account["currency"], BOOKS, as_of)
        elif name == "amount":
            if order:
                yield UsedDatum(name, order["amount"], order["currency"], STATED, as_of)
        elif application.get(name) is not None:
            source, dated_by = DATED.get(name, (STATED, ""))
            on = application.get(dated_by) or as_of
            yield UsedDatum(name, application[name], application["currency"], source, on)


def localised_value(name: str, value: Any, currency: str, wording: Wording) -> str:
    """A value of a field as the reader's language writes it."""
    if name in MONEY:
        return wording.money(value, currency)
    if name in DAYS:
        return wording.date(value)
    if isinstance(value, bool):
        return wording(marked("yes")) if value else wording(marked("no"))
    if isinstance(value, int | float):
        return wording.number(value, 1)
    return str(value)
