"""Trouble: healthy customers fall into stress, recover, or stop paying; the truth of default."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Floats, Ints
from payrisk.calendar import NEVER
from payrisk.simulate.world.months import BusinessMonths, month_first, month_number
from payrisk.simulate.world.random_streams import Streams, draw_integers, draw_places
from payrisk.simulate.world.world import World

HEALTHY, STRESSED, ABSENT = 0, 1, -1
KINDS = ("insolvency", "fade", "cure")
"""How a customer stops: insolvency with an event; silence until written off; arrears, cured."""
INSOLVENCY, FADE, CURE = range(3)
KIND_SHARES = np.array([0.40, 0.30, 0.30])

CURE_AFTER, CURE_SPAN = 95, 80
"""A cured customer pays all its arrears CURE_AFTER + 0..CURE_SPAN−1 days after it stopped."""


@dataclass(frozen=True)
class TransitionRates:
    """(n,) monthly transition rates of each customer; `drift` moves the log onset, per year.

    stops_on: the planned day of a bust-out, NEVER for the others.
    """

    onset: Floats
    relief: Floats
    stop_healthy: Floats
    stop_stressed: Floats
    drift: Floats
    stops_on: Ints

    def take(self, rows: Ints) -> TransitionRates:
        """The rates of some customers, in the order given."""
        return TransitionRates(
            self.onset[rows],
            self.relief[rows],
            self.stop_healthy[rows],
            self.stop_stressed[rows],
            self.drift[rows],
            self.stops_on[rows],
        )

    def onset_rate_after(self, years: Floats) -> Floats:
        """(n,) onset rate after so many years of drift."""
        return np.minimum(self.onset * np.exp(self.drift * years), 0.5)


def transition_rates(propensity: Floats, stops_on: Ints, world: World) -> TransitionRates:
    """Rates of customers of this default propensity (standard normal among applicants)."""
    n = len(propensity)
    plain = stops_on == NEVER  # a bust-out is planned, not suffered
    return TransitionRates(
        plain * world.onset_rate * np.exp(1.1 * propensity),
        np.full(n, world.relief_rate),
        plain * world.stop_rate_healthy * np.exp(1.1 * propensity),
        plain * np.clip(world.stop_rate_stressed * np.exp(0.2 * propensity), 0, 0.5),
        np.full(n, world.default_drift),
        stops_on,
    )


@dataclass(frozen=True)
class Spells:
    """(k,) times a customer stopped paying, by customer and day; absent days are NEVER."""

    customer: Ints
    stops_on: Ints
    kind: Ints
    insolvent_on: Ints
    handed_over_on: Ints
    written_off_on: Ints
    cured_on: Ints

    def next_stop(self, customer: Ints, days: Ints) -> Ints:
        """(n,) place of the first spell after each customer's day; −1 where none follows."""
        if not len(self.customer):
            return np.full(len(customer), -1, dtype=np.int64)
        place = np.searchsorted(
            self.customer * NEVER + self.stops_on, customer * NEVER + days, "right"
        )
        following = np.minimum(place, len(self.customer) - 1)
        hit = (place < len(self.customer)) & (self.customer[following] == customer)
        return np.where(hit, following, -1)


def simulate_stress(
    rate: TransitionRates, begins: Ints, timeline: BusinessMonths, streams: Streams
) -> tuple[Ints, Spells]:
    """The months of each customer: (n, months) state or ABSENT, and the spells of not paying.

    begins: (n,) month in which each customer is first there. In each month a customer first may
    stop, on a day uniform in the month; if it does not, its state may change for the next month.
    """
    n, months, starts = len(begins), timeline.n_months, timeline.month_starts
    draws = streams.of("stress").random((months + 1, 2, n))
    state = np.full((n, months), ABSENT, dtype=np.int64)
    now = np.where((begins <= 0) & (draws[-1, 0] < 0.03) & (rate.onset > 0), STRESSED, HEALTHY)
    absent_until = np.maximum(begins, 0)
    kind_rng = streams.of("stress kinds")
    customers, days, kinds, cures = [], [], [], []
    bust_month = timeline.month(np.minimum(rate.stops_on, starts[-1]))
    for m in range(months):
        here = absent_until <= m
        state[here, m] = now[here]
        risk = np.where(now == STRESSED, rate.stop_stressed, rate.stop_healthy)
        length = starts[m + 1] - starts[m]
        stop_on = starts[m] + (draws[m, 0] / np.maximum(risk, 1e-12) * length).astype(np.int64)
        planned = bust_month == m
        stops = here & ((draws[m, 0] < risk) | planned)
        who = np.flatnonzero(stops)
        kind = draw_places(kind_rng, len(who), KIND_SHARES)
        kind = np.where(planned[who], FADE, kind)
        cure = draw_integers(kind_rng, CURE_AFTER, CURE_AFTER + CURE_SPAN - 1, len(who))
        on = np.where(planned[who], rate.stops_on[who], stop_on[who])
        back = np.where(kind == CURE, on + cure, NEVER)
        customers.append(who)
        days.append(on)
        kinds.append(kind)
        cures.append(back)
        absent_until[who] = np.where(
            kind == CURE, timeline.month(np.minimum(back, starts[-1])) + 1, NEVER
        )
        onset = rate.onset_rate_after(np.full(n, m / 12.0))
        turn = draws[m, 1]
        after = np.where(now == HEALTHY, turn < onset, turn >= rate.relief)
        now = np.where(here & ~stops, after.astype(np.int64), np.where(stops, HEALTHY, now))
    joined = [np.concatenate(part) for part in (customers, days, kinds, cures)]
    return state, _spells(joined[0], joined[1], joined[2], joined[3], streams)


def _spells(
    customer: Ints, stops_on: Ints, kind: Ints, cured_on: Ints, streams: Streams
) -> Spells:
    order = np.lexsort((stops_on, customer))
    customer = customer[order]
    stops_on = stops_on[order]
    kind = kind[order]
    cured_on = cured_on[order]
    rng, k = streams.of("spells"), len(customer)
    insolvent = np.where(kind == INSOLVENCY, stops_on + draw_integers(rng, 12, 70, k), NEVER)
    handed = np.where(kind == FADE, stops_on + draw_integers(rng, 70, 130, k), NEVER)
    written = np.where(kind == INSOLVENCY, stops_on + draw_integers(rng, 80, 170, k), NEVER)
    written = np.where(kind == FADE, stops_on + draw_integers(rng, 150, 260, k), written)
    return Spells(customer, stops_on, kind, insolvent, handed, written, cured_on)


def chance_still_paying(rate: TransitionRates, state: Ints, since: Ints, days: Ints) -> Floats:
    """(n, h) chance that a customer paying on the evening of `since` still pays after each day.

    days: (n, h), from `since` on. rate, state: (n,) of the customer in the month of `since`, from
    which years of drift count. Exact for the chain of `simulate_stress`.
    """
    first = month_number(since)
    n_steps = int((month_number(days) - first[:, None]).max(initial=0)) + 1
    begin = month_first(first[:, None] + np.arange(n_steps + 1))  # (n, steps + 1) month starts
    alive = np.empty((len(since), n_steps))
    hazard = np.empty((len(since), n_steps))
    stressed = (state == STRESSED).astype(np.float64)
    chance = np.ones(len(since))
    for k in range(n_steps):
        risk = stressed * rate.stop_stressed + (1 - stressed) * rate.stop_healthy
        length = begin[:, k + 1] - begin[:, k]
        if k == 0:  # the month's days up to `since` are known to have passed without a stop
            chance = 1.0 / (1.0 - risk * (since - begin[:, 0] + 1) / length)
        alive[:, k], hazard[:, k] = chance, risk / length
        chance = chance * (1.0 - risk)
        # those who did not stop: healthy ones stop less often, so the mix shifts
        chance_to_stay = np.maximum(1.0 - risk, 1e-12)
        stressed = stressed * (1 - rate.stop_stressed) / chance_to_stay
        stressed = stressed * (1 - rate.relief) + (1 - stressed) * rate.onset_rate_after(
            np.full(len(since), k / 12.0)
        )
    step = month_number(days) - first[:, None]
    row = np.arange(len(since))[:, None]
    passed = days - begin[row, step] + 1
    paying = alive[row, step] * (1.0 - hazard[row, step] * passed)
    planned = rate.stops_on[:, None]
    return np.where(planned < NEVER, (days < planned).astype(np.float64), paying)
