"""Orders that were held and that nobody released since: the last answer of each counts."""

from __future__ import annotations

import json
from typing import Any

from payrisk_api.deps import Service
from payrisk_api.naming import name_of, names_today
from payrisk_api.pages.frame.asking import document
from payrisk_api.requests.credit import DecisionsQuery
from payrisk_api.routes import credit

MOST_LOOKED_AT = 200


def held_orders(service: Service) -> list[dict[str, Any]]:
    """Lines of `/v1/credit/decisions`, newest first, each with its customer's name and why.

    An order without a number of its own stands for itself. Of the last orders alone.
    """
    query = DecisionsQuery(kind="order_release", limit=MOST_LOOKED_AT)
    names, seen, held = names_today(service), set(), []
    for line in document(credit.decisions(service, query))["decisions"]:
        order = line["customer_id"], line["order_id"] or line["decision_id"]
        if order in seen:
            continue
        seen.add(order)
        kept = service.store.get(line["decision_id"])
        decision = None if kept is None else json.loads(kept.body)
        if decision is None or line["overridden_to"] is not None:
            continue
        if decision["release"] and decision["release"]["action"] == "hold":
            why = decision["reasons"][0]["text"] if decision["reasons"] else ""
            held.append({**line, "name": name_of(decision, names), "why": why})
    return held
