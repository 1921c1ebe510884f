"""Overrides, lists, queues and headroom: the same contract on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from payrisk.credit.deciding.records import HeadroomQuestion, HeldHeadroom, Reservation
from payrisk.store import DecidedDays, DecisionStore, ReusedKey, StaleDecision, UnknownDecision
from support.company.records import AT, TODAY, application, erased, order, override, review


@pytest.fixture
def store(url):
    with DecisionStore(url) as opened:
        yield opened


def released(kept) -> int:
    return json.loads(kept.body)["released"]


def held(
    store, customer="c1", group=("c1", "c2"), as_of=TODAY, seen=lambda _customer, _order: False
):
    return store.held_headroom(HeadroomQuestion(customer, group, as_of, seen))


# ---- headroom


def test_a_second_order_finds_what_the_first_one_left(store):
    assert released(store.decide_once("a", "s", lambda: order("1", 70, 100))) == 70
    assert released(store.decide_once("b", "s", lambda: order("2", 70, 100))) == 30
    assert released(store.decide_once("c", "s", lambda: order("3", 70, 100))) == 0
    assert held(store) == HeldHeadroom({"EUR": 100}, {})


def test_many_orders_at_once_never_take_more_than_there_is(store):
    def ask(number: int) -> int:
        asked = order(str(number), 7, 100, customer=f"c{number % 3}", group=("c0", "c1", "c2"))
        return released(store.decide_once(f"k{number}", "s", lambda: asked))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(60))) == 100
    assert store.verify().holds


def test_what_the_group_holds_counts_for_each_member_apart(store):
    store.decide_once("a", "s", lambda: order("1", 40, 100))
    store.decide_once("b", "s", lambda: order("2", 30, 100, customer="c2"))
    store.decide_once("c", "s", lambda: order("3", 20, 100, customer="c3", group=()))
    assert held(store) == HeldHeadroom({"EUR": 40}, {"EUR": 30})
    assert held(store, "c3", ("c3",)) == HeldHeadroom({"EUR": 20}, {})
    assert held(store, "c2", ()) == HeldHeadroom({"EUR": 30}, {})


def test_a_customer_that_was_renumbered_keeps_what_its_orders_hold(store):
    store.decide_once("a", "s", lambda: order("1", 40, 100, order_id="o1"))
    question = HeadroomQuestion(
        "n1", ("n1", "c2"), TODAY, lambda *_: False, former_ids={"c1": "n1"}
    )
    assert store.held_headroom(question) == HeldHeadroom({"EUR": 40}, {})
    shown = replace(question, is_in_ledger=lambda customer, _: customer == "n1")
    assert store.held_headroom(shown) == HeldHeadroom({}, {})


def test_a_reservation_ends_after_its_days_or_when_the_ledger_shows_the_order(store):
    store.decide_once("a", "s", lambda: order("1", 40, 100, order_id="o1"))
    store.decide_once("b", "s", lambda: order("2", 30, 100))
    assert held(store, as_of="2025-07-02").by_customer == {"EUR": 70}
    assert held(store, as_of="2025-07-03").by_customer == {}
    assert held(store, seen=lambda _customer, order_id: order_id == "o1").by_customer == {
        "EUR": 30
    }


def test_the_same_order_asked_again_holds_once(store):
    store.decide_once("a", "s", lambda: order("1", 40, 100, order_id="o1"))
    assert released(store.decide_once("b", "s", lambda: order("2", 90, 100, order_id="o1"))) == 90
    assert held(store).by_customer == {"EUR": 90}
    later = order("3", 90, 50, order_id="o1", as_of="2025-06-20", until="2025-07-20")
    assert released(store.decide_once("c", "s", lambda: later)) == 50
    assert held(store).by_customer == {"EUR": 50}
    assert held(store, as_of="2025-07-20").by_customer == {"EUR": 50}


def test_an_order_s_end_never_moves_back(store):
    store.decide_once("a", "s", lambda: order("1", 40, 100, order_id="o1"))
    store.decide_once("b", "s", lambda: order("2", 0, 100, order_id="o1", until="2025-06-10"))
    assert held(store).by_customer == {}
    assert held(store, as_of="2025-06-30").by_customer == {}


def test_an_override_may_let_an_order_go_and_take_it_back(store):
    kept = store.decide_once("a", "s", lambda: order("1", 70, 10))
    whole = Reservation("c1", None, "EUR", 70, "2025-07-02")
    first = store.override("o1", "s", "dec_1", kept.etag, override("1", reservation=whole))
    assert held(store).by_customer == {"EUR": 70}
    none = Reservation("c1", None, "EUR", 0, "2025-07-02")
    store.override("o2", "s", "dec_1", store.get("dec_1").etag, override("2", reservation=none))
    assert held(store).by_customer == {}
    assert first.n_overrides == 1
    assert store.verify().holds


# ---- overrides


def test_an_override_is_kept_beside_the_decision_which_stays_as_it_was(store):
    kept = store.decide_once("k", "s", lambda: review("1"))
    made = store.override("o", "s", "dec_1", kept.etag, override("1"))
    assert json.loads(made.body)["reason"] == "Known to Mrs Canary since school."
    assert store.get("dec_1").body == kept.body
    assert store.overrides("dec_1") == [made.body]
    (line,), _ = store.page()
    assert (line.outcome, line.overridden_to, line.review_on) == (
        "approve", "approve", "2025-12-01",
    )  # fmt: skip


def test_the_same_key_replays_the_override_though_the_decision_has_moved_on(store):
    kept = store.decide_once("k", "s", lambda: review("1"))
    made = store.override("o", "s", "dec_1", kept.etag, override("1"))
    again = store.override("o", "s", "dec_1", kept.etag, lambda _body: pytest.fail("twice"))
    assert (again.body, again.is_replayed) == (made.body, True)
    for key, sha in (("o", "other"), ("k", "other")):
        with pytest.raises(ReusedKey):
            store.override(key, sha, "dec_1", kept.etag, override("2"))


def test_an_override_of_what_was_not_seen_is_refused(store):
    kept = store.decide_once("k", "s", lambda: review("1"))
    store.override("o", "s", "dec_1", kept.etag, override("1"))
    with pytest.raises(StaleDecision):
        store.override("o2", "s", "dec_1", kept.etag, override("2"))
    with pytest.raises(UnknownDecision):
        store.override("o3", "s", "dec_9", kept.etag, override("3"))
    assert len(store.overrides("dec_1")) == 1
    seen = store.get("dec_1").etag
    assert store.override("o2", "s", "dec_1", seen, override("2")).n_overrides == 2


def test_of_two_overrides_of_one_state_one_wins(store):
    kept = store.decide_once("k", "s", lambda: review("1"))

    def ask(number: int) -> bool:
        try:
            store.override(f"o{number}", "s", "dec_1", kept.etag, override(str(number)))
        except StaleDecision:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(16))).count(True) == 1
    assert store.verify().holds


# ---- lists


def test_pages_follow_each_other_while_new_decisions_arrive(store):
    for number in range(7):
        store.decide_once(f"k{number}", "s", lambda number=number: review(str(number)))
    first, cursor = store.page(limit=3)
    store.decide_once("late", "s", lambda: review("late"))
    second, cursor = store.page(cursor, limit=3)
    third, end = store.page(cursor, limit=3)
    assert [line.decision_id for line in [*first, *second, *third]] == [
        f"dec_{number}" for number in range(6, -1, -1)
    ]
    assert end is None


def test_a_list_is_cut_by_customer_kind_and_outcome(store):
    store.decide_once("a", "s", lambda: review("1", outcome="refer"))
    store.decide_once("b", "s", lambda: review("2", customer_id="c2"))
    store.decide_once("c", "s", lambda: application("3"))

    def ids(**cut):
        return [line.decision_id for line in store.page(**cut)[0]]

    assert ids(customer_id="c1") == ["dec_1"]
    assert ids(kind="onboarding", outcome="decline") == ["dec_3"]
    assert ids(outcome="refer", customer_id="c2") == []


def test_a_list_is_cut_by_days_both_included(store):
    for number, decided_at in enumerate(
        ("2025-01-31T23:59:59.999999", "2025-02-01T00:00:00.000000", "2025-02-28T23:59:59.999999",
         "2025-03-01T00:00:00.000000")
    ):  # fmt: skip
        record = replace(review(str(number)), decided_at=f"{decided_at}+00:00")
        store.decide_once(f"k{number}", "s", lambda record=record: record)

    def ids(*days):
        return [line.decision_id for line in store.page(days=DecidedDays(*days))[0]]

    first, last = dt.date(2025, 2, 1), dt.date(2025, 2, 28)
    assert ids(first, last) == ["dec_2", "dec_1"]
    assert ids(first) == ["dec_3", "dec_2", "dec_1"]
    assert ids(None, last) == ["dec_2", "dec_1", "dec_0"]


def test_the_queue_holds_what_was_referred_and_what_is_due_worst_band_first(store):
    given = {"outcome": "refer", "currency": "EUR"}
    for name, more in {
        "small": {"customer_id": "a", "band": "C", "amount": 5},
        "large": {"customer_id": "b", "band": "C", "amount": 9},
        "worst": {"customer_id": "c", "band": "D", "amount": 1},
        "unknown": {"customer_id": "d", "band": None, "amount": 3},
        "old": {"customer_id": "e", "band": "D", "amount": 2},
        "done": {"customer_id": "f", "band": "D", "amount": 2},
    }.items():
        store.decide_once(name, "s", lambda name=name, more=more: review(name, **given, **more))
    store.decide_once("new", "s", lambda: review("new", customer_id="e", band="D", amount=2))
    store.decide_once(
        "due", "s", lambda: review("due", customer_id="g", review_on=TODAY, band="A")
    )
    store.override("o", "s", "dec_done", store.get("dec_done").etag, override("1"))

    def ids(today=TODAY, **cut):
        return [line.decision_id.removeprefix("dec_") for line in store.review_queue(today, **cut)]

    assert ids() == ["unknown", "worst", "large", "small", "due"]
    assert ids(band="C", limit=1) == ["large"]
    assert "due" not in ids("2025-06-01")
    assert ids("2025-12-01") == ["unknown", "done", "worst", "large", "small", "due"]


def test_orders_wait_in_the_queue_until_they_are_asked_again(store):
    store.decide_once("a", "s", lambda: order("1", 70, 10, order_id="o1"))
    store.decide_once("b", "s", lambda: order("2", 70, 10, order_id="o2"))
    store.decide_once("c", "s", lambda: order("3", 5, 500, order_id="o1"))
    store.decide_once("d", "s", lambda: order("4", 700, 10))
    store.decide_once("e", "s", lambda: order("5", 5, 500))
    assert [line.decision_id for line in store.review_queue(TODAY)] == ["dec_4", "dec_2"]


def test_scores_are_read_oldest_first_and_only_where_there_is_one(store):
    for name, probability in (("1", 0.1), ("2", None), ("3", 0.3)):
        asked = review(name, probability=probability)
        store.decide_once(name, "s", lambda asked=asked: asked)
    assert [one["decision_id"] for one in store.score_history("c1")] == ["dec_1", "dec_3"]
    assert [one["decision_id"] for one in store.score_history("c1", 1)] == ["dec_3"]


# ---- applications


def test_refused_applications_are_kept_without_what_identifies_anybody(store):
    store.decide_once("k", "s", lambda: application("1"))
    (one,) = store.applications()
    assert one == {
        "applicant_id": "app_1",
        "decision_id": "dec_1",
        "applied_on": TODAY,
        "outcome": "decline",
        "fields": {"turnover": 5},
    }
    assert store.get("dec_1").body == application("1").body
    assert store.decide_once("k", "s", lambda: pytest.fail("twice")).body == application("1").body


def test_erasing_leaves_the_decision_and_takes_the_person(store, tmp_path):
    kept = store.decide_once("k", "s", lambda: application("1", "Canary & Söhne"))
    store.override("o", "s", "dec_1", kept.etag, override("1"))
    assert erased(store, "nobody", "asked to", AT) == []
    assert erased(store, "app_1", "asked to", AT) == ["dec_1", "ovr_1"]
    said = json.loads(store.get("dec_1").body)
    assert said["inputs"]["application"] == {"name": "[erased]", "turnover": 5, "email": None}
    assert said["reasons"] == [{"text": "[erased]"}]
    assert json.loads(store.overrides("dec_1")[0])["reason"] == "[erased]"
    assert store.get("dec_1").etag != kept.etag
    again = store.decide_once("k", "s", lambda: pytest.fail("decided twice"))
    assert again.is_replayed
    assert store.verify().holds
    assert erased(store, "app_1", "asked to", AT) == []
    files = list(tmp_path.glob("payrisk.db*"))
    assert not any(b"Canary" in file.read_bytes() for file in files)


def test_a_decision_s_id_stands_for_whom_it_was_about(store):
    store.decide_once("a", "s", lambda: application("1"))
    store.decide_once("b", "s", lambda: application("2"))
    assert erased(store, "dec_1", "asked to", AT) == ["dec_1"]
    assert json.loads(store.get("dec_2").body)["inputs"]["application"]["name"] == "Muster GmbH"
