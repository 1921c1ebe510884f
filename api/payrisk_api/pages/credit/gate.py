"""What is said at the gate of an order: may its goods leave, and where was it asked again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payrisk.credit.explaining.clearance import CLEARANCES
from payrisk_api.deps import Service
from payrisk_api.pages.frame import Page
from payrisk_api.pages.frame.asking import document
from payrisk_api.requests.credit import DecisionsQuery
from payrisk_api.routes import credit

GATE_TONES = {"all": "good", "allowed": "good", "part": "warn"}
MOST_ASKED = 200


def gate_words(page: Page, clearance: Mapping[str, Any] | None) -> tuple[str, str] | None:
    """The sentence of a clearance in the reader's language, and how good it is."""
    if clearance is None:
        return None
    wording = page.wording
    values = {
        "amount": wording.money(clearance["amount"], clearance["currency"]),
        "ends_on": wording.date(clearance["ends_on"]),
        "decided_by": clearance["decided_by"],
    }
    code = clearance["code"]
    return wording(CLEARANCES[code], **values), GATE_TONES.get(code, "bad")


def asked_again(service: Service, decision: Mapping[str, Any]) -> dict[str, Any] | None:
    """The newest decision on the same order, by its number; None where this is it."""
    order = decision["inputs"].get("order")
    if order is None or not order["order_id"]:
        return None
    query = DecisionsQuery(
        customer_id=decision["customer_id"], kind="order_release", limit=MOST_ASKED
    )
    lines = document(credit.decisions(service, query))["decisions"]
    newest = next((line for line in lines if line["order_id"] == order["order_id"]), None)
    if newest is None or newest["decision_id"] == decision["decision_id"]:
        return None
    return dict(newest)
