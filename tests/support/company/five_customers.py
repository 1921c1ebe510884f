"""A small company by hand: five customers, a curve and a risk model that anyone can check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from payrisk.calendar import day_of
from payrisk.ledger import History, Ledger
from payrisk.predictions import CurveMeaning, DefaultRisk, PaymentCurve, PaymentCurves, Reason
from support.ledgers.by_hand import credit, invoice, ledger, link

AS_OF = day_of("2025-06-02")
FIRST = day_of("2025-01-02")


@dataclass(frozen=True)
class DueDateCurves:
    """Half paid by the due date, nine in ten twenty days later; a day long past counts as now."""

    def curves(
        self, history: History, invoices: pd.DataFrame, reading: CurveMeaning = "settled"
    ) -> PaymentCurves:
        made = []
        for due in invoices["due_on"]:
            last = max(int(due) + 120, history.as_of + 120)
            paid = np.zeros(last - history.as_of + 1)
            for day, chance in ((int(due), 0.5), (int(due) + 20, 0.9)):
                paid[max(day - history.as_of, 0) :] = chance
            made.append(PaymentCurve(history.as_of, paid, 0.05))
        return PaymentCurves.of(made)


@dataclass(frozen=True)
class NamedRisks:
    """The probability written down for each customer; whoever is not named gets the house's."""

    probabilities: dict[str, float] = field(default_factory=dict)
    house: float = 0.02

    def risks(
        self, history: History, customer_ids: Sequence[str], horizon_days: int
    ) -> list[DefaultRisk]:
        return [
            DefaultRisk(
                one,
                history.as_of,
                horizon_days,
                self.probabilities.get(one, self.house),
                (
                    Reason("past_lateness", "2 of 9 invoices went late.", 0.3, "ledger"),
                    Reason("long_customer", "A customer for 9 years.", -0.2, "ledger"),
                ),
                n_invoices_seen=9 if one in self.probabilities else 0,
            )
            for one in customer_ids
        ]


@dataclass(frozen=True)
class SameApplicants:
    """A model of applicants that gives every application one probability, and one reason."""

    probability: float

    def risks_of(self, fields, as_of, horizon_days, ids):
        return [
            DefaultRisk(
                one, as_of, horizon_days, self.probability,
                (Reason("turnover", "What it sells in a year.", -0.5, "application"),),
                source="application", behaviour_weight=0.0,
            )
            for one in ids
        ]  # fmt: skip

    def all_out_of_range(self, fields):
        return [[] for _ in fields]


@dataclass(frozen=True)
class Fitted:
    """A champion as answers takes it."""

    model: Any
    version: str = "1"
    card: dict[str, Any] = field(
        default_factory=lambda: {"trained_as_of": "2025-05-01", "verdict": {"outcome": "passed"}}
    )


def champions(**probabilities: float) -> dict[str, Fitted]:
    usual = {"c1": 0.02, "c2": 0.02, "c3": 0.06, "c4": 0.40}
    return {
        "days-to-pay": Fitted(DueDateCurves()),
        "default-risk": Fitted(NamedRisks(usual | probabilities), version="7"),
    }


def small_company() -> Ledger:
    """c1 pays well and heads c3's group; c2 may be a person; c4 is long overdue; c5 is new."""
    person: dict[str, Any] = {"recorded_on": "2025-01-01", "country": "DE"}
    company = person | {"is_natural_person": False}
    return ledger(
        customers=[
            {"customer_id": "c1", "name": "One GmbH", **company},
            {"customer_id": "c2", "name": "Two", **person},
            {"customer_id": "c3", "name": "Three GmbH", "parent_id": "c1", **company},
            {"customer_id": "c4", "name": "Four GmbH", **company},
            {"customer_id": "c5", "name": "Five GmbH", **company},
        ],
        invoices=[
            invoice("A", 300_000, issued_on="2025-01-02", due_on="2025-02-01"),
            invoice("B", 400_000, issued_on="2025-04-01", due_on="2025-05-01"),
            invoice("C", 250_000, issued_on="2025-05-20", due_on="2025-06-19"),
            invoice("D", 90_000, customer_id="c2", issued_on="2025-05-12", due_on="2025-06-11"),
            invoice("E", 120_000, customer_id="c3", issued_on="2025-05-15", due_on="2025-06-14"),
            invoice("F", 700_000, customer_id="c4", issued_on="2025-02-03", due_on="2025-03-05"),
            invoice("G", 60_000, issued_on="2025-05-05", due_on="2025-06-04", instalment=1),
            invoice("G", 60_000, issued_on="2025-05-05", due_on="2025-07-04", instalment=2),
        ],
        credits=[
            credit("p1", 300_000, "2025-02-05"),
            credit("p2", 400_000, "2025-05-07"),
            credit("p3", 10_000, "2025-05-30"),
        ],
        allocations=[
            link("p1", "A", 300_000, "2025-02-05"),
            link("p2", "B", 400_000, "2025-05-07"),
        ],
        attributes=[
            {
                "customer_id": "c1",
                "name": name,
                "value": value,
                "valid_on": "2025-01-01",
                "recorded_on": "2025-01-01",
            }
            for name, value in (("limit", "1000000"), ("net_worth", "20000000"))
        ],
    )


def company_with(**more: list[dict[str, Any]]) -> Ledger:
    """The small company with more rows in some of its tables."""
    tables = {n: f.to_dict("records") for n, f in small_company().tables.items() if len(f)}
    rows = {name: [*tables.get(name, []), *more.get(name, [])] for name in tables | more}
    return ledger(**{name: each for name, each in rows.items() if each})
