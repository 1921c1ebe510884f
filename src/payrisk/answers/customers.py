"""One customer as a person who decides wants to see it: risk, exposure, behaviour."""

from __future__ import annotations

from typing import Any

from payrisk.answers.credit.prepared_decision import NOTHING_HELD, PreparedDecision
from payrisk.calendar import iso_or_none
from payrisk.credit.deciding.records import HeldHeadroom
from payrisk.credit.weighing.granting import group_headroom


def customer_view(prepared: PreparedDecision, held: HeldHeadroom = NOTHING_HELD) -> dict[str, Any]:
    """What is known of a customer as plain values; money in minor units of `currency`.

    prepared: of the review of its limit; held: what released orders hold of its headroom.
    """
    decision = prepared.decide(held, with_counterfactuals=False)
    account = prepared.account_with_held_headroom(held)
    body = decision.to_json()
    amounts = prepared.policy.amounts_in(account)
    return {
        "customer_id": account.customer_id,
        "as_of": body["as_of"],
        "ledger_sha": body["ledger_sha"],
        "model_versions": body["model_versions"],
        "is_natural_person": account.is_natural_person,
        "currency": account.currency,
        "risk": body["risk"],
        "score": body["score"],
        "why_no_risk": body["why_no_risk"],
        "exposure": {
            "open": account.open,
            "orders": account.orders,
            "reserved": account.reserved,
            "unapplied": account.unapplied,
            "recourse": account.recourse,
            "disputed": account.disputed,
            "total": account.exposure,
            "insured": account.insured,
            "own_risk": account.own_risk,
            "insurer_limit": account.insurer_limit,
            "cover_ends_on": iso_or_none(account.cover_ends_on),
            "cover_stopped_by": account.cover_stopped_by,
            "limit": account.current_limit,
            "headroom": None if amounts is None else group_headroom(amounts, account),
            "group": {
                "members": list(prepared.group),
                "others": account.group_exposure,
                "total": account.group_exposure + account.exposure,
                "limit": account.group_limit,
                "risk": body["inputs"].get("group"),
            },
            "foreign_currencies": body["inputs"]["account"]["foreign_currencies"],
        },
        "behaviour": {
            "terms_days": account.terms_days,
            "delay_days": account.delay_days,
            "open": account.open,
            "overdue": account.overdue,
            "overdue_grace_days": prepared.policy.overdue_grace_days,
            "monthly_sales": account.monthly_sales,
            "n_settled": account.n_settled,
            "n_invoices_seen": 0 if decision.risk is None else decision.risk.n_invoices_seen,
            "first_billed_on": iso_or_none(account.first_billed_on),
        },
        "reviewed": {
            "outcome": decision.outcome,
            "limit": body["limit"],
            "reasons": body["reasons"],
            "flags": body["flags"],
        },
    }
