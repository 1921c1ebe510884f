"""The sheet of a natural person: complete, from what was kept alone, in every language."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from payrisk.calendar import day_of, iso
from payrisk.credit import CreditApplication, CreditRequest
from payrisk.credit.explaining.person_data import FIELDS, language_for, used_data
from payrisk.credit.explaining.person_sheet import person_sheet
from payrisk.credit.rules.decision import Counterfactual
from payrisk.errors import InputError
from payrisk.languages import LANGUAGES, Wording
from payrisk.predictions import Reason
from support.credit.deciders import AS_OF, GOOD, decide, risk

CONTACT = "Ann Lee, credit@house.example"
APPLICATION = CreditApplication(
    name="Maria Muster",
    currency="EUR",
    is_natural_person=True,
    country="DE",
    requested_limit=2_000_000,
    turnover=40_000_000,
    financials_on=day_of("2024-06-30"),
    founded_on=day_of("2019-05-02"),
    bureau_score=412.0,
    bureau_scored_on=day_of("2024-08-01"),
    n_references=0,
)
CAUSES = (
    Reason("application__bureau_score", "a", 0.9, "application"),
    Reason("application__years_trading", "b", -0.3, "application"),
    Reason("base_rate", "c", -3.0, "past applications"),
)


def decision(**more):
    account = replace(GOOD, customer_id=None, is_natural_person=True)
    request = CreditRequest(application=replace(APPLICATION, **more))
    decided = decide(account, risk(0.06, reasons=CAUSES, source="application"), request=request)
    other = Counterfactual("x", {"requested_limit": 500_000}, "approve", 500_000)
    return replace(decided, counterfactuals=(other,)).to_json() | {"decision_id": "dec_1"}


def override(outcome="decline"):
    return {
        "outcome": outcome, "limit": None, "actor": "Ann Lee", "made_at": "2024-10-09T10:00:00Z",
    }  # fmt: skip


def test_every_datum_stands_with_its_value_source_and_day():
    body = decision()
    text = person_sheet(body, [], "en", contact=CONTACT).text
    for line in (
        "Name · Maria Muster · you, in your request · ",
        "Credit asked for · 20,000.00",
        "Score of the credit bureau · 412 · a credit bureau · 1 Aug 2024",
        "Yearly turnover · 400,000.00",
        "financial statements · 30 Jun 2024",
        "In business since · 2 May 2019",
        "Number of trade references · 0",
    ):
        assert line in text.replace("\u00a0", " "), line
    stated = {
        name
        for name, value in body["inputs"]["application"].items()
        if value is not None and name in FIELDS
    }
    assert {each.field for each in used_data(body)} >= stated


def test_each_cause_says_which_way_and_how_much_and_the_heaviest_first():
    text = person_sheet(decision(), [], "en", contact=CONTACT).text
    causes = re.findall(r"- (.*) – (.*)", text)
    assert causes == [
        ("The credit bureau's report on the business.", "raises the risk a lot"),
        ("The length of time in business.", "lowers the risk"),
    ]
    assert "within 180 days: 6.0%." in text


def test_what_would_have_changed_it_and_how_to_contest_it_are_told():
    text = person_sheet(decision(), [], "en", contact=CONTACT).text.replace("\u00a0", " ")
    assert "- With Credit asked for 5,000.00 EUR: Your request was approved." in text
    assert f"Write to {CONTACT}." in text
    assert "Name the decision dec_1." in text
    assert "Articles 15, 16, 22 and 77" in text
    assert text.endswith("has not been reviewed by a lawyer.")


def test_who_decided_is_the_person_who_did():
    first = person_sheet(decision(), [], "en", contact=CONTACT).text
    assert "Your request is being looked at by a person" in first
    then = person_sheet(decision(), [override()], "en", contact=CONTACT).text
    assert "Your request was declined." in then
    assert "Ann Lee decided on 9 Oct 2024." in then


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_tells_all_of_it_and_nothing_in_english(language):
    body = decision()
    sheet = person_sheet(body, [override()], language, contact=CONTACT)
    english = person_sheet(body, [override()], "en", contact=CONTACT)
    assert [len(s.points) for s in sheet.sections] == [len(s.points) for s in english.sections]
    assert [len(s.rows) for s in sheet.sections] == [len(s.rows) for s in english.sections]
    wording = Wording(language)
    told = sheet.text.replace("\u00a0", " ").replace("\u202f", " ")
    amount = wording.money(2_000_000, "EUR").replace("\u00a0", " ").replace("\u202f", " ")
    assert amount in told
    assert wording.date(iso(APPLICATION.founded_on)).replace("\u00a0", " ") in told
    if language != "en":
        lines = set(english.text.splitlines()) & set(sheet.text.splitlines())
        assert {line for line in lines if re.search(r"[a-z]{4}", line)} == set()
    assert f'<html lang="{language}">' in sheet.html
    assert "%(" not in sheet.text


def test_the_language_is_that_of_the_country():
    assert language_for(decision()) == "de"
    assert language_for(decision(country="AT")) == "de"
    assert language_for(decision(country="GR")) == "el"
    assert language_for(decision(country="SE")) == "en"


def test_of_a_company_and_without_a_contact_there_is_no_sheet():
    with pytest.raises(InputError, match="about a company"):
        person_sheet(decide().to_json(), [], "en", contact=CONTACT)
    with pytest.raises(InputError, match="--contact"):
        person_sheet(decision(), [], "en", contact=" ")
    with pytest.raises(InputError, match="catalogue"):
        person_sheet(decision(), [], "sv", contact=CONTACT)


def test_the_same_decision_gives_the_same_sheet_whatever_the_day():
    assert decision()["as_of"] == iso(AS_OF)
    pages = {person_sheet(decision(), [], "fr", contact=CONTACT).html for _ in range(2)}
    assert len(pages) == 1


def test_what_a_person_wrote_cannot_become_markup():
    page = person_sheet(decision(name="<script>x</script>"), [], "en", contact="<b>A</b>").html
    assert "<script>" not in page
    assert "<b>A</b>" not in page
