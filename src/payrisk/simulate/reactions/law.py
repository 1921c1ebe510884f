"""The law of reactions: how likely an action is answered or resented, by cause, tone and count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from payrisk.simulate.behaviour import causes

ACTIONS = ("reminder", "call", "plan")
"""What may be done: a written reminder, a call that reaches somebody, a plan that is offered."""

TONES = ("friendly", "firm", "empathetic")

CAUSES = (*causes.NAMES, "default", "cured")
"""Every true cause of `truth`: those drawn at issue, and a customer that stopped paying."""

Chances = Mapping[str, Mapping[str, float]]
"""Action → cause → chance; a cause that is not named has none."""

ANSWERED: Chances = {
    "reminder": {"late": 0.30, "returned": 0.30, "short_pay": 0.15, "parts": 0.15},
    "call": {"late": 0.60, "returned": 0.60, "short_pay": 0.35, "parts": 0.35, "cannot_pay": 0.10},
    "plan": {"parts": 0.35, "cannot_pay": 0.40, "default": 0.12},
}
"""Chance that an action makes the customer pay what it would have paid later.

Zero for nine of fifteen causes or more: what is not late by oversight or want of cash is not paid
sooner for being asked. Sizes: ADR 0041.
"""

RESENTED: Chances = {
    "reminder": {"dispute": 0.05},
    "call": {"on_time": 0.05, "dispute": 0.10, "cannot_pay": 0.05},
    "plan": {"on_time": 0.10, "late": 0.05},
}
"""Chance that an action makes it later: a good payer called too soon, a dispute pressed."""

TONE_ON_ANSWER: Chances = {
    "firm": {"late": 1.15, "returned": 1.15, "parts": 0.9, "cannot_pay": 0.5},
    "empathetic": {"late": 0.9, "parts": 1.2, "cannot_pay": 1.4},
}
"""Tone → cause → factor on the chance of an answer; 1 where none is named."""
TONE_ON_RESENTMENT: Mapping[str, float] = {"friendly": 1.0, "firm": 2.0, "empathetic": 0.6}


@dataclass(frozen=True)
class ReactionLaw:
    """How customers react to being asked. All chances are of one invoice and one action.

    fatigue: factor on the chance of an answer for every action of the FATIGUE_DAYS before;
    weariness: added to the chance of resentment from the third action on. answer_days,
    resentment_days: mean days until the answer, and the least days a payment is put off.
    shared: share of the variance that the invoices of one customer have in common, for one call
    is about all of them.
    """

    answered: Chances = field(default_factory=lambda: ANSWERED)
    resented: Chances = field(default_factory=lambda: RESENTED)
    fatigue: float = 0.55
    weariness: float = 0.04
    answer_days: float = 2.0
    resentment_days: int = 7
    shared: float = 0.6

    def chance_of_answer(self, action: str, cause: str, tone: str, n_before: int) -> float:
        """Chance that the customer pays sooner for it."""
        chance = self.answered.get(action, {}).get(cause, 0.0)
        factor = TONE_ON_ANSWER.get(tone, {}).get(cause, 1.0)
        return float(min(chance * factor * self.fatigue**n_before, 1.0))

    def chance_of_resentment(self, action: str, cause: str, tone: str, n_before: int) -> float:
        """Chance that the customer pays later for it."""
        chance = self.resented.get(action, {}).get(cause, 0.0) * TONE_ON_RESENTMENT[tone]
        return float(min(chance + self.weariness * (n_before >= 2), 1.0))

    def scaled(self, factor: float) -> ReactionLaw:
        """The same law with every answer so many times as likely."""
        return replace(self, answered=_scaled(self.answered, factor))

    def only_by_phone(self) -> ReactionLaw:
        """Customers that answer calls alone."""
        return replace(self, answered={"call": self.answered["call"]})

    def harmful_to_good_payers(self) -> ReactionLaw:
        """Customers that pay by their run, and resent being asked before it, more than usual."""
        resented = {name: dict(chances) for name, chances in self.resented.items()}
        for action in ACTIONS:
            resented.setdefault(action, {})["on_time"] = 0.45
        return replace(self, resented=resented)


NO_REACTION = ReactionLaw(answered={}, resented={}, weariness=0.0)
"""A world in which nothing that is done changes anything."""


def _scaled(chances: Chances, factor: float) -> Chances:
    return {
        action: {cause: min(chance * factor, 1.0) for cause, chance in by_cause.items()}
        for action, by_cause in chances.items()
    }
