from __future__ import annotations

import pytest

from payrisk.learning.judging.gates import Check, Verdict, judge
from payrisk.learning.judging.spec import Gate

GATES = (
    Gate("crps", 0.9, "times", "due-plus-mean"),
    Gate("nll", 0.1, "plus", "customer-ecdf"),
    Gate("pit_deviation", 0.2),
)
GOOD = {"crps": 1.8, "nll": 2.05, "pit_deviation": 0.2}
OTHERS = {"due-plus-mean": {"crps": 2.0}, "customer-ecdf": {"nll": 2.0}}


def test_bounds_are_kept_when_they_are_just_reached():
    verdict = judge("m", GATES, OTHERS | {"m": GOOD})
    assert verdict.outcome == "passed"
    assert [check.bound for check in verdict.checks] == pytest.approx([1.8, 2.1, 0.2])


@pytest.mark.parametrize("metric", GOOD)
def test_each_gate_refuses_on_its_own(metric):
    verdict = judge("m", GATES, OTHERS | {"m": GOOD | {metric: GOOD[metric] + 0.2}})
    assert verdict.outcome == "refused"
    assert metric in verdict.sentence
    assert verdict.sentence.startswith("Refused: ")


def test_a_gate_that_needs_rows_cannot_be_passed_without_them():
    gate = Gate("pit_deviation", 0.2, needs=("n", 500))
    few, many = ({"m": {"pit_deviation": 0.1, "n": n}} for n in (499.0, 500.0))
    assert judge("m", (gate,), few).outcome == "not verifiable"
    assert "needs 500 rows" in judge("m", (gate,), few).sentence
    assert judge("m", (gate,), many).outcome == "passed"


def test_what_was_not_measured_is_never_passed():
    verdict = judge("m", GATES, {}, "The ledger is too young.")
    assert verdict.outcome == "not verifiable"
    assert verdict.sentence == "Not verifiable yet. The ledger is too young."
    assert verdict.to_json()["checks"][0]["value"] is None
    partly = judge("m", GATES, {"m": {"pit_deviation": 0.1}})
    assert [check.outcome for check in partly.checks].count("not verifiable") == 2
    assert partly.outcome == "passed"


def test_what_a_check_still_needs_is_in_its_words_and_its_json():
    verdict = Verdict((Check("crps not worse", 0.1, 0.2, "200 rows"), Check("nll", 9.0, 9.5)))
    told = verdict.to_json()["checks"]
    assert told[0] == {
        "gate": "crps not worse",
        "value": 0.1,
        "bound": 0.2,
        "outcome": "not verifiable",
        "needs": "200 rows",
    }
    assert "needs" not in told[1]
    assert verdict.outcome == "passed"
    few = Verdict(verdict.checks[:1])
    assert few.sentence == "Not verifiable yet (crps needs 200 rows)."
    assert Verdict(few.checks, "Too young.").sentence == "Not verifiable yet. Too young."


def test_further_checks_may_refuse_and_never_hide_a_refusal():
    passed, refused = Check("a", 1.0, 2.0), Check("b", 3.0, 2.0)
    assert Verdict((passed,)).with_checks([refused]).outcome == "refused"
    assert Verdict((refused,)).with_checks([passed]).outcome == "refused"
    assert Verdict((passed,), "Note.").with_checks([passed]).note == "Note."


def test_what_no_gate_has_judged_is_not_passed_by_anything_else():
    fresh = Check("days before as_of without a recorded fact, at most 14", 0.0, 14.0)
    young = (
        judge("m", GATES, {}, "The ledger is too young.").with_checks([fresh]).with_checks([fresh])
    )
    assert young.outcome == "not verifiable"
    assert young.sentence == "Not verifiable yet. The ledger is too young."
    assert judge("m", GATES, OTHERS | {"m": GOOD}).with_checks([fresh]).outcome == "passed"
    silent = Check(fresh.sentence, 30.0, 14.0)
    assert young.with_checks([silent]).outcome == "refused"


def test_what_needs_more_rows_is_not_refused_however_bad():
    assert Check("c", 9.0, 1.0, "500 rows").outcome == "not verifiable"
    assert Check("c", 9.0, float("nan")).outcome == "not verifiable"
