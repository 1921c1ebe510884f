"""One customer as a person who decides wants to see it: risk, exposure, behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payrisk.answers.credit.prepared_decision import NOTHING, PreparedDecision
from payrisk.calendar import iso_or_none


def customer(
    prepared: PreparedDecision,
    own: Mapping[str, int] = NOTHING,
    others: Mapping[str, int] = NOTHING,
) -> dict[str, Any]:
    """What is known of a customer as plain values; money in minor units of `currency`.

    prepared: of the review of its limit; own and others: what released orders hold, by currency.
    """
    decision = prepared.decide(own, others, with_counterfactuals=False)
    here = prepared.account.currency
    account = prepared.account.with_reserved(own.get(here, 0), others.get(here, 0))
    said = decision.to_json()
    return {
        "customer_id": account.customer_id,
        "as_of": said["as_of"],
        "ledger_sha": said["ledger_sha"],
        "model_versions": said["model_versions"],
        "is_natural_person": account.is_natural_person,
        "currency": account.currency,
        "risk": said["risk"],
        "score": said["score"],
        "why_no_risk": said["why_no_risk"],
        "exposure": {
            "open": account.open,
            "orders": account.orders,
            "reserved": account.reserved,
            "unapplied": account.unapplied,
            "insured": account.insured,
            "total": account.exposure,
            "limit": account.current_limit,
            "headroom": said["limit"]["headroom"],
            "group": {
                "members": list(prepared.group),
                "others": account.group_exposure,
                "total": account.group_exposure + account.exposure,
            },
            "foreign_currencies": said["inputs"]["account"]["foreign_currencies"],
        },
        "behaviour": {
            "terms_days": account.terms_days,
            "delay_days": account.delay_days,
            "open": account.open,
            "overdue": account.overdue,
            "monthly_sales": account.monthly_sales,
            "n_settled": account.n_settled,
            "n_invoices_seen": 0 if decision.risk is None else decision.risk.n_invoices_seen,
            "first_billed_on": iso_or_none(account.first_billed_on),
        },
        "reviewed": {
            "outcome": decision.outcome,
            "limit": said["limit"],
            "reasons": said["reasons"],
            "flags": said["flags"],
        },
    }
