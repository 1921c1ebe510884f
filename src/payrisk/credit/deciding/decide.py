"""How a decision follows: measure, weigh every cause by what it does, say why."""

from __future__ import annotations

import dataclasses
from typing import Any

from payrisk.calendar import NEVER
from payrisk.credit.applicant.account import Account
from payrisk.credit.applicant.application import CreditRequest
from payrisk.credit.reasons.dating import dated
from payrisk.credit.reasons.model_reasons import adverse
from payrisk.credit.rules.decision import (
    Basis,
    CreditDecision,
    ExpectedProfit,
    GrantedTerms,
    Outcome,
    RedFlag,
    Release,
)
from payrisk.credit.rules.limits import Limit, need
from payrisk.credit.rules.rules import Band, CreditRules, CurrencyAmounts
from payrisk.credit.weighing.bust_out import account_flags
from payrisk.credit.weighing.causes import (
    OUTCOME_OF,
    VERDICTS,
    DecisionCause,
    because,
    for_a_person,
    of_flags,
    of_risk,
)
from payrisk.credit.weighing.flags import far_above_capacity
from payrisk.credit.weighing.granting import carried, measured
from payrisk.credit.weighing.profit import profit_of
from payrisk.credit.weighing.releasing import release
from payrisk.credit.weighing.terms import terms_of
from payrisk.predictions import DefaultRisk, Reason

LARGEST_NUMBER_OF_REASONS = 4


@dataclasses.dataclass(frozen=True)
class _Assessment:
    """What a request comes to before anybody asks whether it may be approved."""

    limit: Limit
    terms: GrantedTerms | None = None
    release: Release | None = None
    profit: ExpectedProfit | None = None
    causes: tuple[DecisionCause, ...] = ()


def decide(
    policy: CreditRules,
    request: CreditRequest,
    account: Account,
    risk: DefaultRisk | None,
    flags: tuple[RedFlag, ...],
    basis: Basis,
) -> CreditDecision:
    """Decide by the strongest cause; see `CreditPolicy.decide`."""
    risk = dated(risk, request.application)
    amounts = policy.amounts.get(account.currency)
    band = None if risk is None else policy.band(risk.probability)
    flags = _all_flags(policy, request, account, band, flags, basis)
    before = [*for_a_person(policy, account, risk, basis), *of_risk(risk, band)]
    asked = list(of_flags(flags))
    if risk is None or band is None or amounts is None:
        found = _Assessment(_asked_only(policy, account), release=_held(request))
    else:
        found = _weigh(
            policy, request, account, risk, band, amounts, [*before, *asked], basis.as_of
        )
    # what bound the outcome goes before what the risk only rests on
    causes = [*_spoken(before), *found.causes, *asked, *_noted(before)]
    causes.sort(key=lambda cause: VERDICTS.index(cause.verdict))
    outcome = OUTCOME_OF[causes[0].verdict] if causes else "approve"
    is_approved = outcome.startswith("approve")
    return CreditDecision(
        kind=request.kind,
        customer_id=account.customer_id,
        outcome=outcome,
        limit=_granted(policy, found, outcome, request, account, basis.as_of),
        terms=found.terms if is_approved else None,
        release=found.release if is_approved else _held(request, found.release),
        reasons=_reasons(causes, risk, outcome, basis.as_of - 1),
        flags=flags,
        risk=risk,
        basis=basis,
        policy_id=policy.id,
        policy_sha=policy.sha,
        inputs=_inputs(request, account),
        band="" if band is None else band.name,
        clears=_clears(causes),
        profit=found.profit,
    )


def _all_flags(
    policy: CreditRules,
    request: CreditRequest,
    account: Account,
    band: Band | None,
    flags: tuple[RedFlag, ...],
    basis: Basis,
) -> tuple[RedFlag, ...]:
    """The flags given, those of the account, and a request far above what can be carried."""
    order_amount = 0 if request.order is None else request.order.amount
    found = [*flags, *account_flags(account, basis.as_of, policy.flags, order_amount)]
    carries = None if band is None else carried(account, band)
    above = far_above_capacity(account.requested_limit, carries, basis.as_of, policy.flags)
    return tuple(found if above is None else [*found, above])


def _weigh(
    policy: CreditRules,
    request: CreditRequest,
    account: Account,
    risk: DefaultRisk,
    band: Band,
    amounts: CurrencyAmounts,
    causes: list[DecisionCause],
    as_of: int,
) -> _Assessment:
    terms = terms_of(policy, band, account, causes)
    limit, more = measured(policy, amounts, account, risk, band, terms)
    released = None
    if request.order is not None:
        if account.current_limit is not None:
            # an order is measured against the limit in force; a review's is not asked for
            limit = dataclasses.replace(limit, proposed=account.current_limit, binding="on_file")
            more = []
        released, holds = release(policy, request.order, account, limit, terms, as_of)
        more = [*more, *holds]
    elif terms.protection == "prepay" and limit.proposed:
        more = [because("note", "bound_by_prepay")]
    amount = limit.proposed if released is None else released.amount
    profit = profit_of(
        policy,
        amount or 0,
        probability=risk.probability,
        terms=terms,
        delay_days=policy.delay_days(account),
        vat_rate=policy.vat_rate(account),
        is_one_order=released is not None,
    )
    if profit is not None and risk.probability > profit.break_even:
        verdict = policy.profit.when_negative
        more = [*more, because(verdict, "unprofitable", break_even=profit.break_even)]
    asked_for = limit.proposed if released is None else released.amount
    secured = round((asked_for or 0) * policy.protections.secured_rate(terms.protection))
    if terms.protection != "prepay":
        terms = dataclasses.replace(terms, secured_amount=secured)
    return _Assessment(limit, terms, released, profit, tuple(more))


def _asked_only(policy: CreditRules, account: Account) -> Limit:
    """The limit where nothing but the need can be measured."""
    wanted = need(
        account,
        terms_days=(
            policy.default_terms_days if account.terms_days is None else account.terms_days
        ),
        delay_days=policy.delay_days(account),
        vat_rate=policy.vat_rate(account),
    )
    return Limit(account.currency, need=wanted, previous=account.current_limit)


def _held(request: CreditRequest, found: Release | None = None) -> Release | None:
    if request.order is None:
        return None
    return Release("hold", 0, request.order.currency, 0 if found is None else found.room)


def _granted(
    policy: CreditRules,
    found: _Assessment,
    outcome: Outcome,
    request: CreditRequest,
    account: Account,
    as_of: int,
) -> Limit:
    """The limit with what is granted of it: all, nothing, or whatever a person will decide."""
    limit = found.limit
    if not outcome.startswith("approve"):
        return dataclasses.replace(limit, granted=0 if outcome == "decline" else None)
    if request.order is not None and account.current_limit is not None:
        ends = account.limit_ends_on
        return dataclasses.replace(limit, granted=account.current_limit, expires_on=ends)
    ends = as_of + policy.limit_days if policy.limit_days else None
    if found.terms is not None and found.terms.protection == "prepay":
        return dataclasses.replace(limit, granted=0, binding="prepay", expires_on=ends)
    return dataclasses.replace(limit, granted=limit.proposed, expires_on=ends)


def _reasons(
    causes: list[DecisionCause], risk: DefaultRisk | None, outcome: Outcome, known_on: int
) -> tuple[Reason, ...]:
    """First what bound the outcome, then what raised the risk, then what else is worth saying.

    What has no date of its own is dated by the evening before the decision.
    """
    bound = [cause.reason for cause in _spoken(causes)]
    noted = [cause.reason for cause in _noted(causes)]
    worst = () if risk is None else adverse(risk.reasons)
    is_approved = outcome.startswith("approve")
    told = (*bound, *noted, *worst) if is_approved else (*bound, *worst, *noted)
    return tuple(
        one if one.dated_on < NEVER else dataclasses.replace(one, dated_on=known_on)
        for one in told[:LARGEST_NUMBER_OF_REASONS]
    )


def _clears(causes: list[DecisionCause]) -> tuple[str, ...]:
    """What would clear each cause that bound the outcome, the strongest first, each once."""
    return tuple(dict.fromkeys(c.clears for c in _spoken(causes) if c.clears))


def _spoken(causes: list[DecisionCause]) -> list[DecisionCause]:
    return [cause for cause in causes if cause.verdict != "note"]


def _noted(causes: list[DecisionCause]) -> list[DecisionCause]:
    return [cause for cause in causes if cause.verdict == "note"]


def _inputs(request: CreditRequest, account: Account) -> dict[str, Any]:
    inputs: dict[str, Any] = {"account": dict(vars(account))}
    if request.application is not None:
        inputs["application"] = dict(vars(request.application))
    if request.order is not None:
        inputs["order"] = dict(vars(request.order))
    return inputs
