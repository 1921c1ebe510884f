"""Groups: one borrower in several customers, whose defaults come together and spread."""

from __future__ import annotations

from dataclasses import replace
from math import fsum, log
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.answers import Answers
from payrisk.credit import CreditApplication, CreditRequest
from payrisk.credit.rules.rules import GroupRules
from payrisk.credit.weighing.contagion import (
    GroupMember,
    group_risk,
    probability_after_defaults,
    with_contagion,
)
from payrisk.predictions import DefaultRisk, Reason
from support.company.five_customers import AS_OF, champions, small_company
from support.credit.deciders import GOOD, codes, decide, order

RULES = GroupRules()
chance = st.floats(1e-6, 0.6)


def member(name, probability, **more):
    return GroupMember(name, probability, **more)


@given(st.lists(chance, min_size=1, max_size=5))
def test_any_default_is_at_least_the_worst_and_all_at_most_the_best(chances):
    group = group_risk([member(str(i), p) for i, p in enumerate(chances)], RULES)
    assert group.probability_any >= max(chances) - 1e-6
    assert group.probability_all <= min(chances) + 1e-6
    alone = 1 - np.prod([1 - p for p in chances])
    assert group.probability_any <= alone + 1e-6  # what comes together comes more seldom


def test_one_member_alone_is_its_own_probability():
    group = group_risk([member("a", 0.037)], RULES)
    assert group.probability_any == pytest.approx(0.037, abs=1e-6)
    assert group.probability_all == pytest.approx(0.037, abs=1e-6)


def test_joint_default_is_that_of_drawn_members():
    members = [member("a", 0.05, is_parent=True), member("b", 0.03), member("c", 0.10)]
    group = group_risk(members, RULES)
    rng, n = np.random.default_rng(4), 400_000
    shared = rng.normal(size=n)
    loadings = [RULES.parent_loading, RULES.loading, RULES.loading]
    fails = [
        a * shared + np.sqrt(1 - a**2) * rng.normal(size=n) < NormalDist().inv_cdf(m.probability)
        for a, m in zip(loadings, members, strict=True)
    ]
    assert group.probability_any == pytest.approx(np.any(fails, axis=0).mean(), abs=0.002)
    assert group.probability_all == pytest.approx(np.all(fails, axis=0).mean(), abs=0.0005)


@given(chance, st.booleans())
def test_a_default_in_the_group_never_makes_a_member_safer(probability, is_parent):
    bad = [member("x", 1.0, is_in_default=True)]
    raised = probability_after_defaults(probability, bad, RULES, is_parent=is_parent)
    assert probability <= raised <= 1
    two = [*bad, member("y", 1.0, is_in_default=True)]
    assert (
        probability_after_defaults(probability, two, RULES, is_parent=is_parent) >= raised - 1e-9
    )
    parent = [member("x", 1.0, is_in_default=True, is_parent=True)]
    assert probability_after_defaults(probability, parent, RULES, is_parent=False) >= (
        probability_after_defaults(probability, bad, RULES, is_parent=False) - 1e-9
    )


def test_without_a_shared_factor_nothing_spreads():
    none = GroupRules(loading=0.0, parent_loading=0.0)
    bad = [member("x", 1.0, is_in_default=True)]
    assert probability_after_defaults(0.02, bad, none, is_parent=False) == pytest.approx(0.02)


def test_what_spread_is_a_contribution_and_the_sum_stays_the_score():
    score = log(0.02 / 0.98)
    risk = DefaultRisk(
        "b", 20_000, 180, 0.02, (Reason("base", "Base.", score),), low=0.01, high=0.05
    )
    group = group_risk(
        [member("a", 1.0, is_in_default=True, is_parent=True), member("b", 0.02)], RULES
    )
    spread = with_contagion(risk, group, RULES, is_parent=False)
    assert spread.probability > 0.05
    total = fsum(reason.contribution for reason in spread.reasons)
    assert total == pytest.approx(log(spread.probability / (1 - spread.probability)), abs=1e-9)
    assert spread.reasons[-1].text == (
        "Of its group its parent a is in default: the probability rises from 2.0% to"
        f" {spread.probability:.1%}."
    )
    low, high = spread.bounds
    assert 0.01 < low < spread.probability < high


def test_who_is_in_default_itself_keeps_its_status():
    risk = DefaultRisk("b", 20_000, 180, 1.0, is_in_default=True)
    group = group_risk(
        [member("a", 1.0, is_in_default=True), member("b", 1.0, is_in_default=True)], RULES
    )
    assert with_contagion(risk, group, RULES, is_parent=False) is risk
    assert group.probability_all == pytest.approx(1.0)


class OneInDefault:
    """The risks of the small company, c1 in default: the parent of c3."""

    def __init__(self, bad):
        self.bad, self.inner = bad, champions()["default-risk"].model

    def risks(self, history, customer_ids, horizon_days):
        found = self.inner.risks(history, customer_ids, horizon_days)
        return [
            replace(risk, probability=1.0, is_in_default=True)
            if risk.customer_id in self.bad
            else risk
            for risk in found
        ]


def answers(*bad):
    made = champions()
    fitted = replace(made["default-risk"], model=OneInDefault(bad))
    return Answers(small_company(), made | {"default-risk": fitted})


@pytest.mark.parametrize(
    ("bad", "asked", "who"),
    [("c1", "c3", "its parent One GmbH (c1)"), ("c3", "c1", "Three GmbH (c3)")],
)
def test_a_default_of_parent_or_sibling_moves_the_decision_and_is_said(bad, asked, who):
    request = CreditRequest(customer_id=asked)
    before = answers().credit_decision(request, as_of=AS_OF)
    after = answers(bad).credit_decision(request, as_of=AS_OF)
    assert after.risk.probability > before.risk.probability
    said = next(one for one in after.reasons if one.code == "group_default")
    assert said.text.startswith(f"Of its group {who} is in default")
    group = after.inputs["group"]
    assert {m["customer_id"] for m in group["members"]} == {"c1", "c3"}
    assert group["probability_any"] == pytest.approx(1.0)
    assert (after.limit.proposed or 0) <= (before.limit.proposed or 0)


def test_an_applicant_is_judged_with_the_group_it_belongs_to():
    application = CreditApplication(
        "New GmbH", "EUR", is_natural_person=False, parent_id="c1", monthly_sales=100_000
    )
    request = CreditRequest(application=application)
    before = answers().credit_decision(request, as_of=AS_OF)
    after = answers("c1").credit_decision(request, as_of=AS_OF)
    assert after.risk.probability > before.risk.probability


def test_a_limit_of_the_whole_group_binds_before_the_ceiling_of_the_policy():
    account = replace(GOOD, current_limit=1_000_000, group_exposure=800_000, group_limit=1_000_000)
    decision = decide(account, request=order(300_000))
    assert (decision.release.action, decision.release.amount) == ("release_in_part", 200_000)
    full = decide(replace(account, group_exposure=1_000_000), request=order(300_000))
    assert codes(full)[0] == "over_headroom"
    review = decide(replace(account, group_exposure=1_000_000))
    assert review.reasons[0].text == "The group's ceiling of 10,000.00 EUR leaves no headroom."
