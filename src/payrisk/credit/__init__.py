"""What credit to grant, from predictions and policy."""

from __future__ import annotations

from payrisk.credit.applicant.account import Account
from payrisk.credit.applicant.application import CreditApplication, CreditRequest
from payrisk.credit.applicant.exposure import CustomerAccounts
from payrisk.credit.applicant.order import Order, Security
from payrisk.credit.deciding.policy import CreditPolicy
from payrisk.credit.rules.decision import (
    Counterfactual,
    CreditDecision,
    DecisionBasis,
    ExpectedProfit,
    GrantedTerms,
    RedFlag,
    Release,
)
from payrisk.credit.rules.limits import Limit
from payrisk.credit.weighing.bust_out import account_flags
from payrisk.credit.weighing.flags import red_flags

__all__ = [
    "Account",
    "Counterfactual",
    "CreditApplication",
    "CreditDecision",
    "CreditPolicy",
    "CreditRequest",
    "CustomerAccounts",
    "DecisionBasis",
    "ExpectedProfit",
    "GrantedTerms",
    "Limit",
    "Order",
    "RedFlag",
    "Release",
    "Security",
    "account_flags",
    "red_flags",
]
