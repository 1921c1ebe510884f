"""A candidate beside the champion: never waited for, dropped when slow, told when it fails."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter

import pytest

from payrisk import pointers
from payrisk.answers import Answers, Shadows, read_answers
from payrisk.answers.shadow import agreement
from payrisk.answers.shadow.shadows import MOST_WAITING
from payrisk.credit import CreditRequest
from support.company.five_customers import AS_OF, champions, small_company
from support.home.small_home import small_home

AT = "2026-01-05T08:00:00+00:00"
MOVE = pointers.PointerMove(AT, "shadow")
REQUEST = CreditRequest(customer_id="c1")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    small_home(home)
    return home


def until(true):
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Slow:
    """Answers over which nothing can be asked until they are let go."""

    def __init__(self, real) -> None:
        self.real, self.go = real, threading.Event()

    def __getattr__(self, name):
        if name == "prepared":
            self.go.wait(60)
        return getattr(self.real, name)


def test_who_asks_never_waits_and_what_is_too_much_is_dropped_and_counted(home, monkeypatch):
    monkeypatch.setattr("payrisk.bundle._try_in_child", lambda *_: None)
    counted: Counter[str] = Counter()
    told = []
    shadows = Shadows(
        home,
        now=lambda: AT,
        report=lambda what, _words: told.append(what),
        count=lambda _name, result, n: counted.update({result: n}),
    )
    shadows.start()
    answers = read_answers(home)
    customer = str(answers.history(answers.ledger.default_as_of).customers()["customer_id"][0])
    request, day = CreditRequest(customer_id=customer), answers.ledger.default_as_of
    shadows.decision(answers, request, day)
    assert not counted  # no candidate: nothing is asked
    pointers.set_shadow(home, "days-to-pay", "1", MOVE)
    until(lambda: "shadow-begun" in told)
    slow = Slow(answers)
    for _ in range(MOST_WAITING + 40):
        shadows.decision(slow, request, day)
    assert 0 < MOST_WAITING + 40 - counted["dropped"] <= MOST_WAITING + 1
    slow.go.set()
    until(lambda: counted["scored"] + counted["dropped"] == MOST_WAITING + 40)
    shadows.decision(answers, CreditRequest(customer_id="nobody"), day)
    until(lambda: counted["failed"] == 1)
    assert told[-1] == "shadow-failed"
    shadows.stop(30)
    rows = agreement.read_rows(home, "days-to-pay")
    assert len(rows) == counted["scored"]
    assert set(rows["subject"]) == {customer}
    pointers.set_shadow(home, "days-to-pay", None, MOVE)


def test_agreement_is_told_by_kind_and_group(tmp_path):
    company = small_company()
    ours, theirs = (
        Answers(company, champions(c1=p)).credit_decision(REQUEST, as_of=AS_OF)
        for p in (0.02, 0.60)
    )
    row = agreement.decision_row(ours, theirs)
    assert (row["by_champion"], row["by_candidate"]) == (0.02, 0.60)
    assert row["champion_says"] != row["candidate_says"]
    versions = {"at": AT, "champion": "1", "candidate": "2"}
    same = agreement.decision_row(ours, ours)
    for number, one in enumerate((row, same, same, same)):
        agreement.write_rows(tmp_path, "default-risk", f"{number}", [one | versions])
    found = agreement.Agreement("default-risk", agreement.read_rows(tmp_path, "default-risk"))
    line = found.table().set_index("group").loc["all"]
    assert (line["n"], line["differ"]) == (4, 0.25)
    assert math.isclose(line["mean"], 0.58 / 4)
    assert math.isclose(line["largest"], 0.58)
    (changed,) = found.decided_otherwise().to_dict("records")
    assert (changed["champion_says"], changed["n"]) == (ours.outcome, 1)


def test_nothing_kept_is_an_empty_table(tmp_path):
    found = agreement.Agreement("x", agreement.read_rows(tmp_path, "x"))
    assert len(found.table()) == len(found.decided_otherwise()) == 0
