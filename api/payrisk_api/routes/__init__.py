"""The routes, one file a noun."""

from __future__ import annotations

from payrisk_api.routes import (
    batches,
    callers,
    cash,
    changes,
    collecting,
    contacts,
    credit,
    customer_accounts,
    customers,
    health,
    holdouts,
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
        customer_accounts,
        collecting,
        contacts,
        holdouts,
        models,
        callers,
        changes,
        health,
    )
)
