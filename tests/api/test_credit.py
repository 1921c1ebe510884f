"""Credit over HTTP: lists, explanations, overrides, customers, previews, policies, reviews."""

from __future__ import annotations

import json
import math

import pytest

from payrisk.answers import Answers
from payrisk.credit.deciding.records import DecisionRecord, HeadroomQuestion
from payrisk_api.deps import LiveAnswers
from payrisk_api.responses.credit import (
    DecisionAnswer,
    DecisionsAnswer,
    ExplainedAnswer,
    OverrideAnswer,
    OverridesAnswer,
    PreviewAnswer,
)
from payrisk_api.responses.customers import (
    CustomerAnswer,
    PersonSheetAnswer,
    PolicyAnswer,
    QueueAnswer,
    ReviewsAnswer,
)
from support.company.five_customers import Fitted, champions
from support.company.records import erased

APPLICATION = {
    "name": "Muster GmbH",
    "currency": "EUR",
    "country": "DE",
    "is_natural_person": False,
    "requested_limit": 4_000_000,
    "requested_terms_days": 45,
    "monthly_sales": 2_000_000,
    "founded_on": "1990-01-01",
    "turnover": 400_000_000,
    "net_worth": 60_000_000,
    "financials_on": "2024-12-31",
}
DECISIONS = "/v1/credit/decisions"
WHY = {
    "outcome": "approve",
    "reason": "Paid all arrears this morning.",
    "actor": "Erika Mustermann",
    "review_on": "2025-12-01",
}


def code(answer) -> str:
    return answer.json()["type"].removeprefix("urn:payrisk:problem:")


def order(amount: int, customer: str = "c1", **more) -> dict:
    return {"customer_id": customer, "order": {"amount": amount, "currency": "EUR", **more}}


def override(door, decision_id, etag, key="o", **given):
    headers = {"Idempotency-Key": key} | ({} if etag is None else {"If-Match": etag})
    path = f"{DECISIONS}/{decision_id}/override"
    return door.client.post(path, json=WHY | given, headers=headers)


# ---- orders hold headroom


def test_a_second_order_is_measured_against_what_the_first_one_holds(door):
    first, second, third = (door.decide(order(400_000)).json() for _ in range(3))
    assert [one["release"]["amount"] for one in (first, second, third)] == [400_000, 240_000, 0]
    assert second["inputs"]["account"]["reserved"] == 400_000
    assert door.client.get("/v1/credit/customers/c1").json()["exposure"]["reserved"] == 640_000


def test_the_same_order_under_another_key_holds_its_headroom_once(door):
    for _ in range(3):
        made = door.decide(order(500_000, order_id="o1")).json()
        assert made["release"] == {
            "action": "release", "amount": 500_000, "currency": "EUR", "room": 640_000,
            "secured": 0, "expires_on": "2025-07-02", "check_again_on": None,
        }  # fmt: skip
    exposure = door.client.get("/v1/credit/customers/c1").json()["exposure"]
    assert exposure["reserved"] == 500_000


def test_an_order_says_what_of_it_is_paid_delivered_or_secured_in_money_as_people_write_it(door):
    asked = order(700_000, order_id="o1", requested_on="2025-06-20")
    asked["order"] |= {
        "amount": "7000.00",
        "down_payment": "1000.00",
        "delivered": "500",
        "securities": [
            {"kind": "letter_of_credit", "amount": "300.00", "expires_on": "2025-12-31"}
        ],
    }
    made = door.decide(asked).json()
    assert (made["release"]["amount"], made["release"]["secured"]) == (700_000, 30_000)
    assert made["release"]["check_again_on"] == "2025-06-20"
    assert made["inputs"]["order"]["down_payment"] == 100_000
    # what is paid before it leaves holds no headroom
    exposure = door.client.get("/v1/credit/customers/c1").json()["exposure"]
    assert exposure["reserved"] == 600_000


def test_a_part_larger_than_its_order_is_refused(door):
    asked = order(500_000)
    asked["order"]["delivered"] = "5000.01"
    assert door.decide(asked).status_code == 422


def test_what_a_sister_company_holds_counts_in_the_group(door):
    before = door.client.get("/v1/credit/customers/c3").json()["exposure"]["group"]
    door.decide(order(400_000))
    after = door.client.get("/v1/credit/customers/c3").json()["exposure"]["group"]
    assert before["members"] == ["c1", "c3"]
    assert after["others"] - before["others"] == 400_000


def test_what_is_held_in_another_currency_leads_to_a_person(door):
    door.decide({"customer_id": "c1", "order": {"amount": 5, "currency": "USD"}})
    store = door.client.app.state.service.store
    question = HeadroomQuestion("c1", ("c1",), "2025-06-02", lambda _order: False)
    assert store.held_headroom(question).by_customer == {}


# ---- lists and explanations


def test_a_list_goes_back_page_by_page(door):
    made = [door.decide({"customer_id": "c1"}).json()["decision_id"] for _ in range(5)]
    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({} if cursor is None else {"cursor": cursor})
        answer = door.client.get(DECISIONS, params=query)
        page = DecisionsAnswer.model_validate_json(answer.content)
        seen += [one.decision_id for one in page.decisions]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == made[::-1]


def test_a_list_is_cut_by_customer_kind_and_outcome(door):
    door.decide({"customer_id": "c1"})
    door.decide({"customer_id": "c4"})
    door.decide({"application": APPLICATION})

    def n(**query):
        return len(door.client.get(DECISIONS, params=query).json()["decisions"])

    assert (n(), n(customer_id="c1"), n(kind="onboarding"), n(outcome="decline")) == (3, 1, 1, 1)
    assert n(customer_id="c1", outcome="decline") == 0
    assert door.client.get(DECISIONS, params={"kind": "none"}).status_code == 422


@pytest.mark.parametrize(
    "body", [{"customer_id": "c4"}, order(900_000), {"application": APPLICATION}]
)
def test_an_explanation_is_told_from_what_is_kept_when_no_model_is_there(door, company, body):
    made = door.decide(body).json()
    door.client.app.state.service.live.current = Answers(company, {}, ledger_sha="2" * 64)
    path = f"{DECISIONS}/{made['decision_id']}/explanation"
    answer = door.client.get(path)
    told = ExplainedAnswer.model_validate_json(answer.content)
    assert (told.outcome, told.overrides) == (made["outcome"], [])
    assert told.basis["policy_sha"] == made["policy_sha"]
    assert told.risk["contributions"]
    assert door.client.get(path).content == answer.content


def test_there_is_no_explanation_of_an_unknown_decision(door):
    for tail in ("explanation", "override"):
        answer = door.client.get(f"{DECISIONS}/dec_9/{tail}")
        assert (answer.status_code, code(answer)) == (404, "unknown-decision")


def test_a_decision_from_before_explanations_is_said_to_have_none(door):
    body = b'{"decision_id":"dec_old","outcome":"refer"}'
    old = DecisionRecord(
        "dec_old", "2025-01-01T00:00:00+00:00", "limit_review", "refer", "2025-01-01", "a", body
    )
    door.client.app.state.service.store.decide_once("old", "sha", lambda: old)
    answer = door.client.get(f"{DECISIONS}/dec_old/explanation")
    assert (answer.status_code, code(answer)) == (409, "unexplained")


# ---- overrides


def test_an_override_is_kept_beside_the_decision(door):
    made = door.decide({"customer_id": "c4"})
    decision_id = made.json()["decision_id"]
    answer = override(door, decision_id, made.headers["etag"], limit=900_000)
    assert answer.status_code == 200
    said = OverrideAnswer.model_validate_json(answer.content)
    assert (said.decided, said.outcome, said.limit) == ("decline", "approve", 900_000)
    found = door.client.get(f"{DECISIONS}/{decision_id}")
    assert found.content == made.content
    assert found.headers["etag"] == answer.headers["etag"] != made.headers["etag"]
    listed = door.client.get(f"{DECISIONS}/{decision_id}/override")
    assert OverridesAnswer.model_validate_json(listed.content).overrides == [said]
    told = door.client.get(f"{DECISIONS}/{decision_id}/explanation").json()
    assert told["overrides"] == [answer.json()]
    (line,) = door.client.get(DECISIONS).json()["decisions"]
    assert (line["overridden_to"], line["review_on"]) == ("approve", "2025-12-01")


def test_an_override_is_replayed_to_the_byte_and_made_once(door):
    made = door.decide({"customer_id": "c4"})
    first, again = (override(door, "dec_1", made.headers["etag"]) for _ in range(2))
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    other = override(door, "dec_1", made.headers["etag"], reason="Something else entirely.")
    assert (other.status_code, code(other)) == (422, "key-reused")


def test_an_override_of_what_one_has_not_seen_is_refused(door):
    made = door.decide({"customer_id": "c4"})
    override(door, "dec_1", made.headers["etag"])
    stale = override(door, "dec_1", made.headers["etag"], key="o2")
    assert (stale.status_code, code(stale)) == (412, "stale")
    blind = override(door, "dec_1", None, key="o3")
    assert (blind.status_code, code(blind)) == (428, "if-match-missing")
    unknown = override(door, "dec_9", made.headers["etag"], key="o4")
    assert (unknown.status_code, code(unknown)) == (404, "unknown-decision")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reason": "because"}, "override-refused"),
        ({"review_on": "2025-06-02"}, "override-refused"),
        ({"actor": "system"}, "override-refused"),
        ({"outcome": "perhaps"}, "invalid"),
        ({"outcome": "decline", "limit": 5}, "override-refused"),
        ({"color": 1}, "invalid"),
    ],
)
def test_an_override_without_a_reason_an_actor_or_a_review_is_refused(door, given, said):
    made = door.decide({"customer_id": "c4"})
    answer = override(door, "dec_1", made.headers["etag"], **given)
    assert (answer.status_code, code(answer)) == (422, said)


def test_a_natural_person_needs_a_named_human(door):
    made = door.decide({"customer_id": "c2"})
    assert made.json()["outcome"] == "refer"
    answer = override(door, "dec_1", made.headers["etag"], actor="erika")
    assert (answer.status_code, code(answer)) == (422, "override-refused")
    assert override(door, "dec_1", made.headers["etag"], key="o2").status_code == 200


def test_an_approved_order_holds_all_of_it_and_a_declined_one_nothing(door):
    door.decide(order(400_000))
    made = door.decide(order(400_000))
    assert made.json()["release"]["amount"] == 240_000

    def held() -> int:
        return door.client.get("/v1/credit/customers/c1").json()["exposure"]["reserved"]

    assert held() == 640_000
    let = override(door, "dec_2", made.headers["etag"])
    assert held() == 800_000
    override(door, "dec_2", let.headers["etag"], key="o2", outcome="decline")
    assert held() == 400_000


# ---- what is personal


def test_an_erased_applicant_leaves_a_decision_that_still_explains(door):
    made = door.decide({"application": APPLICATION | {"email": "x@muster.example"}}, key="k")
    applicant = made.json()["applicant_id"]
    store = door.client.app.state.service.store
    assert erased(store, applicant, "asked to", "2025-06-03T00:00:00+00:00") == ["dec_1"]
    found = door.client.get(f"{DECISIONS}/dec_1")
    assert "Muster" not in found.text
    assert "muster.example" not in found.text
    assert found.headers["etag"] != made.headers["etag"]
    DecisionAnswer.model_validate_json(found.content)
    told = door.client.get(f"{DECISIONS}/dec_1/explanation")
    ExplainedAnswer.model_validate_json(told.content)
    assert store.verify().holds
    (kept,) = store.applications()
    assert (kept["applicant_id"], kept["fields"]["net_worth"]) == (applicant, 60_000_000)
    assert "name" not in kept["fields"]


# ---- customers


def test_a_customer_s_score_is_followed_and_what_changed_adds_up(opened, company):
    door = opened(champions())
    door.decide({"customer_id": "c1"}, as_of="2025-05-30")
    worse = champions(c1=0.05)
    worse |= {"default-risk": Fitted(worse["default-risk"].model, version="8")}
    door.client.app.state.service.live = LiveAnswers(Answers(company, worse))
    answer = door.client.get("/v1/credit/customers/c1")
    said = CustomerAnswer.model_validate_json(answer.content)
    first, now = said.history
    assert (first.decision_id, now.decision_id) == ("dec_1", None)
    assert first.change is None
    assert now.change.score_difference == pytest.approx(
        math.log(0.05 / 0.95) - math.log(0.02 / 0.98)
    )
    total = math.fsum(cause.difference for cause in now.change.causes)
    assert total == pytest.approx(now.change.score_difference, abs=1e-9)
    assert not now.change.is_same_model


def test_a_customer_shows_its_books_and_its_group(door):
    said = door.client.get("/v1/credit/customers/c1").json()
    exposure = said["exposure"]
    assert (exposure["open"], exposure["unapplied"], exposure["total"]) == (
        370_000,
        10_000,
        360_000,
    )
    risk = exposure["group"].pop("risk")
    assert exposure["group"] == {
        "members": ["c1", "c3"], "others": 120_000, "total": 480_000, "limit": None,
    }  # fmt: skip
    assert [m["customer_id"] for m in risk["members"] if m["is_parent"]] == ["c1"]
    assert risk["probability_all"] < said["risk"]["probability"] < risk["probability_any"]
    assert said["behaviour"]["n_settled"] == 2
    assert said["reviewed"]["outcome"] == door.decide({"customer_id": "c1"}).json()["outcome"]


def test_without_a_model_a_customer_has_no_score_but_its_books(opened):
    door = opened({})
    answer = door.client.get("/v1/credit/customers/c1")
    said = CustomerAnswer.model_validate_json(answer.content)
    assert (said.risk, said.score, said.why_no_risk, said.history) == (None, None, "no_model", [])
    missing = door.client.get("/v1/credit/customers/c9")
    assert (missing.status_code, code(missing)) == (404, "unknown-customer")


# ---- previews


def test_a_preview_is_what_would_be_decided_and_keeps_nothing(door):
    body = {"application": APPLICATION, "what_ifs": [{"requested_limit": 500_000}]}
    answer = door.client.post("/v1/credit/applications/preview", json=body)
    assert answer.status_code == 200
    said = PreviewAnswer.model_validate_json(answer.content)
    assert said.what_ifs[0].change == {"requested_limit": 500_000}
    assert door.client.app.state.service.store.count() == 0
    made = door.decide({"application": APPLICATION}).json()
    same = said.model_dump(mode="json")["decision"]
    assert {name: made[name] for name in same if name != "decided_at"} == same
    changed = door.decide({"application": APPLICATION | {"requested_limit": 500_000}}).json()
    what_if = said.what_ifs[0].decision.model_dump(mode="json")
    assert {name: changed[name] for name in what_if} | {"counterfactuals": []} == what_if


def test_every_counterfactual_is_what_the_house_would_decide(door):
    body = {"application": APPLICATION | {"requested_limit": 500_000_000}}
    said = door.client.post("/v1/credit/applications/preview", json=body).json()["decision"]
    for other in said["counterfactuals"]:
        if set(other["change"]) <= set(APPLICATION) | {"n_references"}:
            asked = {"application": body["application"] | other["change"]}
            assert door.decide(asked).json()["outcome"] == other["outcome"]


def test_a_preview_of_an_order_sees_what_is_held_and_holds_nothing(door):
    door.decide(order(400_000))
    for _ in range(2):
        answer = door.client.post("/v1/credit/applications/preview", json=order(400_000))
        assert answer.json()["decision"]["release"]["amount"] == 240_000


@pytest.mark.parametrize(
    "body",
    [
        {"customer_id": "c1", "what_ifs": [{"turnover": 5}]},
        {"application": APPLICATION, "what_ifs": [{}]},
        {"application": APPLICATION, "what_ifs": [{"name": None}]},
        {"application": APPLICATION, "what_ifs": [{"turnover": 5}] * 11},
    ],
)
def test_a_what_if_that_changes_nothing_is_refused(door, body):
    answer = door.client.post("/v1/credit/applications/preview", json=body)
    assert (answer.status_code, code(answer)) == (422, "invalid")


# ---- policy and reviews


def test_the_policy_is_shown_with_every_reason_it_may_give(door):
    answer = door.client.get("/v1/credit/policies")
    said = PolicyAnswer.model_validate_json(answer.content)
    made = door.decide({"application": APPLICATION}).json()
    assert (said.policy_id, said.policy_sha) == (made["policy_id"], made["policy_sha"])
    assert [band["name"] for band in said.policy["bands"]][:2] == ["A", "B"]
    assert "no_model" in said.reasons


def test_what_is_referred_waits_until_a_person_decides(door):
    referred = door.decide({"customer_id": "c2"})
    door.decide({"customer_id": "c1"})

    def reviews(**query) -> list[dict]:
        answer = door.client.get("/v1/credit/reviews", params=query)
        ReviewsAnswer.model_validate_json(answer.content)
        return answer.json()["reviews"]

    (one,) = reviews()
    assert (one["decision_id"], one["why"]) == ("dec_1", "referred")
    assert reviews(band="Z") == []
    override(door, "dec_1", referred.headers["etag"])
    assert reviews() == []
    due = reviews(as_of="2025-12-01")
    assert ("dec_1", "review_due") in [(one["decision_id"], one["why"]) for one in due]


def test_the_queue_comes_in_pages_and_forgets_who_was_reviewed(door):
    def queue(**query) -> QueueAnswer:
        answer = door.client.get("/v1/credit/queue", params=query)
        assert answer.status_code == 200, answer.text
        return QueueAnswer.model_validate_json(answer.content)

    whole = queue(due=False)
    assert (whole.n_customers, whole.n_never_reviewed) == (len(whole.customers),) * 2
    assert whole.next_offset is None
    assert [one for one in whole.customers if one.is_due] == queue().customers
    pages, offset = [], 0
    while offset is not None:
        page = queue(due=False, limit=2, offset=offset)
        pages += page.customers
        offset = page.next_offset
    assert pages == whole.customers
    door.decide({"customer_id": "c1"})
    after = queue(due=False)
    assert after.n_never_reviewed == whole.n_never_reviewed - 1
    (reviewed,) = [one for one in after.customers if one.reviewed_on]
    assert (reviewed.customer_id, reviewed.is_due) == ("c1", False)
    assert door.client.get("/v1/credit/queue", params={"since": "2030-01-01"}).status_code == 422


def test_a_natural_person_is_told_in_its_language_and_a_company_is_not(door):
    person = APPLICATION | {"is_natural_person": True, "country": "DE"}
    made = door.decide({"application": person}).json()
    path = f"/v1/credit/decisions/{made['decision_id']}/sheet"
    answer = door.client.get(path, params={"contact": "Ann Lee, Berlin"})
    told = PersonSheetAnswer.model_validate_json(answer.content)
    assert (told.language, told.title) == ("de", "Zur Entscheidung über Ihren Antrag")
    assert "Schreiben Sie an Ann Lee, Berlin." in told.text
    in_polish = door.client.get(path, params={"contact": "Ann Lee", "language": "pl"}).json()
    assert in_polish["language"] == "pl"
    assert door.client.get(path).status_code == 422
    assert door.client.get(path, params={"contact": "Ann", "language": "sv"}).status_code == 422
    company = door.decide({"application": APPLICATION}).json()["decision_id"]
    refused = door.client.get(
        f"/v1/credit/decisions/{company}/sheet", params={"contact": "Ann Lee"}
    )
    assert (refused.status_code, "about a company" in refused.text) == (422, True)


def test_the_log_and_the_counters_name_neither_customer_nor_actor(door):
    made = door.decide({"application": APPLICATION | {"name": "SECRET GmbH"}})
    override(
        door, "dec_1", made.headers["etag"], actor="SECRET ACTOR", reason="SECRET reason, so."
    )
    door.client.get("/v1/credit/customers/c1")
    said = door.log.getvalue() + door.client.get("/metrics").text
    assert "SECRET" not in said
    assert '"route": "/v1/credit/customers/{customer_id}"' in door.log.getvalue()
    assert 'payrisk_overrides_total{outcome="approve"} 1.0' in said
    assert json.loads(door.log.getvalue().splitlines()[0])["status"] == 200
