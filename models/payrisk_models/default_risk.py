"""default-risk: whether this customer will default within the horizon."""

from __future__ import annotations

from payrisk.learning.spec import Gate, ModelSpec
from payrisk.ledger import DefaultRule

SPEC = ModelSpec(
    name="default-risk",
    purpose="The chance that a customer goes into default within the horizon, with reasons.",
    head="risk",
    over="days-to-pay",
    rule=DefaultRule(),
    horizon_days=180,
    recipe="A formula over the current days-to-pay champion: open invoices passing the days of"
    " the default rule, new invoices doing so at the customer's shrunk past rate, both at the"
    " level that past mornings showed, and the ledger's base rate for what no history shows.",
    baselines=("base-rate",),
    gates=(
        Gate("log_loss", 1.0, "times", "base-rate", needs=("n_events", 20)),
        Gate("brier", 1.02, "times", "base-rate", needs=("n_events", 20)),
    ),
    limits=(
        "Open invoices are taken as independent given their curves; joint draws come later.",
        "It sees behaviour in this ledger only: no financials, no bureau, no application.",
    ),
)
