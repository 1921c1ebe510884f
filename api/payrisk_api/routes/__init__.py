"""The routes, one file a noun."""

from __future__ import annotations

from payrisk_api.routes import (
    callers,
    cash,
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
        health,
    )
)
