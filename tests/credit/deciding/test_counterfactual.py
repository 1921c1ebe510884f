"""What else would have been decided is only said once it was decided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payrisk.credit import Account, CreditApplication, CreditDecision, CreditRequest, red_flags
from payrisk.credit.deciding.counterfactual import MOST, PAIRS, counterfactuals
from payrisk.credit.rules.decision import OUTCOMES
from support.credit.deciders import AS_OF, BASIS, GOOD, POLICY, risk
from support.credit.deciders import decide as decided
from support.credit.deciders import order as ordered

PLAIN = CreditApplication(
    "Muster GmbH",
    "EUR",
    False,
    email="a@muster.example",
    website="muster.example",
    requested_limit=4_000_000,
    requested_terms_days=45,
    monthly_sales=3_000_000,
    founded_on=0,
    turnover=200_000_000,
    net_worth=100_000_000,
    financials_on=AS_OF - 100,
    bureau_score=480,
    bureau_scored_on=AS_OF - 30,
    n_references=3,
)


class House:
    """Decides applications by the shipped policy; references halve the risk, and it counts."""

    def __init__(self, base: float = 0.02) -> None:
        self.base, self.n = base, 0

    def __call__(self, request: CreditRequest) -> CreditDecision:
        self.n += 1
        application = request.application
        assert application is not None
        chance = self.base * (1.0 if (application.n_references or 0) >= 2 else 4.0)
        said = risk(min(chance, 1.0), source="application", n_invoices_seen=0)
        account = Account.for_application(application, default_terms_days=30)
        flags = red_flags(application, AS_OF, POLICY.flags)
        return POLICY.decide(request, account, said, flags, BASIS)


def asked(application: CreditApplication, base: float = 0.02):
    house = House(base)
    request = CreditRequest(application=application)
    first = house(request)
    found = counterfactuals(request, first, house)
    assert house.n <= PAIRS + 12
    for one in found:
        again = House(base)(CreditRequest(replace(application, **undated(one.change))))
        assert again.outcome == one.outcome
        assert OUTCOMES.index(again.outcome) < OUTCOMES.index(first.outcome)
    return first, found


def undated(change: dict) -> dict:
    from payrisk.calendar import day_of

    return {k: day_of(v) if k.endswith("_on") and v else v for k, v in change.items()}


def test_two_references_turn_the_decision():
    first, found = asked(replace(PLAIN, n_references=0))
    assert first.outcome == "approve_with_protection"
    assert found[0].text == "With two trade references: approve."
    assert found[0].change == {"n_references": 2}
    assert found[0].granted == 4_000_000


def test_a_fresh_report_turns_the_decision():
    first, found = asked(replace(PLAIN, bureau_scored_on=AS_OF - 1000))
    assert first.outcome == "approve_with_protection"
    assert "the same credit report dated" in found[0].text


def test_two_things_together_are_said_where_one_is_not_enough():
    bare = replace(PLAIN, n_references=0, email="a@gmx.de")
    _, found = asked(bare)
    assert found[0].text == (
        "With an e-mail address at a domain of its own and two trade references: approve."
    )


def test_all_of_it_together_is_the_last_resort():
    bare = replace(
        PLAIN, n_references=0, email="a@gmx.de", website=None, bureau_scored_on=AS_OF - 999
    )
    _, found = asked(bare)
    (only,) = found
    assert only.outcome == "approve"
    assert {"bureau_scored_on", "email_domain", "has_website", "n_references"} <= set(only.change)


def test_there_are_at_most_three_and_none_contains_another():
    _, found = asked(replace(PLAIN, n_references=0), base=0.06)
    assert len(found) <= MOST
    fields = [set(one.change) for one in found]
    assert not any(a < b for a in fields for b in fields)


@pytest.mark.parametrize(
    "change",
    [{}, {"is_natural_person": True}, {"currency": "XTS"}],
)
def test_nothing_is_promised_where_it_is_approved_or_a_person_decides(change):
    house = House()
    request = CreditRequest(application=replace(PLAIN, **change))
    first = house(request)
    assert counterfactuals(request, first, house) == ()
    assert house.n == 1


def test_what_nothing_turns_is_known_after_two_more_decisions():
    house = House(base=0.3)
    request = CreditRequest(application=replace(PLAIN, n_references=0))
    first = house(request)
    assert counterfactuals(request, first, house) == ()
    assert house.n == 3


def test_no_personal_data_is_in_a_change():
    named = replace(PLAIN, registry_name="Meister AG")
    _, found = asked(named)
    assert found[0].text == "With the name that the register holds: approve."
    assert "Meister" not in str(found)


def test_an_order_is_told_the_part_that_would_leave():
    account = replace(GOOD, current_limit=1_000_000, open=400_000)

    def decide(request: CreditRequest) -> CreditDecision:
        return decided(account, request=request)

    request = ordered(900_000)
    (only,) = counterfactuals(request, decide(request), decide)
    assert (only.outcome, only.released) == ("approve", 600_000)
    assert only.text == "With an order of 6,000.00 EUR: approve."
    full = replace(account, open=1_000_000)
    assert counterfactuals(request, decided(full, request=request), decide) == ()


def test_a_limit_review_rests_on_what_happened():
    request = CreditRequest(customer_id="c1")
    first = decided(said=risk(0.2))
    assert counterfactuals(request, first, lambda _: first) == ()
