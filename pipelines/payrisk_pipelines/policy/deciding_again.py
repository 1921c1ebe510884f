"""One past application decided again: by the policy in force, and by a candidate beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from payrisk.answers import Answers, PreparedDecision
from payrisk.answers.champions import Champion, gate_verdict, training_morning
from payrisk.credit import (
    Account,
    CreditApplication,
    CreditDecision,
    CreditPolicy,
    CreditRequest,
    red_flags,
)

OUTCOMES = ("approve", "approve_with_protection", "refer", "decline")
Decide = Callable[[CreditRequest, int], CreditDecision]
"""Decides an application as of a morning, by the policy in force."""


def prepare_past_decision(house: Answers, request: CreditRequest, as_of: int) -> PreparedDecision:
    """A past question with the models of today, their gates' verdicts standing as on their cards.

    A model that learnt from later days decides nothing by itself; a replay asks it all the same,
    and marks the period.
    """
    prepared = house.prepare_decision(request, as_of=as_of)
    verdicts = {name: gate_verdict(c.card) for name, c in sorted(house.champions.items())}
    return replace(prepared, basis=replace(prepared.basis, verdicts=verdicts))


def latest_trained_as_of(champions: Mapping[str, Champion]) -> int | None:
    """The latest morning that any of the models was trained as of; None where none says."""
    days = [training_morning(champion.card) for champion in champions.values()]
    return max((day for day in days if day is not None), default=None)


def replayed_decision_row(
    current: CreditPolicy,
    candidate: CreditPolicy,
    row: Mapping[str, Any],
    fields: Mapping[str, Any],
    ask: Decide,
) -> dict[str, Any]:
    """What the policy in force and the candidate decide on one application, as a row."""
    applied_on = int(row["applied_on"])
    application = CreditApplication.of_fields(fields, applied_on, str(row["application_id"]))
    request = CreditRequest(application=application)
    first = ask(request, applied_on)
    second = first if candidate.sha == current.sha else _again(current, candidate, request, first)
    decided: dict[str, Any] = {}
    for name, policy, decision in (("current", current, first), ("candidate", candidate, second)):
        protection = "none" if decision.terms is None else decision.terms.protection
        decided[name] = decision.outcome
        decided[f"{name}_limit"] = decision.limit.granted or 0
        decided[f"{name}_unsecured"] = 1.0 - policy.protections.secured_rate(protection)
    customer = row["customer_id"]
    return {
        "application_id": row["application_id"],
        "customer_id": customer if isinstance(customer, str) else None,
        "applied_on": applied_on,
        "currency": application.currency,
        "decided_then": row["decision"] if isinstance(row["decision"], str) else "unknown",
        **decided,
    }


def _again(
    current: CreditPolicy,
    candidate: CreditPolicy,
    request: CreditRequest,
    first: CreditDecision,
) -> CreditDecision:
    """What the candidate makes of the same risk, books and morning."""
    application = request.application
    assert application is not None
    account = Account.for_application(
        application,
        group_exposure=first.inputs["account"]["group_exposure"],
        default_terms_days=candidate.default_terms_days,
        vat_rate=first.inputs["account"]["vat_rate"],
    )
    known = ("house_rate", "house_rate_text") if candidate.house == current.house else ()
    account = replace(account, **{name: first.inputs["account"][name] for name in known})
    flags = red_flags(application, first.basis.as_of, candidate.flags)
    return candidate.decide(request, account, first.risk, flags, first.basis)


def fields_of(text: object) -> dict[str, Any] | None:
    """The fields of a kept application; None where they cannot be read."""
    try:
        fields = json.loads(str(text))
    except ValueError:
        return None
    return fields if isinstance(fields, dict) and fields.get("currency") else None
