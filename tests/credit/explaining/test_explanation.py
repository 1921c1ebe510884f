"""A stored decision explains itself: no model, ledger or policy at hand."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from payrisk.calendar import iso
from payrisk.credit import Account, CreditApplication, CreditRequest, red_flags
from payrisk.credit.explaining.adverse_action import MOST_REASONS, PRINCIPAL
from payrisk.credit.explaining.explanation import explain_decision
from payrisk.credit.reasons.model_reasons import MODEL_REASONS
from payrisk.credit.weighing.flags import CHECKS
from payrisk.predictions import Reason
from support.credit.deciders import AS_OF, BASIS, GOOD, POLICY, decide, order, risk

PARTS = (
    Reason("application__bureau_score", "Bureau score: 480.", 0.9, "application"),
    Reason("application__n_references", "References: 0.", 0.4, "application"),
    Reason("application__years_trading", "Years trading: 12.", -0.3, "application"),
    Reason("base_rate", "Others.", -4.0, "past applications"),
)
SCORE = math.fsum(part.contribution for part in PARTS)
SAID = risk(1 / (1 + math.exp(-SCORE)), reasons=PARTS, source="application", n_invoices_seen=0)
APPLICATION = CreditApplication(
    "Muster GmbH",
    "EUR",
    False,
    email="muster@gmx.de",
    requested_limit=9_000_000,
    monthly_sales=3_000_000,
    founded_on=AS_OF - 5_000,
    turnover=200_000_000,
    net_worth=100_000_000,
    financials_on=AS_OF - 100,
    bureau_score=480,
    bureau_scored_on=AS_OF - 30,
)


@pytest.fixture
def body() -> dict:
    account = Account.for_application(APPLICATION, default_terms_days=30)
    flags = red_flags(APPLICATION, AS_OF, POLICY.flags)
    request = CreditRequest(application=APPLICATION)
    decision = POLICY.decide(request, account, SAID, flags, BASIS)
    stored = json.dumps({"decision_id": "dec_1", **decision.to_json()}, allow_nan=False)
    return json.loads(stored)


def test_every_contribution_is_told_with_its_source_and_day_and_they_add_up(body):
    told = explain_decision(body)["risk"]
    assert told["adds_up"]
    assert told["sum"] == pytest.approx(told["score"], abs=1e-9)
    assert told["score"] == pytest.approx(SCORE, abs=1e-9)
    assert [one["contribution"] for one in told["contributions"]] == [-4.0, 0.9, 0.4, -0.3]
    report = told["contributions"][1]
    assert (report["reason"], report["source"]) == ("bureau_report", "credit bureau")
    assert report["dated_on"] == iso(AS_OF - 30)
    assert all(one["dated_on"] and one["source"] for one in told["contributions"])


def test_a_tampered_contribution_does_not_add_up(body):
    body["risk"]["contributions"][0]["contribution"] += 0.01
    assert not explain_decision(body)["risk"]["adds_up"]


def test_what_bound_is_told_apart_from_what_raised_the_risk(body):
    told = explain_decision(body)
    assert [one["code"] for one in body["reasons"]][:2] == ["risk_protect", "free_email"]
    assert {one["code"] for one in told["bound_by"]} <= {one["code"] for one in body["reasons"]}
    assert not {"bureau_report"} & {one["code"] for one in told["bound_by"]}


def test_the_applicant_is_told_specific_reasons_and_never_a_score(body):
    told = explain_decision(body)["adverse_action"]
    assert told["action"] == "counteroffer"
    assert 1 <= len(told["reasons"]) <= MOST_REASONS
    assert "The credit bureau's report on the business." in told["reasons"]
    assert "score" not in told["text"].lower()
    assert "band" not in told["text"].lower()


def test_the_same_body_gives_the_same_explanation(body):
    assert explain_decision(body) == explain_decision(json.loads(json.dumps(body)))
    json.dumps(explain_decision(body), allow_nan=False)


@pytest.mark.parametrize(
    ("change", "action"),
    [
        ({}, "none"),
        ({"probability": 0.5}, "declined"),
        ({"probability": 0.2}, "under_review"),
        ({"probability": 0.05}, "counteroffer"),
    ],
)
def test_what_was_done_has_its_name(change, action):
    decision = decide(said=risk(**({"probability": 0.02} | change)))
    assert explain_decision(decision.to_json())["adverse_action"]["action"] == action


def test_a_held_order_is_told_what_holds_it():
    account = replace(GOOD, current_limit=100, open=100, overdue=0)
    told = explain_decision(decide(account, request=order(50_000)).to_json())
    assert told["adverse_action"]["action"] == "held"
    assert told["adverse_action"]["reasons"][0] == PRINCIPAL["over_limit"]
    assert told["clears"] == ["Payment of 500.00 EUR clears the hold."]


def test_a_decision_without_a_model_is_explained_too():
    told = explain_decision(decide(has_risk=False).to_json())
    assert told["risk"] is None
    assert told["bound_by"][0]["code"] == "no_model"
    assert told["basis"]["policy_id"] == POLICY.id


def test_a_default_has_no_odds_but_its_causes_still_add_up():
    parts = (Reason("in_default", "x", 0.0), Reason("past_lateness", "y", 1.5, "ledger"))
    decision = decide(said=risk(1.0, is_in_default=True, reasons=parts))
    told = explain_decision(decision.to_json())["risk"]
    assert (told["score"], told["adds_up"]) == (1.5, True)


def test_no_sentence_for_an_applicant_names_a_score_or_a_protected_attribute():
    sentences = [*PRINCIPAL.values(), *(one.sentence for one in MODEL_REASONS)]
    for word in ("score", "band", "gender", "nationalit", "age ", "marital", "internal"):
        assert not any(word in sentence.lower() for sentence in sentences)
    assert set(CHECKS) <= set(PRINCIPAL)
