"""Disputes: which invoices were disputed, over how much, from when to when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.simulate.behaviour import causes
from payrisk.simulate.behaviour.billing import Invoices
from payrisk.simulate.behaviour.paying import Payments
from payrisk.simulate.world.random_streams import Streams, draw_integers


@dataclass(frozen=True)
class Disputes:
    """(n,) per invoice row: days (NEVER = no dispute, or not closed) and disputed cents."""

    opened_on: Ints
    closed_on: Ints
    amount: Ints


def disputes(rows: Invoices, paid: Payments, streams: Streams) -> Disputes:
    """Disputes before the payment or credit that ended them; those of a lost invoice stay open."""
    rng, n = streams.of("disputes"), rows.n
    is_disputed = paid.cause == causes.DISPUTE
    is_disputed |= (paid.cause == causes.CREDITED) & (rng.random(n) < 0.5)
    is_disputed |= (paid.cause == causes.SHORT_PAY) & (rng.random(n) < 0.25)
    ends = np.where(paid.cause == causes.CREDITED, paid.closed_on, paid.paid_on)
    span = np.maximum(np.minimum(ends, rows.due_on + 10) - rows.issued_on, 1)
    opened = rows.issued_on + (rng.random(n) * span).astype(np.int64)
    closed = np.where(paid.cause == causes.CREDITED, ends, ends - draw_integers(rng, 0, 8, n))
    closed = np.where(ends < NEVER, np.maximum(closed, opened), NEVER)
    whole_one = rng.random(n) < 0.6
    part = np.rint(rows.amount * (0.2 + 0.6 * rng.random(n))).astype(np.int64)
    amount = np.where(whole_one, rows.amount, np.maximum(part, paid.credited))
    return Disputes(
        np.where(is_disputed, opened, NEVER),
        np.where(is_disputed, closed, NEVER),
        np.where(is_disputed, amount, 0),
    )
