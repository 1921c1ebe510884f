"""What is asked again is answered with the same bytes, made once, until something moves."""

from __future__ import annotations

import pytest

from payrisk.access.caller import WHOEVER
from payrisk.answers.answered import AnsweredQuestions
from payrisk.answers.mornings.kept import LedgerMorning
from payrisk.answers.mornings.parts import ANSWERS_KEPT, MorningParts
from payrisk.calendar import date_of, iso
from payrisk_api.asked_before import forecast_ahead, forecast_question, known_forecast
from payrisk_api.remembered import RememberedDocuments
from payrisk_api.requests.cash import CashQuery
from support.company.five_customers import AS_OF


class Answering:
    """Stands where answers do: only who it is counts."""


def test_a_document_is_made_once_for_each_answers_and_key():
    remembered, made = RememberedDocuments(), []

    def make():
        made.append(1)
        return {"n": len(made)}

    before, after = Answering(), Answering()
    first = remembered.document(before, {"route": "aging", "as_of": 1}, make)
    assert remembered.document(before, {"route": "aging", "as_of": 1}, make) == first == b'{"n":1}'
    # another entity's key, another morning and another ledger are other questions
    assert (
        remembered.document(before, {"route": "aging", "as_of": 1, "of": ["E1"]}, make)
        == b'{"n":2}'
    )
    assert remembered.document(before, {"route": "aging", "as_of": 2}, make) == b'{"n":3}'
    assert remembered.document(after, {"route": "aging", "as_of": 1}, make) == b'{"n":4}'


def test_what_fails_is_not_remembered():
    remembered, answering = RememberedDocuments(), Answering()
    with pytest.raises(ZeroDivisionError):
        remembered.document(answering, {"key": 1}, lambda: 1 / 0)
    assert remembered.document(answering, {"key": 1}, lambda: 2) == b"2"


def test_the_oldest_go_when_there_are_too_many_bytes():
    remembered, answering, made = RememberedDocuments(most_bytes=250), Answering(), []

    def ask(key):
        return remembered.document(answering, key, lambda: made.append(key) or "x" * 98)

    for key in (1, 2, 1, 3, 1, 2):
        ask(key)
    assert made == [1, 2, 3, 2]


def test_what_a_morning_keeps_outlives_the_process_and_no_other_model_finds_it(tmp_path):
    asked = {"route": "forecast", "as_of": 1}

    def morning(model):
        kept = LedgerMorning(MorningParts(tmp_path), 20_000, "1" * 64)
        return AnsweredQuestions(kept, {"model": model})

    def ask(model, question=asked, said=b"", memory=None):
        memory = memory or RememberedDocuments()
        return memory.document(Answering(), question, said.decode, morning(model))

    assert ask("a", said=b"first") == ask("a", said=b"second") == b'"first"'
    assert ask("b", said=b"other model") == b'"other model"'
    assert ask("a", asked | {"of": ["E1"]}, b"one entity") == b'"one entity"'
    assert RememberedDocuments().known(Answering(), asked, morning("a")) == b'"first"'
    assert RememberedDocuments().known(Answering(), asked, morning("c")) is None
    assert RememberedDocuments().known(Answering(), asked) is None
    for k in range(ANSWERS_KEPT):
        ask("a", {"k": k})
    assert len(list(tmp_path.glob("*/answered-*"))) == ANSWERS_KEPT


def test_what_is_usually_asked_of_the_morning_is_answered_before_anybody_asks(door):
    service = door.client.app.state.service
    assert known_forecast(service, WHOEVER, CashQuery()) is None
    forecast_ahead(service, service.live.current)
    made = known_forecast(service, WHOEVER, CashQuery())
    assert made == door.client.get("/v1/cash/forecast").content


def test_a_morning_that_nobody_named_is_another_question_tomorrow(door):
    questions = [forecast_question(day, WHOEVER, CashQuery()) for day in (AS_OF, AS_OF + 1)]
    assert [question["as_of"] for question in questions] == [AS_OF, AS_OF + 1]
    service = door.client.app.state.service
    for day in (AS_OF, AS_OF + 1):
        service.served_as_of = date_of(day)
        forecast = door.client.get("/v1/cash/forecast?horizon=14").json()
        aged = door.client.get("/v1/receivables/aging").json()
        assert (forecast["as_of"], aged["known_before"]) == (iso(day), iso(day))
