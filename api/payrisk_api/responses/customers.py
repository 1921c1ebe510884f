"""What is answered of customers, policies and reviews."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field

from payrisk.credit.applicant.application import Kind
from payrisk.credit.rules.decision import Outcome
from payrisk_api.responses.credit import FlagAnswer, LimitAnswer, RiskAnswer, SummaryAnswer
from payrisk_api.responses.reasons import ReasonAnswer
from payrisk_api.responses.response_model import Cents, ResponseModel


class CauseAnswer(ResponseModel):
    """One cause of a change of score, in log-odds; positive = adverse."""

    code: str
    text: str
    difference: float


class ChangeAnswer(ResponseModel):
    """What changed since the score before; the causes add up to `score_difference`."""

    since: dt.date
    probability_difference: float
    score_difference: float | None
    is_same_model: bool
    causes: list[CauseAnswer]


class ScoreAnswer(ResponseModel):
    """A score as a decision had it, or as it is now (`decision_id` null)."""

    decision_id: str | None
    kind: Kind
    as_of: dt.date
    probability: float
    low: float | None
    high: float | None
    band: str | None
    source: str | None
    score: float | None
    contributions: list[ReasonAnswer]
    model_versions: dict[str, str]
    change: ChangeAnswer | None


class GroupMemberAnswer(ResponseModel):
    """A member of a group as a borrower."""

    customer_id: str
    probability: float
    is_in_default: bool
    is_parent: bool
    name: Annotated[str, Field(description="Of a company in default; else empty.")] = ""


class GroupRiskAnswer(ResponseModel):
    """A group as one borrower: its members share one factor, so they default together."""

    members: list[GroupMemberAnswer]
    probability_any: Annotated[float, Field(description="That at least one member defaults.")]
    probability_all: Annotated[float, Field(description="That every member defaults.")]


class GroupAnswer(ResponseModel):
    """The exposure of a customer's whole group, and the group as one borrower."""

    members: list[str]
    others: Cents
    total: Cents
    limit: Annotated[Cents | None, Field(description="Granted to the whole group, on file.")]
    risk: GroupRiskAnswer | None


class ExposureAnswer(ResponseModel):
    """What the house stands to lose, and what it grants."""

    open: Cents
    orders: Cents
    reserved: Annotated[Cents, Field(description="Orders released, not in the ledger yet.")]
    unapplied: Cents
    recourse: Annotated[Cents, Field(description="Invoices sold that may still come back.")]
    disputed: Annotated[Cents, Field(description="What disputes name; it stays in the total.")]
    total: Annotated[Cents, Field(description="Gross exposure: nothing insured is taken off.")]
    insured: Annotated[Cents, Field(description="What insurers would pay, by day of delivery.")]
    own_risk: Annotated[Cents, Field(description="The total less what is insured.")]
    insurer_limit: Annotated[
        Cents | None, Field(description="The insurer's limit for a delivery now; null: no cover.")
    ]
    cover_ends_on: dt.date | None
    cover_stopped_by: Annotated[
        str | None,
        Field(description="The invoice too long overdue for a delivery now to be covered."),
    ]
    limit: Cents | None
    headroom: Cents | None
    group: GroupAnswer
    foreign_currencies: list[str]


class BehaviourAnswer(ResponseModel):
    """How a customer buys and pays."""

    terms_days: int | None
    delay_days: int | None
    open: Cents
    overdue: Annotated[
        Cents, Field(description="More than `overdue_grace_days` late, less what disputes excuse.")
    ]
    overdue_grace_days: int
    monthly_sales: Cents | None
    n_settled: int
    n_invoices_seen: int
    first_billed_on: dt.date | None


class ReviewedAnswer(ResponseModel):
    """What a review of the limit would say now."""

    outcome: Outcome
    limit: LimitAnswer
    reasons: list[ReasonAnswer]
    flags: list[FlagAnswer]


class CustomerAnswer(ResponseModel):
    """One customer: risk, exposure, behaviour, and how its score went."""

    customer_id: str
    as_of: dt.date
    ledger_sha: str
    model_versions: dict[str, str]
    is_natural_person: bool
    currency: str
    risk: RiskAnswer | None
    score: float | None
    why_no_risk: str | None
    exposure: ExposureAnswer
    behaviour: BehaviourAnswer
    reviewed: ReviewedAnswer
    history: Annotated[
        list[ScoreAnswer], Field(description="Oldest first; the last one is the score now.")
    ]


class HistoryAnswer(ResponseModel):
    """How a customer's chance of default went between two mornings, and why it changed."""

    customer_id: str
    between: Annotated[
        dict[str, Any],
        Field(description="The chance on either morning, and what each cause added in points."),
    ]
    decisions: Annotated[
        list[ScoreAnswer], Field(description="Scores of kept decisions, oldest first.")
    ]


class PolicyAnswer(ResponseModel):
    """The policy in force and the dictionary of its reasons."""

    policy_id: str
    policy_sha: str
    policy: dict[str, Any]
    reasons: Annotated[dict[str, str], Field(description="Code of a reason → its sentence.")]
    model_reasons: Annotated[
        dict[str, str], Field(description="Code of a model's reason → what an applicant is told.")
    ]


class BandAnswer(ResponseModel):
    """One band of the policy: who is in it, what is expected to be lost, and what came."""

    band: str
    outcome: Outcome
    customers: int
    mean_probability: float | None
    exposure: Cents
    own_risk: Annotated[Cents, Field(description="Exposure that nobody else would pay.")]
    expected_loss: Annotated[Cents, Field(description="Chance × own risk × loss rate, summed.")]
    judged: Annotated[int, Field(description="Customers in the band on the judged mornings.")]
    judged_probability: Annotated[float | None, Field(description="Mean chance said of them.")]
    defaulted: int
    observed_rate: float | None
    low: Annotated[float | None, Field(description="90 % bounds of the observed rate (Wilson).")]
    high: float | None
    is_in_order: Annotated[bool, Field(description="It lost no less than the better band.")]
    is_surely_out: Annotated[bool, Field(description="It lost less, beyond chance.")]


class BandsAnswer(ResponseModel):
    """The policy's bands in order of risk; the last line are those in default."""

    as_of: dt.date
    horizon_days: int
    currency: str
    lines: list[BandAnswer]
    judged_on: list[dt.date]
    in_sample: Annotated[
        list[dt.date], Field(description="Judged mornings from before the models' own day.")
    ]
    unscored: int
    without_rate: int
    verdict: str


class ReviewAnswer(SummaryAnswer):
    """A decision a person should look at, and why."""

    why: Literal["referred", "review_due"]


class ReviewsAnswer(ResponseModel):
    """What to look at, the worst band first and in it the largest amount."""

    as_of: dt.date
    reviews: list[ReviewAnswer]


class SheetSectionAnswer(ResponseModel):
    """A part of a person's sheet."""

    heading: str
    paragraphs: list[str]
    points: list[str]
    head: list[str]
    rows: list[list[str]]


class PersonSheetAnswer(ResponseModel):
    """What a natural person is told of a decision, in its language."""

    language: str
    title: str
    sections: list[SheetSectionAnswer]
    notice: str
    text: Annotated[str, Field(description="The whole as plain text.")]


class QueuedAnswer(ResponseModel):
    """A customer of the queue: when it is to be looked at, and why before its day."""

    customer_id: str
    name: str
    band: str | None
    band_before: Annotated[str | None, Field(description="At the last review kept, or `since`.")]
    currency: str
    exposure: Cents
    limit: Cents | None
    reviewed_on: Annotated[dt.date | None, Field(description="Null: never reviewed here.")]
    review_on: dt.date
    is_due: bool
    alerts: Annotated[list[str], Field(description="What brings it forward, strongest first.")]
    recorded_on: Annotated[dt.date | None, Field(description="The latest fact behind an alert.")]
    days_from_recorded_to_printed: int | None


class QueueAnswer(ResponseModel):
    """A page of the queue; those in default first, then alerts, then by day."""

    as_of: dt.date
    n_customers: int
    n_due: int
    n_never_reviewed: int
    next_offset: Annotated[int | None, Field(description="Of the next page; null: there is none.")]
    customers: list[QueuedAnswer]


class DutyAnswer(ResponseModel):
    """One thing an insurer's policy asks of an invoice, or says of a customer's cover."""

    what: Annotated[
        str, Field(description="notify, stop, hand over, claim by, needs consent, cover ends.")
    ]
    by_on: dt.date
    days_left: Annotated[int, Field(description="From the morning; negative when it is over.")]
    state: Annotated[str, Field(description="missed, due, later, done, in force.")]
    customer_id: str
    name: str
    invoice_id: Annotated[str, Field(description="Empty where it is about the cover.")]
    instalment: int
    currency: str
    owed: Cents
    covered: Cents
    insurer: str
    is_alert: bool


class InsuranceAnswer(ResponseModel):
    """What insurers must be told, the most urgent first."""

    as_of: dt.date
    duties: list[DutyAnswer]
