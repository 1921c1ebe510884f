"""days-to-pay: when this invoice will be paid."""

from __future__ import annotations

from dataclasses import replace

from payrisk.features import DAILY
from payrisk.learning.days_to_pay.attributes.fit_attributed import fit_attributed_hazard
from payrisk.learning.days_to_pay.baselines import BASELINES
from payrisk.learning.days_to_pay.fit_best_ecdf import fit_best_ecdf
from payrisk.learning.days_to_pay.fit_hazard import STATIC, fit_daily_hazard
from payrisk.learning.judging.spec import Gate, ModelSpec, Span

SPEC = ModelSpec(
    name="days-to-pay",
    purpose="The chance that an invoice is paid in cash by each coming day, at quote, at issue,"
    " mid-life and overdue.",
    head="curves",
    fit=fit_daily_hazard,
    when_judged={"has_money": False},
    when_gated={"has_money": False, "seeds": 1},
    when_sketched={
        "has_money": False,
        "seeds": 1,
        "rounds": 60,
        "sampling": {"issues": 4_000, "snapshots": 4_000, "unpaid_rate": 0.25},
    },
    search={
        "rounds": Span(60, 300),
        "learning_rate": Span(0.03, 0.2, is_log=True),
        "leaves": Span(choices=(7, 15, 31, 63)),
        "weight": Span(0.4, 1.0),
    },
    inputs=(*STATIC, *DAILY),
    recipe="The chance of each day that an unpaid invoice is paid that day, by boosted trees over"
    " what was known that morning and what sets the day apart; how late is shared with the"
    " customer's own past (the shrunk ECDF), which alone answers while the ledger is young.",
    baselines=tuple(BASELINES),
    gates=(
        Gate("crps", 0.9, "times", "due-plus-mean"),
        Gate("crps", 1.0, "times", "customer-ecdf"),
        Gate("nll", 0.0, "plus", "customer-ecdf"),
        Gate("pit_deviation", 0.2, needs=("n", 500)),
    ),
    limits=(
        "What is known is frozen on the morning asked for: later disputes need a new question.",
        "Whole days: an 80 % interval covers more than 80 % by construction; judge by the PIT.",
    ),
)

RECIPES = {
    "attributes": replace(
        SPEC,
        fit=fit_attributed_hazard,
        reads_attributes=True,
        recipe=f"{SPEC.recipe} Of customers hardly known, what customers alike in sector, size,"
        " region, scores and other attributes did stands in, until their own past takes over.",
    ),
    "counting": replace(
        SPEC,
        fit=fit_best_ecdf,
        when_judged={},
        when_gated={},
        when_sketched={},
        search={},
        inputs=(),
        recipe="How late the customer's own past, its terms and the ledger were, counted and"
        " shrunk to one another, in the way that said most of the ledger's last invoices: what is"
        " best known of a ledger too small for trees to beat.",
    ),
}
"""Other recipes of the same model: of customers hardly known, and of small ledgers."""
