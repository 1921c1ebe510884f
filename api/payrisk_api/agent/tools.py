"""Tools: the reading routes an agent may ask, described by what the routes themselves take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

PLACE = re.compile(r"[^/\\?#%\x00-\x1f\x7f]{1,200}")
"""What may stand in the place of an id: nothing that would end it, once it is read back."""


@dataclass(frozen=True)
class Tool:
    """A question an agent may ask: its name, the route that answers it, and what it is for."""

    name: str
    path: str
    purpose: str


TOOLS = tuple(
    Tool(*words)
    for words in (
        ("aging", "/v1/receivables/aging", "What is owed to us and how late it is, on a day."),
        ("documents", "/v1/receivables/documents", "The invoices and credits behind the aging."),
        ("kpis", "/v1/receivables/kpis", "DSO and its family, with formula, unit and source."),
        ("who_moved_dso", "/v1/receivables/kpis/who-moved-dso", "Customers that moved the DSO."),
        ("customer", "/v1/credit/customers/{customer_id}", "One customer: risk, exposure, why."),
        ("group_owed", "/v1/credit/customers/{customer_id}/owed", "What a group owes in all."),
        ("decisions", "/v1/credit/decisions", "Credit decisions that were made, newest first."),
        (
            "explain_decision",
            "/v1/credit/decisions/{decision_id}/explanation",
            "Why a decision was what it was.",
        ),
        ("reviews", "/v1/credit/reviews", "Decisions that wait for a person."),
        ("cash_forecast", "/v1/cash/forecast", "The cash to come, with P10, P50 and P90."),
        ("liquidity", "/v1/cash/liquidity", "How likely cash by a day is below a need."),
        ("models", "/v1/models", "Which models answer, how good they are, and until when."),
    )
)
"""At most twelve, each of which only reads."""


def input_schema(document: Mapping[str, Any], tool: Tool) -> dict[str, Any]:
    """What a tool takes, as JSON Schema: the parameters that its route documents."""
    parameters = document["paths"][tool.path]["get"].get("parameters", ())
    shown = [each for each in parameters if each["in"] in ("path", "query")]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            each["name"]: each["schema"]
            | ({"description": each["description"]} if "description" in each else {})
            for each in shown
            if each["name"] != "format"
        },
        "required": [each["name"] for each in shown if each.get("required")],
    }


def address(tool: Tool, schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """The address a call asks; raises ValueError for an argument that is not the tool's.

    An argument is a value in the address and can never be more of it.
    """
    unknown = sorted(set(arguments) - set(schema["properties"]))
    missing = sorted(set(schema["required"]) - set(arguments))
    if unknown or missing:
        what = f"does not take '{unknown[0][:50]}'" if unknown else f"needs '{missing[0]}'"
        raise ValueError(f"The tool {tool.name} {what}.")
    path, query = tool.path, []
    for name, value in arguments.items():
        values = value if isinstance(value, list) else [value]
        if any(isinstance(each, (dict, list)) for each in values):
            raise ValueError(f"'{name}' is a plain value.")
        words = [str(each).lower() if isinstance(each, bool) else str(each) for each in values]
        if f"{{{name}}}" in path:
            if len(words) != 1 or not PLACE.fullmatch(words[0]) or not words[0].strip("."):
                raise ValueError(f"'{name}' names nothing.")
            path = path.replace(f"{{{name}}}", quote(words[0], safe=""))
        else:
            query += [(name, word) for word in words]
    return path + (f"?{urlencode(query)}" if query else "")
