"""Whether an order may leave, in whole or in part, and what would clear a hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from payrisk.calendar import NEVER, iso
from payrisk.credit.applicant.account import Account
from payrisk.credit.applicant.order import Order
from payrisk.credit.reasons.policy_reasons import money_text
from payrisk.credit.rules.decision import GrantedTerms, Release
from payrisk.credit.rules.limits import Limit
from payrisk.credit.rules.rules import CreditRules
from payrisk.credit.weighing.causes import DecisionCause, cause_of

WHOSE = {
    "over_limit": "the limit",
    "over_headroom": "what the group's ceiling leaves",
    "over_insurer": "the insurer's limit",
}
"""What an order exceeds, by the code of the cause that holds it."""


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
    order needs no room, only its money; a down payment before delivery needs none either. What
    is delivered is not held any more, and what securities would pay beyond the limit is a
    person's to release.
    """
    secured = order.secured(due_on(order, terms, as_of))
    held = Release("hold", 0, order.currency, secured=secured)
    blocks = list(_blocks(policy, account, as_of))
    if limit.proposed is None or limit.headroom is None:
        return ReleaseProposal(held, blocks)
    of_limit = limit.proposed - account.exposure
    of_group = limit.headroom - account.exposure
    of_insurer = _insurers_room(account)
    room = min(of_limit, of_group, of_insurer)
    held = replace(held, room=max(0, room))
    if blocks:
        return ReleaseProposal(held, blocks)
    by_ledger: dict[str, Any] = {"source": "ledger", "dated_on": as_of - 1}
    if terms.protection == "prepay":
        waits = money_text(order.amount, order.currency)
        cause = cause_of("protect", "prepay_first", amount=waits, protection="prepay")
        return ReleaseProposal(held, [cause])
    until = as_of + policy.reservation_days
    is_later = order.requested_on is not None and order.requested_on > as_of
    let_go = replace(
        held, expires_on=until, check_again_on=order.requested_on if is_later else None
    )
    if order.needed <= room:
        let_go = replace(let_go, action="release", amount=order.amount)
        causes = [cause_of("note", "within_limit", **by_ledger)]
        if order.down_payment:
            amount = money_text(order.down_payment, order.currency)
            causes = [cause_of("protect", "down_payment_first", amount=amount), *causes]
        return ReleaseProposal(let_go, causes)
    excess = money_text(order.needed - room, order.currency)
    code = "over_limit" if of_limit <= of_group else "over_headroom"
    if of_insurer < min(of_limit, of_group):
        code = "over_insurer"
    whose = WHOSE[code]
    if secured >= order.needed - room:
        pays = money_text(secured, order.currency)
        cause = cause_of(
            "refer", "over_but_secured", amount=excess, secured=pays, whose=whose, **by_ledger
        )
        return ReleaseProposal(held, [cause])
    if room > order.delivered:
        part = money_text(room, order.currency)
        cause = cause_of("protect", "in_part", amount=part, rest=excess, whose=whose, **by_ledger)
        return ReleaseProposal(replace(let_go, action="release_in_part", amount=room), [cause])
    return ReleaseProposal(held, [cause_of("refer", code, amount=excess, **by_ledger)])


def due_on(order: Order, terms: GrantedTerms | None, as_of: int) -> int:
    """The day an order falls due: its delivery, today at the earliest, and the terms after it."""
    delivery = as_of if order.requested_on is None else max(as_of, order.requested_on)
    return delivery + (0 if terms is None else terms.days)


def order_notes(
    policy: CreditRules, order: Order, account: Account, terms: GrantedTerms | None, as_of: int
) -> list[DecisionCause]:
    """What is worth knowing of an order beside what decides it."""
    notes, due = [], due_on(order, terms, as_of)
    for each in order.securities:
        if each.expires_on < due:
            words: dict[str, Any] = {
                "kind": each.kind.replace("_", " "),
                "amount": money_text(each.amount, order.currency),
                "day": iso(each.expires_on),
                "due": iso(due),
            }
            notes.append(cause_of("note", "security_ends", source="order", **words))
    for code, cents in (
        ("delivered_already", order.delivered),
        ("made_to_order", order.made_to_order),
    ):
        if cents:
            amount = money_text(cents, order.currency)
            notes.append(cause_of("note", code, source="order", amount=amount))
    if account.terms_days is None:
        notes.append(cause_of("note", "new_currency", source="ledger", currency=order.currency))
    until = as_of + policy.reservation_days
    if order.requested_on is not None and order.requested_on > until:
        days: dict[str, Any] = {"day": iso(until), "requested": iso(order.requested_on)}
        notes.append(cause_of("note", "check_at_delivery", **days))
    if account.order_guesses:
        guesses = "; ".join(account.order_guesses)
        notes.append(
            cause_of(
                "note", "orders_guessed", source="ledger", dated_on=as_of - 1, guesses=guesses
            )
        )
    return notes


def _insurers_room(account: Account) -> int:
    """What the insurer's limit leaves beside the gross exposure; without a cover, no bound."""
    return NEVER if account.insurer_limit is None else account.insurer_limit - account.exposure


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
    if policy.dispute_prevents_block(account):
        yield cause_of(
            "refer",
            "dispute_lifts_block",
            source="ledger",
            dated_on=last_day,
            amount=money_text(account.excused, account.currency),
        )
    if account.cover_stopped_by is not None and account.insurer_limit is not None:
        yield cause_of(
            "refer",
            "cover_stopped",
            source="ledger",
            dated_on=last_day,
            invoice=account.cover_stopped_by,
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
