"""The bands of the policy: sums against a plain reading, past outcomes by hand, and the order."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from payrisk.answers import Answers
from payrisk.answers.desk.band_table import IN_DEFAULT, band_table
from payrisk.answers.desk.measured_overrides import wilson_interval
from payrisk.credit import CreditPolicy
from payrisk.credit.deciding.policy import HOUSE
from support.company.five_customers import AS_OF, champions, company_with

CHANCES = {"c1": 0.005, "c2": 0.02, "c3": 0.06, "c4": 0.3, "c5": 0.06}


@pytest.fixture(scope="module")
def answers():
    policy = CreditPolicy.read(HOUSE).model_copy(update={"horizon_days": 50})
    return Answers(company_with(), champions(**CHANCES), policy=policy)


@pytest.fixture(scope="module")
def table(answers):
    return band_table(answers, AS_OF)


def test_who_is_in_a_band_and_what_it_may_cost_is_summed_from_the_definitions(answers, table):
    policy, accounts = answers.policy, answers.accounts(AS_OF)
    lines = {line.band: line for line in table.lines}
    assert [line.band for line in table.lines] == [*(b.name for b in policy.bands), IN_DEFAULT]
    billed = set(answers.history(AS_OF).invoices()["customer_id"])
    assert sum(line.customers for line in table.lines) + table.unscored == len(billed)
    for name, line in lines.items():
        members = []
        for customer in billed:
            risk = answers.risk(customer, AS_OF)
            band = IN_DEFAULT if risk.is_in_default else policy.band(risk.probability).name
            if band == name:
                account = accounts.account_of(customer, accounts.currency_of(customer))
                members.append((risk.probability, account))
        assert line.customers == len(members)
        assert line.exposure == sum(a.exposure for _, a in members)
        lost = sum(p * (a.exposure - a.insured) * a.loss.rate for p, a in members)
        assert line.expected_loss == pytest.approx(lost, abs=1)
        if members:
            mean = sum(p for p, _ in members) / len(members)
            assert line.mean_probability == pytest.approx(mean)


def test_what_came_of_the_past_morning_is_counted_by_hand(answers, table):
    (day,) = table.judged_on
    assert day == AS_OF - answers.policy.horizon_days
    spells = answers.history(AS_OF).defaults()
    for line in table.lines[:-1]:
        customers = [
            c
            for c in set(answers.history(day).invoices()["customer_id"])
            if not answers.risk(c, day).is_in_default
            and answers.policy.band(answers.risk(c, day).probability).name == line.band
        ]
        own = spells[spells["customer_id"].isin(customers)]
        came = own[(own["default_on"] >= day) & (own["default_on"] < AS_OF)]
        assert (line.judged, line.defaulted) == (len(customers), came["customer_id"].nunique())
        if customers:
            assert (line.low, line.high) == wilson_interval(line.defaulted, line.judged)


def test_mornings_never_overlap_and_none_lies_before_the_ledger(answers):
    horizon = answers.policy.horizon_days
    judged = band_table(answers, AS_OF, mornings=12).judged_on
    assert all(a - b == horizon for a, b in itertools.pairwise(judged))
    assert min(judged) > answers.first_day


def test_a_band_that_lost_less_than_a_better_one_is_named(table):
    def lines(*rates):
        return tuple(
            replace(line, observed_rate=rate, defaulted=1, is_in_order=is_in_order)
            for line, (rate, is_in_order) in zip(table.lines, rates, strict=False)
        )

    in_order = replace(table, lines=lines((0.01, True), (0.02, True)))
    assert in_order.verdict == "A worse band lost more, from band to band."
    wrong = replace(table, lines=lines((0.02, True), (0.01, False)))
    assert wrong.verdict.startswith("Out of order: B lost less")
    sure = replace(wrong, lines=tuple(replace(x, is_surely_out=True) for x in wrong.lines))
    assert sure.verdict.startswith("Out of order, and beyond chance: B")
    nobody = replace(table, lines=lines((0.0, True)))
    assert nobody.verdict.startswith("Too few outcomes")
