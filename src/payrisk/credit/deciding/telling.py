"""Which reasons a decision tells, in which order, and which never fall out of the few."""

from __future__ import annotations

import dataclasses

from payrisk.calendar import NEVER
from payrisk.credit.applicant.account import Account
from payrisk.credit.applicant.application import CreditRequest
from payrisk.credit.reasons.model_reasons import adverse_reasons
from payrisk.credit.reasons.policy_reasons import money_text
from payrisk.credit.rules.decision import Outcome
from payrisk.credit.rules.limits import Limit
from payrisk.credit.weighing.causes import DecisionCause, cause_of
from payrisk.credit.weighing.contagion import GROUP_DEFAULT
from payrisk.predictions import DefaultRisk, Reason

LARGEST_NUMBER_OF_REASONS = 4
ALWAYS_TOLD = (GROUP_DEFAULT, "above_limit", "new_currency")
"""Codes of reasons that take the place of the last ones where they would fall out."""
RAISES = "Raises the risk: "
"""Begins the words of a cause that speaks against; a bare figure would not say which way."""


def decision_reasons(
    causes: list[DecisionCause], risk: DefaultRisk | None, outcome: Outcome, last_day: int
) -> tuple[Reason, ...]:
    """First what bound the outcome, then what raised the risk, then what else is worth saying.

    What has no date of its own is dated by the evening before the decision. The first cause that
    bound the outcome is always the first reason.
    """
    binding = [cause.reason for cause in binding_causes(causes)]
    notes = [cause.reason for cause in causes_of_note(causes)]
    worst = [] if risk is None else [_directed(each) for each in adverse_reasons(risk.reasons)]
    is_approved = outcome.startswith("approve")
    reasons = (*binding, *notes, *worst) if is_approved else (*binding, *worst, *notes)
    return tuple(
        reason if reason.dated_on < NEVER else dataclasses.replace(reason, dated_on=last_day)
        for reason in _largest_number(reasons)
    )


def over_limit_causes(
    request: CreditRequest, account: Account, limit: Limit
) -> list[DecisionCause]:
    """What a review of a limit must not pass over: that more is owed than the limit allows."""
    standing = limit.previous if limit.granted is None else limit.granted
    if request.kind != "limit_review" or standing is None or account.exposure <= standing:
        return []
    exposure = money_text(account.exposure, account.currency)
    above = money_text(account.exposure - standing, account.currency)
    return [cause_of("note", "above_limit", source="ledger", exposure=exposure, amount=above)]


def binding_causes(causes: list[DecisionCause]) -> list[DecisionCause]:
    """Those that decide something."""
    return [cause for cause in causes if cause.verdict != "note"]


def causes_of_note(causes: list[DecisionCause]) -> list[DecisionCause]:
    """Those that are only worth saying."""
    return [cause for cause in causes if cause.verdict == "note"]


def _directed(reason: Reason) -> Reason:
    """A cause of the risk behind the direction it speaks in; a group's default says its own."""
    if reason.code == GROUP_DEFAULT:
        return reason
    return dataclasses.replace(reason, text=f"{RAISES}{reason.text}")


def _largest_number(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """As many as are told: the first ones, but for those that must be."""
    told = reasons[:LARGEST_NUMBER_OF_REASONS]
    late = [each for each in reasons[LARGEST_NUMBER_OF_REASONS:] if each.code in ALWAYS_TOLD]
    if not late:
        return told
    must = [each for each in told[1:] if each.code in ALWAYS_TOLD] + late
    must = must[: LARGEST_NUMBER_OF_REASONS - 1]
    others = [each for each in told if each not in must]
    return (*others[: LARGEST_NUMBER_OF_REASONS - len(must)], *must)
