"""Money, dates and shares stand in each language as its readers write them."""

from __future__ import annotations

import datetime as dt

import pytest

from payrisk.calendar import NEVER
from payrisk.languages import LANGUAGES, Wording
from payrisk.languages.formats import NONE

PLAIN = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " "})


@pytest.mark.parametrize(
    ("language", "money", "percent", "date"),
    [
        ("en", "1,234,567.89 EUR", "3.5%", "2 Jun 2025"),
        ("de", "1.234.567,89 EUR", "3,5 %", "02.06.2025"),
        ("fr", "1 234 567,89 EUR", "3,5 %", "2 juin 2025"),
        ("pl", "1 234 567,89 EUR", "3,5%", "2 cze 2025"),
        ("el", "1.234.567,89 EUR", "3,5%", "2 Ιουν 2025"),
        ("pt", "1 234 567,89 EUR", "3,5%", "02/06/2025"),
    ],
)
def test_a_reader_sees_values_as_at_home(language, money, percent, date):
    wording = Wording(language)
    assert wording.money(123456789, "EUR").translate(PLAIN) == money
    assert wording.percent(0.0351).translate(PLAIN) == percent
    assert wording.date("2025-06-02") == date


def test_a_currency_has_its_own_decimals():
    wording = Wording("en")
    assert wording.amount(1234567, "JPY") == "1,234,567"
    assert wording.amount(1234567, "KWD") == "1,234.567"
    assert wording.amount(1234567, "EUR", whole=True) == "12,346"
    assert wording.amount(-5, "EUR") == "−0.05"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_there_is_a_dash_and_never_a_zero(language):
    wording = Wording(language)
    for said in (
        wording.money(None, "EUR"),
        wording.amount(float("nan"), "EUR"),
        wording.percent(None),
        wording.number(float("nan")),
        wording.date(NEVER),
        wording.date("never"),
    ):
        assert said == NONE


def test_a_timestamp_names_utc_and_guesses_no_zone():
    wording = Wording("en")
    assert wording.time(dt.datetime(2025, 6, 2, 8, 30, tzinfo=dt.UTC)) == "2 Jun 2025, 08:30 UTC"
    assert wording.time("2025-06-02T08:30:00+02:00") == "2 Jun 2025, 08:30"
    assert wording.period("2025-06-02", "2025-06-02") == "2 Jun 2025"
    assert wording.weekday("2025-06-02") == "Mon"
