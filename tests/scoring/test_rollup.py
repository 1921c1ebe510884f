from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from byhand import credit, event, invoice, ledger, link
from payrisk.calendar import day_of
from payrisk.errors import ModelError
from payrisk.features.arrears import Arrears, expected_new
from payrisk.learning.default import defaulted_within, fit_roll_up, matured_landmarks
from payrisk.learning.ecdf import fit_shrunk_ecdf
from payrisk.ledger import DefaultRule
from payrisk.scoring.rollup import RollUp

RULE = DefaultRule(days=90, share=0.1, minimum=10_000)


def flat(chances: str, n=20.0, matured=20.0, defaults=0.0, expected=0.0) -> pd.DataFrame:
    names = [f.name for f in RollUp.inputs]
    return pd.DataFrame([dict(zip(names, (chances, n, matured, defaults, expected), strict=True))])


def said(chances: str, **more) -> float:
    return RollUp(RULE, 180, base_rate=(0, 10**9)).predict(flat(chances, **more))[0]


def test_two_material_invoices_by_hand():
    assert said("1.0:0.1 2.5:0.2") == pytest.approx(1 - 0.9 * 0.8, abs=1e-6)


def test_an_invoice_too_small_to_matter_alone_does_not_count():
    assert said("0.4:0.5") == pytest.approx(0.0, abs=1e-6)


def test_small_invoices_matter_together():
    assert said("0.4:0.999 0.4:0.999 0.4:0.999") > 0.95
    assert said("0.2:0.1 " * 10) < 0.05


def test_new_invoices_fail_at_the_shrunk_share():
    share = (2 + 10 * 0.01) / (20 + 10)
    found = said("", matured=20.0, defaults=2.0, expected=3.0)
    assert found == pytest.approx(1 - (1 - share) ** 3, abs=1e-6)


def test_the_level_is_what_happened_over_what_was_said():
    one = RollUp(RULE, 180, base_rate=(2, 10**9), said=7.0)
    assert one.level == pytest.approx(5 / 10)
    found = one.predict(flat("1.0:0.19"))[0]
    assert found == pytest.approx(1 - 0.81**0.5, abs=1e-6)


def test_an_unknown_customer_gets_the_base_rate():
    one = RollUp(RULE, 180, base_rate=(9, 150))
    assert one.base_probability == pytest.approx(10 / 200)
    assert one.predict(flat("", n=0, matured=0))[0] == pytest.approx(0.05)
    seasoned = one.predict(flat("", n=95, matured=95))[0]
    assert seasoned == pytest.approx(1 - 0.95**0.05)


@given(
    st.lists(st.tuples(st.floats(0, 3), st.floats(0, 1)), max_size=6),
    st.floats(0, 3),
    st.floats(0, 1),
)
def test_one_more_open_invoice_never_lowers_the_risk(pairs, weight, chance):
    text = " ".join(f"{w!r}:{p!r}" for w, p in pairs)
    assert said(f"{text} {weight!r}:{chance!r}") >= said(text) - 1e-9


def books():
    """c1 pays on time; c2 has one invoice 80 days overdue; c3 is in default; c4 is new."""
    day = day_of("2025-06-01")
    invoices, credits, links = [], [], []
    for i in range(12):
        dates = {"issued_on": day - 200 + 10 * i, "due_on": day - 170 + 10 * i}
        invoices.append(invoice(f"a{i}", **dates))
        credits.append(credit(f"p{i}", 100_00, day - 170 + 10 * i))
        links.append(link(f"p{i}", f"a{i}", 100_00, day - 170 + 10 * i))
    for name, late in (("b", 80), ("d", 120)):
        dates = {"issued_on": day - late - 31, "due_on": day - late - 1}
        who = {"customer_id": {"b": "c2", "d": "c3"}[name]}
        invoices.append(invoice(name, 500_00, **dates, **who))
    invoices.append(invoice("e", 500_00, customer_id="c4", issued_on=day - 5, due_on=day + 25))
    return ledger(invoices=invoices, credits=credits, allocations=links).as_of(day)


def test_risks_of_four_customers_rank_as_anyone_would():
    known = books()
    one = fit_roll_up(known, [], fit_shrunk_ecdf(known), RULE, 180)
    risks = dict(zip("1234", one.risks(known, ["c1", "c2", "c3", "c4"]), strict=True))
    assert risks["3"].is_in_default
    assert risks["3"].probability == 1.0
    assert risks["3"].reasons[0].code == "in_default"
    assert risks["2"].probability > risks["4"].probability > risks["1"].probability
    assert risks["2"].reasons[0].text == "1 open invoice is overdue, by 80 days."
    assert {r.code for r in risks["4"].reasons} >= {"sparse_history"}
    for risk in (risks["1"], risks["2"], risks["4"]):
        total = sum(reason.contribution for reason in risk.reasons)
        assert total == pytest.approx(-np.log1p(-risk.probability), abs=1e-9)
        weights = [reason.contribution for reason in risk.reasons]
        assert weights == sorted(weights, reverse=True)


def test_a_stranger_is_answered_with_the_base_rate_and_says_so():
    known = books()
    one = fit_roll_up(known, [], fit_shrunk_ecdf(known), RULE, 180)
    (risk,) = one.risks(known, ["nobody"], 90)
    assert risk.horizon_days == 90
    assert risk.reasons[0].code == "unknown_customer"
    assert risk.probability == pytest.approx(one.base_probability)


def test_an_invoice_that_cannot_pass_the_days_within_the_horizon_does_not_count():
    known = books()
    one = fit_roll_up(known, [], fit_shrunk_ecdf(known), RULE, 180)
    short = one.rows(known, ["c4"], 100)["customer__unpaid__chances"][0]
    long = one.rows(known, ["c4"], 180)["customer__unpaid__chances"][0]
    assert short == ""  # due in 25 days: late by more than 90 only after 115
    assert long.startswith("5.0:")  # 500.00 is five times what matters


def test_a_disputed_amount_is_no_arrear():
    day = day_of("2025-06-01")
    rows = [invoice("b", 500_00, issued_on=day - 111, due_on=day - 81)]
    opened = event("dispute_opened", "b", "2025-05-01", subject_kind="invoice", amount=450_00)
    known = ledger(invoices=rows, events=[opened]).as_of(day)
    assert Arrears.known(known, RULE).open_invoices["weight"].tolist() == [0.5]


def test_without_a_curve_champion_it_refuses_and_says_what_to_do():
    known = books()
    with pytest.raises(ModelError, match="payrisk train days-to-pay"):
        RollUp(RULE, 180).risks(known, ["c1"])


def test_it_follows_the_curves_it_is_bound_to():
    known = books()
    quick = fit_shrunk_ecdf(known)
    one = fit_roll_up(known, [], quick, RULE, 180)
    slow = replace(quick, everyone=replace(quick.everyone, waiting=quick.everyone.waiting + 9))
    before, after = (m.risks(known, ["c4"])[0].probability for m in (one, one.over(slow)))
    assert after > before


def test_of_the_unpaid_only_those_not_closed_otherwise_in_time_fail():
    one = RollUp(RULE, 180, n_failed=4, other_closings="5:2 60:1 91:9")
    found = one.failing_share(np.array([-400, 4, 5, 60, 95, 900]))
    assert found.tolist() == [5 / 9, 5 / 9, 5 / 7, 5 / 6, 5 / 6, 5 / 6]


def test_a_formula_comes_back_from_its_files():
    one = RollUp(RULE, 180, (3, 70), (2, 40), 1.25, 180, 4, "5:2 60:1")
    assert RollUp.from_files(one.to_files()) == one
    with pytest.raises(ValueError):
        RollUp.from_files({"model.json": one.to_files()["model.json"].replace(b"roll", b"x")})


def test_flat_rows_give_the_risks_of_the_ledger():
    known = books()
    one = fit_roll_up(known, [], fit_shrunk_ecdf(known), RULE, 180)
    ids = ["c1", "c2", "c4", "nobody"]
    direct = [risk.probability for risk in one.risks(known, ids)]
    assert one.predict(one.rows(known, ids)) == pytest.approx(direct, abs=1e-12)


def test_defaults_count_only_inside_their_horizon():
    known = books()  # c3 has been more than 90 days late since day - 30
    day = known.as_of
    assert defaulted_within(known, ["c1", "c3"], day - 60, 60, RULE).tolist() == [False, True]
    assert defaulted_within(known, ["c1", "c3"], day - 60, 20, RULE).tolist() == [False, False]
    assert defaulted_within(known, ["c3"], day - 10, 60, RULE).tolist() == [False]


def test_landmarks_are_taken_where_the_horizon_has_passed():
    days = matured_landmarks(100, 400, 180)
    assert days == [220, 190, 160, 130]


def test_expected_invoices_are_few_at_most_and_none_without_time():
    customers = pd.DataFrame({"issued_daily": [1.0, 0.1, 1.0], "terms_days": [30.0, 30.0, 100.0]})
    assert expected_new(customers, 90).tolist() == [10.0, 6.0, 0.0]
