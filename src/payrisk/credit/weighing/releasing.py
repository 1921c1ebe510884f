"""Whether an order may leave, in whole or in part, and what would clear a hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from payrisk.calendar import iso
from payrisk.credit.applicant.account import Account
from payrisk.credit.applicant.application import Order
from payrisk.credit.reasons.policy_reasons import money_text
from payrisk.credit.rules.decision import GrantedTerms, Release
from payrisk.credit.rules.limits import Limit
from payrisk.credit.rules.rules import CreditRules
from payrisk.credit.weighing.causes import DecisionCause, cause_of


class ReleaseProposal(NamedTuple):
    """What may happen to an order, and every cause that lets it go or holds it."""

    release: Release
    causes: list[DecisionCause]


def release_order(
    policy: CreditRules,
    order: Order,
    account: Account,
    limit: Limit,
    terms: GrantedTerms,
    as_of: int,
) -> ReleaseProposal:
    """How much of an order the limit in force and the group let go, and what holds the rest.

    limit.proposed: the limit in force (on file, else the one just found); None lets nothing go
    and has its own cause. Exposure counts what earlier releases reserved. Under prepayment an
    order needs no room, only its money.
    """
    held = Release("hold", 0, order.currency)
    blocks = list(_blocks(policy, account, as_of))
    if limit.proposed is None or limit.headroom is None:
        return ReleaseProposal(held, blocks)
    of_limit = limit.proposed - account.exposure
    of_group = limit.headroom - account.exposure
    room = min(of_limit, of_group)
    held = Release("hold", 0, order.currency, max(0, room))
    if blocks:
        return ReleaseProposal(held, blocks)
    by_ledger: dict[str, Any] = {"source": "ledger", "dated_on": as_of - 1}
    if terms.protection == "prepay":
        waits = money_text(order.amount, order.currency)
        cause = cause_of("protect", "prepay_first", amount=waits, protection="prepay")
        return ReleaseProposal(held, [cause])
    if order.amount <= room:
        let_go = Release("release", order.amount, order.currency, room)
        return ReleaseProposal(let_go, [cause_of("note", "within_limit", **by_ledger)])
    if room > 0:
        part = money_text(room, order.currency)
        rest = money_text(order.amount - room, order.currency)
        cause = cause_of("protect", "in_part", amount=part, rest=rest, **by_ledger)
        release = Release("release_in_part", room, order.currency, room)
        return ReleaseProposal(release, [cause])
    code = "over_limit" if of_limit <= of_group else "over_headroom"
    excess = money_text(order.amount - room, order.currency)
    return ReleaseProposal(held, [cause_of("refer", code, amount=excess, **by_ledger)])


def _blocks(policy: CreditRules, account: Account, as_of: int) -> Iterator[DecisionCause]:
    """What holds an order whatever room the limit leaves."""
    last_day = as_of - 1
    if policy.overdue_blocks(account):
        yield cause_of(
            "refer",
            "overdue_block",
            source="ledger",
            dated_on=last_day,
            amount=money_text(account.overdue, account.currency),
            days=policy.overdue_grace_days,
        )
    if account.returned > 0:
        yield cause_of(
            "refer",
            "returned_payment",
            source="ledger",
            dated_on=last_day,
            amount=money_text(account.returned, account.currency),
        )
    ends = account.limit_ends_on
    if account.current_limit is not None and ends is not None and as_of > ends:
        yield cause_of("refer", "limit_expired", source="ledger", dated_on=ends, day=iso(ends))
