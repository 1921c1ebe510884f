"""Headroom that released orders hold until the ledger shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.engine import Connection

from payrisk.credit.deciding.records import (
    DecisionRecord,
    HeadroomClaim,
    HeadroomQuestion,
    HeldHeadroom,
    Reservation,
)
from payrisk.store.schema import reservations
from payrisk.store.statements import DriverStatement

_ROW = reservations.c
_HELD = (
    select(_ROW.customer_id, _ROW.order_key, _ROW.currency, _ROW.amount)
    .where(
        _ROW.customer_id.in_(bindparam("members", expanding=True)),
        _ROW.until_on >= bindparam("as_of"),
    )
    .order_by(_ROW.seq)
)
_HELD_BY_ONE = DriverStatement(
    select(_ROW.customer_id, _ROW.order_key, _ROW.currency, _ROW.amount)
    .where(_ROW.customer_id == bindparam("member"), _ROW.until_on >= bindparam("as_of"))
    .order_by(_ROW.seq)
)
_OLDER = DriverStatement(
    select(_ROW.until_on).where(
        _ROW.customer_id == bindparam("customer_id"), _ROW.order_key == bindparam("order_key")
    )
)
_RESERVE = DriverStatement(insert(reservations))


def held_headroom(connection: Connection, question: HeadroomQuestion) -> HeldHeadroom:
    """What the orders of a customer and of the others in its group hold on a morning.

    What has expired by then, what the ledger shows and the order that is being decided do not
    count.
    """
    customer_id = question.customer_id
    members = sorted(
        {*question.group, *question.former_ids, *([] if customer_id is None else [customer_id])}
    )
    rows: Iterable[Any]
    if len(members) == 1:
        alone = {"member": members[0], "as_of": question.as_of}
        rows = _HELD_BY_ONE.run(connection, alone)
    else:
        rows = connection.execute(_HELD, {"members": members, "as_of": question.as_of})
    latest = {
        (question.former_ids.get(row.customer_id, row.customer_id), row.order_key): row
        for row in rows
    }
    by_customer: dict[str, int] = defaultdict(int)
    by_others: dict[str, int] = defaultdict(int)
    for (customer, order), row in latest.items():
        is_by_customer = customer == customer_id
        is_decided_now = is_by_customer and order == question.except_order
        if row.amount and not is_decided_now and not question.is_in_ledger(customer, order):
            (by_customer if is_by_customer else by_others)[row.currency] += row.amount
    return HeldHeadroom(by_customer, by_others)


def write_reservation(
    connection: Connection, reservation: Reservation, *, made_by: str, decision_id: str, seq: int
) -> dict[str, Any] | None:
    """Let an order hold its amount from now on; the row written, None when nothing changes.

    The newest row of an order is what counts, so it never ends before an older one. decision_id
    stands for an order without an id; seq: the row of the audit chain that vouches for it.
    """
    order = reservation.order_id or decision_id
    same = {"customer_id": reservation.customer_id, "order_key": order}
    older = _OLDER.run(connection, same).scalars()
    until = max(older, default="")
    if not until and not reservation.amount:
        return None
    written = {
        "made_by": made_by,
        "seq": seq,
        "customer_id": reservation.customer_id,
        "order_key": order,
        "currency": reservation.currency,
        "amount": reservation.amount,
        "until_on": max(until, reservation.until_on),
    }
    _RESERVE.run(connection, written)
    return written


def decide_claim(connection: Connection, claim: HeadroomClaim) -> DecisionRecord:
    """The claim decided on what other orders hold as this transaction sees it."""
    return claim.decide(held_headroom(connection, claim.question))
