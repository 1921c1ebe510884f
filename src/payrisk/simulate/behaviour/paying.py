"""Paying: each invoice's cause, its ready day, the run it falls in, and what a stop undoes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Flags, Floats, Ints
from payrisk.calendar import NEVER
from payrisk.simulate.behaviour import causes
from payrisk.simulate.behaviour.billing import SOLD_SHARE, Invoices
from payrisk.simulate.behaviour.causes import (
    Inclination,
    cause_probabilities,
    delay_law,
    first_part_delay,
)
from payrisk.simulate.behaviour.stress import STRESSED, Spells
from payrisk.simulate.world.company import Customers
from payrisk.simulate.world.months import RunDays, month_number
from payrisk.simulate.world.random_streams import draw_integers
from payrisk.simulate.world.stage import SharedWorld
from payrisk.simulate.world.world import COUNTRIES, World


@dataclass(frozen=True)
class Payments:
    """(n,) what becomes of each invoice row. Days that do not come are NEVER; amounts in cents.

    cause: as drawn at issue. spell: place in `Spells` of the stop that undid or put off the
    payment, −1 where none did. first_on / paid_on: days of the first of two parts and of the last
    cash. collected_on / returned_on: a direct debit taken and given back before. closed_on: day
    nothing was left to wait for (cash, credit, offset, write-off). discount, short, credited,
    withheld: the parts that come otherwise than in cash. recourse_on: sold with recourse, after
    which all goes on as if it were not (the cash comes through the factor). left_open: the short
    rest stays for ever.
    """

    probability: Floats
    location: Floats
    spread: Floats
    shock: Floats
    state: Ints
    cause: Ints
    ready_on: Ints
    first_on: Ints
    paid_on: Ints
    collected_on: Ints
    returned_on: Ints
    closed_on: Ints
    sold_on: Ints
    recourse_on: Ints
    spell: Ints
    first_share: Floats
    cash: Ints
    discount: Ints
    short: Ints
    credited: Ints
    withheld: Ints
    left_open: Flags


def own_variance_share(world: World) -> float:
    """Share of the variance of a delay that no other invoice shares."""
    return 1.0 - world.shock_common - world.shock_customer - world.shock_date


def pay_invoices(
    rows: Invoices, who: Customers, state: Ints, spells: Spells, stage: SharedWorld
) -> Payments:
    """Draw what becomes of each invoice: by exactly the law that `truth.true_curves` evaluates."""
    streams, runs = stage.streams, stage.runs
    rng, customer, n = streams.of("paying"), rows.customer, rows.n
    month = np.clip(rows.month, 0, state.shape[1] - 1)
    now = (state[customer, month] == STRESSED).astype(np.int64)
    probability = cause_probabilities(
        Inclination(
            who.frailty[customer],
            who.propensity[customer],
            who.dispute[customer],
            np.where(rows.discount_days > 0, who.takes_discount[customer], 0.0),
            who.prepays[customer],
            who.offsets[customer],
            now.astype(np.float64),
            who.by_debit[customer].astype(np.float64),
        )
    )
    upto = np.cumsum(probability, axis=1)
    cause = (rng.random(n)[:, None] * upto[:, -1:] >= upto[:, :-1]).sum(axis=1)
    location, spread = _habits(rows, who), who.spread[customer]
    shock = _shocks(rows, stage)
    z = shock + np.sqrt(own_variance_share(stage.world)) * streams.of("own shocks").normal(size=n)

    law = delay_law(cause, rows.issued_on, rows.due_on, location, spread, rows.discount_days)
    ready = law.ready_on(z)
    country = who.country[customer]
    off = rng.random(n) < who.off_run[customer]
    run = np.where(off | ~causes.RUN_CAUSES[cause], 0, who.run[customer])
    paid = runs.next(country, run, ready)
    paid = np.where(cause == causes.DISCOUNT, runs.last(country, 0, ready), paid)
    paid = np.where(cause == causes.PREPAID, rows.issued_on - draw_integers(rng, 1, 20, n), paid)
    in_cash = cause < causes.OFFSET
    paid = np.where(in_cash, paid, NEVER)
    first = first_part_delay(rows.issued_on, rows.due_on, location, spread).ready_on(z)
    is_parts = cause == causes.PARTS
    first = np.where(is_parts, runs.next(country, run, first), NEVER)

    stop = spells.next_stop(customer, rows.issued_on)
    paid, undone = _stopped(paid, cause, stop, country, spells, runs)
    first, missed = _stopped(first, cause, stop, country, spells, runs)
    first = np.where(missed | (first >= paid), NEVER, first)
    final, stops_on = np.where(undone, NEVER, paid), _of(spells.stops_on, stop)
    collected, returned = _returns(rows, cause, final, stops_on, country, runs, rng)
    parts = _amounts(rows, cause, rng)
    credit_on = rows.issued_on + draw_integers(rng, 4, 45, n)
    written = np.where(undone, _of(spells.written_off_on, stop), NEVER)
    left_open = (cause == causes.SHORT_PAY) & (
        rng.random(n) < causes.chance_left_open(rows.amount)
    )
    closed = np.where(in_cash, np.where(undone, written, paid), credit_on)
    sold_on = np.where(
        who.sells[customer] & (streams.of("sold").random(n) < SOLD_SHARE),
        rows.issued_on + 3,
        NEVER,
    )
    sold_on = np.where(in_cash & (cause != causes.PREPAID) & (paid > sold_on), sold_on, NEVER)
    is_risk_ours = streams.of("recourse").random(n) < stage.world.recourse_share
    return Payments(
        probability=probability,
        location=location,
        spread=spread,
        shock=shock,
        state=now,
        cause=cause,
        ready_on=ready,
        first_on=first,
        paid_on=final,
        collected_on=collected,
        returned_on=returned,
        closed_on=np.where(left_open & ~undone, NEVER, closed),
        sold_on=np.where(is_risk_ours, NEVER, sold_on),
        recourse_on=np.where(is_risk_ours, sold_on, NEVER),
        spell=np.where(in_cash & (stop >= 0) & (paid >= stops_on), stop, -1),
        first_share=0.3 + 0.4 * rng.random(n),
        left_open=left_open,
        **parts,
    )


def _of(values: Ints, place: Ints) -> Ints:
    """The spell's value for each row; NEVER where the row has no spell."""
    if not len(values):
        return np.full(len(place), NEVER)
    return np.where(place >= 0, values[place], NEVER)


def _habits(rows: Invoices, who: Customers) -> Floats:
    """(n,) days the customer's habit adds: its own, the summer's, a little for large amounts."""
    summer = np.array([c.summer_days for c in COUNTRIES])[who.country[rows.customer]]
    in_august = month_number(rows.due_on) % 12 == 7
    in_december = month_number(rows.due_on) % 12 == 11
    relative = np.log(np.maximum(rows.amount, 1)) - who.price[rows.customer]
    size = 0.8 * np.clip(relative, -2.0, 2.0)
    return np.asarray(who.habit[rows.customer] + summer * in_august + 1.0 * in_december + size)


def _shocks(rows: Invoices, stage: SharedWorld) -> Floats:
    """(n,) the part of the normal score that an invoice shares with others due then."""
    common, streams, world = stage.common, stage.streams, stage.world
    month = np.clip(stage.timeline.month(rows.due_on), 0, len(common) - 1)
    dates, by_date = np.unique(rows.customer * NEVER + rows.due_on, return_inverse=True)
    months, by_month = np.unique(rows.customer * len(common) + month, return_inverse=True)
    of_date = streams.of("date shocks").normal(size=len(dates))
    of_customer = streams.of("customer shocks").normal(size=len(months))
    return np.asarray(
        np.sqrt(world.shock_common) * common[month]
        + np.sqrt(world.shock_customer) * of_customer[by_month]
        + np.sqrt(world.shock_date) * of_date[by_date]
    )


def _stopped(
    paid: Ints, cause: Ints, stop: Ints, country: Ints, spells: Spells, runs: RunDays
) -> tuple[Ints, Flags]:
    """Days after the customer's next stop: nothing is paid, or all on the day it is cured."""
    stops_on, cured_on = _of(spells.stops_on, stop), _of(spells.cured_on, stop)
    hit = (paid >= stops_on) & (paid < NEVER) & (cause != causes.PREPAID)
    cured = hit & (cured_on < NEVER)
    back = runs.next(country, 0, np.minimum(cured_on, NEVER - 1))
    return np.where(cured, np.maximum(paid, back), paid), hit & ~cured


def _returns(
    rows: Invoices,
    cause: Ints,
    final_on: Ints,
    stops_on: Ints,
    country: Ints,
    runs: RunDays,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Direct debits that came back: taken on the due day, given back, paid anew or never later."""
    collected = runs.next(country, 0, rows.due_on)
    returned = runs.next(country, 0, collected + draw_integers(rng, 1, 3, rows.n))
    returned = np.minimum(returned, final_on - 1)
    happened = (cause == causes.RETURNED) & (collected < stops_on)
    happened &= returned > collected
    return np.where(happened, collected, NEVER), np.where(happened, returned, NEVER)


def _amounts(rows: Invoices, cause: Ints, rng: np.random.Generator) -> dict[str, Ints]:
    """Cents by the way they come; together they are the invoice."""
    amount, n = rows.amount, rows.n

    def cents(share: Floats | float, where: Flags) -> Ints:
        return np.where(where, np.rint(amount * share), 0).astype(np.int64)

    low, high = causes.SHORT_RANGE
    short = cents(low + (high - low) * rng.random(n), cause == causes.SHORT_PAY)
    low, high = causes.DISPUTE_RANGE
    granted = (cause == causes.DISPUTE) & (rng.random(n) < causes.DISPUTE_CREDITED)
    credited = cents(low + (high - low) * rng.random(n), granted)
    without = cause >= causes.OFFSET
    credited = np.where(without, amount, credited)
    discount = cents(rows.discount_rate, cause == causes.DISCOUNT)
    withheld = cents(rows.withholding_rate, ~without)
    cash = amount - short - credited - discount - withheld
    return dict(cash=cash, discount=discount, short=short, credited=credited, withheld=withheld)
