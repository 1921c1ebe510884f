"""Every reason a decision may give in one table: its code, its words and what would clear it."""

from __future__ import annotations

from payrisk.credit.explaining.adverse_action import PRINCIPAL
from payrisk.credit.reasons.model_reasons import MODEL_REASONS
from payrisk.credit.reasons.policy_reasons import CLEARS, REASONS
from payrisk.credit.weighing.bust_out import BUST_OUT
from payrisk.credit.weighing.flags import CHECKS, FAR_ABOVE_CAPACITY, far_above_capacity


def reason_dictionary() -> list[dict[str, str]]:
    """One row a code: `code`, `kind` (policy, flag, model), `meaning`, `told`, `clears`.

    meaning: what the decision says, with the places of its figures in braces. told: the specific
    reason in an adverse-action notice, empty where there is none to tell. The meaning of a model's
    code is the list of what it stands for: causes of features, and how other names begin.
    """
    flags = {code: _first_line(check.__doc__) for code, check in CHECKS.items()} | {
        FAR_ABOVE_CAPACITY: _first_line(far_above_capacity.__doc__),
        BUST_OUT: "A young account that suddenly buys and owes far more than ever.",
    }
    policy = [_row(code, "policy", text) for code, text in REASONS.items()]
    raised = [_row(code, "flag", text) for code, text in flags.items()]
    model = [
        {
            "code": reason.code,
            "kind": "model",
            "meaning": ", ".join([*reason.causes, *(f"{name}…" for name in reason.begins)]),
            "told": reason.sentence,
            "clears": "",
        }
        for reason in MODEL_REASONS
    ]
    return [*policy, *raised, *model]


def _row(code: str, kind: str, meaning: str) -> dict[str, str]:
    return {
        "code": code,
        "kind": kind,
        "meaning": meaning,
        "told": PRINCIPAL.get(code, ""),
        "clears": CLEARS.get(code, ""),
    }


def _first_line(text: str | None) -> str:
    return (text or "").partition("\n")[0]
