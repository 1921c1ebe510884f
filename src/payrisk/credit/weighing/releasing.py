"""The daily question: may an order leave, in whole or in part, and what would clear a hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from payrisk.calendar import iso
from payrisk.credit.applicant.account import Account
from payrisk.credit.applicant.application import Order
from payrisk.credit.reasons.policy_reasons import money
from payrisk.credit.rules.decision import GrantedTerms, Release
from payrisk.credit.rules.limits import Limit
from payrisk.credit.rules.rules import CreditRules
from payrisk.credit.weighing.causes import DecisionCause, because


def release(
    policy: CreditRules,
    order: Order,
    account: Account,
    limit: Limit,
    terms: GrantedTerms,
    as_of: int,
) -> tuple[Release, list[DecisionCause]]:
    """How much of an order the limit in force and the group let go, and every cause that holds it.

    limit.proposed: the limit in force (on file, else the one just found); None lets nothing go
    and has its own cause. Exposure counts what earlier releases reserved. Under prepayment an
    order needs no room, only its money.
    """
    held = Release("hold", 0, order.currency)
    blocks = list(_blocks(policy, account, as_of))
    if limit.proposed is None or limit.headroom is None:
        return held, blocks
    of_limit = limit.proposed - account.exposure
    of_group = limit.headroom - account.exposure
    room = min(of_limit, of_group)
    held = Release("hold", 0, order.currency, max(0, room))
    if blocks:
        return held, blocks
    told: dict[str, Any] = {"source": "ledger", "dated_on": as_of - 1}
    if terms.protection == "prepay":
        waits = money(order.amount, order.currency)
        return held, [because("protect", "prepay_first", amount=waits, protection="prepay")]
    if order.amount <= room:
        let_go = Release("release", order.amount, order.currency, room)
        return let_go, [because("note", "within_limit", **told)]
    if room > 0:
        part, rest = money(room, order.currency), money(order.amount - room, order.currency)
        cause = because("protect", "in_part", amount=part, rest=rest, **told)
        return Release("release_in_part", room, order.currency, room), [cause]
    code = "over_limit" if of_limit <= of_group else "over_headroom"
    excess = money(order.amount - room, order.currency)
    return held, [because("refer", code, amount=excess, **told)]


def _blocks(policy: CreditRules, account: Account, as_of: int) -> Iterator[DecisionCause]:
    """What holds an order whatever room the limit leaves."""
    known = as_of - 1
    if policy.overdue_blocks(account):
        yield because(
            "refer",
            "overdue_block",
            source="ledger",
            dated_on=known,
            amount=money(account.overdue, account.currency),
            days=policy.overdue_grace_days,
        )
    if account.returned > 0:
        yield because(
            "refer",
            "returned_payment",
            source="ledger",
            dated_on=known,
            amount=money(account.returned, account.currency),
        )
    ends = account.limit_ends_on
    if account.current_limit is not None and ends is not None and as_of > ends:
        yield because("refer", "limit_expired", source="ledger", dated_on=ends, day=iso(ends))
