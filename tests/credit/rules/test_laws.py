"""Laws that hold for every account, risk and order under the shipped policy."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from payrisk.credit import Account
from payrisk.credit.deciding.policy import FLAGS
from payrisk.credit.reasons.policy_reasons import REASONS
from payrisk.credit.rules.decision import OUTCOMES
from payrisk.predictions import DefaultRisk
from payrisk.receivables.loss_given_default import LossRate
from support.credit.deciders import AS_OF, BASIS, POLICY, REVIEW, decide, flag, order, risk

# amounts around the policy's own steps, tiers and ceilings, and a few far beyond
cents = st.integers(0, 10_000_000) | st.sampled_from([0, 50_000, 2_500_000, 10**9, 10**10])
maybe = st.none() | cents
accounts = st.builds(
    Account,
    currency=st.sampled_from(["EUR", "EUR", "EUR", "XTS"]),
    customer_id=st.just("c1"),
    is_natural_person=st.sampled_from([False, False, True]),
    open=cents,
    orders=cents,
    reserved=cents,
    unapplied=cents,
    insured=cents,
    recourse=st.just(0) | cents,
    insurer_limit=st.none() | cents,
    cover_stopped_by=st.sampled_from([None, None, "A"]),
    excused=st.just(0) | cents,
    loss=st.none() | st.builds(LossRate, rate=st.floats(0, 1), n=st.integers(0, 99)),
    billed_within=st.just(()) | cents.map(lambda most: ((31, most), (70, 2 * most))),
    overdue=st.just(0) | cents,
    returned=st.just(0) | cents,
    group_exposure=cents,
    monthly_sales=maybe,
    vat_country=st.sampled_from([None, "DE", "US"]),
    terms_days=st.none() | st.integers(0, 200),
    delay_days=st.none() | st.integers(0, 400),
    requested_limit=maybe,
    current_limit=maybe,
    limit_ends_on=st.none() | st.integers(AS_OF - 2, AS_OF + 2),
    turnover=maybe,
    net_worth=st.none() | st.integers(-(10**6), 10**8),
    n_settled=st.integers(0, 3),
    first_billed_on=st.none() | st.integers(AS_OF - 400, AS_OF),
    peak_before=maybe,
    billed_before=maybe,
    billed_lately=maybe,
)
risks = st.none() | st.builds(
    DefaultRisk,
    customer_id=st.just("c1"),
    as_of=st.just(AS_OF),
    horizon_days=st.just(180),
    probability=st.floats(0, 1) | st.floats(0, 0.05),
    is_in_default=st.sampled_from([False, False, True]),
    n_invoices_seen=st.integers(0, 3),
    source=st.sampled_from(["behaviour", "application", "blend", "base_rate"]),
)
orders = cents.filter(bool)
asks = st.sampled_from(["shorter_terms", "deposit", "guarantee", "insurance", "prepay", "refer"])


def rank(decision) -> int:
    return OUTCOMES.index(decision.outcome)


@given(accounts, risks, st.just(REVIEW) | orders.map(order))
def test_a_decision_is_whole_and_never_a_silent_approval(account, said, request_):
    if request_.order is not None:
        account = replace(account, currency="EUR")
    decision = POLICY.decide(request_, account, said, (), BASIS)
    is_approved = decision.outcome.startswith("approve")
    is_for_a_person = said is None or account.is_natural_person or account.currency == "XTS"
    assert not (is_approved and (is_for_a_person or said.is_in_default))
    assert not (is_for_a_person and decision.outcome == "decline")
    assert 1 <= len(decision.reasons) <= 4
    assert all(one.code in {*REASONS, *FLAGS} for one in decision.reasons)
    assert all(one.dated_on < AS_OF and one.source for one in decision.reasons)
    assert (decision.terms is not None) == is_approved
    assert (decision.limit.granted is None) == (decision.outcome == "refer")
    assert decision == POLICY.decide(request_, account, said, (), BASIS)
    json.dumps(decision.to_json(), allow_nan=False)


@given(accounts, risks)
def test_a_limit_is_no_larger_than_any_measure_and_never_rests_on_need_alone(account, said):
    decision = POLICY.decide(REVIEW, account, said, (), BASIS)
    limit = decision.limit
    if limit.proposed is None:
        return
    assert limit.capacity is not None or limit.house_tier is not None
    assert 0 <= limit.proposed <= limit.headroom
    measures = [limit.need, limit.capacity, limit.house_tier]
    step = POLICY.amounts["EUR"].step
    smallest = min(one for one in measures if one is not None)
    if account.requested_limit is None and smallest == limit.need:
        smallest += step - 1  # a need that was billed is rounded up
    if limit.binding == "unchanged":
        assert limit.proposed == account.current_limit
        moved = max(step, POLICY.least_move_rate * account.current_limit)
        assert limit.proposed - smallest <= moved + step
    elif limit.binding != "not_raised":
        assert limit.proposed <= smallest
    if decision.outcome.startswith("approve"):
        assert decision.limit.granted in (limit.proposed, 0)


@given(accounts, risks)
def test_a_limit_never_rises_with_a_material_overdue(account, said):
    late = replace(account, overdue=account.open + 100_000)
    limit = POLICY.decide(REVIEW, late, said, (), BASIS).limit
    if account.current_limit is not None and limit.proposed is not None:
        assert limit.proposed <= account.current_limit


@given(
    accounts,
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from(["behaviour", "application", "base_rate"]),
    st.integers(0, 2),
)
def test_more_risk_never_earns_more(account, one, other, source, n_seen):
    better, worse = (
        decide(account, risk(p, source=source, n_invoices_seen=n_seen))
        for p in sorted((one, other))
    )
    assert rank(better) <= rank(worse)
    if better.limit.proposed is not None and worse.limit.proposed is not None:
        assert worse.limit.proposed <= better.limit.proposed
    if better.limit.granted is not None and worse.limit.granted is not None:
        assert worse.limit.granted <= better.limit.granted


@given(accounts, st.floats(0, 1), st.floats(0, 1), orders)
def test_more_risk_never_releases_more(account, one, other, amount):
    account = replace(account, currency="EUR")
    better, worse = (decide(account, risk(p), order(amount)) for p in sorted((one, other)))
    assert worse.release.amount <= better.release.amount


@given(
    accounts,
    st.floats(0, 0.3),
    orders,
    cents,
    st.sampled_from(["open", "orders", "reserved", "group_exposure", "overdue", "returned"]),
)
def test_more_exposure_never_releases_more(account, chance, amount, more, kind):
    account = replace(account, currency="EUR", overdue=0)
    owing = replace(account, **{kind: getattr(account, kind) + more})
    before, after = (decide(one, risk(chance), order(amount)) for one in (account, owing))
    assert after.release.amount <= before.release.amount
    assert rank(before) <= rank(after)


@given(accounts, risks, orders)
def test_a_release_stays_inside_the_limit_the_group_and_what_is_due(account, said, amount):
    account = replace(account, currency="EUR")
    decision = POLICY.decide(order(amount), account, said, (), BASIS)
    released = decision.release.amount
    assert 0 <= released <= min(amount, max(decision.release.room, 0))
    if released:
        assert account.exposure + released <= decision.limit.granted
        assert account.exposure + released + account.group_exposure <= max(
            POLICY.amounts["EUR"].group_ceiling, account.group_exposure
        )
        assert not POLICY.overdue_blocks(account)
        assert not account.returned
    if decision.release.action == "hold" and decision.outcome == "refer":
        assert decision.clears


@given(accounts, st.floats(0, 0.3), asks)
def test_a_red_flag_never_helps(account, chance, asks_for):
    without, with_ = (
        decide(account, risk(chance)),
        decide(account, risk(chance), flags=(flag(asks_for),)),
    )
    assert rank(without) <= rank(with_)
    if without.limit.granted is not None and with_.limit.granted is not None:
        assert with_.limit.granted <= without.limit.granted


@given(accounts, st.floats(0, 0.3), st.integers(0, 10**8))
def test_more_net_worth_or_turnover_never_lowers_what_is_carried(account, chance, more):
    if account.net_worth is None or account.turnover is None:
        return
    richer = replace(account, net_worth=account.net_worth + more, turnover=account.turnover + more)
    poor, rich = decide(account, risk(chance)), decide(richer, risk(chance))
    if poor.limit.proposed is not None and rich.limit.proposed is not None:
        assert poor.limit.proposed <= rich.limit.proposed
