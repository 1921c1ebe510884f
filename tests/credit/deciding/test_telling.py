"""Which reasons are told: which way they speak, and what never falls out of the few."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payrisk.credit import CreditRequest, Order
from payrisk.predictions import Reason
from support.credit.deciders import AS_OF, GOOD, codes, decide, risk

REVIEW = CreditRequest(customer_id="c1")
WORSE = tuple(
    Reason(code, f"About {code}.", 1.0 + place, "ledger")
    for place, code in enumerate(("arrears", "open_invoices", "past_losses", "disputes"))
)


def test_a_cause_of_the_risk_says_that_it_raises_it():
    better = Reason("past_lateness", "Paid in time.", -0.5, "ledger")
    told = decide(said=risk(0.02, reasons=(*WORSE[:1], better))).reasons
    assert [r.text for r in told if r.code == "arrears"] == ["Raises the risk: About arrears."]
    assert "past_lateness" not in [r.code for r in told]


@pytest.mark.parametrize("probability", [0.005, 0.3])
def test_a_default_in_the_group_is_told_however_much_else_is(probability):
    spread = Reason("group_default", "Of its group Alba GmbH (a) is in default.", 0.1, "ledger")
    decision = decide(said=risk(probability, reasons=(*WORSE, spread)), request=REVIEW)
    assert len(decision.reasons) == 4
    assert decision.reasons[-1].text == spread.text
    without = decide(said=risk(probability, reasons=WORSE), request=REVIEW)
    assert codes(decision)[:3] == codes(without)[:3]


@pytest.mark.parametrize("probability", [0.005, 0.3])
def test_a_review_says_what_is_owed_above_the_limit_that_stands(probability):
    account = replace(GOOD, current_limit=10_000_00, open=70_000_000)
    decision = decide(account, risk(probability, reasons=WORSE), request=REVIEW)
    granted = decision.limit.granted
    limit = 10_000_00 if granted is None else granted
    (told,) = [r.text for r in decision.reasons if r.code == "above_limit"]
    assert told.startswith("What is owed, 700,000.00 EUR, is above the limit by ")
    assert f"{(70_000_000 - limit) / 100:,.2f} EUR" in told
    within = decide(replace(GOOD, current_limit=GOOD.exposure), request=REVIEW)
    assert "above_limit" not in codes(within)


def test_an_order_in_a_currency_never_billed_says_whose_terms_it_gets():
    account = replace(GOOD, current_limit=10_000_000)
    request = CreditRequest(customer_id="c1", order=Order(1_000, "EUR"))
    assert "new_currency" not in codes(decide(account, request=request))
    decision = decide(replace(account, terms_days=None), request=request)
    assert "new_currency" in codes(decision)


@pytest.mark.parametrize(("days_ago", "is_told"), [(1, True), (90, True), (91, False)])
def test_an_insurance_that_ended_is_told_for_a_while_and_not_for_ever(days_ago, is_told):
    decision = decide(replace(GOOD, cover_ends_on=AS_OF - days_ago), request=REVIEW)
    assert ("cover_ended" in codes(decision)) is is_told
