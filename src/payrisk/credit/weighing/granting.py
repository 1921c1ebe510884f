"""Credit proposed: terms of payment, the limit by every measure, and how it leaves the old one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import NamedTuple

from payrisk.credit.applicant.account import Account
from payrisk.credit.reasons.policy_reasons import money_text
from payrisk.credit.rules.amounts import CurrencyAmounts
from payrisk.credit.rules.decision import PROTECTIONS, GrantedTerms, Protection
from payrisk.credit.rules.limits import (
    Limit,
    capacity,
    keeps_current_limit,
    peak_need,
    smallest_measure,
)
from payrisk.credit.rules.rules import Band, CreditRules
from payrisk.credit.weighing.causes import DecisionCause, cause_of, rests_on_application
from payrisk.predictions import DefaultRisk

FIGURES = "financial statements"


def capacity_in_band(account: Account, band: Band) -> int | None:
    """What net worth and turnover carry at this band's shares; None when both are unknown."""
    return capacity(account, net_worth_rate=band.net_worth_rate, turnover_rate=band.turnover_rate)


def group_ceiling(amounts: CurrencyAmounts, account: Account) -> int:
    """What the whole group may owe: its limit on file, at most the policy's ceiling."""
    if account.group_limit is None:
        return amounts.group_ceiling
    return min(amounts.group_ceiling, account.group_limit)


def group_headroom(amounts: CurrencyAmounts, account: Account) -> int:
    """What the ceiling leaves of the group's other members (docs/design.md, 'Exposure')."""
    return max(0, group_ceiling(amounts, account) - account.group_exposure)


def grant_terms(
    policy: CreditRules, band: Band, account: Account, causes: Iterable[DecisionCause]
) -> GrantedTerms:
    """The terms of payment: the band's days or fewer, under the strictest protection.

    Days are never more than were asked for; shorter terms hold beside a stricter protection, and
    prepayment leaves no days. A discount is offered only where paying early is possible.
    """
    protections: list[Protection] = [band.protection, *(cause.protection for cause in causes)]
    protection = max(protections, key=PROTECTIONS.index)
    days = band.terms_days
    if account.terms_days is not None:
        days = min(days, account.terms_days)
    if protection == "prepay":
        days = 0
    elif "shorter_terms" in protections:
        days = min(days, policy.short_terms_days)
    if protection != "discount":
        return GrantedTerms(days, protection)
    rules = policy.protections
    if days <= rules.discount_days:  # nothing would be paid early
        return GrantedTerms(days, "none")
    return GrantedTerms(days, "discount", rules.discount_rate, rules.discount_days)


class LimitProposal(NamedTuple):
    """A limit proposed, and the causes it brings with it."""

    limit: Limit
    causes: list[DecisionCause]


def propose_limit(
    policy: CreditRules,
    amounts: CurrencyAmounts,
    account: Account,
    risk: DefaultRisk,
    band: Band,
    terms: GrantedTerms,
) -> LimitProposal:
    """The limit as the smallest of its measures, and what it means when one is missing.

    The house tier of the band stands in for an unknown capacity, and caps whoever has neither
    settled an invoice nor been scored by an application. Under prepayment the measures are
    those of the days that were asked for: what open credit would come to.
    """
    open_days = band.terms_days
    if account.terms_days is not None:
        open_days = min(open_days, account.terms_days)
    need = peak_need(
        account,
        terms_days=open_days if terms.protection == "prepay" else terms.days,
        delay_days=policy.delay_days(account),
    )
    carried = capacity_in_band(account, band)
    is_new = account.n_settled == 0
    is_unproven = is_new and not rests_on_application(risk)
    limit = Limit(
        account.currency,
        need=need,
        capacity=carried,
        house_tier=(amounts.house_tiers[band.name] if carried is None or is_unproven else None),
        headroom=group_headroom(amounts, account),
        previous=account.current_limit,
    )
    if need is None:
        return LimitProposal(limit, [cause_of("refer", "need_unknown", source="application")])
    if carried is None and (
        is_unproven or (is_new and policy.newcomer_without_figures == "refer")
    ):
        return LimitProposal(limit, [cause_of("refer", "capacity_unknown", source="application")])
    return _limit_from_measures(policy, amounts, account, band, limit)


def _limit_from_measures(
    policy: CreditRules, amounts: CurrencyAmounts, account: Account, band: Band, limit: Limit
) -> LimitProposal:
    """The smallest measure, unless the limit on file stays or may not rise."""
    is_need_billed = account.monthly_sales is not None and account.requested_limit is None
    computed, binding = smallest_measure(limit, step=amounts.step, is_need_billed=is_need_billed)
    assert computed is not None
    assert limit.headroom is not None
    if not computed:
        empty = dataclasses.replace(limit, proposed=0, binding=binding)
        return LimitProposal(empty, [_nothing_left(policy, empty, amounts, account)])
    stated = "application" if account.customer_id is None else "ledger"
    source = {"need": stated, "capacity": FIGURES, "headroom": "ledger"}.get(
        str(binding), "policy"
    )
    cause = cause_of("note", f"bound_by_{binding}", source=source, band=band.name)
    current = account.current_limit
    if current is not None and policy.overdue_blocks(account) and computed > current:
        overdue = money_text(account.overdue, account.currency)
        computed, binding = min(current, limit.headroom), "not_raised"
        grace = policy.overdue_grace_days
        cause = cause_of("note", "not_raised", source="ledger", amount=overdue, days=grace)
    elif (
        current is not None
        and (binding != "need" or current >= computed)
        and keeps_current_limit(
            current,
            computed,
            step=amounts.step,
            move_rate=policy.least_move_rate,
            headroom=limit.headroom,
        )
    ):
        computed, binding = current, "unchanged"
        cause = cause_of("note", "unchanged")
    proposed = dataclasses.replace(limit, proposed=computed, binding=binding)
    if not computed:  # a limit on file of nothing that may not rise
        return LimitProposal(
            proposed, [cause_of("refer", "too_small", step=_step(amounts, limit))]
        )
    return LimitProposal(proposed, [cause])


def _nothing_left(
    policy: CreditRules, limit: Limit, amounts: CurrencyAmounts, account: Account
) -> DecisionCause:
    at_best = capacity_in_band(account, policy.bands[0])
    if at_best is not None and at_best < amounts.step:  # too little in any band
        return cause_of("decline", "no_capacity", source=FIGURES)
    if limit.binding == "headroom":
        ceiling = money_text(group_ceiling(amounts, account), limit.currency)
        return cause_of("refer", "headroom_exhausted", ceiling=ceiling)
    return cause_of("refer", "too_small", step=_step(amounts, limit))


def _step(amounts: CurrencyAmounts, limit: Limit) -> str:
    return money_text(amounts.step, limit.currency)
