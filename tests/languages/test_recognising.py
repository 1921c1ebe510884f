"""Sentences that come filled in are said in the reader's language, with what is filled in."""

from __future__ import annotations

import pytest

from payrisk.credit.deciding.reviewing import ALERTS, INSURANCE
from payrisk.languages import LANGUAGES, catalogue
from payrisk.languages.recognising import PLACE, SentenceBook
from payrisk_api.pages.words import BOOK

GERMAN = catalogue("de")


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_reason_of_credit_is_said_in_every_language(language):
    known = catalogue(language)
    assert [text for text in BOOK.patterns if not known.knows(text)] == []


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        (
            "Raises the risk: Employees of the company (33 employees).",
            "Erhöht das Risiko: Beschäftigte des Unternehmens (33 Beschäftigte).",
        ),
        (
            "10.00 EUR of the order stay within the insurer's limit; the rest is to be prepaid.",
            (
                "10.00 EUR des Auftrags passen in das Limit des Versicherers; der Rest ist im"
                " Voraus zu zahlen."
            ),
        ),
        (
            (
                "The score cannot be relied on: new-customer version 1 was never tested on past"
                " outcomes. It raises no limit."
            ),
            (
                "Auf die Bewertung ist kein Verlass: new-customer version 1 wurde nie an früheren"
                " Ausgängen geprüft. Sie hebt kein Limit an."
            ),
        ),
    ],
)
def test_what_is_filled_in_is_translated_where_it_is_known(sentence, said):
    assert BOOK.translate(sentence, GERMAN) == said


@pytest.mark.parametrize("sentence", ["Raises the risk: Something new.", "33 employees"])
def test_half_a_sentence_is_none(sentence):
    assert BOOK.translate(sentence, GERMAN) is None


def test_words_of_another_language_stay_what_they_are():
    book = SentenceBook(("The limit on file held until {day}.",))
    text = PLACE.sub("2026-01-01", book.patterns[0])
    assert book.translate(text, catalogue("en")) == text
    assert book.translate(text, GERMAN) == "Das geführte Limit galt bis 2026-01-01."


@pytest.mark.parametrize(
    ("said", "german"),
    [
        (ALERTS["band"].format(before="B", after="E"), "Klasse B → E"),
        (
            ALERTS["scored_again"].format(day="2025-12-09", score="531", before="422"),
            "Auskunft vom 2025-12-09, Wert 531 (vorher 422)",
        ),
        (
            ALERTS["ends"].format(what=INSURANCE, day="2026-01-01"),
            "Versicherung endet am 2026-01-01",
        ),
        ("crps at most 0.9 times due-plus-mean", "crps höchstens das 0.9-Fache von due-plus-mean"),
        ("pit_deviation at most 0.2", "pit_deviation höchstens 0.2"),
    ],
)
def test_what_brings_a_review_forward_and_what_gates_ask_is_said_in_the_language(said, german):
    assert BOOK.translate(said, GERMAN) == german
