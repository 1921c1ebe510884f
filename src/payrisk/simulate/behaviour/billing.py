"""Billing: which invoices are written, when, for how much and under what terms."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from payrisk.arrays import Flags, Floats, Ints
from payrisk.calendar import NEVER, month_end
from payrisk.simulate.behaviour.stress import ABSENT, Spells
from payrisk.simulate.behaviour.young import billing_factors
from payrisk.simulate.world.company import Customers
from payrisk.simulate.world.months import BusinessMonths
from payrisk.simulate.world.random_streams import Streams, draw_integers, draw_places
from payrisk.simulate.world.stage import SharedWorld
from payrisk.simulate.world.world import COUNTRIES, ENTITIES, SEASON, TERMS

INSTALMENTS, INSTALMENT_SHARE = 3, 0.02
SOLD_SHARE = 0.35
_FRIDAY = 5


@dataclass(frozen=True)
class Invoices:
    """(n,) invoice rows, one an instalment. `number` counts invoices within the block.

    customer: row of `Customers`. month: month of issue. discount and withholding rates as agreed.
    """

    customer: Ints
    number: Ints
    instalment: Ints
    entity: Ints
    issued_on: Ints
    due_on: Ints
    amount: Ints
    terms: Ints
    discount_rate: Floats
    discount_days: Ints
    withholding_rate: Floats
    month: Ints

    @property
    def n(self) -> int:
        """How many rows."""
        return len(self.customer)

    def take(self, rows: Ints | Flags) -> Invoices:
        """Some rows, in the order given."""
        return Invoices(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def bill_customers(
    who: Customers,
    state: Ints,
    spells: Spells,
    stage: SharedWorld,
) -> Invoices:
    """Every invoice issued by the timeline's end; none while a customer does not pay.

    The expected number in a month follows the customer's size, the sector's season and, before a
    bust-out, its rising orders.
    """
    timeline, streams = stage.timeline, stage.streams
    # a bill's size and how many there are share what is billed: both rise with the ramp, the
    # amounts as its root, so a factor of the billing is a ramp to the power of two thirds
    young = billing_factors(who, timeline, streams, stage.world)
    ramp = _ramp(who, timeline) * young ** (2 / 3)
    count = _counts(who, state, ramp, timeline, streams)
    customer, month = np.nonzero(count)
    times = count[customer, month]
    customer, month = np.repeat(customer, times), np.repeat(month, times)
    n, rng = len(customer), streams.of("invoices")
    entity = np.where(
        rng.random(n) < who.second_share[customer],
        (who.entity[customer] + 1) % len(ENTITIES),
        who.entity[customer],
    )
    issued = _issue_days(who.billing[customer], entity, month, stage)
    terms = np.where(
        rng.random(n) < 0.07,
        draw_places(rng, n, np.array([t.share for t in TERMS])),
        who.terms[customer],
    )
    amount = np.exp(
        who.price[customer]
        + who.price_spread[customer] * rng.normal(size=n)
        + 0.5 * np.log(ramp[customer, month])
    )
    amount = np.where(rng.random(n) < 0.3, np.rint(amount / 1000) * 1000, np.rint(amount))
    amount = np.clip(amount, 1000, 10**11).astype(np.int64)
    debit = who.by_debit[customer]
    rows = Invoices(
        customer=customer,
        number=np.arange(n),
        instalment=np.ones(n, dtype=np.int64),
        entity=entity,
        issued_on=issued,
        due_on=_due_days(terms, issued),
        amount=amount,
        terms=terms,
        discount_rate=np.where(debit, 0.0, np.array([t.discount_rate for t in TERMS])[terms]),
        discount_days=np.where(debit, 0, np.array([t.discount_days for t in TERMS])[terms]),
        withholding_rate=who.withholding[customer],
        month=timeline.month(issued),
    )
    rows = rows.take(_really_issued(rows, who, state, spells, timeline))
    order = np.lexsort((rows.number, rows.issued_on))  # numbers rise with the days, as in books
    rows = rows.take(order)
    rows.number[:] = np.arange(rows.n)
    return _instalments(rows, streams)


def _ramp(who: Customers, timeline: BusinessMonths) -> Floats:
    """(customers, months) factor of the orders: up to sixfold over a bust-out's last months."""
    months = np.arange(timeline.n_billed)
    ends = timeline.month(np.minimum(who.stops_on, timeline.month_starts[-1]))
    left = ends[:, None] - months
    rising = (who.stops_on < NEVER)[:, None] & (left >= 0) & (left <= 3)
    return np.where(rising, 2.0 + 4 / 3 * (3 - np.clip(left, 0, 3)), 1.0)


def _counts(
    who: Customers, state: Ints, ramp: Floats, timeline: BusinessMonths, streams: Streams
) -> Ints:
    """(customers, months) invoices drawn, before days are known."""
    rng = streams.of("counts")
    year_month = (timeline.first_month + np.arange(timeline.n_billed)) % 12
    growth = np.exp(0.03 * np.arange(timeline.n_billed) / 12)
    mean = who.rate[:, None] * SEASON[who.sector][:, year_month] * growth * ramp
    # a customer that means to bust out, or that the company bills its own group, trades at least
    mean = np.where((who.stops_on < NEVER)[:, None], np.maximum(mean, 1.5), mean)
    count = rng.poisson(mean * (state[:, : timeline.n_billed] != ABSENT))
    once = np.flatnonzero(who.is_one_time)
    span = timeline.n_billed - np.maximum(who.begins[once], 0)
    when = np.maximum(who.begins[once], 0) + (rng.random(len(once)) * span).astype(np.int64)
    count[once, when] = 1
    return np.asarray(count, dtype=np.int64)


def _issue_days(billing: Ints, entity: Ints, month: Ints, stage: SharedWorld) -> Ints:
    """(n,) a business day of the billing entity: any, the month's last, or a Friday."""
    timeline, runs = stage.timeline, stage.runs
    rng, n = stage.streams.of("issue days"), len(billing)
    codes = [c.code for c in COUNTRIES]
    country = np.array([codes.index(e.country) for e in ENTITIES])[entity]
    first = np.empty((len(ENTITIES), timeline.n_billed + 1), dtype=np.int64)
    books = [runs.business_days(codes.index(e.country)) for e in ENTITIES]
    for e, days in enumerate(books):
        first[e] = np.searchsorted(days, timeline.month_starts[: timeline.n_billed + 1])
    spread = first[entity, month + 1] - first[entity, month]
    place = first[entity, month] + (rng.random(n) * spread).astype(np.int64)
    width = max(len(days) for days in books)
    table = np.stack([np.pad(days, (0, width - len(days)), mode="edge") for days in books])
    any_day = table[entity, place]
    friday = runs.next(country, _FRIDAY, any_day)
    last = runs.last(country, 0, month_end(any_day))
    return np.asarray(np.select([billing == 1, billing == 2], [last, friday], any_day))


def _due_days(terms: Ints, issued_on: Ints) -> Ints:
    days = np.array([t.days for t in TERMS])[terms]
    from_end = np.array([t.from_month_end for t in TERMS])[terms]
    return np.asarray(np.where(from_end, month_end(issued_on), issued_on) + days)


def _really_issued(
    rows: Invoices, who: Customers, state: Ints, spells: Spells, timeline: BusinessMonths
) -> Flags:
    """Issued by the end, after the customer joined, and not between a stop and its cure."""
    inside = (rows.issued_on <= timeline.ends_on) & (
        rows.issued_on >= who.onboarded_on[rows.customer]
    )
    month = np.minimum(rows.month, state.shape[1] - 1)
    present = state[rows.customer, month] != ABSENT
    # the spell that began last: the month of the stop still counts as present until the day
    stop = spells.next_stop(rows.customer, timeline.month_starts[month] - 1)
    on = np.where(stop >= 0, spells.stops_on[stop] if len(spells.customer) else NEVER, NEVER)
    return np.asarray(inside & present & (rows.issued_on < on), dtype=bool)


def _instalments(rows: Invoices, streams: Streams) -> Invoices:
    """Some invoices split in dated instalments a month apart; the last takes the odd cents."""
    rng = streams.of("instalments")
    split = (rng.random(rows.n) < INSTALMENT_SHARE) & (rows.amount >= 30_000)
    split &= rows.discount_days == 0
    times = np.where(split, INSTALMENTS, 1)
    place = np.repeat(np.arange(rows.n), times)
    nth = np.arange(len(place)) - np.repeat(np.cumsum(times) - times, times)
    out = rows.take(place)
    part = rows.amount // INSTALMENTS
    rest = rows.amount - (INSTALMENTS - 1) * part
    cents = np.where(nth == INSTALMENTS - 1, rest[place], part[place])
    out.amount[:] = np.where(split[place], cents, out.amount)
    out.instalment[:] = nth + 1
    out.due_on[:] = out.due_on + 30 * nth
    return out


def negative_documents(rows: Invoices, streams: Streams) -> Invoices:
    """A few documents of less than nothing, as some systems write their credit notes."""
    rng = streams.of("negative documents")
    place = np.flatnonzero(rng.random(rows.n) < 0.002)
    out = rows.take(place)
    out.amount[:] = -np.maximum(out.amount // draw_integers(rng, 5, 20, len(place)), 100)
    out.issued_on[:] = out.issued_on + draw_integers(rng, 0, 10, len(place))
    out.due_on[:] = out.issued_on
    out.number[:] = np.arange(out.n)
    out.instalment[:] = 1
    out.discount_rate[:], out.discount_days[:], out.withholding_rate[:] = 0.0, 0, 0.0
    return out
