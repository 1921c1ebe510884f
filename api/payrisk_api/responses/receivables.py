"""What is answered of receivables: the aged balance, its documents, roll rates and KPIs."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import ConfigDict, Field

from payrisk_api.responses.response_model import Cents, ResponseModel


class AgingLine(ResponseModel):
    """What is owed, by how late it is; the buckets asked for stand before `open`."""

    model_config = ConfigDict(extra="allow")

    currency: str
    settled_residuals: Cents
    open: Cents
    unapplied: Cents
    net: Cents
    disputed: Cents
    promised: Annotated[Cents, Field(description="Of open, promised by a day not over.")]
    planned: Annotated[Cents, Field(description="Of open, under a plan with parts to come.")]
    paid_in_part: Annotated[Cents, Field(description="Paid already on what is open.")]
    on_account: Annotated[Cents, Field(description="Of unapplied, cash and overpayments.")]
    credit_notes: Annotated[Cents, Field(description="Of unapplied, all that is no cash.")]
    net_booked: Annotated[
        Cents | None, Field(description="With a base: at the rates of the documents' own days.")
    ] = None
    fx_difference: Annotated[
        Cents | None, Field(description="With a base: net − net_booked − no_booked_rate.")
    ] = None
    no_booked_rate: Annotated[
        Cents | None,
        Field(description="With a base: net of documents without a rate of their day."),
    ] = None


class BooksAnswer(ResponseModel):
    """Which books were read."""

    close_of: dt.date
    known_before: Annotated[
        dt.date, Field(description="Only facts recorded on earlier days are in it.")
    ]
    ledger_sha: str


class AgingAnswer(BooksAnswer):
    """The aged balance, tied to the ledger to the cent."""

    buckets: list[str]
    totals: list[AgingLine]
    lines: list[AgingLine]


class DocumentLine(ResponseModel):
    """An invoice with something left on it, or a credit with something unapplied."""

    model_config = ConfigDict(extra="allow")

    kind: str
    document: str
    instalment: int
    customer_id: str
    customer_name: str | None
    currency: str
    due_on: dt.date | None
    bucket: str
    open: Cents
    unapplied: Cents


class DocumentsAnswer(BooksAnswer):
    """The documents behind an aged balance, the latest due first."""

    n_documents: int
    documents: list[DocumentLine]


class RollRate(ResponseModel):
    """What became of one bucket of one currency in one month."""

    starts_on: dt.date
    ends_on: dt.date
    currency: str
    bucket: str
    owed: Cents
    paid: Cents
    stayed: Cents
    rolled: Cents
    rolled_share: float | None
    roll_rate: float | None


class RollRatesAnswer(ResponseModel):
    """Roll rates month by month, by what was known before a morning."""

    known_before: dt.date
    ledger_sha: str
    roll_rates: list[RollRate]


class KpiLine(ResponseModel):
    """The KPIs of one group; what each measure is stands under `measures`."""

    model_config = ConfigDict(extra="allow")

    currency: str
    ends_on: dt.date
    receivable: Cents
    sales: Cents
    days: int
    not_given: Annotated[str, Field(description="Why a measure is null, in words.")]


class MeasureLine(ResponseModel):
    """What one measure is."""

    name: str
    panel: str
    formula: str
    unit: str
    source: str


class KpisAnswer(BooksAnswer):
    """The KPIs and the choices behind them."""

    title: str
    rows: list[KpiLine]
    measures: list[MeasureLine]
    benchmark: str | None


class ContributionLine(ResponseModel):
    """One customer's days in the change of a currency's simple DSO."""

    customer_id: str
    customer_name: str | None
    currency: str
    dso_before: float | None
    dso_after: float | None
    contribution: float | None
    overdue_effect: float | None
    not_due_effect: float | None
    sales_effect: float | None


class ContributionsAnswer(BooksAnswer):
    """Who moved the DSO; the contributions of a currency add up to its change."""

    since: dt.date
    choices: str
    contributions: list[ContributionLine]


class CustomerFinding(ResponseModel):
    """One way in which one customer's paying stands out."""

    customer_id: str
    customer_name: str | None
    finding: str
    since_on: dt.date | None
    before: float | None
    now: float | None
    n: int
    probability: Annotated[float | None, Field(description="Of a change; null elsewhere.")]


class CustomerChangesAnswer(BooksAnswer):
    """The customers whose paying stands out, and how many could not be judged."""

    findings: list[CustomerFinding]
    not_judged: int
