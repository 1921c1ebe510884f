"""Whose decision it is, by name: a customer's, or what an applicant calls itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from payrisk_api.deps import Service


def names_today(service: Service) -> Mapping[str, str]:
    """The customers known this morning: id → name."""
    return service.live.current.customer_names(service.as_of(None))


def name_of(decision: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """The name a decision was asked for under."""
    customer = decision.get("customer_id")
    application = (decision.get("inputs") or {}).get("application") or {}
    return str(names.get(customer or "") or application.get("name") or customer or "–")


def named_lines(service: Service, lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Lines of a list of decisions, each with the name of who it is about."""
    names, made = names_today(service), []
    for line in lines:
        name = names.get(line["customer_id"] or "")
        if name is None:
            kept = service.store.get(line["decision_id"])
            name = "–" if kept is None else name_of(json.loads(kept.body), names)
        made.append({**line, "name": name})
    return made
