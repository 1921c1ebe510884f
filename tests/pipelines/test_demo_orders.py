"""The demo's company decides most of its sensible orders, and says of the rest what would help."""

from __future__ import annotations

import pytest

from payrisk.answers import Answers
from payrisk.credit import CreditRequest, Order
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.days_to_pay.fit_hazard import fit_daily_hazard
from payrisk.learning.default_risk.fit import fit_default_risk
from payrisk.learning.default_risk.landmarks import (
    Landmark,
    defaulted_within,
    matured_landmarks,
)
from payrisk.learning.judging.judge_default import JUDGED_LANDMARKS
from payrisk.learning.measuring.splits import LEAST_TRAIN_DAYS, last_activity
from payrisk.ledger import Ledger
from payrisk.simulate import simulate
from payrisk_models import spec
from payrisk_pipelines import demo
from support.company.five_customers import Fitted
from support.full import at_size

pytestmark = [pytest.mark.long, at_size]

LEAST_DECIDED = 0.70


@pytest.fixture(scope="module")
def ledger():
    made = simulate(demo.CUSTOMERS, demo.MONTHS, demo.SEED, world=demo.WORLD)
    return Ledger.from_tables(made.tables)[0]


@pytest.fixture(scope="module")
def decided(ledger):
    """Of each customer billed lately its usual order: the decision, and whether it had room.

    The models are sketches of the demo's, with its verdicts: both passed.
    """
    as_of = ledger.default_as_of
    history = ledger.as_of(as_of)
    curves = fit_daily_hazard(history, seeds=1, rounds=60)
    rule = spec("default-risk")
    risk = fit_default_risk(history, [], curves, rule.rule, rule.horizon_days)
    answers = Answers(ledger, {"days-to-pay": Fitted(curves), "default-risk": Fitted(risk)})
    answers.prepare_morning(as_of)  # all risks at once, as the service does
    invoices = history.invoices()
    lately = set(invoices["customer_id"][invoices["issued_on"] > as_of - 90])
    out = []
    for customer in sorted(lately):
        own = invoices[(invoices["customer_id"] == customer) & (invoices["amount"] > 0)]
        order = Order(int(own["amount"].median()), str(own["currency"].mode()[0]))
        asked = CreditRequest(customer_id=customer, order=order)
        prepared = answers.prepare_decision(asked, as_of=as_of)
        account = prepared.account
        room = (account.current_limit or 0) - account.exposure
        is_sensible = room >= order.amount and not account.is_natural_person
        out.append((prepared.decide(with_counterfactuals=False), is_sensible))
    return out


def test_most_orders_that_a_limit_leaves_room_for_need_no_person(decided):
    sensible = [decision.outcome for decision, is_sensible in decided if is_sensible]
    assert len(sensible) >= 20
    share = sum(outcome != "refer" for outcome in sensible) / len(sensible)
    assert share >= LEAST_DECIDED, f"{share:.0%} of {len(sensible)}"


def test_limits_leave_room_for_most_usual_orders(decided):
    share = sum(decision.outcome != "refer" for decision, _ in decided) / len(decided)
    assert share >= LEAST_DECIDED, f"{share:.0%} of {len(decided)}"


def test_the_defaults_are_enough_to_prove_default_risk_on(ledger):
    rule = spec("default-risk")
    history = ledger.as_of(ledger.default_as_of - demo.DAYS_SINCE_TRAINING)
    first = int(history.invoices()["recorded_on"].min()) + LEAST_TRAIN_DAYS
    days = matured_landmarks(first, last_activity(history), rule.horizon_days)
    n = 0
    for day in days[:JUDGED_LANDMARKS]:
        then = ledger.as_of(day)
        ids = Landmark.at(then, fit_shrunk_ecdf(then), rule.rule).customer_ids
        n += int(defaulted_within(history, ids, day, rule.horizon_days, rule.rule).sum())
    assert n >= max(gate.needs[1] for gate in rule.gates)


def test_what_is_left_to_a_person_names_the_way_out(decided):
    left = [decision for decision, _ in decided if decision.outcome == "refer"]
    assert left
    assert [one.reasons[0].code for one in left if not one.clears] == []


def test_no_order_waits_for_a_currency(decided):
    codes = {decision.reasons[0].code for decision, _ in decided}
    assert not codes & {"currency_unknown", "foreign_exposure"}
