"""Kept decisions decided again: what was asked comes back whole, and what left is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payrisk.answers import Answers
from payrisk.calendar import day_of
from payrisk.credit import CreditApplication, CreditPolicy, CreditRequest, Order, Security
from payrisk.credit.deciding.policy import HOUSE
from payrisk.errors import InputError
from payrisk_pipelines.policy.kept_replay import CANDIDATE, CURRENT, THEN, replay_kept, request_of
from support.company.five_customers import AS_OF, champions, company_with

DAY = AS_OF - 40
LIMIT = [
    {"customer_id": "c1", "name": "limit", "value": "5000000", "valid_on": "2024-01-01",
     "recorded_on": "2024-01-01"},
]  # fmt: skip


@pytest.fixture(scope="module")
def answers():
    policy = CreditPolicy.read(HOUSE).model_copy(update={"horizon_days": 30})
    ledger = company_with(attributes=LIMIT)
    return Answers(ledger, champions(c1=0.02, c4=0.5), policy=policy, ledger_sha="x")


def strict():
    """Nothing on open account: every band declines."""
    bands = CreditPolicy.read(HOUSE).bands
    harder = tuple(band.model_copy(update={"outcome": "decline"}) for band in bands)
    update = {"bands": harder, "id": "strict", "sha": "0" * 64, "horizon_days": 30}
    return CreditPolicy.read(HOUSE).model_copy(update=update)


def kept(answers, request, day=DAY, instead="", number=1):
    body = answers.credit_decision(request, as_of=day).to_json()
    return body | {"decision_id": f"dec_{number}"}, instead


ORDER = CreditRequest(
    customer_id="c1",
    order=Order(
        50_000, "EUR", order_id="SO-1", requested_on=DAY + 5, down_payment=1_000,
        securities=(Security("guarantee", 2_000, DAY + 400),),
    ),
)  # fmt: skip
REVIEW = CreditRequest(customer_id="c4")
APPLICATION = CreditRequest(
    application=CreditApplication(
        "Muster GmbH", "EUR", is_natural_person=False, requested_limit=10_000,
        founded_on=day_of("2015-05-01"), turnover=1_000_000, financials_on=day_of("2024-12-31"),
    )
)  # fmt: skip


@pytest.mark.parametrize("request_", [ORDER, REVIEW, APPLICATION])
def test_what_was_asked_comes_back_whole(answers, request_):
    body, _ = kept(answers, request_)
    again = answers.credit_decision(request_of(body), as_of=DAY).to_json()
    assert again | {"decision_id": "dec_1"} == body


def test_what_left_is_counted_by_policy_and_what_went_to_who_defaulted(answers):
    cases = [kept(answers, ORDER), kept(answers, REVIEW, number=2)]
    found = replay_kept(answers, strict(), cases)
    value = found.figures().set_index(["policy", "figure"])["value"]
    released = cases[0][0]["release"]["amount"]
    assert released > 0
    assert value[THEN, "released"] == value[CURRENT, "released"] == released
    assert value[CANDIDATE].tolist() == [0, 0]
    counts = found.counts().set_index(["policy", "kind"])
    assert counts.loc[(CURRENT, "order_release"), "differ"] == 0
    assert counts.loc[(CANDIDATE, "order_release"), ["decline", "differ"]].tolist() == [1, 1]


def test_a_default_within_the_policys_days_is_money_at_stake(answers):
    found = replay_kept(answers, strict(), [kept(answers, ORDER)])
    assert found.rows["is_known"].all()
    lost = replace(found, rows=found.rows.assign(defaulted=True))
    value = lost.figures().set_index(["policy", "figure"])["value"]
    assert value[THEN, "to_defaulted"] == value[THEN, "released"] > 0
    assert value[CANDIDATE, "to_defaulted"] == 0
    young = replace(lost, rows=lost.rows.assign(is_known=False))
    assert young.figures().set_index(["policy", "figure"])["value"][THEN, "to_defaulted"] == 0


def test_what_a_person_decided_counts_as_decided_then(answers):
    (body, _), *_ = [kept(answers, ORDER)]
    found = replay_kept(answers, answers.policy, [(body, "decline")])
    assert found.rows["then"].tolist() == ["decline"]
    assert found.rows["released_then"].tolist() == [0]
    assert list(found.views) == [THEN, CURRENT]


def test_what_cannot_be_asked_is_counted_and_none_is_a_sentence(answers):
    body, _ = kept(answers, ORDER)
    gone = (dict(body) | {"customer_id": "nobody"}, "")
    found = replay_kept(answers, strict(), [(body, ""), gone])
    assert (len(found.rows), sum(found.skipped.values())) == (1, 1)
    assert any(text.startswith("1 left out: ") for text in found.caveats())
    with pytest.raises(InputError, match="--record"):
        replay_kept(answers, strict(), [])
