"""The routes, one file a noun."""

from __future__ import annotations

from payrisk_api.routes import cash, credit, health, models, payment_curves, receivables

ROUTERS = tuple(
    module.router for module in (credit, payment_curves, cash, receivables, models, health)
)
