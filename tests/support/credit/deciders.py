"""What the tests of credit decide with: the shipped policy, a good account and a risk to order."""

from __future__ import annotations

from typing import Any

from payrisk.credit import (
    Account,
    CreditDecision,
    CreditPolicy,
    CreditRequest,
    DecisionBasis,
    Order,
    RedFlag,
)
from payrisk.predictions import DefaultRisk

AS_OF = 20_000
POLICY = CreditPolicy.read()
VERIFIED = dict.fromkeys(("days-to-pay", "default-risk", "new-customer"), "passed")
BASIS = DecisionBasis(AS_OF, "sha", AS_OF - 1, {"default-risk": "1"}, verdicts=VERIFIED)
REVIEW = CreditRequest(customer_id="c1")
GOOD = Account(
    "EUR",
    "c1",
    is_natural_person=False,
    monthly_sales=3_000_000,
    terms_days=30,
    net_worth=100_000_000,
    turnover=200_000_000,
    delay_days=0,
    n_settled=20,
)


def risk(probability: float = 0.02, **more: Any) -> DefaultRisk:
    return DefaultRisk("c1", AS_OF, 180, probability, **({"n_invoices_seen": 20} | more))


def decide(
    account: Account = GOOD,
    said: DefaultRisk | None = None,
    request: CreditRequest = REVIEW,
    flags: tuple[RedFlag, ...] = (),
    basis: DecisionBasis = BASIS,
    *,
    has_risk: bool = True,
) -> CreditDecision:
    found = (said or risk()) if has_risk else None
    return POLICY.decide(request, account, found, flags, basis)


def codes(decision: CreditDecision) -> list[str]:
    return [one.code for one in decision.reasons]


def order(amount: int, currency: str = "EUR") -> CreditRequest:
    return CreditRequest(customer_id="c1", order=Order(amount, currency))


def flag(asks_for: str) -> RedFlag:
    return RedFlag("missing_report", "No credit report is given.", asks_for, "application", AS_OF)
