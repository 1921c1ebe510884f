"""The truth is true: what happens has the frequencies that the curves and chances say."""

from __future__ import annotations

import json

import numpy as np
import pytest

from payrisk.calendar import NEVER, day_of
from payrisk.simulate import ENDS_ON, World, simulate, true_curves
from payrisk.simulate.behaviour.causes import NAMES, Delay
from payrisk.simulate.behaviour.stress import (
    HEALTHY,
    STRESSED,
    chance_still_paying,
    simulate_stress,
    transition_rates,
)
from payrisk.simulate.world.months import BusinessMonths, RunDays, month_first, month_number
from payrisk.simulate.world.random_streams import Streams

RARE = 1e-4
"""Chance that a true bound fails; the seeds are fixed, so it never starts to."""


def dkw(n):
    """No empirical distribution of n independent draws strays further, but for chance RARE."""
    return np.sqrt(np.log(2 / RARE) / (2 * n))


def places(made, given):
    """Randomised place of each true payment day in its true distribution: uniform if true."""
    truth = made.truth
    curves = true_curves(truth, made.customers_truth, knowing=given)
    paid = truth["paid_on"].where(~truth["is_left_open"], NEVER).to_numpy()
    day = np.maximum(paid - truth["issued_on"].to_numpy(), 0)
    row, last = np.arange(len(truth)), curves.lengths - 1
    within = day <= last
    high = np.where(within, curves.matrix[row, np.minimum(day, last)], 1.0)
    before = np.where(day > 0, curves.matrix[row, np.clip(day - 1, 0, last)], 0.0)
    low = np.where(within, before, curves.matrix[row, last])
    assert (high > low).all(), "something happened that the truth calls impossible"
    return low + np.random.default_rng(0).random(len(row)) * (high - low), curves, within


def distance(u):
    u = np.sort(u)
    steps = np.arange(len(u) + 1) / len(u)
    return max(np.abs(u - steps[:-1]).max(), np.abs(u - steps[1:]).max())


@pytest.fixture(scope="module")
def alone():
    """A company in which no shock is shared, so that invoices are independent."""
    world = World(shock_common=0.0, shock_customer=0.0, shock_date=0.0)
    return simulate(140, 18, 7, world=world)


@pytest.fixture(scope="module")
def shaken():
    return simulate(140, 18, 8)


def test_payment_days_follow_the_true_curves(alone):
    u, curves, within = places(alone, "parameters")
    assert distance(u) < dkw(len(u))
    paid = curves.matrix[:, -1]
    assert abs(paid.sum() - within.sum()) < 4 * np.sqrt((paid * (1 - paid)).sum()) + 10


def test_payment_days_follow_the_true_curves_day_by_day(alone):
    # reliability of each day's chance: no bin of stated chances is off by more than 4 sigma
    truth = alone.truth
    curves = true_curves(truth, alone.customers_truth)
    paid = truth["paid_on"].where(~truth["is_left_open"], NEVER)
    day = np.maximum((paid - truth["issued_on"]).to_numpy(), 0)
    mass = curves.mass()
    for after in (7, 14, 21, 30, 33, 45, 60):
        chance, hit = mass[:, after], day == after
        for low, high in ((0, 0.01), (0.01, 0.05), (0.05, 0.2), (0.2, 0.5), (0.5, 1)):
            own = (chance > low) & (chance <= high)
            spread = np.sqrt((chance[own] * (1 - chance[own])).sum())
            assert abs(chance[own].sum() - hit[own].sum()) <= 4 * spread + 1
        assert not hit[chance == 0].any()


def test_given_the_shocks_they_follow_the_sharper_curves(shaken):
    u, _, _ = places(shaken, "shocks")
    assert distance(u) < dkw(len(u))


def test_common_shocks_are_common(shaken):
    # the places of invoices due on one day move together only where the shocks are left out
    def together(given):
        u, _, _ = places(shaken, given)
        frame = shaken.truth.assign(z=u - 0.5)
        pairs = frame.groupby(["customer_id", "due_on"])["z"].agg(
            ["sum", "size", lambda z: (z**2).sum()]
        )
        pairs = pairs[pairs["size"] > 1]
        twice = pairs["sum"] ** 2 - pairs.iloc[:, 2]
        return twice.sum() / (pairs["size"] * (pairs["size"] - 1)).sum() * 12

    assert together("parameters") > 0.08
    assert abs(together("shocks")) < 0.04


def test_causes_come_as_often_as_their_probabilities_say(alone):
    truth = alone.truth
    for name in NAMES:
        p = truth[f"probability_{name}"]
        spread = np.sqrt((p * (1 - p)).sum())
        assert abs((truth["intent"] == name).sum() - p.sum()) < 4 * spread + 1, name
    total = sum(truth[f"probability_{name}"] for name in NAMES)
    np.testing.assert_allclose(total, 1.0, rtol=1e-12)


def test_the_curves_obey_the_laws_of_a_curve(shaken):
    some = shaken.truth.iloc[::40]
    for given in ("parameters", "shocks"):
        for reading in ("settled", "money"):
            curves = true_curves(some, shaken.customers_truth, knowing=given, reading=reading)
            assert [c.horizon_on for c in curves] == (some["due_on"] + 120).tolist()
            assert (curves.as_of == some["issued_on"]).all()


def test_money_is_what_comes_on_average(alone):
    truth = alone.truth
    curves = true_curves(truth, alone.customers_truth, reading="money")
    expected = curves.matrix[:, -1] * truth["amount"]
    came = truth["cash_amount"].where(truth["paid_on"] <= truth["due_on"] + 120, 0)
    error = (came - expected) / truth["amount"]
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(len(truth)) + 0.001


def test_a_curve_does_not_depend_on_the_rows_beside_it(shaken):
    some = shaken.truth.iloc[5:25]
    together = true_curves(some, shaken.customers_truth)
    for i in range(0, 20, 7):
        alone = true_curves(some.iloc[i : i + 1], shaken.customers_truth)
        np.testing.assert_array_equal(
            alone[0].probability_paid_by, together[i].probability_paid_by
        )


def test_a_wider_horizon_only_adds_days(shaken):
    some = shaken.truth.iloc[::200]
    short = true_curves(some, shaken.customers_truth, days_beyond_due=60)
    wide = true_curves(some, shaken.customers_truth, days_beyond_due=200)
    for a, b in zip(short, wide, strict=True):
        n = len(a.probability_paid_by)
        np.testing.assert_allclose(a.probability_paid_by, b.probability_paid_by[:n], rtol=1e-12)
        assert a.probability_never <= b.probability_never + 1e-12


def test_customers_stop_as_often_as_the_chain_says():
    n, world = 20_000, World()
    rng = np.random.default_rng(3)
    timeline = BusinessMonths.of(24, ENDS_ON, 6, 3, 3)
    begins = rng.integers(0, 12, n)
    rate = transition_rates(rng.normal(size=n), np.full(n, NEVER), world)
    state, spells = simulate_stress(rate, begins, timeline, Streams(1))
    first = np.full(n, NEVER)
    np.minimum.at(first, spells.customer, spells.stops_on)
    for month in (12, 14):
        since = np.full(n, timeline.month_starts[month] + 11)
        here = (state[:, month] >= 0) & (first > since)
        for now in (HEALTHY, STRESSED):
            own = np.flatnonzero(here & (state[:, month] == now))
            for days in (10, 60, 365):
                stays = chance_still_paying(
                    rate.take(own), state[own, month], since[own], since[own, None] + days
                )[:, 0]
                stopped = (first[own] <= since[own] + days).sum()
                spread = np.sqrt((stays * (1 - stays)).sum())
                assert abs((1 - stays).sum() - stopped) < 4 * spread + 1


def test_one_who_surely_stops_is_surely_gone():
    # by hand: no stress, a healthy customer stops with chance .3 a month, day uniform in it
    n = 1
    rate = transition_rates(
        np.zeros(n), np.full(n, NEVER), World(onset_rate=0.0, stop_rate_healthy=0.3)
    )
    since = np.array([day_of("2024-04-10")])
    days = np.array(
        [[day_of(d) for d in ("2024-04-10", "2024-04-20", "2024-04-30", "2024-05-31")]]
    )
    got = chance_still_paying(rate, np.array([HEALTHY]), since, days)[0]
    alive = 1 - 0.3 * 10 / 30
    np.testing.assert_allclose(got, [1, (1 - 0.3 * 20 / 30) / alive, 0.7 / alive, 0.49 / alive])


def test_default_drifts_when_it_is_told_to():
    calm = simulate(400, 12, 5).customers_truth["probability_default_365"].mean()
    drifted = simulate(400, 12, 5, world=World(default_drift=1.0)).customers_truth
    assert drifted["probability_default_365"].mean() > 1.5 * calm


def test_applications_tell_of_the_default_to_come():
    made = simulate(1500, 6, 11)
    told = [json.loads(text) for text in made.tables["applications"]["fields"]]
    truth = made.applications_truth.set_index("application_id")
    truth = truth.loc[made.tables["applications"]["application_id"]]
    chance = truth["probability_default_365"].to_numpy()

    def with_flag(flag):
        here = np.array([flag(one) for one in told])
        return chance[here].mean() / chance[~here].mean()

    assert with_flag(lambda one: (one["bureau_score"] or 999) < 550) > 1.5
    assert with_flag(lambda one: not one["has_vat"]) > 1.3
    assert with_flag(lambda one: one["email_domain"] == "free") > 1.2
    assert with_flag(lambda one: one["years_trading"] < 3) > 1.3
    assert with_flag(lambda one: one["n_references"] == 0) > 1.3
    refused = truth["is_refused"].to_numpy()
    assert chance[refused].mean() > 1.3 * chance[~refused].mean()
    happens = truth["defaults_365"].to_numpy()
    assert abs(happens.sum() - chance.sum()) < 4 * np.sqrt((chance * (1 - chance)).sum())


def test_the_default_days_of_the_truth_are_met_by_the_ledger_or_later(shaken):
    spells = shaken.spells_truth
    assert (spells["default_on"] > spells["stops_on"]).all()
    owing = spells[(spells["default_on"] < NEVER) & (spells["kind"] == "cure")]
    assert (owing["default_on"] < owing["cured_on"]).all()


def test_the_delay_law_by_hand():
    # location 2, scale 4, no skew to speak of: ready = start + floor(2 + 4 z), from day 1 on
    law = Delay(
        np.array([100]), np.array([2.0]), np.array([4.0]), np.array([1e-9]), np.array([101]),
        np.array([465]),
    )  # fmt: skip
    assert law.ready_on(np.array([0.6])).tolist() == [104]
    assert law.ready_on(np.array([-3.0])).tolist() == [101]
    chance = law.ready_by(np.array([[100, 101, 105, 465]]), np.zeros(1), np.ones(1))[0]
    np.testing.assert_allclose(chance, [0, 0.5, 0.8413447, 1], atol=1e-6)


def test_run_days_by_hand():
    # May 2024 in Germany: Wednesday the 1st and Thursday the 9th are holidays
    runs = RunDays.of(["DE"], day_of("2024-04-01"), day_of("2024-06-30"))

    def after(kind, day):
        return runs.next(np.array([0]), kind, np.array([day_of(day)]))[0]

    assert after(0, "2024-05-01") == day_of("2024-05-02")
    assert after(4, "2024-05-07") == day_of("2024-05-10")  # Thursday's run moves to Friday
    assert after(2, "2024-05-08") == day_of("2024-05-14")
    assert after(7, "2024-05-02") == day_of("2024-05-31")
    assert after(8, "2024-05-11") == day_of("2024-05-27")  # the 25th is a Saturday
    assert runs.last(np.array([0]), 7, np.array([day_of("2024-05-30")]))[0] == day_of("2024-04-30")


def test_months_by_hand():
    days = np.array([day_of("1970-01-31"), day_of("2024-02-29")])
    assert month_number(days).tolist() == [0, 649]
    assert month_first(month_number(days)).tolist() == [0, day_of("2024-02-01")]
