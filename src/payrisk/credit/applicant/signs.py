"""Signs of an application that customers share who mean to buy much and pay nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping

from payrisk.credit.applicant.application import CreditApplication
from payrisk.errors import InputError
from payrisk.ledger import History


def warning_signs(application: CreditApplication) -> tuple[str, ...]:
    """The signs an application shows; what it does not say is no sign."""
    signs = {
        "free_email": application.mail_kind == "free",
        "address_mismatch": bool(application.is_delivered_elsewhere),
        "bank_elsewhere": bool(application.is_banked_elsewhere),
        "vat_missing": application.vat_number is None and application.has_vat is False,
        "no_references": application.n_references == 0,
    }
    return tuple(code for code, is_shown in signs.items() if is_shown)


class KnownApplications:
    """The latest application of each customer that is known one morning, read when asked for."""

    def __init__(self, history: History, renamed: Mapping[str, str]) -> None:
        """renamed: former id of a customer → the id it goes by now."""
        table = history.known_rows("applications")
        table = table[table["customer_id"].notna() & (table["applied_on"] <= history.close_of)]
        table = table.sort_values(["applied_on", "application_id"], kind="stable")
        rows = zip(table["customer_id"], table["applied_on"], table["fields"], strict=True)
        self._latest = {
            renamed.get(str(customer), str(customer)): (int(day), str(fields))
            for customer, day, fields in rows
        }

    def n_signs(self, customer_id: str) -> int | None:
        """How many signs the customer's application shows; None where none can be read."""
        latest = self._latest.get(customer_id)
        if latest is None:
            return None
        applied_on, text = latest
        try:
            application = CreditApplication.of_fields(json.loads(text), applied_on, customer_id)
        except (InputError, ValueError, TypeError, AttributeError):
            return None
        return len(warning_signs(application))
