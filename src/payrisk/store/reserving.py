"""Headroom that released orders hold until the ledger shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.engine import Connection

from payrisk.store.records import DecisionRecord, HeadroomClaim, HeldHeadroom, Reservation
from payrisk.store.schema import reservations

_ROW = reservations.c
_HELD = (
    select(_ROW.customer_id, _ROW.order_key, _ROW.currency, _ROW.amount)
    .where(
        _ROW.customer_id.in_(bindparam("members", expanding=True)),
        _ROW.until_on >= bindparam("as_of"),
    )
    .order_by(_ROW.seq)
)
_OLDER = select(_ROW.until_on).where(
    _ROW.customer_id == bindparam("customer_id"), _ROW.order_key == bindparam("order_key")
)
_RESERVE = insert(reservations)


def reserved(
    connection: Connection,
    *,
    customer_id: str | None,
    group: Collection[str],
    as_of: str,
    is_in_ledger: Callable[[str], bool],
    but: str | None = None,
) -> HeldHeadroom:
    """What the orders of a customer and of the others in its group hold on a morning (ISO date).

    customer_id None: an applicant, who holds nothing itself. What has expired by then, what the
    ledger shows and the order `but` of this customer do not count.
    """
    members = sorted({*group, *([] if customer_id is None else [customer_id])})
    rows = connection.execute(_HELD, {"members": members, "as_of": as_of})
    latest = {(customer, order): (money, cents) for customer, order, money, cents in rows}
    own: dict[str, int] = defaultdict(int)
    others: dict[str, int] = defaultdict(int)
    for (customer, order), (currency, cents) in latest.items():
        is_own = customer == customer_id
        if cents and not (is_own and order == but) and not is_in_ledger(order):
            (own if is_own else others)[currency] += cents
    return HeldHeadroom(own, others)


def reserve(
    connection: Connection, wanted: Reservation, *, made_by: str, decision_id: str, seq: int
) -> dict[str, Any] | None:
    """Let an order hold `wanted.amount` from now on; the row written, None when nothing changes.

    The newest row of an order is what counts, so it never ends before an older one. decision_id
    stands for an order without an id; seq: the row of the audit chain that vouches for it.
    """
    order = wanted.order_id or decision_id
    same = {"customer_id": wanted.customer_id, "order_key": order}
    older = connection.execute(_OLDER, same).scalars()
    until = max(older, default="")
    if not until and not wanted.amount:
        return None
    written = {
        "made_by": made_by,
        "seq": seq,
        "customer_id": wanted.customer_id,
        "order_key": order,
        "currency": wanted.currency,
        "amount": wanted.amount,
        "until_on": max(until, wanted.until_on),
    }
    connection.execute(_RESERVE, [written])
    return written


def complete(connection: Connection, claim: HeadroomClaim) -> DecisionRecord:
    """The claim decided on what other orders hold as this transaction sees it."""
    held = reserved(
        connection,
        customer_id=claim.customer_id,
        group=claim.group,
        as_of=claim.as_of,
        is_in_ledger=claim.is_in_ledger,
        but=claim.order_id,
    )
    return claim.complete(held)
