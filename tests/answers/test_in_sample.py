"""A morning before the model's own, and a ledger that is stale: said, never verified."""

from __future__ import annotations

import pytest

from payrisk.answers import Answers
from payrisk.answers.cash.treasury import Outlook
from payrisk.calendar import day_of, iso
from payrisk.credit import CreditRequest
from payrisk.errors import LaterTrainedModel
from support.company.five_customers import AS_OF, Fitted, champions, small_company

LATER = iso(AS_OF + 20)
VERDICT = {"verdict": {"outcome": "passed"}}


def trained_as_of(day):
    """The champions of the small company, all of them trained as of a morning."""
    return {
        name: Fitted(champion.model, champion.version, {"as_of": day, **VERDICT})
        for name, champion in champions().items()
    }


def test_cash_of_a_morning_before_the_model_s_own_is_refused_unless_it_is_said_to_be():
    answers = Answers(small_company(), trained_as_of(LATER))
    with pytest.raises(LaterTrainedModel, match=f"trained as of {LATER}"):
        answers.cash_forecast(as_of=AS_OF)
    outlook = Outlook.of(answers, as_of=AS_OF, in_sample=True)
    assert outlook.cash.verified == f"not verified: in-sample, by a model trained as of {LATER}"
    assert outlook.assumptions()["in_sample"] is True
    told = outlook.cash.records("week")
    assert set(told["verified"].dropna()) == {outlook.cash.verified}
    plain = Answers(small_company(), trained_as_of(iso(AS_OF))).cash_forecast(as_of=AS_OF)
    assert (plain.expected == outlook.cash.expected).all()
    assert not plain.doubt


def test_no_decision_rests_on_a_model_that_has_seen_what_came():
    request = CreditRequest(customer_id="c1")
    decided = {
        day: Answers(small_company(), trained_as_of(day)).credit_decision(request, as_of=AS_OF)
        for day in (iso(AS_OF), LATER)
    }
    assert not decided[iso(AS_OF)].unverified
    assert "trained later than this morning" in decided[LATER].unverified


def test_cash_of_a_stale_ledger_is_not_verified():
    ledger = small_company()
    answers = Answers(ledger, trained_as_of("2025-01-01"))
    fresh = ledger.last_day + answers.policy.stale_ledger_days + 1
    assert not answers.cash_forecast(as_of=fresh).doubt
    old = answers.cash_forecast(as_of=fresh + 1)
    assert (
        old.verified
        == f"not verified: the ledger's last fact is {old.as_of - 1 - ledger.last_day} days old"
    )
    long_ago = answers.cash_forecast(as_of=day_of("2030-01-01"))
    assert "days old" in long_ago.verified


def test_curves_of_a_morning_before_the_model_s_own_are_refused_and_marked_when_asked_for():
    answers = Answers(small_company(), trained_as_of(LATER))
    with pytest.raises(LaterTrainedModel, match=f"trained as of {LATER}"):
        answers.payment_curves(as_of=AS_OF, invoice_ids=["C"])
    (marked,) = answers.payment_curves(as_of=AS_OF, invoice_ids=["C"], in_sample=True)
    (plain,) = Answers(small_company(), trained_as_of(iso(AS_OF))).payment_curves(
        as_of=AS_OF, invoice_ids=["C"]
    )
    assert marked.to_json() == plain.to_json() | {"in_sample": True}
    assert plain.to_json()["in_sample"] is False
