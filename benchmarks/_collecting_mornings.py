"""Mornings of made-up companies whose reactions are known, and what each ranking brings there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.collecting.worklist.listing import CollectingDesk, worklist
from payrisk.collecting.worklist.policy import STEPS, CollectingPolicy
from payrisk.collecting.worklist.stakes import CustomerPast, Stakes
from payrisk.collecting.worklist.worth import Worths, best_steps
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.ledger import Ledger
from payrisk.simulate import World, simulate
from payrisk.simulate.reactions.law import ReactionLaw
from payrisk.simulate.reactions.outcomes import Company

DAYS_BEFORE_END = (100, 65, 30)
MOST_DAYS, MONTH = 90, 30.0
REDRAWS = 12
WITHOUT_PLANS = ("reminder", "call")


@dataclass(frozen=True)
class CompanyMorning:
    """One morning of one company: its stakes, curves, past, and the truth of each stake's row."""

    stakes: Stakes
    paid_by: Floats
    past: CustomerPast
    truth: Company
    scale: Floats


def company_mornings(seed: int, customers: int) -> list[CompanyMorning]:
    """The mornings of a company, its curves learnt from what was known before the first one."""
    made = simulate(customers, 18, seed, world=World(has_reactions=True))
    ledger = Ledger.from_tables(made.tables)[0]
    model = fit_shrunk_ecdf(ledger.as_of(ledger.last_day - DAYS_BEFORE_END[0] - 30))
    key = ["invoice_id", "instalment"]
    places = pd.MultiIndex.from_frame(made.truth[key].astype({"invoice_id": object}))
    out = []
    for before in DAYS_BEFORE_END:
        history = ledger.as_of(ledger.last_day - before)
        stakes = Stakes.of(history, None, 1)
        curves = model.curves(history, stakes.rows, "money")
        rows = places.get_indexer(
            pd.MultiIndex.from_frame(stakes.rows[key].astype({"invoice_id": object}))
        )
        truth = Company.of(
            made.truth.iloc[rows].reset_index(drop=True),
            made.reactions_truth.iloc[rows].reset_index(drop=True),
            made.customers_truth,
            first_day=stakes.as_of - 10,
            last_day=stakes.as_of + 700,
        )
        residual = np.maximum(stakes.rows["residual"].to_numpy(np.float64), 1.0)
        past = CustomerPast.of(history, ())
        out.append(
            CompanyMorning(
                stakes, np.asarray(curves.matrix), past, truth, stakes.overdue / residual
            )
        )
    return out


def redrawn(truth: Company, generator: np.random.Generator) -> Company:
    """The same invoices with other scores of their reactions."""
    n = len(truth.truth)
    code, names = pd.factorize(truth.truth["customer_id"])
    scores = {
        "answer_own": generator.normal(size=n),
        "answer_shared": generator.normal(size=len(names))[code],
        "resent_own": generator.normal(size=n),
        "resent_shared": generator.normal(size=len(names))[code],
        "answer_wait": generator.exponential(size=n),
        "resent_wait": generator.random(n),
    }
    return replace(truth, reactions=truth.reactions.assign(**scores))


def forward_by_step(morning: CompanyMorning, law: ReactionLaw, seed: int) -> Floats:
    """(n, steps) what each step on each stake brings forward in the mean, in cents of the list."""
    generator, as_of = np.random.default_rng(seed), morning.stakes.as_of
    total = np.zeros((len(morning.stakes.rows), len(STEPS)))
    tones = {"reminder": "friendly", "call": "friendly", "plan": "empathetic"}
    for _ in range(REDRAWS):
        company = redrawn(morning.truth, generator)
        base = company.without()
        for place, step in enumerate(STEPS):
            then = company.payments_after_action(as_of, step, law, tone=tones[step])
            total[:, place] += then.money_days_gained(base, as_of, MOST_DAYS)
    return total * morning.scale[:, None] / REDRAWS / MONTH


def chosen(
    morning: CompanyMorning, policy: CollectingPolicy, n: int
) -> dict[str, tuple[Ints, Ints, float]]:
    """By ranking: the customers chosen, the step of each, and what the worklist claims of them."""
    worths = Worths.of(morning.stakes, morning.paid_by, policy)
    at = {str(who): place for place, who in enumerate(worths.customers)}
    call = STEPS.index("call")

    def listed(value: Floats) -> tuple[Ints, Ints, float]:
        made = worklist(
            morning.stakes,
            morning.paid_by,
            morning.past,
            policy,
            CollectingDesk(),
            limit=n,
            worths=replace(worths, value=value),
        )
        who = np.array([at[name] for name in made.rows["customer_id"]], dtype=np.int64)
        steps = np.array([STEPS.index(step) for step in made.rows["step"]], dtype=np.int64)
        return who, steps, float(made.rows["held_a_month_earlier"].sum())

    calls = worths.value.copy()
    calls[:, [place for place in range(len(STEPS)) if place != call]] = -np.inf
    calls[:, call] += policy.costs["call"] * 100  # ranked by what a call brings, whatever it costs
    by_amount = np.argsort(-worths.overdue, kind="stable")[:n]
    risk = morning.stakes.stake * (1 - morning.paid_by[:, MOST_DAYS])
    by_risk = np.argsort(-np.bincount(worths.code, risk), kind="stable")[:n]
    step, brought = best_steps(worths.value, worths.forward)
    best = np.where(brought > 0, step, call)
    return {
        "worklist": listed(worths.value),
        "calls": listed(calls),
        "overdue": (by_amount, np.full(len(by_amount), call), 0.0),
        "risk": (by_risk, np.full(len(by_risk), call), 0.0),
        "overdue with our step": (by_amount, best[by_amount], 0.0),
    }


def company_row(
    mornings: list[CompanyMorning], forwards: list[Floats], policy: CollectingPolicy, n: int
) -> dict[str, float]:
    """What each ranking brought forward in one company, in percent of what is overdue.

    Beside it the number of actions and what the worklist claimed. forwards: of each morning what
    `forward_by_step` says; who is known to be insolvent brings nothing, for it may not pay.
    """
    row: dict[str, float] = {}
    overdue = float(np.mean([morning.stakes.overdue.sum() for morning in mornings])) / 100
    for morning, forward in zip(mornings, forwards, strict=True):
        worths = Worths.of(morning.stakes, morning.paid_by, policy)
        by_customer = np.stack(
            [
                np.bincount(worths.code, forward[:, s], minlength=len(worths.customers))
                for s in range(len(STEPS))
            ],
            axis=1,
        )
        by_customer[worths.customers.isin(list(morning.past.insolvent))] = 0.0
        for name, (who, steps, claim) in chosen(morning, policy, n).items():
            row[name] = row.get(name, 0.0) + float(by_customer[who, steps].sum()) / overdue
            row[f"{name} n"] = row.get(f"{name} n", 0.0) + len(who)
            row[f"{name} claim"] = row.get(f"{name} claim", 0.0) + claim / overdue
    return row
