"""The explanation of a decision, made from the stored decision alone, years later too."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from payrisk.credit.explaining.adverse_action import adverse_action_notice
from payrisk.credit.reasons.model_reasons import reason_of
from payrisk.credit.reasons.policy_reasons import REASONS

SLACK = 1e-9
"""How far the contributions may be from the score they add up to."""


def explain_decision(body: Mapping[str, Any]) -> dict[str, Any]:
    """The explanation of a stored decision (`CreditDecision.to_json`, more keys allowed).

    bound_by: what decided, in order, without the causes of the risk. score: the log-odds of
    default, every signed contribution under its code of the dictionary, heaviest first, and
    whether they add up to the score. limit: every measure and the one that binds. Then flags,
    what would clear the outcome, verified counterfactuals, the words for the applicant, and
    what the decision stood on. Pure: the same body gives the same explanation, with no model,
    ledger or policy at hand.
    """
    return {
        "decision_id": body.get("decision_id"),
        "kind": body["kind"],
        "outcome": body["outcome"],
        "as_of": body["as_of"],
        "bound_by": [
            _reason_row(reason) for reason in body["reasons"] if _is_of_policy(reason, body)
        ],
        "risk": _risk(body),
        "limit": dict(body["limit"]),
        "terms": body["terms"],
        "release": body["release"],
        "expected_profit": body["expected_profit"],
        "profit": body["profit"],
        "break_even_probability": body["break_even_probability"],
        "flags": [dict(flag) for flag in body["flags"]],
        "clears": list(body["clears"]),
        "counterfactuals": [dict(other) for other in body["counterfactuals"]],
        "adverse_action": adverse_action_notice(body),
        "inputs": body["inputs"],
        "basis": {
            name: body[name]
            for name in (
                "ledger_sha",
                "ledger_last_on",
                "model_versions",
                "out_of_range",
                "why_no_risk",
                "policy_id",
                "policy_sha",
            )
        },
    }


def _is_of_policy(reason: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    flags = {flag["code"] for flag in body["flags"]}
    return reason["code"] in REASONS or reason["code"] in flags


def _reason_row(reason: Mapping[str, Any]) -> dict[str, Any]:
    return {name: reason[name] for name in ("code", "text", "source", "dated_on")}


def _risk(body: Mapping[str, Any]) -> dict[str, Any] | None:
    risk = body["risk"]
    if risk is None:
        return None
    contributions = sorted(risk["contributions"], key=lambda part: -abs(part["contribution"]))
    rows = [
        {"reason": _dictionary_code(part["code"]), **part, "is_adverse": part["contribution"] > 0}
        for part in contributions
    ]
    total = math.fsum(row["contribution"] for row in rows)
    score = body["score"]
    return {
        **{name: value for name, value in risk.items() if name != "contributions"},
        "score": score,
        "contributions": rows,
        "sum": total,
        "adds_up": score is not None and abs(total - score) <= SLACK,
    }


def _dictionary_code(name: str) -> str:
    entry = reason_of(name)
    return name if entry is None else entry.code
