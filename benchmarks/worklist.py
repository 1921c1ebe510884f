"""Cash brought forward by the worklist, beside rankings by overdue amount and by risk × amount.

    payrisk bench worklist [--json] [--seeds 9101 9102 ...] [--part worlds holdout]

Made-up companies whose reactions to being asked are known (ADR 0041), three mornings each, so many
actions a morning. A ranking chooses customers; what its action changes is the truth's, a mean over
redraws of the reactions. Cash brought forward: money held a month longer in 90 days, with less
without, for 100 actions, in percent of what is overdue: so every company counts the same, and one
large invoice does not decide. The curves are the shrunk ECDF's, fitted before the first morning.

worklist: ranked and with the step as the product does it. calls: the same with calls alone.
overdue, risk: by overdue amount, and by what is not likely to come in 90 days × amount, a call
each. overdue with our step: by overdue amount, with the step the worklist would suggest.
Ratios of sums with 95 % intervals over companies, drawn anew together (paired bootstrap).

worlds: the law, and those the prior was not made for: no reaction, harmful to good payers, only by
phone; and the prior half and twice as high. holdout: in worlds of the law and of no reaction half
of the customers are left alone by lot, and the measured chance of an answer replaces the prior.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
import pandas as pd
from _collecting_mornings import (
    MOST_DAYS,
    CompanyMorning,
    company_mornings,
    company_row,
    forward_by_step,
)
from _running import say
from _tables import printed

from payrisk.arrays import Floats, Ints
from payrisk.collecting.holdout.assignment import CONTROL, Arm, assign
from payrisk.collecting.holdout.effect import arm_effect
from payrisk.collecting.holdout.readout import shrunk_answer_chance
from payrisk.collecting.worklist.gain import days_sooner_if_answered
from payrisk.collecting.worklist.policy import CollectingPolicy
from payrisk.collecting.worklist.stakes import Stakes
from payrisk.simulate.reactions.law import NO_REACTION, ReactionLaw

SEEDS = tuple(range(9101, 9161))
"""Not among those looked at while building (301-306, 401-424, 1001-1064), nor judged on before."""
JUDGED = ReactionLaw(fatigue=0.6, answer_days=2.5, shared=0.5).scaled(0.8)
"""Sizes not used while building either."""
ACTIONS = (5, 10)
POLICY = CollectingPolicy.read()


def ratio(rows: pd.DataFrame, name: str, beside: str) -> list[float | None]:
    """Ratio of what 100 actions bring, with its interval over companies drawn anew together.

    None three times where the other ranking brings nothing, as where nobody reacts.
    """
    if not rows[beside].any():
        return [None, None, None]
    draws = np.random.default_rng(0).integers(0, len(rows), (4_000, len(rows)))
    values = rows[[name, f"{name} n", beside, f"{beside} n"]].to_numpy()

    def of(sums: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((sums[..., 0] / sums[..., 1]) / (sums[..., 2] / sums[..., 3]))

    spread = of(values[draws].sum(axis=1))
    low, high = np.nanquantile(spread, (0.025, 0.975))
    return [float(of(values.sum(axis=0))), float(low), float(high)]


def world_lines(name: str, rows: pd.DataFrame, n: int) -> list[dict[str, Any]]:
    """A line a comparison of one world."""
    lines = []
    for one, beside in (
        ("worklist", "overdue"),
        ("worklist", "risk"),
        ("worklist", "overdue with our step"),
        ("calls", "overdue"),
        ("calls", "risk"),
    ):
        middle, low, high = ratio(rows, one, beside)
        lines.append(
            {
                "world": name,
                "actions": n,
                "ranking": one,
                "per_100": 100 * rows[one].sum() / max(rows[f"{one} n"].sum(), 1),
                "beside": beside,
                "beside_per_100": 100 * rows[beside].sum() / max(rows[f"{beside} n"].sum(), 1),
                "ratio": middle,
                "low": low,
                "high": high,
                "claimed_per_100": 100 * rows[f"{one} claim"].sum()
                / max(rows[f"{one} n"].sum(), 1),
            }
        )  # fmt: skip
    return lines


def measured(
    companies: dict[int, list[CompanyMorning]], law: ReactionLaw
) -> tuple[float, float, float]:
    """The chance that a call is answered, as a holdout of all first mornings tells it."""
    outcome, expected, treated, strata, answered = [], [], [], [], []
    for seed, mornings in companies.items():
        morning = mornings[0]
        stakes, as_of = morning.stakes, morning.stakes.as_of
        base = morning.truth.without()
        then = morning.truth.payments_after_action(as_of, "call", law)
        customers, code = np.unique(stakes.rows["customer_id"].astype(str), return_inverse=True)
        weight: Floats = np.bincount(code, stakes.stake, minlength=len(customers)).astype(float)
        arms = (Arm(CONTROL, 0.5), Arm("call", 0.5, "call"))
        is_treated = assign([*customers], np.zeros(len(customers), np.int64), arms, seed) == 1
        days = np.where(is_treated[code], then.paid_on, base.paid_on)
        waited = np.clip(days - as_of, 0, MOST_DAYS)
        unpaid = (1 - morning.paid_by[:, :MOST_DAYS]).sum(axis=1)

        def mean(
            values: Floats,
            code: Ints = code,
            weight: Floats = weight,
            stakes: Stakes = stakes,
        ) -> Floats:
            total = np.bincount(code, values * stakes.stake, minlength=len(weight))
            return np.asarray(total / np.maximum(weight, 1e-9))

        free = weight > 0
        outcome.append(mean(waited.astype(np.float64))[free])
        expected.append(mean(unpaid)[free])
        answered.append(mean(days_sooner_if_answered(morning.paid_by))[free])
        treated.append(is_treated[free])
        strata.append(np.full(int(free.sum()), seed))
    made = arm_effect(
        np.concatenate(outcome),
        np.concatenate(expected),
        np.concatenate(treated),
        np.concatenate(strata),
    )
    whole = float(np.concatenate(answered)[np.concatenate(treated)].mean())
    return -float(made.effect) / whole, -float(made.high) / whole, -float(made.low) / whole


def forwards_of(
    companies: dict[int, list[CompanyMorning]], law: ReactionLaw
) -> dict[int, list[Floats]]:
    """By company, what each step brings forward on each of its mornings; worked out once a law."""
    for known, forwards in _FORWARDS:
        if known == law:
            return forwards
    forwards = {
        seed: [
            forward_by_step(morning, law, seed * 10 + place)
            for place, morning in enumerate(mornings)
        ]
        for seed, mornings in companies.items()
    }
    _FORWARDS.append((law, forwards))
    return forwards


_FORWARDS: list[tuple[ReactionLaw, dict[int, list[Floats]]]] = []

WORLDS: dict[str, tuple[ReactionLaw, CollectingPolicy]] = {
    "the law": (JUDGED, POLICY),
    "prior x 1/2": (JUDGED, POLICY.with_scaled_answer_chances(0.5)),
    "prior x 2": (JUDGED, POLICY.with_scaled_answer_chances(2.0)),
    "harmful to good payers": (JUDGED.harmful_to_good_payers(), POLICY),
    "only by phone": (JUDGED.only_by_phone(), POLICY),
    "no reaction": (NO_REACTION, POLICY),
}
"""By name, how customers react, and what the worklist takes them to do."""


def _worlds(
    companies: dict[int, list[CompanyMorning]], wanted: list[str] | None
) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for name, (law, policy) in WORLDS.items():
        if wanted and name not in wanted:
            continue
        say(name)
        forwards = forwards_of(companies, law)
        for n in ACTIONS:
            rows = pd.DataFrame(
                [company_row(m, forwards[seed], policy, n) for seed, m in companies.items()]
            )
            lines += world_lines(name, rows, n)
    return lines


def _holdouts(companies: dict[int, list[CompanyMorning]]) -> list[dict[str, Any]]:
    lines = []
    for name, law in (("the law", JUDGED), ("no reaction", NO_REACTION)):
        say(f"holdout: {name}")
        middle, low, high = measured(companies, law)
        kept = shrunk_answer_chance(middle, low, high, POLICY.effects["call"].answered)
        policy = POLICY.with_scaled_answer_chances(kept / POLICY.effects["call"].answered)
        forwards = forwards_of(companies, law)
        rows = pd.DataFrame(
            [company_row(m, forwards[seed], policy, ACTIONS[0]) for seed, m in companies.items()]
        )
        n = max(rows["calls n"].sum(), 1)
        lines.append(
            {
                "world": name,
                "answered": middle,
                "low": low,
                "high": high,
                "taken_over": kept,
                "claimed_per_100": 100 * rows["calls claim"].sum() / n,
                "came_per_100": 100 * rows["calls"].sum() / n,
            }
        )
    return lines


def main() -> None:
    """Run the parts and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--customers", type=int, default=300)
    parser.add_argument("--part", choices=("worlds", "holdout"), nargs="+",
                        default=["worlds", "holdout"])  # fmt: skip
    parser.add_argument("--worlds", nargs="+", help="Only these.")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    companies: dict[int, list[CompanyMorning]] = {}
    for seed in asked.seeds:
        say(f"company {seed}")
        companies[seed] = company_mornings(seed, asked.customers)
    lines = _worlds(companies, asked.worlds) if "worlds" in asked.part else []
    learnt = _holdouts(companies) if "holdout" in asked.part else []
    if asked.json:
        print(json.dumps({"worlds": lines, "holdout": learnt}, indent=2))
        return
    if lines:
        printed("Percent of what is overdue held a month earlier, for 100 actions", lines)
    if learnt:
        printed("Calls, with the chance of an answer that a holdout measured", learnt)


if __name__ == "__main__":
    main()
