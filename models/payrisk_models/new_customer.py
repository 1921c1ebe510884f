"""new-customer: whether an applicant will go bad, from what the application says alone."""

from __future__ import annotations

from dataclasses import replace

from payrisk.learning.judging.spec import Gate, ModelSpec
from payrisk.learning.new_customer.fit_points import fit_points
from payrisk.learning.new_customer.fit_years import fit_across_years
from payrisk.ledger import DefaultRule

SPEC = ModelSpec(
    name="new-customer",
    purpose="The chance that a new customer goes bad, from the application's attributes alone.",
    head="applicant",
    fit=fit_across_years,
    rule=DefaultRule(dispute_days=None),  # labels as champions before learnt them (ADR 0032)
    horizon_days=365,
    recipe="Small boosted trees over the application, three seeds averaged, beside a linear model;"
    " setting and weights are chosen by cross-validation. Where the past is long enough, walking"
    " forward from past mornings chooses how fast applications age, how much of what sets"
    " applicants apart is kept for the year to come, and whether the scorecard ships instead;"
    " inputs that turned are drawn in, and chances are as wide as the level is uncertain. Else"
    " calibrated only where the slope out of fold is off. Then moved to the level of the matured"
    " recent applications. Special values are flags, categories are shrunk to their parents;"
    " protected attributes and suspected leaks are no inputs.",
    baselines=("base-rate", "woe-scorecard", "logistic"),
    gates=(
        Gate("log_loss", 1.0, "times", "base-rate", needs=("n_events", 20)),
        Gate("brier", 1.0, "times", "base-rate", needs=("n_events", 20)),
        Gate("log_loss", 1.02, "times", "woe-scorecard", needs=("n_events", 20)),
        Gate("brier", 1.02, "times", "woe-scorecard", needs=("n_events", 20)),
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
