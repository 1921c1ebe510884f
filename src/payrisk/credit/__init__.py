"""What credit to grant, from predictions and policy."""

from __future__ import annotations

from payrisk.credit.account import Account
from payrisk.credit.application import CreditApplication, CreditRequest, Order
from payrisk.credit.bust_out import account_flags
from payrisk.credit.decision import (
    Basis,
    Counterfactual,
    CreditDecision,
    Profit,
    RedFlag,
    Release,
    Terms,
)
from payrisk.credit.exposure import Accounts
from payrisk.credit.flags import red_flags
from payrisk.credit.limits import Limit
from payrisk.credit.policy import CreditPolicy

__all__ = [
    "Account",
    "Accounts",
    "Basis",
    "Counterfactual",
    "CreditApplication",
    "CreditDecision",
    "CreditPolicy",
    "CreditRequest",
    "Limit",
    "Order",
    "Profit",
    "RedFlag",
    "Release",
    "Terms",
    "account_flags",
    "red_flags",
]
