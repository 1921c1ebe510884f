"""The made-up world: countries, entities, sectors, terms, and the knobs of one simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from payrisk.calendar import day_of

ENDS_ON = day_of("2025-12-31")
"""Evening on which a simulated ledger ends unless told: fixed, so that a seed says everything."""


@dataclass(frozen=True)
class World:
    """The knobs. Rates are per month unless said; shares lie in [0, 1].

    shock_common, shock_customer, shock_date: share of the variance of a payment's (normal) delay
    that is common to all invoices due in a month, to a customer's due in a month, and to a
    customer's due on one day; the rest is the invoice's own. default_drift: yearly change of the
    log onset rate of trouble (planted drift of the default level). limit_factor: how wide limits
    are against the usual.

    What no plain company has: has_messy_orders (in parts, renumbered, placed again, cancelled
    without a number), bills_in_entity_currency (what another entity bills is in its currency),
    recourse_share (of the invoices sold, those that come back if unpaid), has_insurers (dated
    limits, insured shares and ends of cover), young_seasonal_share and young_growth_share (of the
    honest customers that joined under our eyes: those with a season, and those that double within
    months), has_reactions (what decides how each invoice would react to being asked is kept with
    the truth; `simulate.reactions` says what follows), has_mixed_payers (whoever is billed in
    zloty pays some of the documents in euros, each with a chance of its own), has_binding_promises
    (customer, channel and lead decide whether a promise is kept, and a promise moves the day of
    payment: `true_curves` is then the law before any promise).
    """

    warm_up_months: int = 6
    invoices_a_month: float = 3.3
    onset_rate: float = 0.0041
    relief_rate: float = 0.25
    stop_rate_healthy: float = 0.0003
    stop_rate_stressed: float = 0.10
    default_drift: float = 0.0
    limit_factor: float = 1.0
    bust_out_share: float = 0.013
    shock_common: float = 0.05
    shock_customer: float = 0.15
    shock_date: float = 0.25
    promise_share: float = 0.35
    order_share: float = 0.25
    late_recorded_share: float = 0.12
    coverage_lag_months: int = 3
    has_messy_orders: bool = False
    bills_in_entity_currency: bool = False
    recourse_share: float = 0.0
    has_insurers: bool = False
    young_seasonal_share: float = 0.0
    young_growth_share: float = 0.0
    has_reactions: bool = False
    has_mixed_payers: bool = False
    has_binding_promises: bool = False
    """The youngest entity's books were taken over this many months after the others'."""


class Country(NamedTuple):
    """Where customers are: share of all, home entity, price level, seasonal delay by month."""

    code: str
    currency: str
    share: float
    entity: int
    price_level: float
    summer_days: float
    legal_form: str


COUNTRIES = (
    Country("DE", "EUR", 0.27, 0, 1.0, 0.4, "GmbH"),
    Country("FR", "EUR", 0.13, 0, 1.0, 2.5, "SARL"),
    Country("NL", "EUR", 0.10, 0, 1.0, 0.8, "B.V."),
    Country("IT", "EUR", 0.10, 0, 0.9, 3.5, "S.r.l."),
    Country("PL", "PLN", 0.08, 0, 3.8, 0.5, "Sp. z o.o."),
    Country("GB", "GBP", 0.12, 2, 0.8, 0.5, "Ltd"),
    Country("US", "USD", 0.15, 1, 1.1, 0.5, "Inc."),
    Country("IN", "INR", 0.05, 2, 60.0, 0.5, "Pvt Ltd"),
)
WITHHOLDING_COUNTRY, WITHHOLDING_RATE = "IN", 0.05
DIRECT_DEBIT_COUNTRIES = ("DE", "NL", "GB")


class Entity(NamedTuple):
    """One of the company's legal entities."""

    entity_id: str
    country: str
    base_currency: str


ENTITIES = (Entity("DE01", "DE", "EUR"), Entity("US01", "US", "USD"), Entity("GB01", "GB", "GBP"))

SECTORS = ("food", "retail", "construction", "machinery", "services", "health")
SEASON = np.array(
    [
        [0.9, 0.9, 1.0, 1.0, 1.0, 1.1, 1.1, 1.0, 1.0, 1.0, 1.1, 1.2],
        [0.8, 0.7, 0.9, 0.9, 1.0, 0.9, 0.8, 0.9, 1.0, 1.2, 1.5, 1.5],
        [0.5, 0.6, 0.9, 1.1, 1.3, 1.3, 1.2, 1.1, 1.2, 1.2, 1.0, 0.6],
        [1.0, 1.0, 1.2, 1.0, 1.0, 1.1, 0.9, 0.7, 1.1, 1.0, 1.0, 1.0],
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.9, 0.9, 1.0, 1.0, 1.1, 1.1],
        [1.1, 1.1, 1.1, 1.0, 1.0, 0.9, 0.9, 0.8, 1.0, 1.0, 1.1, 1.0],
    ]
)
"""(sectors, months) how much is billed against the yearly mean."""


class PaymentTerms(NamedTuple):
    """Payment terms: due `days` after issue (after the month's end where `from_month_end`)."""

    text: str
    days: int
    from_month_end: bool
    discount_rate: float
    discount_days: int
    share: float


TERMS = (
    PaymentTerms("net 30", 30, False, 0.0, 0, 0.42),
    PaymentTerms("net 14", 14, False, 0.0, 0, 0.15),
    PaymentTerms("net 45", 45, False, 0.0, 0, 0.08),
    PaymentTerms("net 60", 60, False, 0.0, 0, 0.11),
    PaymentTerms("2/10 net 30", 30, False, 0.02, 10, 0.13),
    PaymentTerms("3/14 net 45", 45, False, 0.03, 14, 0.04),
    PaymentTerms("net 30 eom", 30, True, 0.0, 0, 0.07),
)

RUNS = (
    "daily",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Tuesday and Thursday",
    "month end",
    "10th and 25th",
    "15th and month end",
)
"""When a customer's accounts payable pays: each business day, or only on its payment-run days."""
RUN_SHARES = np.array([0.22, 0.07, 0.10, 0.08, 0.13, 0.12, 0.10, 0.06, 0.07, 0.05])

BILLING_SHARES = np.array([0.62, 0.16, 0.22])
"""How the company bills a customer: as goods leave, at each month's end, once a week."""
