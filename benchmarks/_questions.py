"""The questions that the benchmarks of the service ask, in their mix."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

MIX = {"order_release": 60, "limit_review": 25, "onboarding": 15}
"""Of a hundred questions, how many are of each kind: orders are the daily ones."""


QUESTIONS = 2_000


def questions(home: Path, seed: int) -> tuple[list[tuple[str, dict[str, Any]]], str]:
    """Questions of each kind in their mix, shuffled, and the morning to ask them for."""
    from payrisk.calendar import iso
    from payrisk.ledger.stored import storage

    ledger = storage.load(home)
    history = ledger.as_of(ledger.default_as_of)
    invoices = history.invoices()
    own = invoices.groupby("customer_id")["amount"].median().astype(int).to_dict()
    currency = invoices.groupby("customer_id")["currency"].first().to_dict()
    chance = random.Random(seed)
    customers = sorted(own)
    asked: list[tuple[str, dict[str, Any]]] = []
    for number in range(QUESTIONS):
        (kind,) = chance.choices(list(MIX), list(MIX.values()))
        customer = chance.choice(customers)
        if kind == "onboarding":
            asked.append((kind, {"application": _application(chance, number)}))
        elif kind == "limit_review":
            asked.append((kind, {"customer_id": customer}))
        else:
            order = {"amount": own[customer] + 1, "currency": currency[customer]}
            asked.append((kind, {"customer_id": customer, "order": order}))
    return asked, iso(ledger.default_as_of)


def _application(chance: random.Random, number: int) -> dict[str, Any]:
    turnover = int(10 ** chance.uniform(7, 10))
    said = {
        "name": f"Bench {number} GmbH",
        "currency": "EUR",
        "country": "DE",
        "is_natural_person": chance.random() < 0.05,
        "sector": chance.choice(("retail", "machinery", "construction", "food")),
        "requested_limit": turnover // chance.choice((20, 50, 200)),
        "requested_terms_days": chance.choice((14, 30, 60)),
        "monthly_sales": turnover // 100,
        "founded_on": f"{chance.randint(1960, 2024)}-03-01",
        "turnover": turnover,
        "net_worth": int(turnover * chance.uniform(-0.1, 0.5)),
        "n_employees": chance.randint(1, 500),
        "email": f"buy@bench{number}.example",
        "website": f"https://bench{number}.example",
    }
    if chance.random() < 0.7:
        said |= {"bureau_score": chance.uniform(150, 600), "n_references": chance.randint(0, 3)}
    return said
