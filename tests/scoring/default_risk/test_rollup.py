from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.calendar import day_of
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.default_risk.landmarks import (
    defaulted_within,
    fit_roll_up,
    matured_landmarks,
)
from payrisk.ledger import DefaultRule
from payrisk.predictions import Dependence
from payrisk.receivables.arrears import Arrears, expected_new_invoices
from payrisk.scoring.default_risk.rollup import ROLL_UP_FEATURES, RollUp
from support.ledgers.by_hand import credit, event, invoice, ledger, link

RULE = DefaultRule(days=90, share=0.1, minimum=10_000)


def flat(chances: str, settled=20.0, matured=20.0, failed=0.0, expected=0.0) -> pd.DataFrame:
    names = [f.name for f in ROLL_UP_FEATURES]
    values = (chances, settled, matured, failed, expected)
    return pd.DataFrame([dict(zip(names, values, strict=True))])


def chance(one: RollUp, rows: pd.DataFrame) -> float:
    return float(one.parts(rows)["probability"][0])


def said(chances: str, **more) -> float:
    alone = RollUp(RULE, 180, base_rate=(0, 10**9), dependence=Dependence(0.0, 0.0, 0.0))
    return chance(alone, flat(chances, **more))


def test_two_material_invoices_by_hand():
    assert said("1.0:0.1 2.5:0.2") == pytest.approx(1 - 0.9 * 0.8, abs=1e-6)


def test_an_invoice_too_small_to_matter_alone_does_not_count():
    assert said("0.4:0.5") == pytest.approx(0.0, abs=1e-6)


def test_small_invoices_matter_together():
    assert said("0.4:0.999 0.4:0.999|0.4:0.999") > 0.95
    assert said("0.2:0.1 " * 10) < 0.05


def test_new_invoices_fail_at_the_shrunk_share():
    one = RollUp(RULE, 180, (30, 1000), 15, base_rate=(0, 10**9))
    share = (2 + 10 * 30.5 / 1050) / (20 + 10) * 16 / 32
    found = chance(one, flat("", failed=2.0, expected=3.0))
    assert found == pytest.approx(1 - (1 - share) ** 3, abs=1e-6)


def test_the_level_is_what_happened_over_what_was_said():
    one = RollUp(RULE, 180, base_rate=(2, 10**9), said=7.0)
    assert one.level == pytest.approx(5 / 10)
    assert chance(one, flat("1.0:0.19")) == pytest.approx(1 - 0.81**0.5, abs=1e-6)


def test_an_unknown_customer_gets_the_base_rate_and_a_known_one_a_trace_of_it():
    one = RollUp(RULE, 180, base_rate=(9, 150))
    assert one.base_probability == pytest.approx(10 / 200)
    assert chance(one, flat("", settled=0, matured=0)) == pytest.approx(0.05)
    assert chance(one, flat("", settled=5, matured=5)) == pytest.approx(1 - 0.95**0.02)


@given(
    st.lists(st.tuples(st.floats(0, 3), st.floats(0, 1)), max_size=6),
    st.floats(0, 3),
    st.floats(0, 1),
    st.booleans(),
)
def test_one_more_open_invoice_never_lowers_the_risk(pairs, weight, p, same_day):
    one = RollUp(RULE, 180, base_rate=(0, 10**9))
    text = " ".join(f"{w!r}:{p!r}" for w, p in pairs)
    more = f"{text}{' ' if same_day else '|'}{weight!r}:{p!r}"
    assert chance(one, flat(more)) >= chance(one, flat(text)) - 1e-9


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


def test_an_invoice_that_cannot_pass_the_days_within_the_horizon_does_not_count():
    known = books()
    one = fit_roll_up(known, None, fit_shrunk_ecdf(known), RULE, 180)
    short = one.rows(known, ["c4"], 100)["customer__unpaid__chances"][0]
    long = one.rows(known, ["c4"], 180)["customer__unpaid__chances"][0]
    assert short == ""  # due in 25 days: late by more than 90 only after 115
    assert long.startswith("5.0:")  # 500.00 is five times what matters


def test_a_disputed_amount_is_no_arrear():
    day = day_of("2025-06-01")
    rows = [invoice("b", 500_00, issued_on=day - 111, due_on=day - 81)]
    opened = event("dispute_opened", "b", "2025-05-01", subject_kind="invoice", amount=450_00)
    known = ledger(invoices=rows, events=[opened]).as_of(day)
    assert Arrears.of(known, RULE).open_invoices["weight"].tolist() == [0.5]


def test_of_the_unpaid_only_those_not_closed_otherwise_in_time_fail():
    one = RollUp(RULE, 180, (4, 90), other_closings="5:2 60:1 91:9")
    found = one.failing_share(np.array([-400, 4, 5, 60, 95, 900]))
    assert found.tolist() == [5 / 9, 5 / 9, 5 / 7, 5 / 6, 5 / 6, 5 / 6]


def test_a_formula_comes_back_from_its_plain_values():
    one = RollUp(RULE, 180, (3, 70), 2, (2, 40), 1.25, "5:2 60:1", Dependence(0.1, 0.2, 0.0))
    assert RollUp.from_json(json.loads(json.dumps(one.to_json()))) == one


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
    assert expected_new_invoices(customers, 90).tolist() == [10.0, 6.0, 0.0]


def test_a_rule_of_the_first_releases_reads_disputes_as_then_and_is_written_as_then():
    old = {"days": 90, "share": 0.1, "minimum": 10_000, "cure_days": 90}
    assert DefaultRule.of_json(old).dispute_days is None
    assert DefaultRule.of_json(old).to_json() == old
    assert DefaultRule.of_json(RULE.to_json()) == RULE
    assert DefaultRule.of_json(old).of_status.dispute_days == 60
