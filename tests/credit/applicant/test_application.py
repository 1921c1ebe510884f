"""What an application shows to a model, and how one of the past is read again."""

from __future__ import annotations

import json

import pytest

from payrisk.calendar import day_of
from payrisk.credit import CreditApplication
from payrisk.credit.applicant.application import PERSONAL
from payrisk.errors import InputError
from payrisk.simulate import simulate

AS_OF = day_of("2025-06-02")


def test_what_a_person_states_becomes_the_models_fields():
    said = CreditApplication(
        "Muster GmbH",
        "EUR",
        False,
        country="DE",
        email="a@muster.example",
        website="muster.example",
        vat_number="DE136695976",
        iban="FR14 2004 1010 0505 0001 3M02 606",
        delivery_country="AT",
        founded_on=AS_OF - 3653,
        monthly_sales=5,
        negative_press_on=AS_OF - 1,
    ).fields(AS_OF)
    assert (said["email_domain"], said["has_vat"], said["has_website"]) == ("own", True, True)
    assert said["bank_country_mismatch"] is said["address_mismatch"] is True
    assert said["years_trading"] == pytest.approx(10.0, abs=0.01)
    assert (said["expected_monthly_sales"], said["negative_press"]) == (5, True)
    assert not set(said) & set(PERSONAL)


def test_what_was_not_said_is_unknown_or_not_given():
    said = CreditApplication("X", "EUR").fields(AS_OF)
    assert said["is_natural_person"] is None
    assert (said["email_domain"], said["has_vat"], said["has_website"]) == ("none", False, False)
    assert said["address_mismatch"] is said["bank_country_mismatch"] is None


def test_press_of_today_is_not_known_this_morning():
    today = CreditApplication("X", "EUR", negative_press_on=AS_OF)
    assert today.fields(AS_OF)["negative_press"] is False


def test_past_applications_are_read_as_they_were_written():
    table = simulate(40, 12, 5).tables["applications"]
    for text in table["fields"]:
        said = json.loads(text)
        read = CreditApplication.of_fields(said, AS_OF, "AP1")
        assert {key: read.fields(AS_OF)[key] for key in said} == said


def test_the_dates_that_fields_lack_are_of_the_day_before():
    said = {"currency": "EUR", "bureau_score": 500, "turnover": 7, "negative_press": True}
    read = CreditApplication.of_fields(said, AS_OF, "AP1")
    assert read.bureau_scored_on == read.financials_on == read.negative_press_on == AS_OF - 1
    with pytest.raises(InputError, match="AP1 names no currency"):
        CreditApplication.of_fields({}, AS_OF, "AP1")
