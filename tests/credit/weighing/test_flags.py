"""Red flags: pure, dated, each with the term it asks for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payrisk.calendar import day_of
from payrisk.credit import CreditApplication, CreditPolicy, red_flags
from payrisk.credit.deciding.policy import FLAGS
from payrisk.credit.weighing.flags import CHECKS, far_above_capacity

AS_OF = day_of("2025-06-02")
RULES = CreditPolicy.read().flags
CLEAN = CreditApplication(
    "Muster GmbH",
    "EUR",
    False,
    country="DE",
    registry_name="MUSTER GmbH.",
    registry_checked_on=day_of("2025-05-30"),
    vat_number="DE136695976",
    lei="213800KUD8LAJWSQ9D15",
    iban="DE89 3704 0044 0532 0130 00",
    delivery_country="DE",
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
        ({"email": "muster@gmx.de"}, "free_email"),
        ({"email": None, "email_domain": "free"}, "free_email"),
        ({"website": None}, "website_missing"),
        ({"registry_name": "Meister GmbH"}, "registry_mismatch"),
        ({"delivery_country": "PL"}, "address_mismatch"),
        ({"address_mismatch": True}, "address_mismatch"),
        ({"iban": "DE89 3704 0044 0532 0130 01"}, "bank_invalid"),
        ({"iban": "GB82 WEST 1234 5698 7654 32"}, "bank_elsewhere"),
        ({"iban": None, "bank_country_mismatch": True}, "bank_elsewhere"),
        ({"vat_number": "DE136695977"}, "vat_invalid"),
        ({"vat_number": "FR40303265045"}, "vat_invalid"),
        ({"vat_number": None}, "vat_missing"),
        ({"lei": "213800KUD8LAJWSQ9D16"}, "lei_invalid"),
        ({"negative_press_on": AS_OF - 1}, "negative_press"),
        ({"sanctions_hit_on": AS_OF - 1}, "sanctions_hit"),
        ({"founded_on": None, "years_trading": 1.5}, "young_company"),
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
        {"founded_on": None, "years_trading": 2.5},
        {"negative_press_on": AS_OF - 731},
        {"negative_press_on": AS_OF},
        {"sanctions_hit_on": AS_OF},
        {"registry_name": None},
        {"website": None, "has_website": True, "email": None},
        {"vat_number": None, "has_vat": True},
        {"country": None, "vat_number": None, "delivery_country": "PL"},
        {"country": "US", "vat_number": None, "iban": None, "delivery_country": None},
    ],
)
def test_what_is_just_right_raises_none(change):
    assert codes(replace(CLEAN, **change)) == set()


def test_a_flag_the_policy_does_not_name_is_not_raised():
    assert red_flags(replace(CLEAN, net_worth=-1), AS_OF, {}) == ()


def test_every_flag_names_its_term_its_source_and_a_day_that_was_known():
    bare = CreditApplication(
        "X",
        "EUR",
        net_worth=-1,
        financials_on=AS_OF - 2000,
        email="a@b.example",
        website="c.example",
        negative_press_on=AS_OF - 7,
        negative_press_source="Tagblatt",
    )
    flags = {flag.code: flag for flag in red_flags(bare, AS_OF, RULES)}
    assert len(flags) == 6
    assert all(flag.asks_for == RULES[code].asks_for for code, flag in flags.items())
    assert all(flag.dated_on < AS_OF and flag.source for flag in flags.values())
    press = flags["negative_press"]
    assert (press.dated_on, press.source) == (AS_OF - 7, "press")
    assert "Tagblatt" in press.text
    assert flags["negative_net_worth"].dated_on == AS_OF - 2000
    assert flags["missing_report"].dated_on == AS_OF - 1


def test_a_request_far_above_capacity_is_flagged():
    assert far_above_capacity(300, 100, AS_OF, RULES) is None
    flag = far_above_capacity(301, 100, AS_OF, RULES)
    assert flag is not None
    assert flag.asks_for == "guarantee"
    assert far_above_capacity(301, None, AS_OF, RULES) is None


def test_the_shipped_policy_names_every_flag():
    assert set(RULES) == set(FLAGS) == {*CHECKS, "far_above_capacity", "bust_out"}
