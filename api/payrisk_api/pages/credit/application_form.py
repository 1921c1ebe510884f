"""The form of an application: its fields, and what was typed in them as a request or as faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

from payrisk.errors import InputError
from payrisk.languages import Wording, marked
from payrisk.money import is_currency
from payrisk_api.pages.frame.form import typed_cents, typed_number
from payrisk_api.requests.credit import PreviewBody

Kind = Literal["text", "amount", "date", "number", "truth", "email", "url"]


@dataclass(frozen=True)
class AskedField:
    """A field of the form: its name in the API's request, its label, and how it is typed."""

    name: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    required: bool = False


FIELDSETS: tuple[tuple[str, tuple[AskedField, ...]], ...] = (
    (
        marked("Who asks"),
        (
            AskedField("name", marked("Name of the company"), required=True),
            AskedField("country", marked("Country"), hint=marked("Two letters, such as DE")),
            AskedField("is_natural_person", marked("Natural person"), "truth"),
            AskedField("registration_number", marked("Registration number")),
            AskedField("vat_number", marked("VAT number")),
            AskedField("sector", marked("Sector")),
            AskedField("parent_id", marked("Head of its group"), hint=marked("A customer’s id")),
        ),
    ),
    (
        marked("What is asked for"),
        (
            AskedField("currency", marked("Currency"), required=True),
            AskedField("requested_limit", marked("Limit"), "amount"),
            AskedField("requested_terms_days", marked("Days to pay"), "number"),
            AskedField("monthly_sales", marked("Sales of the peak month, without VAT"), "amount"),
        ),
    ),
    (
        marked("Figures"),
        (
            AskedField("turnover", marked("Turnover of the last year"), "amount"),
            AskedField("net_worth", marked("Net worth"), "amount"),
            AskedField("financials_on", marked("Day of these figures"), "date"),
            AskedField("founded_on", marked("Founded on"), "date"),
            AskedField("n_employees", marked("Employees"), "number"),
        ),
    ),
    (
        marked("Checks"),
        (
            AskedField("bureau_score", marked("Score of the credit bureau"), "number"),
            AskedField("bureau_scored_on", marked("Scored on"), "date"),
            AskedField("n_references", marked("Trade references"), "number"),
            AskedField("email", marked("E-mail"), "email"),
            AskedField("website", marked("Website")),
            AskedField("iban", marked("IBAN")),
            AskedField("address_mismatch", marked("Address differs from the register"), "truth"),
            AskedField("negative_press_on", marked("Negative press of"), "date"),
            AskedField("sanctions_hit_on", marked("Hit on a sanctions list of"), "date"),
        ),
    ),
)
FIELDS = tuple(entry for _, entries in FIELDSETS for entry in entries)
WRONG = marked("This does not have the form that is asked for.")
NEEDED = marked("This is needed.")
NO_CURRENCY = marked("Write the three letters of a currency, such as EUR.")


@dataclass
class TypedApplication:
    """What was typed: as a request where it is one, else what is wrong with which field."""

    values: dict[str, str]
    faults: dict[str, str] = field(default_factory=dict)
    body: PreviewBody | None = None

    @property
    def is_begun(self) -> bool:
        """Whether name and currency, which every application needs, are there."""
        return bool(self.values.get("name") and self.values.get("currency"))


def read_application(form: Mapping[str, str], wording: Wording) -> TypedApplication:
    """Read the form; what is left empty is left out of the request."""
    typed = TypedApplication({entry.name: form.get(entry.name, "") for entry in FIELDS})
    currency = typed.values["currency"] = typed.values["currency"].upper()
    if currency and not is_currency(currency):
        typed.faults["currency"] = wording(NO_CURRENCY)
    fields: dict[str, Any] = {}
    for entry in FIELDS:
        text = typed.values[entry.name]
        if not text:
            if entry.required:
                typed.faults[entry.name] = wording(NEEDED)
            continue
        try:
            fields[entry.name] = _value(entry, text, currency, wording)
        except (InputError, ValueError) as error:
            is_said = isinstance(error, InputError)
            typed.faults[entry.name] = str(error) if is_said else wording(WRONG)
    if not typed.faults:
        try:
            typed.body = PreviewBody.model_validate({"application": fields})
        except ValidationError as error:
            places = {str(fault["loc"][-1]) for fault in error.errors()}
            typed.faults = {place: wording(WRONG) for place in places}
    return typed


def _value(entry: AskedField, text: str, currency: str, wording: Wording) -> Any:
    if entry.kind == "amount":
        return typed_cents(text, currency, wording)
    if entry.kind == "number":
        number = float(typed_number(text, wording))
        return number if entry.name == "bureau_score" else _whole(number)
    if entry.kind == "truth":
        return text == "yes"
    return text.upper() if entry.name in ("country", "currency") else text


def _whole(number: float) -> int:
    if number != int(number):
        raise ValueError("not whole")
    return int(number)
