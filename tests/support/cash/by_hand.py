"""Open invoices and curves written by hand: cash needs no model."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.predictions import PaymentCurves

AS_OF = 20_000


def open_invoices(n: int, seed: int = 0, **columns: object) -> pd.DataFrame:
    """The documented columns of `Books.open_invoices()` that cash reads."""
    g = np.random.default_rng(seed)
    customer = g.integers(0, max(2, n // 5), n)
    frame = pd.DataFrame(
        {
            "invoice_id": [f"i{k}" for k in range(n)],
            "instalment": 1,
            "customer_id": [f"c{k}" for k in customer],
            "parent_id": pd.Series([None] * n, dtype="str"),
            "country": g.choice(["DE", "FR"], n),
            "entity_id": g.choice(["north", "south"], n),
            "due_on": AS_OF + g.integers(-30, 30, n),
            "currency": g.choice(["EUR", "USD"], n),
            "residual": g.integers(1, 10**6, n),
        }
    )
    return frame.assign(**columns)


def curves(n: int, seed: int = 0, days: int = 40) -> PaymentCurves:
    """Random lawful curves, some of them never reaching 1."""
    g = np.random.default_rng(seed)
    mass = g.dirichlet(np.full(days + 2, 0.3), n)
    matrix = np.cumsum(mass, axis=1)[:, :days]
    return PaymentCurves(np.full(n, AS_OF), matrix, np.full(n, days), mass[:, -1])


def credits(*rows: tuple[str, str, str, int]) -> pd.DataFrame:
    """Credit balances (customer, entity, currency, cents)."""
    return pd.DataFrame(
        list(rows), columns=["customer_id", "entity_id", "currency", "unapplied"]
    ).astype({"unapplied": "int64"})
