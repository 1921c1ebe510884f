"""What credit is expected to earn: margin less expected loss and the cost of the money tied up."""

from __future__ import annotations

import math

from payrisk.credit.rules.decision import ExpectedProfit, GrantedTerms
from payrisk.credit.rules.rules import CreditRules
from payrisk.ledger import DefaultRule
from payrisk.receivables.loss_given_default import LossRate

YEAR = 365


def expected_profit(
    policy: CreditRules,
    amount: int,
    *,
    probability: float,
    terms: GrantedTerms,
    delay_days: int,
    vat_rate: float = 0.0,
    is_one_order: bool = False,
    loss: LossRate | None = None,
) -> ExpectedProfit | None:
    """The expected profit of a limit, or of one order, in minor units; None of no credit.

    probability: of a default within the policy's horizon. loss: of own defaults; without one the
    policy's constant, assumed. A limit is used at `use_rate` on an ordinary day and turns over
    every terms + delay days within the policy's horizon, at the margin of sales net of VAT. An
    order is sold once and may go into default until the default rule's days after it is expected
    to be paid, so its loss goes by the chance of those days. A default comes when the whole is
    owed; the margin is earned if none comes. So

        expected(p) = (1 − p) × margin − p × exposure × loss rate − carrying cost

    and break-even is where that is zero: (margin − carrying cost) / (margin + loss).
    """
    rules = policy.profit
    unsecured = 1.0 - policy.protections.secured_rate(terms.protection)
    if amount <= 0 or terms.protection == "prepay":
        return None
    lost = loss or LossRate(rules.loss_given_default_rate)
    days = max(1, terms.days + delay_days)
    used = amount * (1.0 if is_one_order else rules.use_rate)
    horizon = days if is_one_order else policy.horizon_days
    at_risk_days = policy.horizon_days
    if is_one_order:
        at_risk_days = min(at_risk_days, days + DefaultRule().days)
    chance = rescale_probability(probability, policy.horizon_days, at_risk_days)
    net_sales = used / (1 + vat_rate) * horizon / days
    margin = (rules.margin_rate - terms.discount_rate) * net_sales
    exposed = lost.rate * unsecured * amount
    carrying = rules.funding_rate * used * horizon / YEAR
    at_stake = margin + exposed
    break_even = (margin - carrying) / at_stake if at_stake > 0 else float(carrying <= 0)
    return ExpectedProfit(
        margin=round((1 - chance) * margin),
        expected_loss=round(chance * exposed),
        carrying_cost=round(carrying),
        exposure=round(amount * unsecured),
        break_even=rescale_probability(
            min(1.0, max(0.0, break_even)), at_risk_days, policy.horizon_days
        ),
        probability=chance,
        horizon_days=at_risk_days,
        loss_rate=lost.rate,
        loss_rate_low=lost.low,
        loss_rate_high=lost.high,
        n_defaults=lost.n,
        is_loss_assumed=lost.is_assumed,
    )


def rescale_probability(probability: float, days: int, other_days: int) -> float:
    """The chance within other days of what has a chance within `days`, at an even hazard.

    >>> round(rescale_probability(0.19, 180, 90), 12)
    0.1
    """
    if days == other_days or probability >= 1.0:
        return probability
    return -math.expm1(math.log1p(-probability) * other_days / days)
