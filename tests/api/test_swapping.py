"""A promotion is taken up while the service answers, and no request is dropped."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest

from payrisk.answers import Answers
from payrisk.answers.home import FIRST_WAIT, LONGEST_WAIT
from payrisk.errors import LedgerError, ModelError
from payrisk_api.deps import LiveAnswers
from support.company.five_customers import AS_OF, Fitted, champions


class Home:
    """A home whose champion's version can be moved."""

    def __init__(self, company) -> None:
        self.company, self.version, self.is_damaged = company, 1, False

    def signs(self) -> int:
        return self.version

    def read(self, _before: Answers | None = None) -> Answers:
        if self.is_damaged:
            raise ModelError("damaged")
        fitted = champions()
        model = fitted["days-to-pay"].model
        fitted |= {"days-to-pay": Fitted(model, version=str(self.version))}
        return Answers(self.company, fitted)


def live_of(home: Home, heard: list[str]) -> LiveAnswers:
    return LiveAnswers(
        home.read(),
        read=home.read,
        signs=home.signs,
        initial_signs=home.signs(),
        report=lambda what, _words: heard.append(what),
    )


def version(answers: Answers) -> str:
    return str(answers.champions["days-to-pay"].version)


def test_nothing_moves_while_nothing_moved(company):
    heard: list[str] = []
    live = live_of(Home(company), heard)
    before = live.current
    assert not live.refresh()
    assert live.current is before
    assert heard == []


def test_what_cannot_be_read_leaves_the_old_in_service(company):
    home, heard = Home(company), []
    live = live_of(home, heard)
    home.version, home.is_damaged = 2, True
    assert not live.refresh()
    assert (version(live.current), heard) == ("1", ["swap-refused"])
    assert not live.refresh()
    assert heard == ["swap-refused"]
    home.version, home.is_damaged = 3, False
    assert live.refresh()
    assert version(live.current) == "3"


@pytest.mark.parametrize("failure", [LedgerError("gone"), OSError("busy"), ValueError("odd")])
def test_what_could_not_be_read_for_a_passing_reason_is_tried_again(company, failure):
    home, heard, seconds = Home(company), [], [0.0]
    asked = []

    def read(before):
        asked.append(seconds[0])
        if home.is_damaged:
            raise failure
        return home.read(before)

    live = LiveAnswers(
        home.read(),
        read=read,
        signs=home.signs,
        initial_signs=home.signs(),
        report=lambda what, _words: heard.append(what),
        clock=lambda: seconds[0],
    )
    home.version, home.is_damaged = 2, True
    while seconds[0] < 3 * LONGEST_WAIT:
        assert not live.refresh()
        seconds[0] += 0.5
    waits = [after - one for one, after in pairwise(asked)]
    assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT
    assert heard == ["swap-refused"]
    assert type(failure).__name__ in live.refused["home"]
    home.is_damaged = False
    seconds[0] += LONGEST_WAIT
    assert live.refresh()
    assert (version(live.current), live.refused) == ("2", {})
    assert heard == ["swap-refused", "swapped"]
    n_asked = len(asked)
    seconds[0] += LONGEST_WAIT
    assert not live.refresh()
    assert len(asked) == n_asked


def test_swaps_drop_no_request_and_mix_no_versions(company, opened):
    door = opened()
    home = Home(company)
    live = live_of(home, [])
    door.client.app.state.service.live = live
    seen: list[str] = []
    failed: list[int] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            answer = door.client.get("/v1/cash/forecast?horizon=14")
            if answer.status_code == 200:
                seen.append(answer.json()["model_versions"]["days-to-pay"])
            else:
                failed.append(answer.status_code)

    thread = threading.Thread(target=ask)
    thread.start()
    for number in range(2, 8):
        target = len(seen) + 2
        while len(seen) < target and not failed:
            done.wait(0.005)
        home.version = number
        live.refresh()
    done.set()
    thread.join()
    assert failed == []
    assert seen == sorted(seen)
    assert len(set(seen)) >= 5


def test_what_will_be_asked_is_worked_out_for_each_answers_in_turn(company):
    home, seen = Home(company), []
    two = threading.Event()

    def prepare(answers: Answers) -> None:
        if version(answers) not in seen:
            seen.append(version(answers))
        if len(seen) == 2:
            two.set()

    live = LiveAnswers(
        home.read(),
        read=home.read,
        signs=home.signs,
        initial_signs=home.signs(),
        prepare=prepare,
        every=0.01,
    )
    live.start()
    home.version = 2
    assert two.wait(5)
    live.stop()
    assert seen == ["1", "2"]


def test_the_watch_survives_whatever_the_home_raises(company):
    heard: list[str] = []
    looked = threading.Event()

    def broken() -> int:
        looked.set()
        raise OSError("gone")

    live = LiveAnswers(
        Home(company).read(),
        read=Home(company).read,
        signs=broken,
        report=lambda what, _words: heard.append(what),
        every=0.01,
    )
    live.start()
    assert looked.wait(5)
    live.stop()
    assert set(heard) == {"swap-refused"}
    assert live.current.history(AS_OF).as_of == AS_OF
