"""default-risk: whether this customer will default within the horizon."""

from __future__ import annotations

from payrisk.learning.default_risk.fit import BEHAVIOUR, fit_default_risk
from payrisk.learning.judging.spec import Gate, ModelSpec
from payrisk.ledger import DefaultRule

SPEC = ModelSpec(
    name="default-risk",
    purpose="The chance that a customer goes into default within the horizon, with reasons.",
    head="risk",
    fit=fit_default_risk,
    over="days-to-pay",
    rule=DefaultRule(dispute_days=None),  # labels as champions before learnt them (ADR 0032)
    horizon_days=180,
    inputs=BEHAVIOUR,
    recipe="The log-odds of a formula over the current days-to-pay champion (open and new invoices"
    " failing together, at the level past mornings showed) and, as much again, of small monotone"
    " boosted trees and a ridge regression on the customer's features; blended with its"
    " application by how much has been seen of it, and shifted to the recent rate of default.",
    baselines=("curve-roll-up", "boosting", "linear", "base-rate"),
    gates=(
        Gate("log_loss", 1.0, "times", "base-rate", needs=("n_events", 20)),
        Gate("brier", 1.02, "times", "base-rate", needs=("n_events", 20)),
    ),
    limits=(
        "How far invoices fail together (.3 day due, .2 customer, .02 all) is not yet fitted.",
        "It learns from customers that were accepted; of those refused nobody saw an outcome.",
        "Customers under prepayment or on hold are left out of training and marked in answers.",
    ),
)
