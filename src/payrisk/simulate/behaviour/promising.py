"""Promises that bind: the customer, the channel and the lead decide whether each is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from payrisk.arrays import Flags, Floats, Ints
from payrisk.calendar import NEVER
from payrisk.simulate.behaviour import causes
from payrisk.simulate.behaviour.billing import Invoices
from payrisk.simulate.behaviour.paying import Payments
from payrisk.simulate.behaviour.stress import Spells
from payrisk.simulate.world.company import Customers
from payrisk.simulate.world.random_streams import draw_places, logistic
from payrisk.simulate.world.stage import SharedWorld

CHANNELS = ("telephone", "e-mail", "letter")
CHANNEL_SHARES = np.array([0.5, 0.35, 0.15])
CHANNEL_EFFECTS = np.array([0.0, 0.4, 1.0])
USUAL, OF_CANDOUR, OF_LEAD, OF_BROKEN, OF_AGE = 1.0, 1.2, -0.8, -0.9, -0.6
"""Log-odds that a promise is kept: by telephone in a week's time; a standard deviation of the
customer's candour; each log of its lead; each one broken before; beyond 30 days past due."""
AROUND = np.array([0.05, 0.15, 0.50, 0.18, 0.08, 0.04])
EARLIEST, GRACE = -2, 3
"""A promise kept is paid so many days around its day, with the chances AROUND."""
LEAD_SCALE, LONGEST_LEAD = 8.0, 45
MADE_AGAIN = 0.5


@dataclass(frozen=True)
class PromiseRound:
    """(n,) per invoice row: whether this promise was made, its days, channel and true chance."""

    is_made: Flags
    made_on: Ints
    promised_on: Ints
    channel: Ints
    probability: Floats


def with_promises(
    rows: Invoices, paid: Payments, who: Customers, spells: Spells, stage: SharedWorld
) -> tuple[Payments, tuple[PromiseRound, ...]]:
    """Payments as promises move them, and the promises: first ones, and those after one broken.

    None in a world in which they do not bind. Late payers promise. One kept is paid around its
    day, on a business day; one broken is paid more than three days after it. Who has stopped
    paying promises like others, and keeps none.
    """
    if not stage.world.has_binding_promises:
        return paid, ()
    rng, n = stage.streams.of("binding promises"), rows.n
    candour = stage.streams.of("candour").normal(size=who.n)[rows.customer]
    stop = spells.next_stop(rows.customer, rows.issued_on)
    stops_on = np.full(n, NEVER)
    if len(spells.customer):
        stops_on = np.where(stop >= 0, spells.stops_on[stop], NEVER)
    until = np.minimum(np.minimum(paid.paid_on, rows.due_on + 75), stops_on + 60)
    made = rows.due_on + 3 + (rng.random(n) * np.maximum(until - rows.due_on - 4, 1)).astype(int)
    asked = np.isin(paid.cause, (causes.ON_TIME, causes.LATE, causes.CANNOT_PAY))
    asked &= (paid.first_on == NEVER) & (np.minimum(paid.sold_on, paid.recourse_on) == NEVER)
    asked &= (until - rows.due_on > 6) & (rng.random(n) < stage.world.promise_share)
    country, rounds = who.country[rows.customer], []
    for n_broken in range(2):
        lead = 1 + np.minimum(rng.exponential(LEAD_SCALE, n), LONGEST_LEAD).astype(np.int64)
        promised = made + lead
        channel = draw_places(rng, n, CHANNEL_SHARES)
        score = USUAL + OF_CANDOUR * candour + CHANNEL_EFFECTS[channel]
        score += OF_LEAD * np.log(lead / 7) + OF_BROKEN * n_broken
        score += OF_AGE * (made - rows.due_on > 30)
        chance = np.where(paid.spell >= 0, 0.0, logistic(score))
        is_kept = rng.random(n) < chance
        day = np.maximum(promised + EARLIEST + draw_places(rng, n, AROUND), made + 1)
        day = stage.runs.next(country, 0, day)
        in_time = stage.runs.last(country, 0, promised + GRACE)
        in_time = np.where(day <= promised + GRACE, day, np.maximum(in_time, made + 1))
        later = promised + GRACE + 1 + rng.gamma(1.2, 10.0, n).astype(np.int64)
        later = stage.runs.next(country, who.run[rows.customer], later)
        broken = np.where(paid.paid_on > promised + GRACE, paid.paid_on, later)
        moved = np.where(is_kept, in_time, broken)
        # who would stop before then is not asked: what a stop undoes is drawn already
        asked &= (made < paid.paid_on) & ((paid.spell >= 0) | (moved < stops_on))
        rounds.append(PromiseRound(asked.copy(), made, promised, channel, chance))
        moves = asked & (paid.spell < 0)
        paid = replace(
            paid,
            paid_on=np.where(moves, moved, paid.paid_on),
            closed_on=np.where(moves, moved, paid.closed_on),
        )
        made = promised + GRACE + 1 + (rng.random(n) * 8).astype(np.int64)
        asked = asked & ~is_kept & (rng.random(n) < MADE_AGAIN) & (made < stops_on + 90)
    return paid, tuple(rounds)
