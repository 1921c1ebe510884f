"""Groups as one borrower: how likely its members default together, and what one default does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import erf, log, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from payrisk.arrays import Floats
from payrisk.credit.rules.rules import GroupRules
from payrisk.predictions import DefaultRisk, Reason

GROUP_DEFAULT = "group_default"
"""Code of the contribution by which a default in the group raises a member's score."""
TEXTS = (
    "Of its group {who} is in default: the probability rises from {before:.1%} to {now:.1%}.",
    "Of its group {who} are in default: the probability rises from {before:.1%} to {now:.1%}.",
)
PARENT = "its parent {name}"

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_LEAST = 1e-9


@dataclass(frozen=True)
class GroupMember:
    """A member of a group as a borrower: its own probability, or that it is in default.

    name: of a company; empty for one that has none but its id, and for a natural person.
    """

    customer_id: str
    probability: float
    is_in_default: bool = False
    is_parent: bool = False
    name: str = ""

    @property
    def label(self) -> str:
        """Its id, behind its name where one is known."""
        return f"{self.name} ({self.customer_id})" if self.name else self.customer_id


@dataclass(frozen=True)
class GroupRisk:
    """The group as one borrower: the chance that any, and that every member defaults.

    Members share one latent factor (`GroupRules`); a member in default is certain. in_default:
    those that are, the parent first.
    """

    members: tuple[GroupMember, ...]
    probability_any: float
    probability_all: float

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self) | {"members": [asdict(member) for member in self.members]}

    @property
    def in_default(self) -> tuple[GroupMember, ...]:
        """The members in default, the parent first."""
        bad = [member for member in self.members if member.is_in_default]
        return tuple(sorted(bad, key=lambda member: (not member.is_parent, member.customer_id)))


def group_risk(members: Sequence[GroupMember], rules: GroupRules) -> GroupRisk:
    """The joint default of a group within the members' horizon.

    Given the shared factor the members are independent; the integral over it is by Gauss-Hermite
    quadrature. One member alone is its own probability.

    >>> two = [GroupMember("a", 0.02), GroupMember("b", 0.02)]
    >>> risk = group_risk(two, GroupRules(loading=0.0, parent_loading=0.0))
    >>> round(risk.probability_any, 6), round(risk.probability_all, 6)
    (0.0396, 0.0004)
    """
    given = np.array([_given_factor(member, rules) for member in members])
    return GroupRisk(
        tuple(members),
        float(1 - (np.prod(1 - given, axis=0) * _WEIGHTS).sum()),
        float((np.prod(given, axis=0) * _WEIGHTS).sum()),
    )


def probability_after_defaults(
    probability: float, others: Sequence[GroupMember], rules: GroupRules, *, is_parent: bool
) -> float:
    """A member's probability once those of the others that are in default are known to be.

    Each of them is taken to have been as likely to default as is usual (`usual_probability`):
    what is learnt of the shared factor by its default moves the member's own probability, which
    never falls.
    """
    bad = [
        _given_factor(replace(m, probability=rules.usual_probability, is_in_default=False), rules)
        for m in others
        if m.is_in_default
    ]
    if not bad or probability >= 1.0:
        return probability
    own = _given_factor(GroupMember("", probability, is_parent=is_parent), rules)
    weight = np.prod(np.array(bad), axis=0) * _WEIGHTS
    return max(probability, float((own * weight).sum() / weight.sum()))


def with_contagion(
    risk: DefaultRisk, group: GroupRisk, rules: GroupRules, *, is_parent: bool
) -> DefaultRisk:
    """The risk of a member beside what its group's defaults do to it, named as a contribution.

    A member that is in default itself keeps its status. The bounds move by the same rule, and
    the contributions still add up to the score.
    """
    others = [member for member in group.members if member.customer_id != risk.customer_id]
    bad = [member for member in group.in_default if member.customer_id != risk.customer_id]
    if risk.is_in_default or not bad:
        return risk

    def raised(probability: float) -> float:
        return probability_after_defaults(probability, others, rules, is_parent=is_parent)

    probability = raised(risk.probability)
    words = [PARENT.format(name=m.label) if m.is_parent else m.label for m in bad[:3]]
    more = f" and {len(bad) - 3} more" if len(bad) > 3 else ""
    text = TEXTS[min(len(bad), 2) - 1].format(
        who=f"{', '.join(words)}{more}", before=risk.probability, now=probability
    )
    moved = _log_odds(probability) - _log_odds(risk.probability)
    return replace(
        risk,
        probability=probability,
        low=None if risk.low is None else min(raised(risk.low), probability),
        high=None if risk.high is None else max(raised(risk.high), probability),
        roll_up=None if risk.roll_up is None else raised(risk.roll_up),
        reasons=(*risk.reasons, Reason(GROUP_DEFAULT, text, moved, "ledger", risk.as_of - 1)),
    )


def _given_factor(member: GroupMember, rules: GroupRules) -> Floats:
    """The member's probability at each node of the shared factor; certain once in default."""
    if member.is_in_default:
        return np.ones(len(_NODES))
    loading = rules.parent_loading if member.is_parent else rules.loading
    held = min(max(member.probability, _LEAST), 1 - _LEAST)
    score = (NormalDist().inv_cdf(held) + loading * _NODES) / sqrt(1 - loading**2)
    return np.array([0.5 * (1 + erf(x / sqrt(2))) for x in score])


def _log_odds(probability: float) -> float:
    return log(probability) - log(1 - probability) if 0 < probability < 1 else 0.0
