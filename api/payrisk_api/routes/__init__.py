"""The routes, one file a noun."""

from __future__ import annotations

from payrisk_api.routes import (
    batches,
    callers,
    cash,
    changes,
    collecting,
    credit,
    customers,
    health,
    liquidity,
    models,
    payment_curves,
    proposals,
    receivables,
)

ROUTERS = tuple(
    module.router
    for module in (
        batches,
        credit,
        proposals,
        customers,
        payment_curves,
        cash,
        liquidity,
        receivables,
        collecting,
        models,
        callers,
        changes,
        health,
    )
)
