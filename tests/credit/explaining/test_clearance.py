"""Whether goods may leave: by the release until its last day, by a person's word once said."""

from __future__ import annotations

import pytest

from payrisk.credit.explaining.clearance import CLEARANCES, clearance_of

ORDER = {"amount": 50_000, "currency": "EUR"}
DAY = "2025-06-10"


def decision(action: str, amount: int, ends_on: str | None = "2025-07-02") -> dict:
    release = {"action": action, "amount": amount, "currency": "EUR", "expires_on": ends_on}
    return {"inputs": {"order": ORDER}, "release": release}


@pytest.mark.parametrize(
    ("stored", "code", "amount"),
    [
        (decision("release", 50_000), "all", 50_000),
        (decision("release", 50_000, DAY), "all", 50_000),
        (decision("release", 50_000, "2025-06-09"), "ended", 0),
        (decision("release_in_part", 20_000), "part", 20_000),
        (decision("release_in_part", 20_000, "2025-06-09"), "ended", 0),
        (decision("hold", 0, None), "none", 0),
    ],
)
def test_a_release_lets_go_what_it_names_until_its_last_day(stored, code, amount):
    clearance = clearance_of(stored, [], DAY)
    assert (clearance.code, clearance.amount) == (code, amount)
    assert CLEARANCES[code]


def test_the_last_word_of_a_person_counts_whatever_the_house_said():
    said = [{"outcome": "approve", "actor": "Ann Lee"}, {"outcome": "refer", "actor": "Tim Roy"}]
    let_go = clearance_of(decision("hold", 0, None), said[:1], DAY)
    assert (let_go.code, let_go.amount, let_go.decided_by) == ("allowed", 50_000, "Ann Lee")
    kept_back = clearance_of(decision("release", 50_000), said, DAY)
    assert (kept_back.code, kept_back.amount, kept_back.decided_by) == ("refused", 0, "Tim Roy")


def test_what_is_about_no_order_has_no_gate():
    assert clearance_of({"inputs": {}, "release": None}, [], DAY) is None
