"""The adverse-action notice: what an applicant is told when credit is refused or cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from payrisk.credit.reasons.model_reasons import adverse_reasons, reason_of
from payrisk.predictions import Reason

MOST_REASONS = 4

PRINCIPAL = {
    # policy
    "in_default": "Obligations to us are past due and in default.",
    "need_unknown": "Neither expected purchases nor the credit wanted were stated.",
    "capacity_unknown": "Net worth and turnover were not provided.",
    "too_small": "The size or purchases of the business support no credit of the least amount.",
    "headroom_exhausted": "The credit already extended to the group of companies leaves no room.",
    "no_capacity": "Net worth and turnover are not sufficient for credit.",
    "unprofitable": "The purchases expected do not support the cost and risk of credit.",
    "overdue_block": "Invoices are overdue with us.",
    "returned_payment": "Payments were returned unpaid and have not been replaced.",
    "limit_expired": "The credit limit has expired and is due for review.",
    "over_limit": "The order together with what is owed exceeds the credit limit.",
    "over_headroom": "The order together with what the group owes exceeds its credit limit.",
    "in_part": "The order together with what is owed exceeds the credit limit.",
    "not_raised": "Invoices are overdue with us.",
    "bound_by_need": "The purchases expected support no higher limit.",
    "bound_by_capacity": "Net worth and turnover support no higher limit.",
    "bound_by_headroom": "The credit already extended to the group supports no higher limit.",
    "bound_by_house_tier": "There is no or little payment history with us.",
    "no_history": "There is no or little payment history with us.",
    # red flags
    "sanctions_hit": "A screening against sanctions lists has not been cleared.",
    "registry_mismatch": "The name given is not the one in the company register.",
    "bank_invalid": "The bank account given could not be verified.",
    "bank_elsewhere": "The bank account is in another country than the business.",
    "vat_invalid": "The VAT number given could not be verified.",
    "vat_missing": "No VAT number was given.",
    "lei_invalid": "The legal entity identifier given could not be verified.",
    "negative_press": "There is negative news about the business.",
    "address_mismatch": "The delivery address differs from the registered address.",
    "foreign_email": "The e-mail address could not be tied to the business.",
    "free_email": "The e-mail address could not be tied to the business.",
    "website_missing": "No website of the business was given.",
    "young_company": "The business has traded for a short time.",
    "unknown_age": "The time in business could not be verified.",
    "missing_report": "No dated credit report was available.",
    "stale_report": "The credit report is out of date.",
    "stale_financials": "The financial figures are out of date.",
    "negative_net_worth": "The net worth of the business is negative.",
    "far_above_capacity": "The credit requested is large for the size of the business.",
    "bust_out": "Orders and balance have grown unusually fast for a recent customer.",
}
"""Code → the specific principal reason, as Regulation B asks for (12 CFR 1002.9(b)(2)).

A band or a score is no reason: what made it is named instead, from the model's own causes.
"""


def adverse_action_notice(body: Mapping[str, Any]) -> dict[str, Any]:
    """The adverse-action notice of a stored decision: what was done and at most four reasons.

    `action`: declined, counteroffer (less than was asked for, or under protection), held (an
    order), under_review (a person has yet to decide: no notice is due) or none. Which law asks
    for a notice is for counsel; the words are ready.
    """
    action = _action(body)
    reasons = list(dict.fromkeys(principal_reasons(body)))[:MOST_REASONS]
    if action == "none":
        return {"action": action, "text": "", "reasons": []}
    return {"action": action, "text": _text(action, reasons), "reasons": reasons}


def _action(body: Mapping[str, Any]) -> str:
    outcome, limit, release = body["outcome"], body["limit"], body["release"]
    if outcome == "decline":
        return "declined"
    if release is not None:
        return {"release": "none", "release_in_part": "counteroffer"}.get(
            release["action"], "held"
        )
    if outcome == "refer":
        return "under_review"
    requested = body["inputs"]["account"].get("requested_limit")
    is_less = requested is not None and (limit["granted"] or 0) < requested
    is_less = is_less or (limit["previous"] or 0) > (limit["granted"] or 0)
    return "counteroffer" if is_less or outcome == "approve_with_protection" else "none"


def principal_reasons(body: Mapping[str, Any]) -> Iterator[str]:
    """The sentences in the order of their weight: what bound, what raised the risk, the flags."""
    for reason in body["reasons"]:
        if reason["code"] in PRINCIPAL:
            yield PRINCIPAL[reason["code"]]
        else:
            yield from _model_sentences(reason["code"])
    risk = body["risk"]
    if risk is not None:
        reasons = (Reason(c["code"], c["text"], c["contribution"]) for c in risk["contributions"])
        for cause in adverse_reasons(reasons):
            yield from _model_sentences(cause.code)
    for flag in body["flags"]:
        yield from [PRINCIPAL[flag["code"]]] if flag["code"] in PRINCIPAL else []


def _model_sentences(code: str) -> Iterator[str]:
    entry = reason_of(code)
    if entry is not None and entry.sentence:
        yield entry.sentence


def _text(action: str, reasons: list[str]) -> str:
    first = {
        "declined": "We are unable to extend the credit you asked for.",
        "counteroffer": "We are unable to extend credit on all the terms you asked for.",
        "held": "We are unable to release this order on open credit at present.",
        "under_review": "Your request is being reviewed; no decision has been taken.",
    }[action]
    if not reasons:
        return first
    lead = "What is being looked at:" if action == "under_review" else "Our principal reasons:"
    return "\n".join([first, lead, *(f"- {reason}" for reason in reasons)])
