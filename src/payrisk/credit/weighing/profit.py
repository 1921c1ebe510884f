"""What credit is expected to earn: margin less expected loss and the cost of the money tied up."""

from __future__ import annotations

from payrisk.credit.rules.decision import ExpectedProfit, GrantedTerms
from payrisk.credit.rules.rules import CreditRules

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
) -> ExpectedProfit | None:
    """The expected profit of a limit, or of one order, in minor units; None of no credit.

    A limit is used at `use_rate` on an ordinary day and turns over every terms + delay days
    within the policy's horizon, at the margin of sales net of VAT; an order is sold once. A
    default comes when the whole is owed and costs `loss_given_default_rate` of what is not
    secured, by the whole horizon's probability; the margin is earned if none comes. So

        expected(p) = (1 − p) × margin − p × loss − carrying cost

    and break-even is where that is zero: (margin − carrying cost) / (margin + loss).
    """
    rules = policy.profit
    unsecured = 1.0 - policy.protections.secured_rate(terms.protection)
    if amount <= 0 or terms.protection == "prepay":
        return None
    days = max(1, terms.days + delay_days)
    used = amount * (1.0 if is_one_order else rules.use_rate)
    horizon = days if is_one_order else policy.horizon_days
    net_sales = used / (1 + vat_rate) * horizon / days
    margin = (rules.margin_rate - terms.discount_rate) * net_sales
    loss = rules.loss_given_default_rate * unsecured * amount
    carrying = rules.funding_rate * used * horizon / YEAR
    at_stake = margin + loss
    break_even = (margin - carrying) / at_stake if at_stake > 0 else float(carrying <= 0)
    return ExpectedProfit(
        margin=round((1 - probability) * margin),
        expected_loss=round(probability * loss),
        carrying_cost=round(carrying),
        exposure=round(amount * unsecured),
        break_even=min(1.0, max(0.0, break_even)),
    )
