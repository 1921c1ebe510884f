"""Red flags: pure, dated, each with the term it asks for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payrisk.calendar import day_of
from payrisk.credit import CreditApplication, CreditPolicy, red_flags
from payrisk.credit.flags import CHECKS, far_above_capacity

AS_OF = day_of("2025-06-02")
RULES = CreditPolicy.read().flags
CLEAN = CreditApplication(
    "Muster GmbH",
    "EUR",
    False,
    email="buchhaltung@muster.example",
    website="https://www.muster.example/kontakt",
    founded_on=day_of("1990-01-01"),
    turnover=400_000_000,
    net_worth=60_000_000,
    financials_on=day_of("2024-12-31"),
    bureau_score=250.0,
    bureau_scored_on=day_of("2025-05-01"),
)


def codes(application: CreditApplication) -> set[str]:
    return {flag.code for flag in red_flags(application, AS_OF, RULES)}


def test_a_clean_application_raises_none():
    assert codes(CLEAN) == set()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"founded_on": AS_OF - 729}, "young_company"),
        ({"founded_on": AS_OF + 1}, "young_company"),
        ({"founded_on": None}, "unknown_age"),
        ({"bureau_score": None}, "missing_report"),
        ({"bureau_scored_on": None}, "missing_report"),
        ({"bureau_scored_on": AS_OF - 366}, "stale_report"),
        ({"financials_on": AS_OF - 731}, "stale_financials"),
        ({"financials_on": None}, "stale_financials"),
        ({"net_worth": -1}, "negative_net_worth"),
        ({"email": "muster@mail.example"}, "foreign_email"),
        ({"email": "a@notmuster.example"}, "foreign_email"),
    ],
)
def test_each_flag_is_raised_by_its_cause_alone(change, code):
    assert codes(replace(CLEAN, **change)) == {code}


@pytest.mark.parametrize(
    "change",
    [
        {"founded_on": AS_OF - 730},
        {"bureau_scored_on": AS_OF - 365},
        {"email": "a@mail.muster.example"},
        {"website": "muster.example:8080/x"},
        {"email": None},
    ],
)
def test_what_is_just_right_raises_none(change):
    assert codes(replace(CLEAN, **change)) == set()


def test_a_flag_the_policy_does_not_name_is_not_raised():
    assert red_flags(replace(CLEAN, net_worth=-1), AS_OF, {}) == ()


def test_every_flag_names_its_term_and_day():
    bare = CreditApplication("X", "EUR", net_worth=-1, email="a@b.example", website="c.example")
    flags = red_flags(bare, AS_OF, RULES)
    assert {(flag.asks_for, flag.dated_on) for flag in flags} == {
        (RULES[flag.code].asks_for, AS_OF) for flag in flags
    }
    assert len(flags) == 5


def test_a_request_far_above_capacity_is_flagged():
    assert far_above_capacity(300, 100, AS_OF, RULES) is None
    flag = far_above_capacity(301, 100, AS_OF, RULES)
    assert flag is not None
    assert flag.asks_for == "guarantee"
    assert far_above_capacity(301, None, AS_OF, RULES) is None


def test_the_shipped_policy_names_every_flag():
    assert set(RULES) == {*CHECKS, "far_above_capacity"}
