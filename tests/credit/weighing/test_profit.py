"""Expected profit, worked by hand, and the probability at which it is gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.credit import GrantedTerms
from payrisk.credit.rules.decision import PROTECTIONS
from payrisk.credit.weighing.profit import expected_profit
from payrisk.receivables.loss_given_default import LossRate
from support.credit.deciders import POLICY


def worked(
    amount: int = 1_000_000, chance: float = 0.05, terms: GrantedTerms | None = None, **more
):
    usual = {"delay_days": 15, "probability": chance}
    return expected_profit(
        POLICY, amount, terms=terms or GrantedTerms(45, "none"), **(usual | more)
    )


def test_the_profit_of_a_limit_by_hand():
    found = worked()
    # 600,000 owed on an ordinary day turn over 3 times in 180 days at 18 %, if no default comes
    assert found.margin == round(0.95 * 0.18 * 600_000 * 3) == 307_800
    assert found.expected_loss == round(0.05 * 0.65 * 1_000_000) == 32_500
    assert found.carrying_cost == round(0.06 * 600_000 * 180 / 365) == 17_753
    assert found.expected == 307_800 - 32_500 - 17_753
    assert found.break_even == pytest.approx((324_000 - 17_753.42) / (324_000 + 650_000))


def test_the_loss_of_an_order_goes_by_the_chance_of_its_own_days():
    found = worked(is_one_order=True)  # 45 + 15 days to pay, and 90 until it is a default
    chance = 1 - 0.95 ** (150 / 180)
    assert found.horizon_days == 150
    assert found.probability == pytest.approx(chance)
    assert found.expected_loss == round(chance * 0.65 * 1_000_000)
    long = worked(is_one_order=True, delay_days=100)
    assert (long.horizon_days, long.probability) == (180, 0.05)


def test_own_recoveries_take_the_place_of_the_constant():
    own = LossRate(0.4, 25, 0.3, 0.5, is_assumed=False)
    found = worked(loss=own)
    assert found.expected_loss == round(0.05 * 0.4 * 1_000_000)
    assert (found.loss_rate_low, found.loss_rate_high, found.n_defaults) == (0.3, 0.5, 25)
    assert not found.is_loss_assumed
    assert worked().is_loss_assumed


def test_margin_is_earned_on_sales_net_of_vat():
    assert worked(vat_rate=0.2).margin == round(0.95 * 0.18 * 500_000 * 3)


def test_what_is_secured_is_not_lost():
    found = worked(terms=GrantedTerms(45, "guarantee"))
    assert (found.exposure, found.expected_loss) == (200_000, 6_500)


def test_a_discount_is_paid_for_by_the_margin():
    found = worked(terms=GrantedTerms(45, "discount", 0.02, 10))
    assert found.margin == round(0.95 * 0.16 * 600_000 * 3)


def test_nothing_is_expected_of_no_credit():
    assert worked(0) is None
    assert worked(terms=GrantedTerms(0, "prepay")) is None


@given(
    st.integers(10_000, 10**9),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(0, 120),
    st.integers(0, 180),
    st.sampled_from(PROTECTIONS[:-1]),
)
def test_more_risk_never_earns_more_and_break_even_is_where_it_ends(
    amount, one, other, days, delay, protection
):
    low, high = sorted((one, other))
    terms = GrantedTerms(days, protection)
    better, worse = (worked(amount, p, terms, delay_days=delay) for p in (low, high))
    assert worse.expected <= better.expected + 2
    assert better.break_even == worse.break_even
    if 0 < better.break_even < 1:
        at = worked(amount, better.break_even, terms, delay_days=delay)
        assert abs(at.expected) <= 2 + 1e-9 * amount
        assert low < better.break_even or better.expected <= 2
