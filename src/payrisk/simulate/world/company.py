"""The company's customers: who they are, how much they buy and what their habits are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Flags, Floats, Ints
from payrisk.calendar import NEVER
from payrisk.simulate.world.applicants import DECLINE, ApplicantPool
from payrisk.simulate.world.months import BusinessMonths, RunDays
from payrisk.simulate.world.random_streams import Streams, draw_integers, draw_places, draw_quota
from payrisk.simulate.world.world import (
    BILLING_SHARES,
    COUNTRIES,
    DIRECT_DEBIT_COUNTRIES,
    RUN_SHARES,
    TERMS,
    WITHHOLDING_COUNTRY,
    WITHHOLDING_RATE,
    World,
)


@dataclass(frozen=True)
class Customers:
    """(n,) the customers of one block; `applicant` is the row of the application each came with.

    head: row of the head of each customer's group, its own row where it has none. moves_on: day
    the head became head (NEVER: from the start). price: log of the median invoice in cents.
    stops_on: planned end of a bust-out. Absent days are NEVER.
    """

    applicant: Ints
    country: Ints
    sector: Ints
    entity: Ints
    second_share: Floats
    head: Ints
    moves_on: Ints
    onboarded_on: Ints
    begins: Ints
    stops_on: Ints
    renamed_on: Ints
    propensity: Floats
    frailty: Floats
    dispute: Floats
    rate: Floats
    price: Floats
    price_spread: Floats
    billing: Ints
    terms: Ints
    by_debit: Flags
    run: Ints
    off_run: Floats
    habit: Floats
    spread: Floats
    takes_discount: Floats
    prepays: Floats
    offsets: Floats
    withholding: Floats
    sells: Flags
    orders: Flags
    pays_euro: Flags
    is_one_time: Flags
    is_intercompany: Flags

    @property
    def n(self) -> int:
        """How many customers."""
        return len(self.country)


def draw_customers(
    pool: ApplicantPool, timeline: BusinessMonths, runs: RunDays, streams: Streams, world: World
) -> Customers:
    """The accepted applicants as customers of a running business.

    About half were there before the business' first simulated month; the others join over it.
    """
    came = np.flatnonzero(pool.decision != DECLINE)
    n, rng = len(came), streams.of("customers")
    country = pool.country[came]
    eta, bust = pool.propensity[came], pool.is_bust_out[came] | _one_bust_out(pool, came)
    begins, onboarded = _onboarding(bust, country, timeline, runs, streams)
    last = max(timeline.n_billed - 1, 1)
    busts_in = np.minimum(begins + draw_integers(rng, 4, 9, n), last)
    day = timeline.month_starts[busts_in] + draw_integers(rng, 0, 27, n)
    head, moves = _groups(n, timeline, streams)
    # how late one pays has much to do with the group, a little with the propensity
    frailty = 0.25 * eta + 0.55 * rng.normal(size=n)[head] + 0.8 * rng.normal(size=n)
    codes = np.array([c.code for c in COUNTRIES])[country]
    rate, price = _sizes(pool.monthly_sales[came], streams, world)
    level = np.array([c.price_level for c in COUNTRIES])[country]
    one_time = draw_quota(rng, n, 0.03) & ~bust
    terms = draw_places(rng, n, np.array([t.share for t in TERMS]))
    debit = draw_quota(rng, n, 0.22) & np.isin(codes, DIRECT_DEBIT_COUNTRIES)
    renamed = np.full(n, NEVER)
    is_renamed = draw_quota(rng, n, 0.02) & ~bust
    first, months = timeline.n_billed // 2, max(timeline.n_billed // 4, 1)
    renamed[is_renamed] = timeline.month_starts[
        first + draw_integers(rng, 0, months, n)[is_renamed]
    ]
    return Customers(
        applicant=came,
        country=country,
        sector=pool.sector[came],
        entity=np.array([c.entity for c in COUNTRIES])[country],
        second_share=np.where(draw_quota(rng, n, 0.1), 0.2, 0.0),
        head=head,
        moves_on=moves,
        onboarded_on=onboarded,
        begins=begins,
        stops_on=np.where(bust, day, NEVER),
        renamed_on=renamed,
        propensity=eta,
        frailty=frailty,
        dispute=rng.normal(size=n),
        rate=np.where(one_time, 0.0, rate),
        price=price + np.log(level * 100.0),
        price_spread=0.35 + 0.4 * rng.random(n),
        billing=draw_places(rng, n, BILLING_SHARES),
        terms=terms,
        by_debit=debit,
        run=draw_places(rng, n, RUN_SHARES),
        off_run=0.02 + 0.16 * rng.random(n) ** 2,
        habit=np.clip(-0.5 + 2.0 * rng.normal(size=n) + 0.8 * frailty, -6.0, 6.0),
        spread=np.exp(0.3 * rng.normal(size=n)),
        takes_discount=np.exp(0.3 + 1.2 * rng.normal(size=n)),
        prepays=np.where(draw_quota(rng, n, 0.02), 12.0, 0.003),
        offsets=np.where(draw_quota(rng, n, 0.03), 0.12, 0.0),
        withholding=np.where(codes == WITHHOLDING_COUNTRY, WITHHOLDING_RATE, 0.0),
        sells=draw_quota(rng, n, 0.03) & ~debit,
        orders=draw_quota(rng, n, world.order_share),
        pays_euro=draw_quota(rng, n, 0.5) & (codes == "PL"),
        is_one_time=one_time,
        is_intercompany=draw_quota(rng, n, 0.012) & ~bust,
    )


def _one_bust_out(pool: ApplicantPool, came: Ints) -> Flags:
    """In a block of some size without a bust-out, the accepted one most like it becomes one."""
    out = np.zeros(len(came), dtype=bool)
    if len(came) >= 40 and not pool.is_bust_out[came].any():
        flags = 1.0 * (pool.domain == 1) + pool.address_mismatch + pool.bank_country_mismatch
        out[np.argmax(flags[came] - 0.1 * np.log(pool.years_trading[came]))] = True
    return out


def _onboarding(
    bust: Flags, country: Ints, timeline: BusinessMonths, runs: RunDays, streams: Streams
) -> tuple[Ints, Ints]:
    """Month and day each customer joined; month −1 = before business is looked at."""
    rng, n = streams.of("onboarding"), len(bust)
    latest = max(timeline.n_billed - 3, 1)
    begins = np.where(rng.random(n) < 0.55, -1, draw_integers(rng, 0, latest, n))
    begins = np.where(bust, draw_integers(rng, 0, max(latest - 6, 0), n), begins)
    earlier = timeline.first_day - draw_integers(rng, 30, 2500, n)
    first = runs.next(country, 0, timeline.month_starts[np.maximum(begins, 0)])
    return begins, np.where(begins < 0, earlier, first)


def _groups(n: int, timeline: BusinessMonths, streams: Streams) -> tuple[Ints, Ints]:
    """A quarter of the customers in groups of two to five; one in ten joined its group later."""
    rng = streams.of("groups")
    head, moves = np.arange(n), np.full(n, NEVER)
    members, placed = rng.permutation(n)[: n // 4], 0
    for size in draw_integers(rng, 2, 5, n // 4 + 1):
        if placed + size > len(members):
            break
        head[members[placed : placed + size]] = members[placed]
        placed += int(size)
    joins = (head != np.arange(n)) & (rng.random(n) < 0.1)
    if n >= 40 and not joins.any():
        joins[members[1]] = True
    days = timeline.month_starts[timeline.n_billed * 3 // 5] + draw_integers(rng, 0, 60, n)
    moves[joins] = days[joins]
    return head, moves


def _sizes(monthly: Floats, streams: Streams, world: World) -> tuple[Floats, Floats]:
    """Invoices a month and log of the median invoice of customers with these monthly sales.

    The sizes follow a power law in the order of the sales, so that their sum hardly depends on
    the seed; two in three orders of magnitude of sales are more invoices, the rest larger ones.
    """
    rng, n = streams.of("sizes"), len(monthly)
    rank = np.empty(n)
    rank[np.argsort(monthly, kind="stable")] = np.arange(n)
    upto = (rank + rng.random(n)) / max(n, 1)
    rate = np.minimum((1 - upto) ** (-1 / 1.3), 40.0)
    mean = float(np.mean(np.minimum((1 - (np.arange(1000) + 0.5) / 1000) ** (-1 / 1.3), 40.0)))
    price = np.log(monthly) - 0.6 * np.log(rate) + 0.2 + 0.5 * rng.normal(size=n)
    return rate * world.invoices_a_month / mean, price
