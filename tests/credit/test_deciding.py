"""What is decided, by hand and by law."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.credit import (
    Account,
    Basis,
    CreditApplication,
    CreditDecision,
    CreditPolicy,
    CreditRequest,
    Order,
    RedFlag,
)
from payrisk.credit.flags import CHECKS
from payrisk.credit.reasons import REASONS
from payrisk.errors import InputError
from payrisk.predictions import DefaultRisk, Reason

AS_OF = 20_000
POLICY = CreditPolicy.read()
BASIS = Basis(AS_OF, "sha", AS_OF - 1, {"default-risk": "1"})
REVIEW = CreditRequest(customer_id="c1")
GOOD = Account(
    "EUR",
    "c1",
    is_natural_person=False,
    monthly_sales=3_000_000,
    terms_days=30,
    net_worth=100_000_000,
    turnover=200_000_000,
    n_settled=20,
)


def risk(probability: float = 0.02, **more: Any) -> DefaultRisk:
    return DefaultRisk("c1", AS_OF, 180, probability, **({"n_invoices_seen": 20} | more))


def decide(
    account: Account = GOOD,
    said: DefaultRisk | None = None,
    request: CreditRequest = REVIEW,
    flags: tuple[RedFlag, ...] = (),
    basis: Basis = BASIS,
    *,
    has_risk: bool = True,
) -> CreditDecision:
    found = (said or risk()) if has_risk else None
    return POLICY.decide(request, account, found, flags, basis)


def codes(decision: CreditDecision) -> list[str]:
    return [one.code for one in decision.reasons]


def order(amount: int) -> CreditRequest:
    return CreditRequest(customer_id="c1", order=Order(amount, "EUR"))


# -- what only a person may decide -------------------------------------------------------------


def test_without_a_model_it_refers():
    decision = decide(has_risk=False)
    assert (decision.outcome, codes(decision)[0]) == ("refer", "no_model")
    assert decision.limit.granted is None
    assert decision.terms is None


def test_the_reason_for_no_risk_is_named():
    decision = decide(has_risk=False, basis=replace(BASIS, why_no_risk="model_refused"))
    assert codes(decision)[0] == "model_refused"


def test_on_a_stale_ledger_it_refers():
    fresh = replace(BASIS, ledger_last_on=AS_OF - 1 - POLICY.stale_ledger_days)
    assert decide(basis=fresh).outcome == "approve"
    decision = decide(basis=replace(fresh, ledger_last_on=fresh.ledger_last_on - 1))
    assert (decision.outcome, codes(decision)[0]) == ("refer", "stale_ledger")


def test_a_natural_person_is_referred_even_when_declined():
    decision = decide(replace(GOOD, is_natural_person=True), risk(0.9))
    assert decision.outcome == "refer"
    assert codes(decision)[:2] == ["natural_person", "risk_too_high"]


def test_an_unknown_currency_and_foreign_exposure_are_referred():
    assert codes(decide(replace(GOOD, currency="XTS")))[0] == "currency_unknown"
    decision = decide(replace(GOOD, foreign_currencies=("USD",)))
    assert (decision.outcome, codes(decision)[0]) == ("refer", "foreign_exposure")


# -- risk --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("probability", "outcome"),
    [
        (0.005, "approve"),
        (0.02, "approve"),
        (0.05, "approve_with_protection"),
        (0.2, "refer"),
        (0.5, "decline"),
    ],
)
def test_the_band_sets_the_outcome(probability, outcome):
    assert decide(said=risk(probability)).outcome == outcome


def test_default_is_declined_as_a_status():
    decision = decide(said=risk(1.0, is_in_default=True))
    assert (decision.outcome, codes(decision)[0]) == ("decline", "in_default")
    assert decision.limit.granted == 0


def test_nobody_is_declined_for_the_average_of_others():
    decision = decide(said=risk(0.5, n_invoices_seen=0))
    assert (decision.outcome, codes(decision)[0]) == ("refer", "risk_refer")


def test_reasons_are_what_bound_first_then_the_adverse_by_weight():
    said = risk(
        0.05,
        reasons=(
            Reason("small", "s", 0.1),
            Reason("helps", "h", -0.5),
            Reason("large", "l", 0.9),
            Reason("nothing", "n", 0.0),
        ),
    )
    assert codes(decide(said=said)) == ["risk_protect", "bound_by_need", "large", "small"]


# -- limits ------------------------------------------------------------------------------------


def test_a_proven_customer_without_figures_gets_the_house_tier():
    decision = decide(replace(GOOD, net_worth=None, turnover=None, monthly_sales=90_000_000))
    assert decision.outcome == "approve"
    assert decision.limit.capacity is None
    assert (decision.limit.binding, decision.limit.granted) == ("house_tier", 2_500_000)


def test_an_unproven_one_without_figures_is_referred():
    decision = decide(replace(GOOD, net_worth=None, turnover=None, n_settled=0))
    assert (decision.outcome, codes(decision)[0]) == ("refer", "capacity_unknown")


def test_an_exhausted_group_is_referred():
    decision = decide(replace(GOOD, group_exposure=600_000_000))
    assert (decision.outcome, codes(decision)[0]) == ("refer", "headroom_exhausted")


def test_no_capacity_is_declined():
    decision = decide(replace(GOOD, net_worth=-5))
    assert (decision.outcome, codes(decision)[0]) == ("decline", "no_capacity")


def test_a_limit_does_not_rise_with_a_material_overdue():
    late = replace(GOOD, current_limit=1_000_000, overdue=50_000)
    decision = decide(late)
    assert (decision.limit.granted, decision.limit.binding) == (1_000_000, "not_raised")
    assert decide(replace(late, overdue=49_999)).limit.granted == 3_000_000
    assert decide(replace(late, current_limit=9_000_000)).limit.granted == 3_000_000


# -- orders ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "action", "released", "outcome"),
    [
        (600_000, "release", 600_000, "approve"),
        (600_001, "release_in_part", 600_000, "approve_with_protection"),
    ],
)
def test_an_order_is_measured_against_the_limit_on_file(amount, action, released, outcome):
    account = replace(GOOD, current_limit=1_000_000, open=500_000, unapplied=100_000)
    decision = decide(account, request=order(amount))
    assert decision.outcome == outcome
    assert decision.release is not None
    assert (decision.release.action, decision.release.amount) == (action, released)


def test_a_full_limit_holds_and_says_what_clears_it():
    account = replace(GOOD, current_limit=1_000_000, open=1_000_000)
    decision = decide(account, request=order(200_000))
    assert (decision.outcome, decision.release.action) == ("refer", "hold")
    assert decision.reasons[0].text == (
        "Exposure and order exceed the limit by 2,000.00 EUR; paying it clears the hold."
    )


def test_an_overdue_holds_whatever_the_limit():
    account = replace(GOOD, current_limit=10**9, open=100_000, overdue=100_000)
    decision = decide(account, request=order(1))
    assert (decision.outcome, codes(decision)[0]) == ("refer", "overdue_block")
    assert decision.release is not None
    assert decision.release.amount == 0


def test_a_small_share_of_a_large_balance_is_not_material():
    account = replace(GOOD, current_limit=10**9, open=1_000_000, overdue=99_999)
    assert decide(account, request=order(1)).outcome == "approve"
    assert decide(replace(account, overdue=100_000), request=order(1)).outcome == "refer"


def test_a_held_order_releases_nothing_even_inside_the_limit():
    account = replace(GOOD, current_limit=1_000_000, is_natural_person=True)
    decision = decide(account, request=order(1))
    assert decision.release is not None
    assert decision.release.action == "hold"


# -- terms -------------------------------------------------------------------------------------


def flag(asks_for: str) -> RedFlag:
    return RedFlag("missing_report", "No credit report is given.", asks_for, "application", AS_OF)


@pytest.mark.parametrize(
    ("asks", "outcome", "days", "protection"),
    [
        (("shorter_terms",), "approve_with_protection", 14, "shorter_terms"),
        (("shorter_terms", "guarantee"), "approve_with_protection", 14, "guarantee"),
        (("guarantee",), "approve_with_protection", 30, "guarantee"),
        (("prepay",), "approve_with_protection", 0, "prepay"),
    ],
)
def test_the_strictest_flag_sets_the_protection(asks, outcome, days, protection):
    decision = decide(flags=tuple(flag(one) for one in asks))
    assert decision.outcome == outcome
    assert decision.terms is not None
    assert (decision.terms.days, decision.terms.protection) == (days, protection)


def test_flags_can_refer_and_decline():
    assert decide(flags=(flag("refer"),)).outcome == "refer"
    assert decide(flags=(flag("refer"), flag("decline"))).outcome == "decline"


# -- laws --------------------------------------------------------------------------------------

cents = st.integers(0, 10**10)
maybe = st.none() | cents
accounts = st.builds(
    Account,
    currency=st.sampled_from(["EUR", "USD", "XTS"]),
    customer_id=st.just("c1"),
    is_natural_person=st.booleans(),
    open=cents,
    orders=cents,
    unapplied=cents,
    insured=cents,
    overdue=cents,
    group_exposure=cents,
    monthly_sales=maybe,
    terms_days=st.none() | st.integers(0, 200),
    requested_limit=maybe,
    current_limit=maybe,
    turnover=maybe,
    net_worth=st.none() | st.integers(-(10**10), 10**10),
    n_settled=st.integers(0, 3),
)
risks = st.none() | st.builds(
    DefaultRisk,
    customer_id=st.just("c1"),
    as_of=st.just(AS_OF),
    horizon_days=st.just(180),
    probability=st.floats(0, 1),
    is_in_default=st.booleans(),
    n_invoices_seen=st.integers(0, 3),
)
requests = st.just(REVIEW) | cents.filter(bool).map(order)


@given(accounts, risks, requests)
def test_laws_of_a_decision(account, said, request_):
    if request_.order is not None and account.currency != "EUR":
        account = replace(account, currency="EUR")
    decision = POLICY.decide(request_, account, said, (), BASIS)
    is_approved = decision.outcome.startswith("approve")
    limit = decision.limit
    assert not (is_approved and (said is None or account.is_natural_person))
    assert not (is_approved and said is not None and said.is_in_default)
    assert 1 <= len(decision.reasons) <= 4
    assert all(one.code in {*REASONS, *CHECKS, "far_above_capacity"} for one in decision.reasons)
    assert (decision.terms is not None) == is_approved
    if is_approved and request_.order is None:
        measures = (limit.need, limit.capacity, limit.house_tier, limit.headroom)
        assert 0 < limit.granted <= min(one for one in measures if one is not None)
        assert limit.capacity is not None or account.n_settled > 0
    if request_.order is not None:
        released = decision.release.amount
        assert released <= request_.order.amount
        if released:
            assert account.exposure + released <= limit.granted
            assert released <= limit.headroom - account.exposure
            assert not POLICY.overdue_blocks(account)
    assert decision == POLICY.decide(request_, account, said, (), BASIS)
    decision.to_json()


@given(accounts, st.floats(0, 1), st.floats(0, 1))
def test_more_risk_never_earns_more(account, one, other):
    ranks = {"approve": 0, "approve_with_protection": 1, "refer": 2, "decline": 3}
    low, high = sorted((one, other))
    better, worse = (decide(account, risk(p)) for p in (low, high))
    assert ranks[better.outcome] <= ranks[worse.outcome]
    if worse.limit.granted is not None and better.limit.granted is not None:
        assert worse.limit.granted <= better.limit.granted


def test_a_request_is_one_question():
    application = CreditApplication("X", "EUR")
    for wrong in (
        {},
        {"application": application, "customer_id": "c1"},
        {"application": application, "order": Order(1, "EUR")},
        {"order": Order(1, "EUR")},
    ):
        with pytest.raises(InputError):
            CreditRequest(**wrong)
