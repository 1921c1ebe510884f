"""Bust-out: a young account that suddenly buys and owes far more than ever, then pays no more."""

from __future__ import annotations

from payrisk.calendar import iso
from payrisk.credit.applicant.account import Account
from payrisk.credit.applicant.habits import LATELY, MONTH
from payrisk.credit.reasons.policy_reasons import money_text
from payrisk.credit.rules.decision import RedFlag
from payrisk.credit.rules.rules import FlagRule, FlagRules

BUST_OUT = "bust_out"
TEXT = (
    "A customer only since {day} owes or has ordered {amount}, {ratio:.1f} times the most it owed"
    " until {days} days ago{signs}."
)
ENDS = (
    ", {late} of it late",
    ", {late} of it late, and its application shows a sign that such accounts share",
    ", {late} of it late, and its application shows {n} signs that such accounts share",
)
"""How the sentence ends: without a sign, with one, and with more."""
WITHOUT_APPLICATION = 1.5
"""How much larger the jump and the late share have to be of who has no application on record."""


def account_flags(
    account: Account, as_of: int, rules: FlagRules, order_amount: int = 0
) -> tuple[RedFlag, ...]:
    """The red flags of a known customer, raised by what it owes, orders and was billed before.

    A bust-out is suspected in the first `days` of an account once it owes (the order waiting and
    those released counted) at least `ratio` times the most it owed until some weeks ago, and was
    billed or ordered at least as much since then as in its busiest month. Seasons and growth do
    the same: so its application has to show `signs` of those that bust-outs share, or one less
    where `late_rate` of what is owed is late; who has no application on record is judged by a
    larger jump and more that is late. `least` is the smallest amount that counts, in minor units
    of the house currency, converted where a rate is known.
    """
    rule = rules.get(BUST_OUT)
    first, peak, busiest = account.first_billed_on, account.peak_before, account.billed_before
    if rule is None or first is None or not peak or not busiest:
        return ()
    waiting = account.orders + account.reserved + order_amount
    owed = account.open + waiting
    # orders to come count as if billed within the same weeks
    billed = (account.billed_lately or 0) + waiting * MONTH // LATELY
    ratio = _ratio_needed(account, rule)
    is_young = as_of - first < rule.days
    has_jumped = ratio is not None and owed >= ratio * peak and billed >= busiest
    least = rule.least * (account.house_rate or 1.0)
    if not (is_young and has_jumped and owed >= least):
        return ()
    amount = money_text(owed, account.currency)
    text = TEXT.format(
        day=iso(first), amount=amount, ratio=owed / peak, days=LATELY, signs=_signs_text(account)
    )
    return (RedFlag(BUST_OUT, text, rule.asks_for, "ledger", as_of - 1),)


def _ratio_needed(account: Account, rule: FlagRule) -> float | None:
    """How many times its former peak raises the flag; None where nothing but growth is seen."""
    if account.application_signs is None:
        is_late = _is_late(account, min(1.0, rule.late_rate * WITHOUT_APPLICATION))
        return rule.ratio * WITHOUT_APPLICATION if is_late else None
    needed = rule.signs - _is_late(account, rule.late_rate)
    return rule.ratio if account.application_signs >= needed else None


def _is_late(account: Account, rate: float) -> bool:
    """Whether such a share of what is open is past its due day, to the cent."""
    return account.open > 0 and account.late >= round(rate * account.open)


def _signs_text(account: Account) -> str:
    n = account.application_signs or 0
    late = money_text(account.late, account.currency)
    return ENDS[min(n, 2)].format(late=late, n=n)
