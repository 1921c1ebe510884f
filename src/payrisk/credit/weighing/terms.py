"""Terms of payment by band: open, shorter, with discount, deposit, guarantee, or prepaid."""

from __future__ import annotations

from collections.abc import Iterable

from payrisk.credit.applicant.account import Account
from payrisk.credit.rules.decision import PROTECTIONS, GrantedTerms, Protection
from payrisk.credit.rules.rules import Band, CreditRules
from payrisk.credit.weighing.causes import DecisionCause


def terms_of(
    policy: CreditRules, band: Band, account: Account, causes: Iterable[DecisionCause]
) -> GrantedTerms:
    """The band's days, never more than asked for, under the strictest protection asked for.

    Shorter terms stay asked for beside a stricter protection; prepayment leaves no days.
    """
    asked: list[Protection] = [band.protection, *(cause.protection for cause in causes)]
    protection = max(asked, key=PROTECTIONS.index)
    days = band.terms_days
    if account.terms_days is not None:
        days = min(days, account.terms_days)
    if protection == "prepay":
        days = 0
    elif "shorter_terms" in asked:
        days = min(days, policy.short_terms_days)
    if protection != "discount":
        return GrantedTerms(days, protection)
    rules = policy.protections
    if days <= rules.discount_days:  # nothing would be paid early
        return GrantedTerms(days, "none")
    return GrantedTerms(days, "discount", rules.discount_rate, rules.discount_days)
