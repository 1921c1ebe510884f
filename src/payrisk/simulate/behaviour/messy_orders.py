"""Messy orders: delivered in parts, renumbered, placed again or cancelled without a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Ints
from payrisk.calendar import NEVER
from payrisk.simulate.behaviour.billing import Invoices
from payrisk.simulate.world.company import Customers
from payrisk.simulate.world.economy import CURRENCIES, billing_currency
from payrisk.simulate.world.random_streams import draw_integers
from payrisk.simulate.world.stage import SharedWorld
from payrisk.simulate.world.texts import Ids, texts_of_codes

RENUMBERED, PLACED_AGAIN, RESTATED, SENT_TWICE, CALLED_OFF, PLAIN = range(6)
FATES = np.array([0.08, 0.16, 0.24, 0.29, 0.39])
"""What becomes of an order before it is delivered, by the share of all up to each."""


@dataclass(frozen=True)
class MessyOrders:
    """The orders of a block, and the number each invoice bears.

    events: `order` and `order_cancelled` facts; `order` is the true order each is of, `change`
    what it truly changed of what waits, in minor units. number: (n,) the order number on each
    invoice row, None where it bears none. of_row: (n,) the true order of each invoice row, −1
    where it was ordered by nobody. dropped: what was silently never delivered, as `events`.
    """

    events: list[pd.DataFrame]
    number: Any
    of_row: Ints
    dropped: pd.DataFrame


@dataclass(frozen=True)
class _Orders:
    """(k,) true orders: whose, in what currency, for how much, when placed and expected.

    books_from: the day the books of the entity that delivers begin.
    """

    customer: Ints
    currency: Ints
    books_from: Ints
    total: Ints
    rest: Ints
    made_on: Ints
    last_on: Ints
    expected_on: Ints
    fate: Ints
    is_numbered: Flags
    is_currency_said: Flags


def messy_orders(rows: Invoices, who: Customers, ids: Ids, stage: SharedWorld) -> MessyOrders:
    """Orders of the invoices in the books, one to several invoices each."""
    rng = stage.streams.of("messy orders")
    currency = billing_currency(who.country[rows.customer], rows.entity, stage.world)
    first, order, k = _grouped(rows, who, rng)
    whole = np.bincount(rows.number, rows.amount, minlength=rows.number.max(initial=0) + 1)
    delivered = np.bincount(order, whole[rows.number[first]], minlength=k).astype(np.int64)
    begin, end = (
        np.searchsorted(order, np.arange(k)),
        np.searchsorted(order, np.arange(k), "right"),
    )
    head, tail = first[begin], first[end - 1]
    made = rows.issued_on[head] - draw_integers(rng, 5, 25, k)
    after = rng.random(k) < 0.04
    made = np.where(after, rows.issued_on[head] + draw_integers(rng, 1, 4, k), made)
    last = rows.issued_on[tail]
    luck = rng.random(k)
    expected = np.where(
        luck < 0.1, last - draw_integers(rng, 1, 9, k), last + draw_integers(rng, 0, 9, k)
    )
    expected = np.where(luck > 0.93, NEVER, np.maximum(expected, made + 1))
    rest = np.rint(delivered * (0.1 + 0.4 * rng.random(k)) * (rng.random(k) < 0.15))
    fate = np.searchsorted(FATES, rng.random(k), "right")
    is_numbered = rng.random(k) > 0.05
    changes = np.isin(fate, (RENUMBERED, RESTATED, SENT_TWICE))
    fate = np.where(after | (changes & ~is_numbered), PLAIN, fate)
    customer = rows.customer[head]
    has_several = np.zeros(who.n, dtype=bool)
    home = billing_currency(who.country, who.entity, stage.world)
    has_several[rows.customer[currency != home[rows.customer]]] = True
    orders = _Orders(
        customer,
        currency[head],
        stage.books.coverage_on[rows.entity[head]],
        delivered + rest.astype(np.int64),
        rest.astype(np.int64),
        made,
        last,
        expected,
        fate,
        is_numbered,
        has_several[customer] | (rng.random(k) < 0.5),
    )
    events, dropped = _events(orders, who, ids, rng)
    number, of_row = _on_invoices(rows, orders, first, order, who, ids, rng)
    is_onboarded = made >= who.onboarded_on[customer]
    is_onboarded = np.concatenate([is_onboarded, is_onboarded[fate == CALLED_OFF]])
    return MessyOrders(
        [frame[is_onboarded[frame["order"]]] for frame in events],
        number,
        np.where(is_onboarded[of_row] & (of_row >= 0), of_row, -1) if k else of_row,
        dropped[is_onboarded[dropped["order"]]],
    )


def _grouped(rows: Invoices, who: Customers, rng: np.random.Generator) -> tuple[Ints, Ints, int]:
    """Places of the ordered invoices by customer and day, the order each is of, how many."""
    ordered = who.orders[rows.customer] & (rows.instalment == 1) & (rng.random(rows.n) < 0.8)
    place = np.flatnonzero(ordered)
    place = place[
        np.lexsort((place, rows.issued_on[place], rows.entity[place], rows.customer[place]))
    ]
    if not len(place):
        return place, place, 0
    whose = rows.customer[place] * 10 + rows.entity[place]
    gap = np.diff(rows.issued_on[place], prepend=0)
    begins = (np.diff(whose, prepend=-1) != 0) | (gap > 30) | (rng.random(len(place)) < 0.6)
    order = np.cumsum(begins) - 1
    return place, order, int(order[-1]) + 1


def _events(
    orders: _Orders, who: Customers, ids: Ids, rng: np.random.Generator
) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    k = len(orders.total)
    every, fate, made = np.arange(k), orders.fate, orders.made_on
    number = ids.document("PO", every).astype(object).to_numpy()
    written_number = _only(orders.is_numbered, number)
    is_numbered_off = rng.random(who.n) < 0.75
    off_number = _only(is_numbered_off[orders.customer], written_number)
    currency = texts_of_codes(CURRENCIES, orders.currency).astype(object).to_numpy()
    currency = _only(orders.is_currency_said, currency)

    def rows(kind: str, of: Ints, day: Ints, change: Ints, **more: Any) -> pd.DataFrame:
        columns = {
            "amount": np.abs(change),
            "order_number": (written_number if kind == "order" else off_number)[of],
            "refers_on": orders.expected_on[of] if kind == "order" else NEVER,
            "requested_on": orders.expected_on[of] if kind == "order" else NEVER,
        }
        return pd.DataFrame(
            {
                "kind": kind,
                "subject_kind": "customer",
                "subject": ids.customer(orders.customer[of], day),
                "happened_on": day,
                "known_on": np.maximum(day, orders.books_from[of]),
                "order_currency": currency[of],
                "order": of,
                "change": change,
                **(columns | more),
            }
        )

    # a restated order was first stated for another amount
    factor = np.where(fate == RESTATED, 0.5 + rng.random(k), 1.0)
    stated = np.maximum(np.rint(orders.total * factor), 1).astype(np.int64)
    frames = [rows("order", every, made, stated)]
    for of, waits, kind_of_change in (
        (RENUMBERED, 2, 0),
        (SENT_TWICE, 1, 0),
        (RESTATED, 2, 1),
    ):
        again = np.flatnonzero(fate == of)
        change = (orders.total - stated)[again] * kind_of_change
        more: dict[str, Any] = {"amount": orders.total[again]}
        if of == RENUMBERED:
            more |= {"order_number": number[again] + "R", "old": number[again]}
        frames.append(rows("order", again, made[again] + waits, change, **more))
    back = np.flatnonzero(fate == PLACED_AGAIN)
    frames.append(rows("order_cancelled", back, made[back] + 1, -orders.total[back]))
    frames.append(rows("order", back, made[back] + 3, orders.total[back]))
    # one called off is a copy of a real one, with a number of its own, never billed
    off = np.flatnonzero(fate == CALLED_OFF)
    copied = dict(order=k + np.arange(len(off)))
    own_number = _only(orders.is_numbered[off], number[off] + "X")
    frames.append(
        rows("order", off, made[off], orders.total[off], order_number=own_number, **copied)
    )
    until = made[off] + draw_integers(rng, 1, 12, len(off))
    own_off = _only(is_numbered_off[orders.customer[off]], own_number)
    frames.append(
        rows("order_cancelled", off, until, -orders.total[off], order_number=own_off, **copied)
    )
    short = np.flatnonzero(orders.rest > 0)
    ended = orders.last_on[short] + draw_integers(rng, 1, 12, len(short))
    is_told = rng.random(len(short)) < 0.75
    changes, silent = short[is_told], short[~is_told]
    renumbered = np.where(fate == RENUMBERED, number + "R", number)
    frames.append(
        rows(
            "order_cancelled",
            changes,
            ended[is_told],
            -orders.rest[changes],
            order_number=_only(
                (is_numbered_off[orders.customer] & orders.is_numbered)[changes],
                renumbered[changes],
            ),
        )
    )
    dropped = rows("order_cancelled", silent, ended[~is_told], -orders.rest[silent])
    return frames, dropped


def _on_invoices(
    rows: Invoices,
    orders: _Orders,
    first: Ints,
    order: Ints,
    who: Customers,
    ids: Ids,
    rng: np.random.Generator,
) -> tuple[Any, Ints]:
    """The order number each invoice row bears (most always, some mostly, some never)."""
    of_number = np.full(rows.number.max(initial=0) + 1, -1)
    of_number[rows.number[first]] = order
    of_row = of_number[rows.number]
    names = ids.document("PO", np.arange(len(orders.total))).astype(object).to_numpy()
    names = np.where(orders.fate == RENUMBERED, names + "R", names)
    names = _only(orders.is_numbered, names)
    habit = rng.random(who.n)[rows.customer]
    luck = rng.random(rows.number.max(initial=0) + 1)[rows.number]
    bears = (habit < 0.65) | ((habit < 0.85) & (luck < 0.8))
    number = np.full(rows.n, None, dtype=object)
    is_named = (of_row >= 0) & bears
    number[is_named] = names[of_row[is_named]]
    return number, of_row


def _only(where: Flags, texts: Any) -> Any:
    """(n,) the texts where marked, None elsewhere."""
    out = np.full(len(where), None, dtype=object)
    out[where] = texts[where]
    return out


def orders_truth(
    orders: MessyOrders,
    events: pd.DataFrame,
    rows: Invoices,
    recorded_on: Ints,
    who: Customers,
    ids: Ids,
    stage: SharedWorld,
) -> pd.DataFrame:
    """What truly changed of each order: one row a change, and the day it could be known.

    order: counts within the block. kind: order, order_cancelled, invoiced, dropped. change: minor
    units of `currency` by which what waits for its invoice grows or shrinks.
    """
    final = ids.customer(np.arange(who.n), NEVER - 1).astype(object).to_numpy()
    of_events = events[events["order"].notna()]
    dropped = orders.dropped.assign(kind="dropped", recorded_on=orders.dropped["happened_on"])
    changes = pd.concat([of_events, dropped], ignore_index=True)
    billed = np.flatnonzero(orders.of_row >= 0)
    currency = billing_currency(who.country[rows.customer], rows.entity, stage.world)
    names = texts_of_codes(CURRENCIES, currency).astype(object).to_numpy()
    invoiced = pd.DataFrame(
        {
            "order": orders.of_row[billed],
            "kind": "invoiced",
            "happened_on": rows.issued_on[billed],
            "recorded_on": recorded_on[billed],
            "change": -rows.amount[billed],
            "customer_id": final[rows.customer[billed]],
            "currency": names[billed],
        }
    )
    present = pd.Series(final, index=ids.first.astype(object)).to_dict()
    changes = changes.assign(
        customer_id=changes["subject"].map(lambda name: present.get(name, name)),
        currency=changes["order_currency"].astype(object),
    )
    # an order that says no currency is of a customer that has one
    home = texts_of_codes(CURRENCIES, billing_currency(who.country, who.entity, stage.world))
    changes["currency"] = changes["currency"].fillna(
        changes["customer_id"].map(dict(zip(final, home.astype(object), strict=True)))
    )
    columns = ["order", "customer_id", "currency", "kind", "happened_on", "recorded_on", "change"]
    joined = pd.concat([changes[columns], invoiced[columns]], ignore_index=True)
    numbers = {"order": "int64", "happened_on": "int64", "recorded_on": "int64", "change": "int64"}
    return joined.astype(numbers).sort_values(["order", "recorded_on"], ignore_index=True)
