"""A score that no outcome stands behind is marked, takes nobody and raises no limit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.credit import Account, CreditApplication, CreditRequest
from payrisk.predictions import DefaultRisk, Reason
from support.credit.deciders import (
    AS_OF,
    BASIS,
    GOOD,
    POLICY,
    REVIEW,
    VERIFIED,
    codes,
    decide,
    order,
    risk,
)

APPLICATION = CreditApplication(
    name="Muster GmbH",
    currency="EUR",
    country="DE",
    is_natural_person=False,
    requested_limit=5_000_000,
    requested_terms_days=30,
    monthly_sales=3_000_000,
    turnover=400_000_000,
    net_worth=90_000_000,
    has_website=True,
    has_vat=True,
)
APPLICANT = Account.for_application(APPLICATION, default_terms_days=30)
NEWCOMER = CreditRequest(application=APPLICATION)
SCORED = (
    Reason("turnover", "Turnover.", -0.4),
    Reason("base_rate", "Of 100, 2 % went bad.", -3.5),
)
CONSTANT = (Reason("turnover", "Turnover.", 0.0), Reason("base_rate", "Of 100, 2 %.", -3.9))
BY_CURVES = risk(0.02, roll_up=0.03)
LIMITED = replace(GOOD, current_limit=4_000_000, open=500_000)


def basis(**verdicts: str):
    return replace(BASIS, verdicts=VERIFIED | verdicts)


def applicant_risk(reasons=SCORED):
    return DefaultRisk(
        "(applicant)", AS_OF, 180, 0.005, reasons, source="application", behaviour_weight=0.0
    )


@pytest.mark.parametrize("verdict", ["not verifiable", "refused", ""])
def test_a_newcomer_scored_by_what_no_outcome_verified_is_for_a_person(verdict):
    by_verified = decide(APPLICANT, applicant_risk(), NEWCOMER)
    assert by_verified.outcome == "approve"
    assert (by_verified.unverified, by_verified.to_json()["risk"]["is_verified"]) == ("", True)
    decision = decide(
        APPLICANT, applicant_risk(), NEWCOMER, basis=basis(**{"new-customer": verdict})
    )
    assert (decision.outcome, codes(decision)[0]) == ("refer", "unverified_newcomer")
    assert decision.limit.granted is None
    assert decision.clears[0].startswith("A version of new-customer that passed its test")
    body = decision.to_json()
    assert body["risk"]["is_verified"] is False
    assert "new-customer" in body["risk"]["why_unverified"]
    assert body["model_verdicts"]["new-customer"] == verdict


def test_a_score_that_is_the_same_for_everybody_takes_nobody():
    decision = decide(APPLICANT, applicant_risk(CONSTANT), NEWCOMER)
    assert (decision.outcome, decision.unverified) == ("refer", "it is the same for everybody")
    average = replace(applicant_risk(), source="base_rate")
    assert decide(APPLICANT, average, NEWCOMER).unverified == "it is the average of others"


def test_an_unverified_score_raises_no_limit_but_leaves_it_or_lowers_it():
    unverified = basis(**{"default-risk": "not verifiable"})
    low = replace(GOOD, current_limit=500_000)
    assert decide(low).limit.granted > 500_000
    raised = decide(low, basis=unverified)
    assert (raised.outcome, codes(raised)[0]) == ("refer", "unverified_rise")
    for current in (4_000_000, 40_000_000):
        decision = decide(replace(GOOD, current_limit=current), basis=unverified)
        assert decision.outcome == "approve"
        assert decision.limit.granted <= current
        assert "unverified" in codes(decision)
    first = decide(GOOD, basis=unverified)  # no limit on file: the first one is a rise, too
    assert codes(first)[0] == "unverified_rise"


def test_an_order_inside_a_standing_limit_is_decided_by_verified_curves_and_says_so():
    unverified = basis(**{"default-risk": "not verifiable"})
    decision = decide(LIMITED, BY_CURVES, order(100_000), basis=unverified)
    assert (decision.outcome, decision.release.action) == ("approve", "release")
    (note,) = [reason for reason in decision.reasons if reason.code == "unverified_within"]
    assert "3.0%" in note.text
    risky = decide(LIMITED, replace(BY_CURVES, roll_up=0.4), order(100_000), basis=unverified)
    assert (risky.outcome, risky.band) == ("refer", "E")  # of its curves, and no decline
    over = decide(LIMITED, BY_CURVES, order(9_000_000), basis=unverified)
    assert over.release.amount <= LIMITED.current_limit - LIMITED.exposure


@pytest.mark.parametrize(
    ("account", "said", "verdicts"),
    [
        (LIMITED, BY_CURVES, {"days-to-pay": "refused"}),
        (LIMITED, BY_CURVES, {"days-to-pay": ""}),
        (LIMITED, replace(BY_CURVES, roll_up=None), {}),
        (LIMITED, replace(BY_CURVES, n_invoices_seen=0, source="base_rate"), {}),
        (replace(LIMITED, current_limit=None), BY_CURVES, {}),
        (replace(LIMITED, overdue=400_000), BY_CURVES, {}),
    ],
)
def test_no_other_order_leaves_on_an_unverified_score(account, said, verdicts):
    decision = decide(
        account, said, order(100_000), basis=basis(**{"default-risk": "refused"} | verdicts)
    )
    assert (decision.outcome, decision.release.amount) == ("refer", 0)
    assert decision.clears


def test_a_house_may_leave_every_such_order_to_a_person():
    policy = POLICY.model_copy(
        update={"unverified": POLICY.unverified.model_copy(update={"order_release": "refer"})}
    )
    unverified = basis(**{"default-risk": "refused"})
    decision = policy.decide(order(100_000), LIMITED, BY_CURVES, (), unverified)
    assert codes(decision)[0] == "unverified_order"


def test_nobody_is_declined_by_a_score_that_no_outcome_verified_but_a_default_is_no_score():
    unverified = basis(**{"default-risk": "refused"})
    assert decide(GOOD, risk(0.6)).outcome == "decline"
    assert decide(GOOD, risk(0.6), basis=unverified).outcome == "refer"
    defaulted = risk(1.0, is_in_default=True)
    assert decide(GOOD, defaulted, basis=unverified).outcome == "decline"


verdicts = st.fixed_dictionaries(
    dict.fromkeys(VERIFIED, st.sampled_from(["passed", "passed", "refused", "not verifiable", ""]))
)
cents = st.integers(0, 10_000_000)
accounts = st.builds(
    replace,
    st.just(GOOD),
    open=cents,
    overdue=st.just(0) | cents,
    current_limit=st.none() | cents,
    requested_limit=st.none() | cents,
    net_worth=st.none() | st.integers(0, 10**9),
    n_settled=st.integers(0, 3),
)
risks = st.builds(
    DefaultRisk,
    customer_id=st.just("c1"),
    as_of=st.just(AS_OF),
    horizon_days=st.just(180),
    probability=st.floats(0, 0.12),
    reasons=st.sampled_from([(), SCORED, CONSTANT]),
    is_in_default=st.sampled_from([False, False, True]),
    n_invoices_seen=st.integers(0, 3),
    source=st.sampled_from(["behaviour", "application", "blend", "base_rate"]),
    behaviour_weight=st.sampled_from([0.2, 0.8]),
    roll_up=st.none() | st.floats(0, 0.12),
)
requests = st.sampled_from([NEWCOMER, REVIEW]) | st.integers(1, 10**7).map(order)


@given(accounts, risks, requests, verdicts)
def test_no_onboarding_or_rise_from_an_unverified_score_approves(account, said, asked, gates):
    if asked is NEWCOMER:
        account = replace(APPLICANT, n_settled=0)
    decision = decide(account, said, asked, basis=replace(BASIS, verdicts=gates))
    by_application = said.source == "application" or (
        said.source == "blend" and said.behaviour_weight < 0.5
    )
    gate = gates["new-customer" if by_application else "default-risk"]
    is_others = said.n_invoices_seen == 0 and said.source in ("behaviour", "base_rate")
    is_unverified = gate != "passed" or is_others or said.reasons is CONSTANT
    assert bool(decision.unverified) == is_unverified
    if not is_unverified or not decision.outcome.startswith("approve"):
        return
    assert asked is not NEWCOMER
    assert decision.limit.granted <= (account.current_limit or 0)
    if asked.order is not None:
        assert gates["days-to-pay"] == "passed"
        assert account.exposure + decision.release.amount <= account.current_limit
        assert not POLICY.overdue_blocks(account)
    assert decision.reasons[0].code
