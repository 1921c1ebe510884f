"""new-customer: whether an applicant will go bad, from what the application says alone."""

from __future__ import annotations

from dataclasses import replace

from payrisk.learning.judging.spec import Gate, ModelSpec
from payrisk.learning.new_customer.fit import fit_applicant
from payrisk.learning.new_customer.fit_points import fit_points
from payrisk.ledger import DefaultRule

SPEC = ModelSpec(
    name="new-customer",
    purpose="The chance that a new customer goes bad, from the application's attributes alone.",
    head="applicant",
    fit=fit_applicant,
    rule=DefaultRule(dispute_days=None),  # labels as champions before learnt them (ADR 0032)
    horizon_days=365,
    recipe="Small boosted trees over the application, three seeds averaged, beside a linear model;"
    " setting and weights are chosen by cross-validation. Calibrated only where the slope out of"
    " fold is off, then moved to the level of the matured recent applications. Special values are"
    " flags, categories are shrunk to their parents; protected attributes and suspected leaks are"
    " no inputs.",
    baselines=("base-rate", "woe-scorecard", "logistic"),
    gates=(
        Gate("log_loss", 1.0, "times", "base-rate", needs=("n_events", 20)),
        Gate("brier", 1.0, "times", "base-rate", needs=("n_events", 20)),
        Gate("log_loss", 1.02, "times", "woe-scorecard", needs=("n_events", 20)),
    ),
    limits=(
        "It learns from accepted applicants only: of those refused nobody knows what became.",
        "It sees no behaviour; from the first invoices on, default-risk does.",
    ),
)

RECIPES = {
    "scorecard": replace(
        SPEC,
        fit=fit_points,
        recipe="A points card: monotone ranges and categories, their weights of evidence weighed"
        " by a ridge regression without negative weights, rounded to whole points; moved to the"
        " level of the matured recent applications.",
    )
}
"""Other recipes that may answer under the same name, held to the same gates."""
