"""What changed between two scores: additive causes that explain all of it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.answers import scores

PARTS = st.dictionaries(
    st.sampled_from(["bureau", "lateness", "tenure", "base"]), st.floats(-5, 5), min_size=1
)


def state(parts: dict[str, float], as_of: str = "2025-06-02", **given) -> dict:
    score = math.fsum(parts.values())
    said = [
        {"code": code, "text": f"{code}.", "contribution": part, "source": "", "dated_on": None}
        for code, part in parts.items()
    ]
    usual = {
        "as_of": as_of,
        "probability": 1 / (1 + math.exp(-score)),
        "score": score,
        "contributions": said,
        "model_versions": {"default-risk": "1"},
    }
    return usual | given


@given(before=PARTS, after=PARTS)
def test_the_causes_add_up_to_the_difference_of_the_scores(before, after):
    found = scores.score_change(state(before), state(after))
    total = math.fsum(cause["difference"] for cause in found["causes"])
    assert total == pytest.approx(found["score_difference"], abs=1e-9)
    assert "unexplained" not in {cause["code"] for cause in found["causes"]}


@given(parts=PARTS)
def test_nothing_changed_has_no_cause(parts):
    found = scores.score_change(state(parts), state(parts))
    assert (found["score_difference"], found["causes"]) == (0.0, [])


def test_a_change_worked_by_hand():
    before = state({"lateness": 0.5, "tenure": -1.0, "base": -2.0}, "2025-05-01")
    after = state({"lateness": 1.25, "bureau": 0.25, "base": -2.0})
    found = scores.score_change(before, after)
    assert found["since"] == "2025-05-01"
    assert found["score_difference"] == 2.0
    assert [(one["code"], one["difference"]) for one in found["causes"]] == [
        ("tenure", 1.0),
        ("lateness", 0.75),
        ("bureau", 0.25),
    ]


def test_several_contributions_of_one_code_are_one_cause():
    one = state({"lateness": 0.5})
    two = state({"lateness": 0.5})
    two["contributions"] = two["contributions"] * 2
    two["score"] = 1.0
    (cause,) = scores.score_change(one, two)["causes"]
    assert (cause["code"], cause["difference"]) == ("lateness", 0.5)


def test_what_no_contribution_explains_is_said():
    defaulted = state({"lateness": 0.5}, score=4.0)
    (cause,) = scores.score_change(state({"lateness": 0.5}), defaulted)["causes"]
    assert (cause["code"], cause["difference"]) == ("unexplained", 3.5)


def test_another_model_is_said_and_a_status_has_no_difference():
    after = state({"lateness": 1.0}, score=None, model_versions={"default-risk": "2"})
    found = scores.score_change(state({"lateness": 0.5}), after)
    assert (found["score_difference"], found["is_same_model"]) == (None, False)


def test_a_history_tells_each_state_what_changed_since_the_one_before():
    states = [state({"a": value}) for value in (1.0, 2.0, 4.0)]
    found = scores.score_states_with_changes(states)
    differences = [one["change"] and one["change"]["score_difference"] for one in found]
    assert differences == [None, 1.0, 2.0]
