"""Why a customer's score changed between two mornings, in points of its chance of default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from payrisk.answers.answering import Answers
from payrisk.answers.scores import score_change, score_state, score_states_with_changes
from payrisk.calendar import iso
from payrisk.credit import CreditRequest
from payrisk.credit.reasons.model_reasons import reason_of

FLAT = 1e-6
"""A score that moved less is taken to move the chance of default by its slope."""
OTHERS = "others"
EVERYBODY = "What is true of every customer."
LEAST_POINTS = 5e-5
"""Change of the chance of default below which a cause would be shown as 0.00 points."""
DEFAULT_WORDS = {
    (True, True): "In default on both mornings: the chance is certain, and no cause moves it.",
    (False, True): "It came into default in between: that alone makes the chance certain.",
    (True, False): "It is no longer in default, which made the chance certain before.",
}
"""What a default says of a change, by whether it was and whether it is in default."""
NO_MODEL, NOT_YET = "no model in service could tell", "nothing was known of it yet"
"""Why there is no chance of default on a morning."""


def score_change_between(
    answers: Answers, customer_id: str, before: int, after: int
) -> dict[str, Any]:
    """The chance of default on two mornings, and what each cause added to it.

    `causes`: code and words of the dictionary's reason, what was said of it on either morning,
    `points`, which add up to the difference of the probabilities where the score tells it
    (nobody in default). is_in_default: on either morning. before, after: their probability is
    null where no risk could be told, `why_none` says why. Raises UnknownCustomer for one not
    known on the later morning, LedgerError before the first fact.
    """
    states: list[dict[str, Any] | None] = []
    defaults: list[bool] = []
    for day in (before, after):
        if day == before and not _is_known(answers, customer_id, day):
            states.append(None)
            defaults.append(False)
            continue
        prepared = answers.prepare_decision(CreditRequest(customer_id=customer_id), as_of=day)
        decision = prepared.decide(with_counterfactuals=False).to_json()
        risk = decision["risk"]
        states.append(None if risk is None else score_state(decision))
        defaults.append(risk is not None and risk["is_in_default"])
    first, last = states
    told: dict[str, Any] = {
        "before": _said(first, before, is_known=_is_known(answers, customer_id, before)),
        "after": _said(last, after, is_known=True),
        "is_same_model": None,
        "is_in_default": defaults,
        "causes": [],
    }
    if first is None or last is None:
        return told
    change = score_change(first, last)
    slope = _slope(first, last, change["score_difference"])
    return told | {
        "is_same_model": change["is_same_model"],
        "causes": _causes(first, last, change["causes"], slope),
    }


def kept_scores(decisions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The scores of kept decisions, oldest first, each with what changed since the one before."""
    return score_states_with_changes([score_state(decision) for decision in decisions])


def _is_known(answers: Answers, customer_id: str, day: int) -> bool:
    """Whether the ledger knew anything of the customer that morning."""
    if day <= answers.first_day:
        return False
    accounts = answers.accounts(day)
    return accounts.current_id(customer_id) in accounts


def _said(state: Mapping[str, Any] | None, day: int, *, is_known: bool) -> dict[str, Any]:
    if state is None:
        why = NO_MODEL if is_known else NOT_YET
        return {"as_of": iso(day), "probability": None, "band": None, "why_none": why}
    names = ("as_of", "probability", "low", "high", "band", "model_versions")
    return {name: state[name] for name in names}


def _slope(
    before: Mapping[str, Any], after: Mapping[str, Any], score_difference: float | None
) -> float:
    """How much a unit of the score moved the probability between the two."""
    p, q = float(before["probability"]), float(after["probability"])
    if score_difference is None or abs(score_difference) < FLAT:
        return q * (1.0 - q)
    return (q - p) / score_difference


def _causes(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    differences: Sequence[Mapping[str, Any]],
    slope: float,
) -> list[dict[str, Any]]:
    """The causes under the dictionary's codes, the one that moved most first."""
    points: dict[str, float] = {}
    sentences: dict[str, str] = {OTHERS: EVERYBODY}
    for cause in differences:
        entry = reason_of(cause["code"])
        code = OTHERS if entry is None or not entry.sentence else entry.code
        sentences.setdefault(code, "" if entry is None else entry.sentence)
        points[code] = points.get(code, 0.0) + slope * cause["difference"]
    return [
        {
            "code": code,
            "text": sentences[code],
            "points": points[code],
            "before": _heaviest(before, code),
            "after": _heaviest(after, code),
        }
        for code in sorted(points, key=lambda code: (-abs(points[code]), code))
    ]


def _heaviest(state: Mapping[str, Any], code: str) -> str:
    """What the heaviest contribution under a code said."""
    said = [
        part
        for part in state["contributions"]
        if (entry := reason_of(part["code"])) is not None and entry.code == code
    ]
    return "" if not said else str(max(said, key=lambda part: abs(part["contribution"]))["text"])
