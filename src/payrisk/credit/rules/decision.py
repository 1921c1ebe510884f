"""What was decided: outcome, limit, terms, reasons and everything the answer stood on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from payrisk.calendar import iso_or_none
from payrisk.credit.applicant.application import Kind
from payrisk.credit.rules.limits import Limit
from payrisk.files import plain_value
from payrisk.money import decimal_text
from payrisk.predictions import DefaultRisk, Reason

Outcome = Literal["approve", "approve_with_protection", "refer", "decline"]
Protection = Literal[
    "none", "discount", "shorter_terms", "deposit", "guarantee", "insurance", "prepay"
]

OUTCOMES: tuple[Outcome, ...] = ("approve", "approve_with_protection", "refer", "decline")
"""From the best to the worst for whoever asked."""

PROTECTIONS: tuple[Protection, ...] = (
    "none",
    "discount",
    "shorter_terms",
    "deposit",
    "guarantee",
    "insurance",
    "prepay",
)
"""From the mildest to the strictest; a discount for paying early only invites."""

PASSED = "passed"
"""The verdict of a model that outcomes have verified; see `DecisionBasis.verdicts`."""

Ask = Literal["shorter_terms", "deposit", "guarantee", "insurance", "prepay", "refer", "decline"]


@dataclass(frozen=True)
class RedFlag:
    """Something that speaks against open credit, where it comes from and when it was true."""

    code: str
    text: str
    asks_for: Ask
    source: str
    dated_on: int


@dataclass(frozen=True)
class GrantedTerms:
    """Days to pay granted, what protects us and how much of it is asked for in minor units.

    `discount_rate` is given for paying within `discount_days`; `secured_amount` is the deposit,
    guarantee or insurance that the limit (or the order) asks for.
    """

    days: int
    protection: Protection
    discount_rate: float = 0.0
    discount_days: int = 0
    secured_amount: int = 0


@dataclass(frozen=True)
class Release:
    """What happens to an order: released, released in part, or held. Minor units.

    `room` is what the limit in force and the group leave for it, whatever else holds it;
    `secured` what guarantees and letters of credit would pay of it. A release holds to the end of
    `expires_on`; `check_again_on` is the day of a later delivery, when it is to be asked anew.
    """

    action: Literal["release", "release_in_part", "hold"]
    amount: int
    currency: str
    room: int = 0
    secured: int = 0
    expires_on: int | None = None
    check_again_on: int | None = None


@dataclass(frozen=True)
class ExpectedProfit:
    """What credit is expected to earn, in minor units; all of it within `horizon_days`.

    (1 − PD) × margin is in `margin`; `expected_loss` = `probability` × `exposure` × `loss_rate`:
    the PD of those days, what would be owed and not secured, and the share of it that is lost, of
    `n_defaults` own defaults with 90 % bounds, or assumed. The money tied up costs
    `carrying_cost`. Beyond `break_even`, a PD of the risk's own horizon, the credit loses money.
    """

    margin: int
    expected_loss: int
    carrying_cost: int
    exposure: int
    break_even: float
    probability: float = 0.0
    horizon_days: int = 0
    loss_rate: float = 0.0
    loss_rate_low: float | None = None
    loss_rate_high: float | None = None
    n_defaults: int = 0
    is_loss_assumed: bool = True

    @property
    def expected(self) -> int:
        """Margin − expected loss − carrying cost."""
        return self.margin - self.expected_loss - self.carrying_cost


@dataclass(frozen=True)
class Counterfactual:
    """A change of what was asked or stated that was decided anew, and what came of it.

    `change`: field of the application or order → its other value. `granted` and `released` in
    minor units.
    """

    text: str
    change: dict[str, Any]
    outcome: Outcome
    granted: int | None = None
    released: int | None = None


@dataclass(frozen=True)
class DecisionBasis:
    """What an answer stands on: the morning, the ledger and the models in service.

    ledger_last_on: day of the ledger's last fact. model_versions: champion name → version.
    verdicts: champion name → what its gate said of it on outcomes, `PASSED` or otherwise; absent
    or empty where its card has none.
    why_no_risk: code of the reason why no default risk could be had; None when there is one.
    out_of_range: inputs that lie outside what the models have seen. group: the customer's group
    as one borrower, as plain values; None of a customer without one.
    """

    as_of: int
    ledger_sha: str
    ledger_last_on: int
    model_versions: dict[str, str]
    why_no_risk: str | None = None
    out_of_range: tuple[str, ...] = ()
    group: dict[str, Any] | None = None
    verdicts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CreditDecision:
    """The house's answer to a CreditRequest, replayable from what it names.

    `reasons`: at most four, first what bound the outcome, then what raised the risk. `limit`
    and `terms` are granted only when the outcome is an approval. `clears`: what would clear a
    hold or let the house decide otherwise. `profit` is that of the credit proposed; None where
    nothing is. `unverified`: why no outcome stands behind the score; empty where they do.
    """

    kind: Kind
    customer_id: str | None
    outcome: Outcome
    limit: Limit
    terms: GrantedTerms | None
    release: Release | None
    reasons: tuple[Reason, ...]
    flags: tuple[RedFlag, ...]
    risk: DefaultRisk | None
    basis: DecisionBasis
    policy_id: str
    policy_sha: str
    inputs: dict[str, Any]
    band: str = ""
    unverified: str = ""
    clears: tuple[str, ...] = ()
    profit: ExpectedProfit | None = None
    counterfactuals: tuple[Counterfactual, ...] = ()

    @property
    def expected_profit(self) -> int | None:
        """Margin less expected loss and carrying cost, in minor units."""
        return None if self.profit is None else self.profit.expected

    @property
    def break_even_probability(self) -> float | None:
        """The default probability at which the expected profit is zero."""
        return None if self.profit is None else self.profit.break_even

    @property
    def requested(self) -> str | None:
        """The order or the limit that was asked for, as people write it; None where none was."""
        for asked, amount in (("order", "amount"), ("application", "requested_limit")):
            fields = self.inputs.get(asked)
            if fields is not None and fields[amount] is not None:
                currency = fields["currency"]
                return f"{decimal_text(fields[amount], currency, grouped=True)} {currency}"
        return None

    @property
    def score(self) -> float | None:
        """The log-odds of default, the sum of the risk's contributions; None without a risk."""
        if self.risk is None:
            return None
        p = self.risk.probability
        if 0.0 < p < 1.0 and not self.risk.is_in_default:
            return math.log(p) - math.log1p(-p)
        # a status has no odds: what the model would have said stays, if it said anything
        contributions = [reason.contribution for reason in self.risk.reasons]
        return math.fsum(contributions) if contributions else None

    def to_json(self) -> dict[str, Any]:
        """Return plain values: days as ISO dates, absent days as null, money in minor units.

        It holds all that `explanation.explain_decision` and a later audit need.
        """
        profit = None
        if self.profit is not None:
            profit = dict(vars(self.profit))
            del profit["break_even"]
        return {
            "kind": self.kind,
            "customer_id": self.customer_id,
            "requested": self.requested,
            "outcome": self.outcome,
            "limit": plain_value(vars(self.limit)),
            "terms": None if self.terms is None else dict(vars(self.terms)),
            "release": None if self.release is None else plain_value(vars(self.release)),
            "reasons": [reason.to_json() for reason in self.reasons],
            "flags": [plain_value(vars(flag)) for flag in self.flags],
            "clears": list(self.clears),
            "counterfactuals": [plain_value(vars(other)) for other in self.counterfactuals],
            "risk": self._risk(),
            "score": self.score,
            "expected_profit": self.expected_profit,
            "profit": profit,
            "break_even_probability": self.break_even_probability,
            "as_of": iso_or_none(self.basis.as_of),
            "ledger_sha": self.basis.ledger_sha,
            "ledger_last_on": iso_or_none(self.basis.ledger_last_on),
            "model_versions": dict(self.basis.model_versions),
            "model_verdicts": dict(self.basis.verdicts),
            "why_no_risk": self.basis.why_no_risk,
            "out_of_range": list(self.basis.out_of_range),
            "policy_id": self.policy_id,
            "policy_sha": self.policy_sha,
            "inputs": plain_value(self.inputs),
        }

    def _risk(self) -> dict[str, Any] | None:
        risk = self.risk
        if risk is None:
            return None
        return {
            "probability": risk.probability,
            "low": risk.low,
            "high": risk.high,
            "horizon_days": risk.horizon_days,
            "is_in_default": risk.is_in_default,
            "n_invoices_seen": risk.n_invoices_seen,
            "source": risk.source,
            "behaviour_weight": risk.behaviour_weight,
            "is_extrapolated": risk.is_extrapolated,
            "treated": risk.treated,
            "is_verified": not self.unverified,
            "why_unverified": self.unverified,
            "roll_up": risk.roll_up,
            "band": self.band,
            "contributions": [reason.to_json() for reason in risk.reasons],
        }
