"""Recording: the models are asked only once a key is claimed, and an order only claims."""

from __future__ import annotations

import datetime as dt
import json
from functools import partial

import pytest

from payrisk.answers import Answers
from payrisk.answers.credit.recording import DecisionRecorder
from payrisk.calendar import day_of
from payrisk.credit import CreditRequest, Order
from payrisk.credit.deciding.overriding import Override, OverrideRefusal
from payrisk.credit.deciding.records import (
    DecisionRecord,
    DurableReply,
    HeadroomClaim,
    HeldHeadroom,
)
from support.company.five_customers import AS_OF, champions, small_company

NOW = dt.datetime(2025, 6, 2, 8, 30, tzinfo=dt.UTC)
ORDER = CreditRequest(customer_id="c1", order=Order(100_000, "EUR", "o1"))


class Notebook:
    """A memory of decisions that keeps them in a dict."""

    def __init__(self, held: HeldHeadroom) -> None:
        self.money_days_held, self.records, self.decided = held, {}, []

    def decide_once(self, key, request_sha, decide):
        if key in self.records:
            return DurableReply(key, self.records[key].body, is_replayed=True)
        decided = decide()
        self.decided.append(decided)
        if isinstance(decided, HeadroomClaim):
            decided = decided.decide(self.money_days_held)
        self.records[key] = decided
        return DurableReply(decided.decision_id, decided.body)

    def override(self, key, request_sha, decision_id, if_match, override):
        record = override(self.records[decision_id].body)
        return DurableReply(decision_id, record.body)

    def held_headroom(self, question):
        return self.money_days_held


@pytest.fixture
def notebook():
    return Notebook(HeldHeadroom({"EUR": 40_000}, {}))


@pytest.fixture
def recorder(notebook):
    return DecisionRecorder(notebook, lambda: NOW)


@pytest.fixture(scope="module")
def answers():
    return Answers(small_company(), champions(), ledger_sha="1" * 64)


def record(recorder, answers, request, key="k"):
    prepare = partial(answers.prepare_decision, request, as_of=AS_OF)
    return recorder.decide(prepare, key=key, request_sha="s")


def test_a_key_that_is_kept_asks_no_model(recorder, answers):
    first = record(recorder, answers, ORDER)
    again = recorder.decide(lambda: pytest.fail("asked again"), key="k", request_sha="s")
    assert (again.body, again.is_replayed) == (first.body, True)


def test_an_order_is_decided_by_what_others_hold_where_it_is_kept(recorder, notebook, answers):
    body = json.loads(record(recorder, answers, ORDER).body)
    (claim,) = notebook.decided
    assert isinstance(claim, HeadroomClaim)
    assert (claim.question.customer_id, claim.question.except_order) == ("c1", "o1")
    assert body["inputs"]["account"]["reserved"] == 40_000
    assert notebook.records["k"].reservation.amount == body["release"]["amount"]


def test_a_review_takes_no_headroom_and_needs_no_claim(recorder, notebook, answers):
    record(recorder, answers, CreditRequest(customer_id="c1"))
    (decided,) = notebook.decided
    assert isinstance(decided, DecisionRecord)
    assert (decided.reservation, decided.decided_at[:19]) == (None, "2025-06-02T08:30:00")


def test_an_override_that_lacks_something_is_refused_and_one_that_does_not_is_kept(
    recorder, answers
):
    record(recorder, answers, ORDER, key="dec_1")
    override = Override(
        "dec_1", "decline", "The parent withdrew its letter.", "Erika Muster",
        day_of("2025-09-01"), NOW.isoformat(),
    )  # fmt: skip
    keyed = {"if_match": "", "key": "o", "request_sha": "s", "until": AS_OF + 30}
    body = json.loads(recorder.override(override, **keyed).body)
    assert (body["decided"], body["outcome"]) == ("approve", "decline")
    assert body["override_id"].startswith("ovr_")
    shouted = Override(
        "dec_1", "decline", "no", "Erika Muster", day_of("2025-09-01"), NOW.isoformat()
    )
    with pytest.raises(OverrideRefusal, match="at least 10"):
        recorder.override(shouted, **keyed)
