"""The limit is the smallest known measure, in whole steps, and never need alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.credit.applicant.account import Account
from payrisk.credit.rules.limits import (
    Limit,
    capacity,
    keeps_current_limit,
    peak_need,
    smallest_measure,
)


def needed(account: Account, days: int = 45, delay: int = 15) -> int | None:
    return peak_need(account, terms_days=days, delay_days=delay)


def test_need_is_peak_sales_a_day_times_terms_and_delay():
    assert needed(Account("EUR", monthly_sales=600_000)) == 600_000 * 60 // 30


def test_need_is_the_most_billed_until_a_payment_is_known_gross_as_it_is_owed():
    billed = Account("EUR", monthly_sales=714_000, billed_within=((45, 900_000), (61, 1_999_999)))
    assert needed(billed) == 1_999_999  # 45 + 15 days, and the morning after
    assert needed(billed, 45, 16) == 714_000 * 61 // 30  # beyond what was measured
    young = replace(billed, billed_within=((61, 714_000),))  # its first month
    assert needed(young) == 714_000 * 2


def test_need_is_never_more_than_asked_for():
    account = Account("EUR", monthly_sales=600_000, requested_limit=100_000)
    assert needed(account, 45, 0) == 100_000


def test_need_without_sales_is_what_was_asked_for():
    assert needed(Account("EUR", requested_limit=70_000)) == 70_000
    assert needed(Account("EUR")) is None


@pytest.mark.parametrize(
    ("current", "computed", "stayed"),
    [
        (100_000, 109_999, True),
        (100_000, 110_001, False),
        (100_000, 90_000, True),
        (100_000, 89_999, False),
        (20_000, 25_000, True),
        (5_000, 0, False),
        (1_100_000, 1_050_000, False),
    ],
)
def test_a_limit_moves_only_beyond_a_step_and_never_stays_beyond_the_group(
    current, computed, stayed
):
    assert (
        keeps_current_limit(current, computed, step=5_000, move_rate=0.1, headroom=1_000_000)
        is stayed
    )


@pytest.mark.parametrize(
    ("net_worth", "turnover", "expected"),
    [
        (1_000_000, 4_000_000, 100_000),
        (1_000_000, 1_000_000, 50_000),
        (1_000_000, None, 100_000),
        (None, 1_000_000, 50_000),
        (-1_000_000, 9_000_000, 0),
        (None, None, None),
    ],
)
def test_capacity_is_the_smaller_share(net_worth, turnover, expected):
    account = Account("EUR", net_worth=net_worth, turnover=turnover)
    assert capacity(account, net_worth_rate=0.1, turnover_rate=0.05) == expected


def test_need_alone_grants_nothing():
    assert smallest_measure(Limit("EUR", need=500_000, headroom=900_000), step=1) == (None, None)


def test_the_smallest_measure_binds_in_whole_steps():
    limit = Limit("EUR", need=770_000, capacity=640_000, headroom=900_000)
    assert smallest_measure(limit, step=50_000) == (600_000, "capacity")


measure = st.none() | st.integers(0, 10**12)


@given(measure, measure, measure, measure, st.integers(1, 10**6))
def test_granted_never_exceeds_any_known_measure(needed, carried, tier, headroom, step):
    limit = Limit("EUR", needed, carried, tier, headroom)
    granted, binding = smallest_measure(limit, step=step)
    if granted is None:
        assert needed is None or (carried is None and tier is None)
        return
    known = [one for one in (needed, carried, tier, headroom) if one is not None]
    assert 0 <= granted <= min(known) < granted + step
    assert getattr(limit, binding) == min(known)
