"""days-to-pay: when this invoice will be paid."""

from __future__ import annotations

from payrisk.learning.baselines import BASELINES
from payrisk.learning.ecdf import fit_shrunk_ecdf
from payrisk.learning.spec import Gate, ModelSpec

SPEC = ModelSpec(
    name="days-to-pay",
    purpose="The chance that an invoice is paid in cash by each coming day, at quote, at issue,"
    " mid-life and overdue.",
    head="curves",
    fit=fit_shrunk_ecdf,
    recipe="Days late of the customer, shrunk (K=5) to those of the same terms and of the ledger,"
    " counted with open and unpaid invoices, given unpaid today, rolled to business days.",
    baselines=tuple(BASELINES),
    gates=(
        Gate("crps", 0.9, "times", "due-plus-mean"),
        Gate("crps", 1.05, "times", "customer-ecdf"),
        Gate("nll", 0.1, "plus", "customer-ecdf"),
        Gate("pit_deviation", 0.2, needs=("n", 500)),
    ),
    limits=(
        "It knows days late, not causes: it looks at no dispute, promise, amount or payment run.",
        "Whole days: an 80 % interval covers more than 80 % by construction; judge by the PIT.",
    ),
)
