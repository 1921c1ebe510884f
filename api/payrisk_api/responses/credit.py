"""What is answered of credit: decisions, why, overrides, customers, policies, reviews."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field

from payrisk.credit.applicant.application import Kind
from payrisk.credit.rules.decision import Outcome, Protection
from payrisk_api.responses.reasons import ReasonAnswer
from payrisk_api.responses.response_model import Cents, ResponseModel


class LimitAnswer(ResponseModel):
    """The limit by every measure; null = not known, for `granted`: a person has yet to decide."""

    currency: str
    need: Cents | None
    capacity: Cents | None
    house_tier: Cents | None
    headroom: Cents | None
    previous: Annotated[Cents | None, Field(description="The limit on file.")]
    proposed: Annotated[Cents | None, Field(description="What the measures alone give.")]
    granted: Cents | None
    binding: str | None
    expires_on: dt.date | None


class TermsAnswer(ResponseModel):
    """Days to pay granted, and what protects the house."""

    days: int
    protection: Protection
    discount_rate: float
    discount_days: int
    secured_amount: Annotated[Cents, Field(description="To be secured by what protects.")]


class ReleaseAnswer(ResponseModel):
    """What happens to the order."""

    action: Literal["release", "release_in_part", "hold"]
    amount: Cents
    currency: str
    room: Annotated[Cents, Field(description="What limit and group leave, orders released too.")]
    secured: Annotated[
        Cents, Field(description="What securities in force on its due day would pay of it.")
    ]
    expires_on: Annotated[
        dt.date | None, Field(description="The last day on which it may leave on this release.")
    ]
    check_again_on: Annotated[
        dt.date | None, Field(description="The later day of delivery, to ask again on.")
    ]


class FlagAnswer(ResponseModel):
    """A red flag and the protective term it asks for."""

    code: str
    text: str
    asks_for: str
    source: str
    dated_on: dt.date | None


class CounterfactualAnswer(ResponseModel):
    """What would have been decided otherwise: verified by deciding it."""

    text: str
    change: dict[str, Any]
    outcome: Outcome
    granted: Cents | None
    released: Cents | None


class RiskAnswer(ResponseModel):
    """The probability of default within the horizon, its 90 % bounds and all it rests on."""

    probability: float
    low: float | None
    high: float | None
    horizon_days: int
    is_in_default: bool
    n_invoices_seen: int
    source: Literal["behaviour", "application", "blend", "base_rate"]
    behaviour_weight: float
    is_extrapolated: bool
    treated: str
    is_verified: Annotated[
        bool | None,
        Field(description="Whether outcomes stand behind the score; null = decided before this."),
    ] = None
    why_unverified: str = ""
    roll_up: Annotated[
        float | None, Field(description="What the customer's payment curves alone say.")
    ] = None
    band: str
    contributions: Annotated[
        list[ReasonAnswer], Field(description="Every signed contribution; they sum to `score`.")
    ]


class ProfitAnswer(ResponseModel):
    """Margin less expected loss and carrying cost is the expected profit."""

    margin: Cents
    expected_loss: Cents
    carrying_cost: Cents
    exposure: Annotated[Cents, Field(description="At default: owed and not secured.")]
    probability: Annotated[
        float | None, Field(description="Of a default within horizon_days, as the loss goes by.")
    ] = None
    horizon_days: int | None = None
    loss_rate: Annotated[float | None, Field(description="Share of the exposure lost.")] = None
    loss_rate_low: float | None = None
    loss_rate_high: float | None = None
    n_defaults: Annotated[int | None, Field(description="Own defaults worked out.")] = None
    is_loss_assumed: Annotated[
        bool | None, Field(description="The policy's constant: own defaults are too few.")
    ] = None


class DecidedAnswer(ResponseModel):
    """What the house decides and everything it stands on."""

    kind: Kind
    customer_id: str | None
    requested: Annotated[
        str | None,
        Field(description="The order or limit asked for, as people write it: 50,000.00 EUR."),
    ] = None
    outcome: Outcome
    limit: LimitAnswer
    terms: TermsAnswer | None
    release: ReleaseAnswer | None
    reasons: Annotated[
        list[ReasonAnswer],
        Field(
            max_length=4, description="First what bound the outcome, then what raised the risk."
        ),
    ]
    flags: list[FlagAnswer]
    clears: Annotated[list[str], Field(description="What would clear a hold or lift the outcome.")]
    counterfactuals: Annotated[list[CounterfactualAnswer], Field(max_length=3)]
    risk: RiskAnswer | None
    score: Annotated[float | None, Field(description="Log-odds of default.")]
    expected_profit: Cents | None
    profit: ProfitAnswer | None
    break_even_probability: float | None
    as_of: dt.date
    ledger_sha: str
    ledger_last_on: dt.date
    model_versions: dict[str, str]
    model_verdicts: Annotated[
        dict[str, str], Field(description="What the gate of each model said on outcomes.")
    ] = Field(default_factory=dict)
    why_no_risk: str | None
    out_of_range: list[str]
    policy_id: str
    policy_sha: str
    inputs: Annotated[dict[str, Any], Field(description="What the decision was made from.")]


class DecisionAnswer(DecidedAnswer):
    """A credit decision; it was durable before this was sent."""

    decision_id: str
    decided_at: dt.datetime
    applicant_id: Annotated[
        str | None, Field(description="Pseudonym under which an applicant's data can be erased.")
    ]


class SummaryAnswer(ResponseModel):
    """One line of a list of decisions; `overridden_to` is what a person decided last, and who."""

    decision_id: str
    decided_at: dt.datetime
    kind: Kind
    customer_id: str | None
    applicant_id: str | None
    order_id: str | None
    outcome: Outcome
    as_of: dt.date
    currency: str | None
    amount: Annotated[Cents | None, Field(description="The order, or the limit at stake.")]
    band: str | None
    probability: float | None
    overridden_to: Outcome | None
    review_on: dt.date | None
    overridden_by: str | None


class DecisionsAnswer(ResponseModel):
    """A page of decisions, newest first."""

    decisions: list[SummaryAnswer]
    next_cursor: str | None


class OverrideAnswer(ResponseModel):
    """What a person decided instead; it was durable before this was sent."""

    override_id: str
    decision_id: str
    decided: Annotated[Outcome, Field(description="What the house had decided.")]
    outcome: Outcome
    reason: str
    actor: str
    review_on: dt.date
    made_at: dt.datetime
    limit: Cents | None
    terms_days: int | None
    key_id: Annotated[str | None, Field(description="The key it was decided with.")] = None
    confirmed_by: Annotated[str | None, Field(description="The second person.")] = None
    confirming_key_id: str | None = None
    proposal_id: str | None = None
    revoked_keys: Annotated[
        list[str] | None,
        Field(description="Of these, keys that were revoked since: what they decided stands."),
    ] = None


class OverridesAnswer(ResponseModel):
    """The overrides of a decision, the first one first; the last one counts."""

    decision_id: str
    overrides: list[OverrideAnswer]


class DecisionExplanation(ResponseModel):
    """Why a decision was what it was, told from the stored decision alone."""

    decision_id: str | None
    kind: Kind
    outcome: Outcome
    as_of: dt.date
    bound_by: list[dict[str, Any]]
    risk: Annotated[
        dict[str, Any] | None,
        Field(description="Every signed contribution, heaviest first; their sum is the score."),
    ]
    limit: dict[str, Any]
    terms: dict[str, Any] | None
    release: dict[str, Any] | None
    expected_profit: Cents | None
    profit: dict[str, Any] | None
    break_even_probability: float | None
    flags: list[FlagAnswer]
    clears: list[str]
    counterfactuals: list[CounterfactualAnswer]
    adverse_action: Annotated[Any, Field(description="What an applicant is told.")]
    inputs: dict[str, Any]
    basis: dict[str, Any]


class ExplainedAnswer(DecisionExplanation):
    """Why a kept decision was what it was, and what persons decided instead since."""

    overrides: list[OverrideAnswer]
    clearance: Annotated[
        dict[str, Any] | None,
        Field(description="Whether an order's goods may leave as things stand; else null."),
    ]


class PreviewedAnswer(ResponseModel):
    """What would be decided if an applicant said something else."""

    change: dict[str, Any]
    decision: DecidedAnswer


class PreviewAnswer(ResponseModel):
    """What would be decided, and why; nothing of it is kept."""

    decision: DecidedAnswer
    explanation: DecisionExplanation
    what_ifs: list[PreviewedAnswer]
