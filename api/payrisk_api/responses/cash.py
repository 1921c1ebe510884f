"""What is answered of cash, as documented in openapi.json, and as files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from fastapi import Response
from pydantic import ConfigDict

from payrisk.answers.cash.receipts import Receipts
from payrisk.answers.cash.workbook.forecast_file import write_forecast
from payrisk.cash.published.snapshots import Snapshot
from payrisk_api.responses.response_model import Cents, ResponseModel, sent_file


class BalanceAnswer(ResponseModel):
    """Where every cent of the open balance goes."""

    model_config = ConfigDict(extra="allow")

    currency: str
    open_balance: Cents
    settled_by_credits: Cents
    within_horizon: Cents
    beyond_horizon: Cents
    never: Cents


class CashBucketAnswer(ResponseModel):
    """Expected cash of one bucket; `p10` … are the quantiles of its total that were asked."""

    model_config = ConfigDict(extra="allow")

    layer: Literal["open_invoices", "not_yet_issued", "booked_before", "from_factor"] | None = None
    currency: str
    starts_on: dt.date
    ends_on: dt.date
    expected: Cents


class BecameLine(ResponseModel):
    """What billed amounts became, of what closed since a day; the parts sum to `billed`."""

    model_config = ConfigDict(extra="allow")

    currency: str
    since_on: dt.date
    n_invoices: int
    billed: Cents
    cash: Cents
    early_discount: Cents
    credit_notes: Cents
    offsets: Cents
    short_pays: Cents
    withheld: Cents
    write_offs: Cents
    overpaid: Cents
    discount_offered: Cents
    discount_taken: Cents
    take_up: float | None
    discount_rate: float | None


class DisputeLine(ResponseModel):
    """What is in dispute, and what of these invoices is not expected within the horizon."""

    currency: str
    n_disputed: int
    disputed: Cents
    open_balance: Cents
    settled_by_credits: Cents
    within_horizon: Cents
    beyond_horizon: Cents
    never: Cents
    held_back: Cents


class PromisedBucket(ResponseModel):
    """Cash of the open invoices in one bucket, by the model alone and with promises to pay."""

    currency: str
    starts_on: dt.date
    ends_on: dt.date
    expected: Cents
    with_promises: Cents


class CashForecastAnswer(ResponseModel):
    """The cash to come: of the open invoices, and beside it what is not in any of its figures."""

    as_of: dt.date
    in_sample: bool
    horizon_days: int
    by: str
    group: str | None
    basis: str
    basis_said: str
    verified: str
    credit_rule: str
    model_versions: dict[str, str]
    ledger_sha: str
    buckets: list[CashBucketAnswer]
    balance: list[BalanceAnswer]
    intercompany: list[CashBucketAnswer]
    """Of `buckets`, what customers of our own group owe, by currency."""
    not_yet_issued: list[CashBucketAnswer]
    """The band of cash from invoices still to be issued, by currency: in no other total."""
    booked_before: list[CashBucketAnswer]
    """By value date: cash booked before as_of that has value later, by currency."""
    from_factor: list[CashBucketAnswer]
    """What factors pay of invoices sold with recourse, less what they take back, by currency."""
    receipts_in_all: list[CashBucketAnswer]
    """All layers together, by currency."""
    currency_of: Literal["invoice", "payment"]
    """Whether currencies are those of the invoices, or those that arrive."""
    fx: list[dict[str, Any]]
    """By the currency that arrives: what of each invoice currency does, at which rate."""
    in_base: list[dict[str, Any]]
    """All receipts in the base currency, if one was asked for."""
    with_promises: list[PromisedBucket]
    """The open invoices' cash with promises to pay, if any is under one: `expected` is the model's
    alone, in `with_promises` each promise comes as likely as past ones were kept."""
    rates_used: list[dict[str, Any]]
    became: list[BecameLine]
    disputes: list[DisputeLine]


class SnapshotLine(ResponseModel):
    """A published forecast."""

    name: str
    as_of: dt.date
    model_version: str
    horizon_days: int
    n_open_invoices: int
    published_at: str
    ledger_sha: str
    verified: str


class SnapshotsAnswer(ResponseModel):
    """The published forecasts, by day."""

    snapshots: list[SnapshotLine]


class PublishedTotal(ResponseModel):
    """A record of a published forecast; those of one view, scope, currency sum to what is open.

    `not_issued` is the band of invoices still to come, in no other scope but `in_all`: all
    receipts, the layers together.
    """

    view: Literal["model", "adjusted"]
    scope: Literal["all", "external", "intercompany", "not_issued", "in_all"]
    in_base: bool
    currency: str
    part: str
    starts_on: dt.date | None
    ends_on: dt.date | None
    expected: Cents
    p025: Cents | None
    p10: Cents | None
    p50: Cents | None
    p90: Cents | None
    p975: Cents | None


class SnapshotAnswer(ResponseModel):
    """A published forecast: what it stands on, its totals, its overrides."""

    name: str
    assumptions: dict[str, Any]
    totals: list[PublishedTotal]
    overrides: list[dict[str, Any]]


class VarianceLine(ResponseModel):
    """expected + the parts = actual, to the cent."""

    model_config = ConfigDict(extra="allow")

    currency: str
    expected: Cents
    late_facts: Cents
    reversals: Cents
    default: Cents
    short_pay_credit: Cents
    timing: Cents
    new_invoices: Cents
    on_account: Cents
    fx: Cents
    actual: Cents
    variance: Cents


class VarianceAnswer(ResponseModel):
    """A published forecast held against what came."""

    name: str
    as_of: dt.date
    end_on: dt.date
    known_before: dt.date
    view: str
    layer: str
    """Whose cash `buckets` and `summary` hold; `totals` are of all cash."""
    order: list[str]
    meaning: dict[str, str]
    totals: list[VarianceLine]
    base: list[dict[str, Any]]
    buckets: list[dict[str, Any]]
    summary: list[dict[str, Any]]


class ScenarioLine(ResponseModel):
    """A record of the forecast, or of it under a change; `difference` is from the forecast."""

    model_config = ConfigDict(extra="allow")

    scenario: str
    layer: str
    currency: str
    part: str
    starts_on: dt.date | None
    ends_on: dt.date | None
    expected: Cents
    difference: Cents


class ScenariosAnswer(ResponseModel):
    """The forecast under named changes, side by side."""

    as_of: dt.date
    in_sample: bool
    by: str
    layer: str
    """Which cash is asked for: all receipts, or those of open invoices alone."""
    told: dict[str, str]
    discount_costs: list[dict[str, Any]]
    rates_used: list[dict[str, Any]]
    records: list[ScenarioLine]


class PositionLine(ResponseModel):
    """What will be owed at the end of a bucket; quantiles and parts beside it."""

    model_config = ConfigDict(extra="allow")

    currency: str
    layer: str
    close_of: dt.date
    open: Cents
    dso: float | None


class PositionsAnswer(ResponseModel):
    """Open balance, overdue and DSO to come."""

    as_of: dt.date
    in_sample: bool
    verified: str
    by: str
    layer: str
    meaning: str
    positions: list[PositionLine]
    large_invoices: list[dict[str, Any]]


def file_answer(
    kind: str,
    stem: str,
    receipts: Receipts,
    by: str,
    cuts: tuple[str, ...],
    levels: tuple[float, ...],
    published: Sequence[Snapshot] = (),
    choice: str = "",
) -> Response:
    """Send flat records of every layer as a file."""

    def write(path: Path) -> None:
        write_forecast(path, receipts, by, cuts, levels, published=published, choice=choice)

    return sent_file(kind, stem, write)
