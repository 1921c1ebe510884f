"""A made-up company whose credit limits tell what nothing else does: who will pay late."""

from __future__ import annotations

from typing import Any

import numpy as np

from payrisk.calendar import day_of
from payrisk.ledger import Ledger
from support.ledgers.by_hand import credit, invoice, ledger, link

FIRST = day_of("2025-01-01")
MONTH_DAYS, EVERY_DAYS = 30, 6


def telling_limits(customers: int = 30, months: int = 12, seed: int = 0) -> Ledger:
    """Each month a customer is in trouble or not, drawn anew; its limit tells which.

    An invoice every 6 days, due after 30: paid after some 10 days, or, in a month of trouble,
    after some 50.
    """
    rng = np.random.default_rng(seed)
    is_late = rng.random((customers, months)) < 0.5
    last = FIRST + MONTH_DAYS * months
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("invoices", "credits", "allocations", "attributes")
    }
    for customer in range(customers):
        who = f"c{customer:02}"
        for month in range(months):
            day = FIRST + MONTH_DAYS * month
            value = "5000" if is_late[customer, month] else "100000"
            limit = {"customer_id": who, "name": "limit", "value": value}
            rows["attributes"].append(limit | {"valid_on": day - 1, "recorded_on": day})
        for day in range(FIRST, last, EVERY_DAYS):
            is_slow = is_late[customer, (day - FIRST) // MONTH_DAYS]
            paid = day + int(rng.integers(46, 55) if is_slow else rng.integers(6, 15))
            name, owner = f"{who}-{day}", {"customer_id": who}
            dates = {"issued_on": day, "due_on": day + 30}
            rows["invoices"].append(invoice(name, 100_00, **owner, **dates))
            if paid < last:
                rows["credits"].append(credit(f"p-{name}", 100_00, paid, **owner))
                rows["allocations"].append(link(f"p-{name}", name, 100_00, paid))
    return ledger(**rows)
