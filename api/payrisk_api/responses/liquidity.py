"""What is answered of liquidity, as documented in openapi.json."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import ConfigDict

from payrisk_api.responses.response_model import Cents, ResponseModel


class LiquidityLine(ResponseModel):
    """How likely the cash that comes to an entity by a day is below a need."""

    layer: str
    entity_id: str
    currency: str
    by_on: dt.date
    need: Cents
    expected: Cents
    p05: Cents
    p01: Cents
    probability_below: float
    standard_error: float
    mean_shortfall: Cents


class LiquidityAnswer(ResponseModel):
    """Liquidity at risk."""

    as_of: dt.date
    in_sample: bool
    view: str
    verified: str
    needs: list[LiquidityLine]


class MoneyBucket(ResponseModel):
    """A holder's money over a bucket: opening + receipts + inflows − outflows = closing."""

    model_config = ConfigDict(extra="allow")

    holder: str
    currency: str
    measure: str
    """`position`, `stale position` by an old bank balance, `net flow` where none was given."""
    starts_on: dt.date
    ends_on: dt.date
    is_partial: bool
    """Whether the horizon cuts the bucket short."""
    opening: Cents
    inflows: Cents
    outflows: Cents
    closing: Cents
    worst: Cents


class NeedLine(ResponseModel):
    """How likely a need is not met that evening."""

    holder: str
    currency: str
    measure: str
    needed_on: dt.date
    need: Cents
    expected: Cents
    headroom: Cents
    p05: Cents
    probability_below: float
    standard_error: float
    mean_shortfall: Cents


class HeadroomLine(ResponseModel):
    """The least headroom of a holder over all evenings."""

    holder: str
    currency: str
    measure: str
    least_headroom: Cents
    least_on: dt.date
    least_headroom_p10: Cents
    least_headroom_p50: Cents
    probability_short: float
    worst_headroom: Cents
    worst_on: dt.date
    opening_on: dt.date | None
    """Evening of the bank's own word, the oldest of a pool's; null for a net flow."""
    has_claims: bool
    """Whether the plan has an outflow or a need ahead; without one nothing tells it is enough."""


class LiquidityAheadAnswer(ResponseModel):
    """A plan walked from its bank balances through the cash to come."""

    as_of: dt.date
    in_sample: bool
    view: str
    layer: str
    basis_said: str
    verified: str
    notes: list[str]
    walk: list[MoneyBucket]
    needs: list[NeedLine]
    headroom: list[HeadroomLine]
    lines: list[dict[str, Any]]
    members: list[dict[str, Any]]
    hinges: list[dict[str, Any]]
