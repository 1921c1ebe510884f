"""How a decision follows: what only a person may decide, what forbids, bounds and protects."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from payrisk.credit.account import Account
from payrisk.credit.application import CreditRequest
from payrisk.credit.decision import (
    PROTECTIONS,
    Basis,
    CreditDecision,
    Outcome,
    Protection,
    RedFlag,
    Release,
    Terms,
)
from payrisk.credit.flags import far_above_capacity
from payrisk.credit.limits import Limit, capacity, need, smallest
from payrisk.credit.reasons import money, reason
from payrisk.credit.rules import Amounts, Band, CreditRules
from payrisk.predictions import DefaultRisk, Reason

LARGEST_NUMBER_OF_REASONS = 4

Verdict = Literal["person", "decline", "refer", "protect", "note"]
"""What a cause does, from the strongest: a person decides whatever else is true; decline;
a person must look; approve with protection; only say so."""

VERDICTS: tuple[Verdict, ...] = ("person", "decline", "refer", "protect", "note")
OUTCOMES: dict[Verdict, Outcome] = {
    "person": "refer",
    "decline": "decline",
    "refer": "refer",
    "protect": "approve_with_protection",
    "note": "approve",
}


@dataclass(frozen=True)
class Cause:
    """One reason and what it does to the outcome."""

    verdict: Verdict
    reason: Reason
    protection: Protection = "none"


def decide(
    policy: CreditRules,
    request: CreditRequest,
    account: Account,
    risk: DefaultRisk | None,
    flags: tuple[RedFlag, ...],
    basis: Basis,
) -> CreditDecision:
    """Decide by the strongest cause; see `CreditPolicy.decide`."""
    amounts = policy.amounts.get(account.currency)
    band = None if risk is None else policy.band(risk.probability)
    limit, limit_causes = _limit(policy, amounts, account, band)
    if request.order is not None and account.current_limit is not None:
        # an order is measured against the limit in force; what a review would say is not asked
        limit = dataclasses.replace(limit, granted=account.current_limit, binding="on_file")
        limit_causes = []
    above = far_above_capacity(account.requested_limit, limit.capacity, basis.as_of, policy.flags)
    flags = flags if above is None else (*flags, above)
    release, order_causes = _release(request, account, limit, amounts, policy)
    causes = [
        *_for_a_person(policy, account, risk, amounts, basis),
        *_of_risk(risk, band),
        *order_causes,
        *limit_causes,
        *_of_flags(flags),
    ]
    causes.sort(key=lambda cause: VERDICTS.index(cause.verdict))
    outcome = OUTCOMES[causes[0].verdict] if causes else "approve"
    is_approved = outcome.startswith("approve")
    if not is_approved:
        limit = dataclasses.replace(limit, granted=0 if outcome == "decline" else None)
        release = None if request.order is None else Release("hold", 0, request.order.currency)
    return CreditDecision(
        kind=request.kind,
        customer_id=account.customer_id,
        outcome=outcome,
        limit=limit,
        terms=_terms(policy, band, account, causes) if is_approved else None,
        release=release,
        reasons=_reasons(causes, risk, outcome),
        flags=flags,
        risk=risk,
        basis=basis,
        policy_id=policy.id,
        policy_sha=policy.sha,
        inputs=_inputs(request, account),
    )


def _for_a_person(
    policy: CreditRules,
    account: Account,
    risk: DefaultRisk | None,
    amounts: Amounts | None,
    basis: Basis,
) -> Iterator[Cause]:
    """What no machine may decide: no ground to stand on, or a person's own credit."""
    if risk is None:
        yield Cause("person", reason(basis.why_no_risk or "no_model", source="model"))
    age = basis.as_of - basis.ledger_last_on - 1
    if age > policy.stale_ledger_days:
        stale = reason("stale_ledger", source="ledger", dated_on=basis.ledger_last_on, age=age)
        yield Cause("person", stale)
    if account.is_natural_person:
        yield Cause("person", reason("natural_person"))
    if account.foreign_currencies:
        currencies = ", ".join(account.foreign_currencies)
        yield Cause("person", reason("foreign_exposure", source="ledger", currencies=currencies))
    if amounts is None:
        yield Cause("person", reason("currency_unknown", currency=account.currency))


def _of_risk(risk: DefaultRisk | None, band: Band | None) -> Iterator[Cause]:
    if risk is None or band is None:
        return

    def because(code: str) -> Reason:
        return reason(
            code,
            source="model",
            dated_on=risk.as_of,
            probability=risk.probability,
            days=risk.horizon_days,
            band=band.name,
        )

    if risk.is_in_default:
        yield Cause("decline", because("in_default"))
    elif band.outcome == "decline" and risk.n_invoices_seen:
        yield Cause("decline", because("risk_too_high"))
    elif band.outcome in ("decline", "refer"):
        # nobody is declined for the average of others
        yield Cause("refer", because("risk_refer"))
    elif band.outcome == "approve_with_protection":
        yield Cause("protect", because("risk_protect"), band.protection)
    if not risk.n_invoices_seen:
        yield Cause("note", because("no_history"))


def _limit(
    policy: CreditRules, amounts: Amounts | None, account: Account, band: Band | None
) -> tuple[Limit, list[Cause]]:
    """The limit by every measure, and what it means when one is missing or leaves nothing."""
    if band is None or amounts is None:
        return Limit(account.currency, need=need(account)), []
    is_unproven = account.n_settled == 0
    carried = capacity(
        account, net_worth_rate=band.net_worth_rate, turnover_rate=band.turnover_rate
    )
    limit = Limit(
        account.currency,
        need=need(account),
        capacity=carried,
        house_tier=amounts.house_tiers[band.name] if carried is None or is_unproven else None,
        headroom=max(0, amounts.group_ceiling - account.group_exposure),
    )
    if limit.need is None:
        return limit, [Cause("refer", reason("need_unknown"))]
    if carried is None and is_unproven:
        return limit, [Cause("refer", reason("capacity_unknown"))]
    granted, binding = smallest(limit, step=amounts.step)
    causes = [Cause("note", reason(f"bound_by_{binding}", band=band.name))]
    current, is_late = account.current_limit, policy.overdue_blocks(account)
    if is_late and current is not None and granted is not None and granted > current:
        overdue = money(account.overdue, account.currency)
        granted, binding = current, "not_raised"
        causes = [Cause("note", reason("not_raised", source="ledger", amount=overdue))]
    limit = dataclasses.replace(limit, granted=granted, binding=binding)
    if not granted:
        causes = [_nothing_left(limit, amounts, band)]
    return limit, causes


def _nothing_left(limit: Limit, amounts: Amounts, band: Band) -> Cause:
    if limit.binding == "capacity" and band.net_worth_rate and band.turnover_rate:
        return Cause("decline", reason("no_capacity"))
    if limit.binding == "headroom":
        ceiling = money(amounts.group_ceiling, limit.currency)
        return Cause("refer", reason("headroom_exhausted", ceiling=ceiling))
    return Cause("refer", reason("too_small", step=money(amounts.step, limit.currency)))


def _release(
    request: CreditRequest,
    account: Account,
    limit: Limit,
    amounts: Amounts | None,
    policy: CreditRules,
) -> tuple[Release | None, list[Cause]]:
    """How much of an order the limit in force (else the one just found) and the group let go."""
    order = request.order
    if order is None or amounts is None:
        return None, []
    if policy.overdue_blocks(account):
        overdue = money(account.overdue, account.currency)
        grace = policy.overdue_grace_days
        late = reason("overdue_block", source="ledger", amount=overdue, days=grace)
        return Release("hold", 0, order.currency), [Cause("refer", late)]
    ceiling = limit.granted
    if ceiling is None:
        return Release("hold", 0, order.currency), []  # the limit's own cause says why
    if limit.headroom is not None:
        ceiling = min(ceiling, limit.headroom)
    room = ceiling - account.exposure
    if order.amount <= room:
        return Release("release", order.amount, order.currency), [
            Cause("note", reason("within_limit", source="ledger"))
        ]
    if room > 0:
        part = money(room, order.currency)
        return Release("release_in_part", room, order.currency), [
            Cause("protect", reason("in_part", source="ledger", amount=part))
        ]
    excess = money(order.amount - room, order.currency)
    hold = Cause("refer", reason("over_limit", source="ledger", amount=excess))
    return Release("hold", 0, order.currency), [hold]


def _of_flags(flags: tuple[RedFlag, ...]) -> Iterator[Cause]:
    for flag in flags:
        why = Reason(flag.code, flag.text, source=flag.source, dated_on=flag.dated_on)
        if flag.asks_for in ("refer", "decline"):
            yield Cause("refer" if flag.asks_for == "refer" else "decline", why)
        else:
            yield Cause("protect", why, flag.asks_for)  # type: ignore[arg-type]


def _terms(
    policy: CreditRules, band: Band | None, account: Account, causes: list[Cause]
) -> Terms | None:
    """The band's days, never more than asked for, under the strictest protection asked for."""
    if band is None:
        return None
    protection = PROTECTIONS[max((PROTECTIONS.index(c.protection) for c in causes), default=0)]
    days = band.terms_days
    if account.terms_days is not None:
        days = min(days, account.terms_days)
    if protection == "prepay":
        days = 0
    elif any(cause.protection == "shorter_terms" for cause in causes):
        days = min(days, policy.short_terms_days)
    return Terms(days, protection)


def _reasons(
    causes: list[Cause], risk: DefaultRisk | None, outcome: Outcome
) -> tuple[Reason, ...]:
    """First what bound the outcome, then what raised the risk, then what else is worth saying."""
    bound = [c.reason for c in causes if c.verdict != "note"]
    noted = [c.reason for c in causes if c.verdict == "note"]
    adverse = () if risk is None else (r for r in risk.reasons if r.contribution > 0)
    worst = sorted(adverse, key=lambda one: -one.contribution)
    if outcome.startswith("approve"):
        return (*bound, *noted, *worst)[:LARGEST_NUMBER_OF_REASONS]
    return (*bound, *worst, *noted)[:LARGEST_NUMBER_OF_REASONS]


def _inputs(request: CreditRequest, account: Account) -> dict[str, Any]:
    inputs: dict[str, Any] = {"account": dataclasses.asdict(account)}
    if request.application is not None:
        inputs["application"] = dataclasses.asdict(request.application)
    if request.order is not None:
        inputs["order"] = dataclasses.asdict(request.order)
    return inputs
