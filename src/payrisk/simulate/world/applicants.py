"""Applicants: who asks for credit, what the application shows of it, and whom the house takes."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from payrisk.arrays import Flags, Floats, Ints
from payrisk.simulate.world.random_streams import Streams, draw_places, logistic
from payrisk.simulate.world.world import COUNTRIES, SECTORS, World

DECISIONS = ("approve", "approve_with_protection", "decline")
DOMAINS = ("own", "free", "none")
APPROVE, PROTECT, DECLINE = range(3)


@dataclass(frozen=True)
class ApplicantPool:
    """(n,) applicants in the order they came. Money in major units of EUR before price levels.

    propensity: the true log-scale inclination to default, standard normal among all applicants.
    is_bust_out: means to order much and pay nothing. probability_declined: the house's own.
    """

    propensity: Floats
    is_bust_out: Flags
    country: Ints
    sector: Ints
    is_natural_person: Flags
    monthly_sales: Floats
    turnover: Floats
    net_worth: Floats
    years_trading: Floats
    n_employees: Ints
    bureau_score: Floats
    n_references: Ints
    requested_limit: Floats
    domain: Ints
    has_vat: Flags
    has_website: Flags
    address_mismatch: Flags
    bank_country_mismatch: Flags
    negative_press: Flags
    probability_declined: Floats
    decision: Ints

    def take(self, rows: Ints) -> ApplicantPool:
        """Some applicants, in the order given."""
        return ApplicantPool(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def draw_applicants(n_customers: int, streams: Streams, world: World) -> ApplicantPool:
    """As many applicants as it takes until `n_customers` of them are accepted."""
    n = 3 * n_customers + 10
    pool = _pool(n, streams, world)
    accepted = np.flatnonzero(pool.decision != DECLINE)
    if len(accepted) < n_customers:  # a house that refuses so many takes the first it refused
        more = np.setdiff1d(np.arange(n), accepted)[: n_customers - len(accepted)]
        pool.decision[more] = PROTECT
        accepted = np.flatnonzero(pool.decision != DECLINE)
    return pool.take(np.arange(accepted[n_customers - 1] + 1))


def _pool(n: int, streams: Streams, world: World) -> ApplicantPool:
    rng = streams.of("applicants")
    eta, bust = rng.normal(size=n), rng.random(n) < world.bust_out_share

    def seen(share: float) -> Floats:
        """A standard normal that shows the propensity with this correlation."""
        return np.asarray(share * eta + np.sqrt(1 - share**2) * rng.normal(size=n))

    def flag(base: float, slope: float, bust_slope: float) -> Flags:
        return np.asarray(rng.random(n) < logistic(base + slope * eta + bust_slope * bust))

    country = draw_places(rng, n, np.array([c.share for c in COUNTRIES]))
    sector = draw_places(rng, n, np.ones(len(SECTORS)))
    # a power law: few large customers, many small
    monthly = 1500.0 * np.minimum((1 - rng.random(n)) ** (-1 / 1.25), 400.0)
    turnover = monthly * 12 * np.exp(3.0 + 0.8 * rng.normal(size=n) - 0.2 * seen(0.5))
    worth = turnover * (0.22 - 0.14 * seen(0.6))
    years = np.exp(2.0 - 0.6 * seen(0.55) + 0.3 * rng.normal(size=n)) * np.where(bust, 0.2, 1.0)
    score = np.clip(620 - 75 * seen(0.8) + np.where(bust, 30, 0), 300, 850).round()
    score = np.where(rng.random(n) < 0.08, np.nan, score)
    references = rng.poisson(np.exp(0.9 - 0.35 * eta)) * ~bust
    domain = np.where(flag(-2.3, 0.6, 2.0), 1, np.where(flag(-3.5, 0.4, 0.0), 2, 0))
    vat, website = ~flag(-3.2, 0.6, 1.5), ~flag(-1.8, 0.5, 1.0)
    mismatch, bank, press = flag(-3.6, 0.6, 2.0), flag(-4.0, 0.5, 2.0), flag(-4.2, 0.9, 0.0)
    requested = monthly * np.exp(0.9 + 0.3 * rng.normal(size=n)) * np.where(bust, 2.5, 1.0)
    rating = np.where(np.isnan(score), -0.2, (620 - score) / 75)
    flags = 1.0 * (domain == 1) + 1.2 * mismatch + 1.0 * bank + 1.5 * press + 1.0 * ~vat
    declined = logistic(-2.0 + 1.1 * rating + 0.5 * flags - 0.15 * np.minimum(references, 4))
    luck = rng.random(n)
    doubtful = luck < np.minimum(2.5 * declined, 0.9)
    decision = np.where(luck < declined, DECLINE, np.where(doubtful, PROTECT, APPROVE))
    return ApplicantPool(
        propensity=eta,
        is_bust_out=bust,
        country=country,
        sector=sector,
        is_natural_person=rng.random(n) < 0.04,
        monthly_sales=monthly,
        turnover=turnover,
        net_worth=worth,
        years_trading=years,
        n_employees=np.maximum(turnover / 140_000 * np.exp(0.4 * rng.normal(size=n)), 1).astype(
            np.int64
        ),
        bureau_score=score,
        n_references=references.astype(np.int64),
        requested_limit=requested,
        domain=domain,
        has_vat=vat,
        has_website=website,
        address_mismatch=mismatch,
        bank_country_mismatch=bank,
        negative_press=press,
        probability_declined=declined,
        decision=decision,
    )


def application_fields(pool: ApplicantPool) -> list[str]:
    """Each application as JSON: money in whole minor units of its `currency`, null = not given."""
    level = np.array([COUNTRIES[c].price_level for c in pool.country])

    def cents(values: Floats, step: int) -> list[int]:
        return [int(v) for v in np.rint(values * level / step).astype(np.int64) * step * 100]

    money = {
        "turnover": cents(pool.turnover, 1000),
        "net_worth": cents(pool.net_worth, 1000),
        "requested_limit": cents(pool.requested_limit, 100),
        "expected_monthly_sales": cents(pool.monthly_sales, 100),
    }
    out = []
    for i in range(len(pool.country)):  # one an applicant, not one an invoice
        score = float(pool.bureau_score[i])
        application: dict[str, Any] = {
            "currency": COUNTRIES[pool.country[i]].currency,
            "country": COUNTRIES[pool.country[i]].code,
            "sector": SECTORS[pool.sector[i]],
            "is_natural_person": bool(pool.is_natural_person[i]),
            **{name: values[i] for name, values in money.items()},
            "years_trading": round(float(pool.years_trading[i]), 1),
            "n_employees": int(pool.n_employees[i]),
            "bureau_score": None if np.isnan(score) else int(score),
            "n_references": int(pool.n_references[i]),
            "email_domain": DOMAINS[pool.domain[i]],
            "has_vat": bool(pool.has_vat[i]),
            "has_website": bool(pool.has_website[i]),
            "address_mismatch": bool(pool.address_mismatch[i]),
            "bank_country_mismatch": bool(pool.bank_country_mismatch[i]),
            "negative_press": bool(pool.negative_press[i]),
        }
        out.append(json.dumps(application, sort_keys=True))
    return out
