"""The pattern of a bust-out: a young account that suddenly buys and owes far more than ever."""

from __future__ import annotations

from payrisk.calendar import iso
from payrisk.credit.applicant.account import Account
from payrisk.credit.applicant.habits import LATELY
from payrisk.credit.reasons.policy_reasons import money
from payrisk.credit.rules.decision import RedFlag
from payrisk.credit.rules.rules import FlagRules

BUST_OUT = "bust_out"


def account_flags(
    account: Account, as_of: int, rules: FlagRules, order_amount: int = 0
) -> tuple[RedFlag, ...]:
    """The red flags of a known customer, raised by what it owes, orders and was billed before.

    A bust-out is suspected in the first `days` of an account once it owes (the order waiting and
    those released counted) at least `ratio` times the most it owed until some weeks ago, and was
    billed or ordered at least `ratio` times its busiest month since then, a month. Both show
    before anything is overdue. `least` is the smallest amount that counts, in minor units.
    """
    rule = rules.get(BUST_OUT)
    first, peak, busiest = account.first_billed_on, account.peak_before, account.billed_before
    if rule is None or first is None or not peak or not busiest:
        return ()
    waiting = account.orders + account.reserved + order_amount
    owed = account.open + waiting
    # orders to come count as if billed within the same weeks
    billed = (account.billed_lately or 0) + waiting * 30 // LATELY
    is_young = as_of - first < rule.days
    has_jumped = owed >= rule.ratio * peak and billed >= rule.ratio * busiest
    if not (is_young and has_jumped and owed >= rule.least):
        return ()
    text = (
        f"A customer only since {iso(first)} owes or has ordered {money(owed, account.currency)},"
        f" {owed / peak:.1f} times the most it owed until {LATELY} days ago."
    )
    return (RedFlag(BUST_OUT, text, rule.asks_for, "ledger", as_of - 1),)
