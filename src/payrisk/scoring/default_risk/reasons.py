"""Why a customer's risk is what it is: every signed contribution to its log-odds."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from payrisk.features.catalogue.all import DEFINED
from payrisk.predictions import DefaultRisk, Reason
from payrisk.scoring.default_risk.rollup import RollUp
from payrisk.scoring.feature_text import format_value, plain_meaning
from payrisk.scoring.log_odds import log_odds

RECENT = "How many defaulted of late, against what was expected of them."
BASE = {
    0: "No invoices of this customer known; in this ledger {rate} of customers default.",
    1: "1 invoice of this customer known; in this ledger {rate} of customers default.",
    2: "{n} invoices of this customer known; in this ledger {rate} of customers default.",
}
"""By the number of invoices, 2 for more."""
PAST = (
    "{n} of {matured} past invoices went {days} days late or were lost; of all customers', {rate}"
    " did."
)
OPEN = {
    0: "No open invoice is overdue; those open may still stay unpaid.",
    1: "1 open invoice is overdue, by {days} days.",
    2: "{n} open invoices are overdue, the oldest by {days} days.",
}
"""By the number overdue, 2 for more."""

SENTENCES = (RECENT, PAST, *BASE.values(), *OPEN.values())
"""All that is said here but the meanings of features, before it is filled in."""


class BehaviourShares(NamedTuple):
    """What the roll-up counts of the log-odds of behaviour, and each of trees and linear model."""

    roll_up: float
    learned: float


class BlendedRisk(Protocol):
    """What the reasons read of a `payrisk.scoring.default_risk.model.DefaultModel`."""

    @property
    def roll_up(self) -> RollUp:
        """The formula over curves."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The features read."""
        ...

    @property
    def level(self) -> float:
        """The shift to the recent rate."""
        ...

    @property
    def behaviour_shares(self) -> BehaviourShares:
        """What the roll-up counts, and each of trees and linear model."""
        ...


def risk_reasons(
    model: BlendedRisk,
    row: pd.Series,
    scores: pd.Series,
    late: pd.Series,
    applied: DefaultRisk | None,
) -> tuple[Reason, ...]:
    """Every contribution, the most adverse first, then what is left; they sum to the score.

    row: the customer's flat row; scores: what `DefaultModel.score_rows` made of it; late: its row
    of `Arrears`; applied: what its application says. The roll-up's log-odds above those of an
    ordinary customer with as many new invoices are told in the order of time: first what the past
    makes of the new ones (cleaner than most: less), then what the open ones add. Trees and linear
    model give their own contributions by feature; the application's are weighed by what behaviour
    leaves.
    """
    weight = float(scores["weight"])
    of_roll_up, of_learned = (weight * share for share in model.behaviour_shares)
    base, new = float(scores["base"]), float(scores["new"])
    hazards = base + new * _ordinary_share(model.roll_up, late), base + new
    ordinary, after_past = log_odds(-np.expm1(-np.array(hazards)))
    parts = {"open": float(scores["roll_up"]) - after_past, "new": after_past - ordinary}
    texts = {"open": _open_text(late), "new": _past_text(model.roll_up, late)}
    codes = {"open": "open_invoices", "new": "past_lateness"}
    reasons = [
        Reason(codes[column], texts[column], float(of_roll_up * parts[column]), "ledger")
        for column in codes
    ]
    for name in model.names:
        text = f"{plain_meaning(DEFINED[name])}: {format_value(DEFINED[name], row[name])}."
        reasons.append(Reason(name, text, of_learned * float(scores[name]), "ledger"))
    if applied is not None:
        reasons += [
            replace(reason, contribution=(1.0 - weight) * reason.contribution)
            for reason in applied.reasons
            if reason.code != "base_rate"
        ]
    if model.level:
        reasons.append(Reason("recent_level", RECENT, model.level, "ledger"))
    reasons.sort(key=lambda reason: (-reason.contribution, reason.code))
    rest = float(scores["score"]) - float(np.sum([reason.contribution for reason in reasons]))
    return (
        *reasons,
        Reason("base_rate", _base_text(model.roll_up, int(late["n"])), rest, "ledger"),
    )


def _ordinary_share(roll_up: RollUp, late: pd.Series) -> float:
    """What new invoices of an ordinary customer would bring, as a share of what this one's do."""
    counts = np.array([float(late["n_failed"]), 0.0]), np.array([float(late["n_matured"]), 0.0])
    own, ordinary = roll_up.invoice_hazard(*counts)
    return float(ordinary / own)


def _base_text(roll_up: RollUp, n_known: int) -> str:
    rate = f"{roll_up.base_probability:.1%}"
    return BASE[min(n_known, 2)].format(n=n_known, rate=rate)


def _past_text(roll_up: RollUp, late: pd.Series) -> str:
    n, matured = int(late["n_failed"]), int(late["n_matured"])
    rate = f"{100 * roll_up.prior_share:.2g} %"
    return PAST.format(n=n, matured=matured, days=roll_up.rule.days, rate=rate)


def _open_text(late: pd.Series) -> str:
    n, days = int(late["n_overdue"]), int(late["oldest_overdue"])
    return OPEN[min(n, 2)].format(n=n, days=days)
