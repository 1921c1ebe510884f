"""Default risk of known customers: by hand, by its laws, and back from disk."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

from payrisk.calendar import day_of
from payrisk.errors import ModelError
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.default_risk.fit import BEHAVIOUR, fit_default_risk, fit_linear
from payrisk.ledger import DefaultRule
from payrisk.predictions import DefaultRisk, Reason
from payrisk.scoring.default_risk.evidence import behaviour_features
from payrisk.scoring.default_risk.model import DefaultModel
from payrisk.scoring.default_risk.rollup import RollUp
from payrisk.scoring.logistic import LogisticModel
from support.credit.learned_from_noise import from_noise
from support.full import FULL
from support.ledgers.by_hand import credit, invoice, ledger, link

RULE = DefaultRule(days=90, share=0.1, minimum=10_000)
DAY = day_of("2025-06-01")


def facts(more=()):
    """c1 pays on time; c2 has one invoice 80 days overdue; c3 is in default; c4 is new."""
    invoices, credits, links = [], [], []
    for i in range(12):
        dates = {"issued_on": DAY - 200 + 10 * i, "due_on": DAY - 170 + 10 * i}
        invoices.append(invoice(f"a{i}", **dates))
        credits.append(credit(f"p{i}", 100_00, DAY - 170 + 10 * i))
        links.append(link(f"p{i}", f"a{i}", 100_00, DAY - 170 + 10 * i))
    for name, late in (("b", 80), ("d", 120)):
        dates = {"issued_on": DAY - late - 31, "due_on": DAY - late - 1}
        who = {"customer_id": {"b": "c2", "d": "c3"}[name]}
        invoices.append(invoice(name, 500_00, **dates, **who))
    invoices.append(invoice("e", 500_00, customer_id="c4", issued_on=DAY - 5, due_on=DAY + 25))
    invoices.append(invoice("f", 700_00, issued_on=DAY - 3, due_on=DAY + 27))
    return {"invoices": [*invoices, *more], "credits": credits, "allocations": links}


def books(more=()):
    return ledger(**facts(more)).as_of(DAY)


@cache
def usual():
    """The books without more, and their curves."""
    known = books()
    return known, fit_shrunk_ecdf(known)


def fitted(known) -> DefaultModel:
    return fit_default_risk(known, [], fit_shrunk_ecdf(known), RULE, 180)


def learned(known) -> DefaultModel:
    """With trees and a linear model that read every feature, learned from noise with a seed."""
    trees, linear = from_noise()
    return replace(fitted(known), names=BEHAVIOUR, trees=trees, linear=linear, level=0.1)


class Says:
    """Applicants' log-odds written down; outcomes within 90 days."""

    horizon_days = 90

    def __init__(self, score: float) -> None:
        self.score = score

    def risks_of(self, fields, as_of, horizon_days, ids):
        p = float(1 / (1 + np.exp(-self.score)))
        parts = (Reason("n_references", "No reference.", 0.7), Reason("base_rate", "", 0.0))
        return [DefaultRisk(one, as_of, horizon_days, p, parts) for one in ids]


def applied(known_facts, who="c4"):
    application = {
        "application_id": "p1",
        "customer_id": who,
        "applied_on": DAY - 20,
        "fields": "{}",
        "decision": "approve",
        "recorded_on": DAY - 20,
    }
    return ledger(**known_facts, applications=[application]).as_of(DAY)


def test_four_customers_rank_as_anyone_would():
    known = books()
    risks = dict(zip("1234", fitted(known).risks(known, ["c1", "c2", "c3", "c4"]), strict=True))
    assert risks["3"].is_in_default
    assert risks["3"].probability == risks["3"].low == risks["3"].high == 1.0
    assert risks["3"].reasons[0].code == "in_default"
    assert risks["2"].probability > risks["4"].probability > risks["1"].probability
    by_code = {reason.code: reason for reason in risks["2"].reasons}
    assert by_code["open_invoices"].text == "1 open invoice is overdue, by 80 days."
    assert max(risks["2"].reasons, key=lambda r: r.contribution).code == "open_invoices"


def test_a_clean_past_is_no_reason_against():
    known = books()
    (risk,) = fitted(known).risks(known, ["c1"])
    (past,) = (reason for reason in risk.reasons if reason.code == "past_lateness")
    assert past.text.startswith("0 of 12 past invoices")
    assert past.contribution < 0.0


@pytest.mark.parametrize("make", [fitted, learned])
def test_contributions_add_up_to_the_log_odds(make):
    known = applied(facts())
    for model in (make(known), make(known).bind(fit_shrunk_ecdf(known), Says(-1.0))):
        for risk in model.risks(known, ["c1", "c2", "c4", "nobody"]):
            total = sum(reason.contribution for reason in risk.reasons)
            assert total == pytest.approx(logit(risk.probability), abs=1e-9)
            assert risk.low <= risk.probability <= risk.high


def test_a_stranger_is_answered_with_the_base_rate_and_says_so():
    known = books()
    one = fitted(known)
    (risk,) = one.risks(known, ["nobody"], 90)
    assert (risk.horizon_days, risk.source, risk.n_invoices_seen) == (90, "base_rate", 0)
    assert risk.is_extrapolated  # no past morning has shown any horizon
    assert "No invoices of this customer known" in risk.reasons[-1].text
    assert risk.probability == pytest.approx(one.roll_up.base_probability)


def test_an_application_counts_in_full_before_the_first_invoice_and_less_after():
    known = applied(facts(), who="c9")
    model = fitted(known).bind(fit_shrunk_ecdf(known), Says(-1.0))
    (risk,) = model.risks(known, ["c9"], 90)
    assert (risk.source, risk.behaviour_weight) == ("application", 0.0)
    assert risk.probability == pytest.approx(1 / (1 + np.e))
    known = applied(facts(), who="c1")
    model = fitted(known).bind(fit_shrunk_ecdf(known), Says(-1.0))
    (risk,) = model.risks(known, ["c1"], 90)
    alone = model.bind(fit_shrunk_ecdf(known)).risks(known, ["c1"], 90)[0]
    assert risk.source == "blend"
    assert alone.probability < risk.probability < 1 / (1 + np.e)
    assert 0.3 < risk.behaviour_weight < 0.9


def test_an_applicants_chance_is_carried_to_another_horizon_at_a_constant_hazard():
    known = applied(facts(), who="c9")
    model = fitted(known).bind(fit_shrunk_ecdf(known), Says(-1.0))
    short = model.rows(known, ["c9"], 90)["application__log_odds"][0]
    long = model.rows(known, ["c9"], 180)["application__log_odds"][0]
    p = 1 / (1 + np.e)
    assert short == pytest.approx(-1.0)
    assert 1 / (1 + np.exp(-long)) == pytest.approx(1 - (1 - p) ** 2)


late_invoices = st.tuples(st.integers(1, 89), st.integers(1, 90), st.integers(100, 900_00))


@settings(max_examples=25 if FULL else 8, deadline=None)
@given(
    st.lists(late_invoices, max_size=2),
    late_invoices,
    st.sampled_from(["c1", "c2", "c4"]),
    st.sampled_from([-6.0, -1.0, 3.0]),
    st.booleans(),
)
def test_one_more_overdue_invoice_lowers_neither_the_risk_nor_the_weight_of_behaviour(
    earlier, one, who, score, with_trees
):
    """At the curves of the day; see ADR 0014 for curves that read other invoices."""

    def overdue(number, late, terms, amount):
        days = {"issued_on": DAY - late - terms, "due_on": DAY - late}
        return invoice(f"x{number}", amount, customer_id=who, **days)

    rows = [overdue(i, *each) for i, each in enumerate(earlier)]
    known, curves = usual()
    model = (learned if with_trees else fitted)(known).bind(curves, Says(score))
    found = []
    for more in (rows, [*rows, overdue(9, *one)]):
        found += model.risks(applied(facts(more), who=who), [who])
    before, after = found
    assert after.probability >= before.probability - 1e-9
    assert after.behaviour_weight >= before.behaviour_weight - 1e-12


def test_bounds_draw_together_with_each_invoice_seen():
    model = DefaultModel(RollUp(RULE, 180, base_rate=(50, 1000)), spread=1.5, n_events=200)
    known = books()
    rows = model.bind(fit_shrunk_ecdf(known)).rows(known, ["c1"])
    widths = []
    for n in (0.0, 1.0, 2.0, 5.0, 20.0):
        parts = model.score_rows(rows.assign(customer__n_fresh=n))
        low, high = model.probability_bounds(parts)
        widths.append(float(logit(high[0]) - logit(low[0])))
    assert widths == sorted(widths, reverse=True)
    assert widths[0] - widths[1] > 0.1
    assert widths[-1] < 0.7 * widths[0]


def test_without_a_curve_champion_it_refuses_and_says_what_to_do():
    with pytest.raises(ModelError, match="payrisk train days-to-pay"):
        DefaultModel(RollUp(RULE, 180)).risks(books(), ["c1"])


def test_it_follows_the_curves_it_is_bound_to():
    known = books()
    quick = fit_shrunk_ecdf(known)
    slow = replace(quick, everyone=replace(quick.everyone, waiting=quick.everyone.waiting + 9))
    one = fitted(known)
    before, after = (m.risks(known, ["c4"])[0].probability for m in (one, one.bind(slow)))
    assert after > before


@pytest.mark.parametrize("make", [fitted, learned])
def test_a_model_comes_back_from_its_files_and_says_the_same_of_flat_rows(make):
    known = books()
    one = make(known)
    ids = ["c1", "c2", "c4", "nobody"]
    rows = one.rows(known, ids)
    back = DefaultModel.from_files(one.to_files())
    assert back.predict(rows) == one.predict(rows)
    assert one.predict(rows) == [risk.probability for risk in one.risks(known, ids)]
    files = one.to_files()
    files["model.json"] = files["model.json"].replace(b'"default-risk"', b'"other"')
    with pytest.raises(ValueError, match="another kind"):
        DefaultModel.from_files(files)


def test_nothing_overdue_is_zero_not_unknown():
    names = ("customer__overdue__share__now", "customer__days_late__mean__90d")
    found = behaviour_features(books(), ["c1", "c2", "nobody"], names)
    assert found[:, 0].tolist() == [0.0, 1.0, 0.0]
    assert np.isnan(found[2, 1])


def test_a_linear_model_sums_to_its_score_and_passes_over_what_is_missing():
    one = LogisticModel((1.0, 0.0), (2.0, 1.0), (0.5, -1.0), -3.0)
    values = np.array([[np.expm1(3.0), -np.expm1(1.0)], [np.nan, 0.0]])
    assert one.contributions(values).tolist() == [[0.5, 1.0, -3.0], [0.0, 0.0, -3.0]]
    assert LogisticModel.from_json(one.to_json()) == one


def test_a_linear_model_keeps_its_signs():
    generator = np.random.default_rng(1)
    values = generator.normal(size=(500, 3))
    bad = generator.random(500) < 1 / (1 + np.exp(2 - values[:, 0] + values[:, 1]))
    free = fit_linear(values, bad, [0, 0, 0], 1.0)
    held = fit_linear(values, bad, [1, 1, -1], 1.0)
    assert free.coefficients[0] > 0 > free.coefficients[1]
    assert held.coefficients[0] > 0
    assert held.coefficients[1] == 0
    assert held.coefficients[2] <= 0
