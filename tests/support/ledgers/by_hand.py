"""Little ledgers written by hand, a few rows a table."""

from __future__ import annotations

from typing import Any

import pandas as pd

from payrisk.calendar import day_of
from payrisk.ledger import Ledger, SettleRules

DAYS = ("issued_on", "due_on", "happened_on", "recorded_on", "value_on", "valid_on", "refers_on")


def frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a frame; ISO dates become day numbers."""
    out = pd.DataFrame(rows)
    for column in DAYS:
        if column in out:
            out[column] = [day_of(v) if isinstance(v, str) else v for v in out[column]]
    return out


def invoice(name: str = "A", amount: int = 100_00, **more: Any) -> dict[str, Any]:
    """An invoice of customer c1 issued 2025-01-01 and due 2025-01-31."""
    usual = {
        "invoice_id": name,
        "customer_id": "c1",
        "issued_on": "2025-01-01",
        "due_on": "2025-01-31",
        "amount": amount,
        "currency": "EUR",
    }
    return usual | more


def credit(name: str, amount: int, on: str, **more: Any) -> dict[str, Any]:
    """A credit of customer c1, a payment unless said otherwise."""
    usual = {"credit_id": name, "customer_id": "c1", "happened_on": on, "currency": "EUR"}
    return usual | {"amount": amount} | more


def link(credit_id: str, invoice_id: str, amount: int, on: str, **more: Any) -> dict[str, Any]:
    """An allocation recorded on a day."""
    usual = {"credit_id": credit_id, "invoice_id": invoice_id, "amount": amount}
    return usual | {"recorded_on": on} | more


def event(kind: str, subject: str, on: str, **more: Any) -> dict[str, Any]:
    """An event; its id is made of what it says."""
    usual = {"event_id": f"{kind}-{subject}-{on}", "kind": kind, "subject": subject}
    return usual | {"happened_on": on} | more


def ledger(rules: SettleRules | None = None, **tables: list[dict[str, Any]]) -> Ledger:
    """A checked ledger of rows given by table."""
    return Ledger.from_tables({name: frame(rows) for name, rows in tables.items()}, rules)[0]


def stand(one: Ledger, as_of: str, name: str = "A") -> pd.Series:
    """How one invoice stood as known on a morning."""
    return one.as_of(day_of(as_of)).invoices().set_index("invoice_id").loc[name]
