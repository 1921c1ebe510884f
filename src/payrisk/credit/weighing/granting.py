"""The limit by every measure, how it moves from the one on file, and what is left of it."""

from __future__ import annotations

import dataclasses

from payrisk.credit.applicant.account import Account
from payrisk.credit.reasons.policy_reasons import money
from payrisk.credit.rules.decision import GrantedTerms
from payrisk.credit.rules.limits import Limit, capacity, need, smallest, stays
from payrisk.credit.rules.rules import Band, CreditRules, CurrencyAmounts
from payrisk.credit.weighing.causes import DecisionCause, because, rests_on_application
from payrisk.predictions import DefaultRisk

FIGURES = "financial statements"


def carried(account: Account, band: Band) -> int | None:
    """What net worth and turnover carry at this band's shares; None when both are unknown."""
    return capacity(account, net_worth_rate=band.net_worth_rate, turnover_rate=band.turnover_rate)


def measured(
    policy: CreditRules,
    amounts: CurrencyAmounts,
    account: Account,
    risk: DefaultRisk,
    band: Band,
    terms: GrantedTerms,
) -> tuple[Limit, list[DecisionCause]]:
    """The limit proposed, and what it means when a measure is missing or leaves nothing.

    The house tier of the band stands in for an unknown capacity, and caps whoever has neither
    settled an invoice nor been scored by an application. Under prepayment the measures are
    those of the days that were asked for: what open credit would come to.
    """
    as_if_open = min(
        band.terms_days, band.terms_days if account.terms_days is None else (account.terms_days)
    )
    wanted = need(
        account,
        terms_days=as_if_open if terms.protection == "prepay" else terms.days,
        delay_days=policy.delay_days(account),
        vat_rate=policy.vat_rate(account),
    )
    can_carry = carried(account, band)
    is_new = account.n_settled == 0
    is_unproven = is_new and not rests_on_application(risk)
    limit = Limit(
        account.currency,
        need=wanted,
        capacity=can_carry,
        house_tier=(amounts.house_tiers[band.name] if can_carry is None or is_unproven else None),
        headroom=max(0, amounts.group_ceiling - account.group_exposure),
        previous=account.current_limit,
    )
    if wanted is None:
        return limit, [because("refer", "need_unknown", source="application")]
    if can_carry is None and (
        is_unproven or (is_new and policy.newcomer_without_figures == "refer")
    ):
        return limit, [because("refer", "capacity_unknown", source="application")]
    return _moved(policy, amounts, account, band, limit)


def _moved(
    policy: CreditRules, amounts: CurrencyAmounts, account: Account, band: Band, limit: Limit
) -> tuple[Limit, list[DecisionCause]]:
    """The smallest measure, unless the limit on file stays or may not rise."""
    computed, binding = smallest(limit, step=amounts.step)
    assert computed is not None
    assert limit.headroom is not None
    if not computed:
        empty = dataclasses.replace(limit, proposed=0, binding=binding)
        return empty, [_nothing_left(policy, empty, amounts, account)]
    stated = "application" if account.customer_id is None else "ledger"
    source = {"need": stated, "capacity": FIGURES, "headroom": "ledger"}.get(
        str(binding), "policy"
    )
    cause = because("note", f"bound_by_{binding}", source=source, band=band.name)
    current = account.current_limit
    if current is not None and policy.overdue_blocks(account) and computed > current:
        overdue = money(account.overdue, account.currency)
        computed, binding = min(current, limit.headroom), "not_raised"
        cause = because("note", "not_raised", source="ledger", amount=overdue)
    elif current is not None and stays(
        current,
        computed,
        step=amounts.step,
        move_rate=policy.least_move_rate,
        headroom=limit.headroom,
    ):
        computed, binding = current, "unchanged"
        cause = because("note", "unchanged")
    proposed = dataclasses.replace(limit, proposed=computed, binding=binding)
    if not computed:  # a limit on file of nothing that may not rise
        return proposed, [because("refer", "too_small", step=_step(amounts, limit))]
    return proposed, [cause]


def _nothing_left(
    policy: CreditRules, limit: Limit, amounts: CurrencyAmounts, account: Account
) -> DecisionCause:
    at_best = carried(account, policy.bands[0])
    if at_best is not None and at_best < amounts.step:  # too little in any band
        return because("decline", "no_capacity", source=FIGURES)
    if limit.binding == "headroom":
        ceiling = money(amounts.group_ceiling, limit.currency)
        return because("refer", "headroom_exhausted", ceiling=ceiling)
    return because("refer", "too_small", step=_step(amounts, limit))


def _step(amounts: CurrencyAmounts, limit: Limit) -> str:
    return money(amounts.step, limit.currency)
