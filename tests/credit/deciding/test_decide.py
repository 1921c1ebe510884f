"""What is decided, by hand and by law."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payrisk.credit import Account, CreditApplication, CreditRequest, Order
from payrisk.errors import InputError
from payrisk.predictions import Reason
from support.credit.deciders import AS_OF, BASIS, GOOD, POLICY, codes, decide, flag, risk

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


def test_an_input_out_of_range_is_referred_and_named():
    decision = decide(basis=replace(BASIS, out_of_range=("turnover", "n_employees")))
    assert (decision.outcome, codes(decision)[0]) == ("refer", "out_of_range")
    assert "turnover, n_employees" in decision.reasons[0].text
    assert decision.clears == (
        "A correction of turnover, n_employees, or a named person's decision.",
    )


def test_a_risk_that_rests_on_a_protected_attribute_is_not_used():
    said = risk(0.005, reasons=(Reason("application__owner_gender", "x", -0.1),))
    decision = decide(said=said)
    assert (decision.outcome, codes(decision)[0]) == ("refer", "protected_input")


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
            Reason("customer__terms__mean__365", "s", 0.1),
            Reason("customer__tenure__days", "h", -0.5),
            Reason("customer__days_late__mean__90", "l", 0.5),
            Reason("customer__days_late__mean__365", "l", 0.4),
            Reason("customer__dispute__open", "n", 0.0),
            Reason("base_rate", "b", 3.0),
        ),
    )
    assert codes(decide(said=said)) == [
        "risk_protect",
        "bound_by_need",
        "past_lateness",
        "trade_changed",
    ]


# -- limits ------------------------------------------------------------------------------------


def test_a_proven_customer_without_figures_gets_the_house_tier():
    decision = decide(replace(GOOD, net_worth=None, turnover=None, monthly_sales=90_000_000))
    assert decision.outcome == "approve"
    assert decision.limit.capacity is None
    assert (decision.limit.binding, decision.limit.granted) == ("house_tier", 2_500_000)


def test_an_unproven_one_without_figures_is_referred():
    decision = decide(replace(GOOD, net_worth=None, turnover=None, n_settled=0))
    assert (decision.outcome, codes(decision)[0]) == ("refer", "capacity_unknown")


def test_a_newcomer_scored_by_its_application_may_be_declined_and_is_not_capped():
    newcomer = replace(GOOD, n_settled=0, delay_days=None)
    scored = risk(0.5, n_invoices_seen=0, source="application", behaviour_weight=0.0)
    assert decide(newcomer, scored).outcome == "decline"
    taken = decide(newcomer, replace(scored, probability=0.02))
    assert (taken.outcome, taken.limit.house_tier) == ("approve", None)
    assert taken.limit.granted == 4_000_000  # 30 days' terms and the house's 10 days of delay


def test_a_newcomer_without_figures_gets_the_house_tier_or_a_person():
    newcomer = replace(GOOD, n_settled=0, net_worth=None, turnover=None)
    scored = risk(n_invoices_seen=0, source="application")
    taken = decide(newcomer, scored)
    assert (taken.limit.binding, taken.limit.granted) == ("house_tier", 2_500_000)
    strict = POLICY.model_copy(update={"newcomer_without_figures": "refer"})
    asked = strict.decide(CreditRequest(customer_id="c1"), newcomer, scored, (), BASIS)
    assert (asked.outcome, codes(asked)[0]) == ("refer", "capacity_unknown")


def test_the_need_is_gross_as_what_is_owed_is():
    billed = replace(GOOD, monthly_sales=3_570_000, vat_country="DE")
    assert decide(billed).limit.need == 3_570_000
    assert decide(billed).limit.proposed == 3_600_000  # a step more, never one less


def test_an_applicants_need_has_the_vat_in_it_that_its_invoices_will_carry():
    application = CreditApplication("X", "EUR", country="DE", monthly_sales=3_000_000)

    def need(*sellers: str) -> int | None:
        rate = POLICY.vat_at_home("DE", sellers)
        account = Account.for_application(application, default_terms_days=30, vat_rate=rate)
        return decide(account, request=CreditRequest(application=application)).limit.need

    # 30 days and 10 late
    assert (need("DE"), need("FR"), need()) == (4_760_000, 4_000_000, 4_760_000)


def test_a_limit_stays_until_it_would_move_beyond_a_step():
    decision = decide(replace(GOOD, current_limit=3_200_000))
    assert (decision.limit.granted, decision.limit.binding) == (3_200_000, "unchanged")
    decision = decide(replace(GOOD, current_limit=2_500_000))
    assert (decision.limit.granted, decision.limit.previous) == (3_000_000, 2_500_000)


def test_a_limit_below_the_need_does_not_stay():
    decision = decide(replace(GOOD, current_limit=2_800_000))
    assert (decision.limit.granted, decision.limit.binding) == (3_000_000, "need")


def test_a_limit_granted_holds_for_as_long_as_the_policy_says():
    assert decide().limit.expires_on == AS_OF + POLICY.limit_days
    assert decide(said=risk(0.5)).limit.expires_on is None


def test_a_person_sees_what_the_measures_come_to():
    decision = decide(replace(GOOD, is_natural_person=True))
    assert (decision.limit.granted, decision.limit.proposed) == (None, 3_000_000)
    assert decision.expected_profit is not None


def test_credit_that_loses_money_is_referred():
    rules = POLICY.profit.model_copy(update={"margin_rate": 0.01})
    poor = POLICY.model_copy(update={"profit": rules})
    decision = poor.decide(CreditRequest(customer_id="c1"), GOOD, risk(0.03), (), BASIS)
    assert (decision.outcome, codes(decision)[0]) == ("refer", "unprofitable")
    assert decision.expected_profit < 0


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


# -- terms -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asks", "outcome", "days", "protection"),
    [
        (("shorter_terms",), "approve_with_protection", 14, "shorter_terms"),
        (("shorter_terms", "guarantee"), "approve_with_protection", 14, "guarantee"),
        (("guarantee",), "approve_with_protection", 30, "guarantee"),
        (("prepay",), "approve_with_protection", 0, "prepay"),
        (("deposit",), "approve_with_protection", 30, "deposit"),
    ],
)
def test_the_strictest_flag_sets_the_protection(asks, outcome, days, protection):
    decision = decide(flags=tuple(flag(one) for one in asks))
    assert decision.outcome == outcome
    assert decision.terms is not None
    assert (decision.terms.days, decision.terms.protection) == (days, protection)


def test_a_protection_says_how_much_it_asks_for():
    assert decide(flags=(flag("deposit"),)).terms.secured_amount == 900_000
    assert decide(flags=(flag("guarantee"),)).terms.secured_amount == 2_400_000
    assert decide().terms.secured_amount == 0


def test_prepayment_grants_no_open_credit():
    decision = decide(flags=(flag("prepay"),))
    assert (decision.limit.granted, decision.limit.binding) == (0, "prepay")
    assert decision.limit.proposed == 3_000_000
    assert decision.profit is None


def test_a_band_may_invite_to_pay_early():
    bands = tuple(
        band.model_copy(update={"protection": "discount"}) if band.name == "B" else band
        for band in POLICY.bands
    )
    policy = POLICY.model_copy(update={"bands": bands})
    decision = policy.decide(CreditRequest(customer_id="c1"), GOOD, risk(), (), BASIS)
    terms = decision.terms
    assert (decision.outcome, terms.protection) == ("approve", "discount")
    assert (terms.discount_rate, terms.discount_days, terms.days) == (0.02, 10, 30)


def test_flags_can_refer_and_decline():
    assert decide(flags=(flag("refer"),)).outcome == "refer"
    assert decide(flags=(flag("refer"), flag("decline"))).outcome == "decline"


# -- requests --------------------------------------------------------------------------------


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
