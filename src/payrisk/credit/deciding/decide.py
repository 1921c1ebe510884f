"""The decision on a request: limit and terms measured, causes weighed, reasons named."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

from payrisk.credit.applicant.account import Account
from payrisk.credit.applicant.application import CreditRequest
from payrisk.credit.deciding.telling import (
    binding_causes,
    causes_of_note,
    decision_reasons,
    over_limit_causes,
)
from payrisk.credit.reasons.dated_reasons import with_dated_reasons
from payrisk.credit.rules.amounts import CurrencyAmounts
from payrisk.credit.rules.decision import (
    CreditDecision,
    DecisionBasis,
    ExpectedProfit,
    GrantedTerms,
    Outcome,
    RedFlag,
    Release,
)
from payrisk.credit.rules.limits import Limit, peak_need
from payrisk.credit.rules.rules import Band, CreditRules
from payrisk.credit.weighing.bust_out import account_flags
from payrisk.credit.weighing.causes import (
    OUTCOME_OF,
    VERDICTS,
    DecisionCause,
    cause_of,
    causes_for_a_person,
    flag_causes,
    risk_causes,
)
from payrisk.credit.weighing.flags import far_above_capacity
from payrisk.credit.weighing.granting import capacity_in_band, grant_terms, propose_limit
from payrisk.credit.weighing.profit import expected_profit
from payrisk.credit.weighing.releasing import order_notes, release_order
from payrisk.credit.weighing.verification import (
    ScoreVerification,
    score_verification,
    unverified_causes,
)
from payrisk.predictions import DefaultRisk


@dataclasses.dataclass(frozen=True)
class _Assessment:
    """What a request comes to before anybody asks whether it may be approved."""

    limit: Limit
    terms: GrantedTerms | None = None
    release: Release | None = None
    profit: ExpectedProfit | None = None
    causes: tuple[DecisionCause, ...] = ()


class _ScoredRisk(NamedTuple):
    """A risk, what stands behind its score, and the band it is in."""

    risk: DefaultRisk
    standing: ScoreVerification
    band: Band


def decide(
    policy: CreditRules,
    request: CreditRequest,
    account: Account,
    risk: DefaultRisk | None,
    flags: tuple[RedFlag, ...],
    basis: DecisionBasis,
) -> CreditDecision:
    """The decision that the strongest cause leads to; see `CreditPolicy.decide`.

    Every cause has a verdict (`causes.VERDICTS`, from the strongest): what only a person may
    decide, what the risk says and what the red flags ask for. Without a risk, or without amounts
    in the account's currency, nothing but the need is measured.
    """
    risk = with_dated_reasons(risk, request.application)
    amounts = policy.amounts_in(account)
    scored = None if risk is None else _scored(policy, request, account, risk, basis)
    band = None if scored is None else scored.band
    flags = _raised_flags(policy, request, account, band, flags, basis)
    before = [*causes_for_a_person(policy, account, risk, basis)]
    if scored is not None:
        before += risk_causes(
            scored.risk,
            scored.band,
            scored.standing.probability,
            is_verified=scored.standing.is_verified,
        )
    by_flags = list(flag_causes(flags))
    if scored is None or amounts is None:
        assessment = _Assessment(_need_only_limit(policy, account), release=_held_order(request))
    else:
        causes = [*before, *by_flags]
        assessment = _assess(policy, request, account, scored, amounts, causes, basis.as_of)
    # what bound the outcome goes before what the risk only rests on
    causes = [*binding_causes(before), *assessment.causes, *by_flags, *causes_of_note(before)]
    if request.order is not None:
        causes += order_notes(policy, request.order, account, assessment.terms, basis.as_of)
    causes.sort(key=lambda cause: VERDICTS.index(cause.verdict))
    outcome = OUTCOME_OF[causes[0].verdict] if causes else "approve"
    is_approved = outcome.startswith("approve")
    limit = _granted_limit(policy, assessment, outcome, request, account, basis.as_of)
    causes += over_limit_causes(request, account, limit)
    return CreditDecision(
        kind=request.kind,
        customer_id=account.customer_id,
        outcome=outcome,
        limit=limit,
        terms=assessment.terms if is_approved else None,
        release=assessment.release if is_approved else _held_order(request, assessment.release),
        reasons=decision_reasons(causes, risk, outcome, basis.as_of - 1),
        flags=flags,
        risk=risk,
        basis=basis,
        policy_id=policy.id,
        policy_sha=policy.sha,
        inputs=_inputs(request, account, basis),
        band="" if band is None else band.name,
        unverified="" if scored is None else scored.standing.why,
        clears=_remedies(causes),
        profit=assessment.profit,
    )


def _scored(
    policy: CreditRules,
    request: CreditRequest,
    account: Account,
    risk: DefaultRisk,
    basis: DecisionBasis,
) -> _ScoredRisk:
    standing = score_verification(policy.unverified, request, account, risk, basis)
    return _ScoredRisk(risk, standing, policy.band(standing.probability))


def _raised_flags(
    policy: CreditRules,
    request: CreditRequest,
    account: Account,
    band: Band | None,
    flags: tuple[RedFlag, ...],
    basis: DecisionBasis,
) -> tuple[RedFlag, ...]:
    """The flags given, those of the account, and a request far above what can be carried."""
    order_amount = 0 if request.order is None else request.order.amount
    flags = (*flags, *account_flags(account, basis.as_of, policy.flags, order_amount))
    capacity = None if band is None else capacity_in_band(account, band)
    above = far_above_capacity(account.requested_limit, capacity, basis.as_of, policy.flags)
    return flags if above is None else (*flags, above)


def _assess(
    policy: CreditRules,
    request: CreditRequest,
    account: Account,
    scored: _ScoredRisk,
    amounts: CurrencyAmounts,
    causes: list[DecisionCause],
    as_of: int,
) -> _Assessment:
    risk, standing, band = scored
    terms = grant_terms(policy, band, account, causes)
    limit, more = propose_limit(policy, amounts, account, risk, band, terms)
    by_score = unverified_causes(standing, request, account, risk, limit)
    released = None
    if request.order is not None:
        if account.current_limit is not None:
            # an order is measured against the limit in force; a review's is not asked for
            limit = dataclasses.replace(limit, proposed=account.current_limit, binding="on_file")
            more = []
        released, holds = release_order(policy, request.order, account, limit, terms, as_of)
        more = [*more, *holds]
    elif terms.protection == "prepay" and limit.proposed:
        more = [cause_of("note", "bound_by_prepay")]
    more = [*by_score, *more]
    amount = limit.proposed if released is None else released.amount
    profit = expected_profit(
        policy,
        amount or 0,
        probability=standing.probability,
        terms=terms,
        delay_days=policy.delay_days(account),
        vat_rate=policy.vat_rate(account),
        is_one_order=released is not None,
        loss=account.loss,
    )
    if profit is not None and standing.probability > profit.break_even:
        verdict = policy.profit.when_negative
        more = [*more, cause_of(verdict, "unprofitable", break_even=profit.break_even)]
    secured = round((amount or 0) * policy.protections.secured_rate(terms.protection))
    if terms.protection != "prepay":
        terms = dataclasses.replace(terms, secured_amount=secured)
    return _Assessment(limit, terms, released, profit, tuple(more))


def _need_only_limit(policy: CreditRules, account: Account) -> Limit:
    """The limit where nothing but the need can be measured."""
    need = peak_need(
        account,
        terms_days=(
            policy.default_terms_days if account.terms_days is None else account.terms_days
        ),
        delay_days=policy.delay_days(account),
    )
    return Limit(account.currency, need=need, previous=account.current_limit)


def _held_order(request: CreditRequest, proposed: Release | None = None) -> Release | None:
    if request.order is None:
        return None
    if proposed is None:
        return Release("hold", 0, request.order.currency)
    return dataclasses.replace(
        proposed, action="hold", amount=0, expires_on=None, check_again_on=None
    )


def _granted_limit(
    policy: CreditRules,
    assessment: _Assessment,
    outcome: Outcome,
    request: CreditRequest,
    account: Account,
    as_of: int,
) -> Limit:
    """The limit with what is granted of it: all, nothing, or whatever a person will decide."""
    limit = assessment.limit
    if not outcome.startswith("approve"):
        return dataclasses.replace(limit, granted=0 if outcome == "decline" else None)
    if request.order is not None and account.current_limit is not None:
        ends = account.limit_ends_on
        return dataclasses.replace(limit, granted=account.current_limit, expires_on=ends)
    ends = as_of + policy.limit_days if policy.limit_days else None
    if assessment.terms is not None and assessment.terms.protection == "prepay":
        return dataclasses.replace(limit, granted=0, binding="prepay", expires_on=ends)
    return dataclasses.replace(limit, granted=limit.proposed, expires_on=ends)


def _remedies(causes: list[DecisionCause]) -> tuple[str, ...]:
    """What would clear each cause that bound the outcome, the strongest first, each once."""
    remedies = (cause.clears for cause in binding_causes(causes) if cause.clears)
    return tuple(dict.fromkeys(remedies))


def _inputs(request: CreditRequest, account: Account, basis: DecisionBasis) -> dict[str, Any]:
    waiting = [dict(vars(order)) for order in account.waiting_orders]
    loss = None if account.loss is None else dict(vars(account.loss))
    inputs: dict[str, Any] = {"account": vars(account) | {"waiting_orders": waiting, "loss": loss}}
    if basis.group is not None:
        inputs["group"] = basis.group
    if request.application is not None:
        inputs["application"] = dict(vars(request.application))
    if request.order is not None:
        inputs["order"] = {
            **vars(request.order),
            "securities": [dict(vars(each)) for each in request.order.securities],
        }
    return inputs
