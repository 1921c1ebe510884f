"""days-to-pay: when this invoice will be paid."""

from __future__ import annotations

from functools import partial

from payrisk.features import DAILY
from payrisk.learning.baselines import BASELINES
from payrisk.learning.hazard import STATIC, fit_daily_hazard
from payrisk.learning.person_period import Sampling
from payrisk.learning.spec import Gate, ModelSpec

SPEC = ModelSpec(
    name="days-to-pay",
    purpose="The chance that an invoice is paid in cash by each coming day, at quote, at issue,"
    " mid-life and overdue.",
    head="curves",
    fit=fit_daily_hazard,
    judged=partial(fit_daily_hazard, has_money=False),
    sketch=partial(
        fit_daily_hazard,
        has_money=False,
        seeds=1,
        rounds=60,
        sampling=Sampling(issues=4_000, snapshots=4_000, unpaid_rate=0.25),
    ),
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
