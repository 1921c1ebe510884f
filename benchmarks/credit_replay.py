"""What becomes of 2,000 simulated decisions, by the true chance that the company stops paying.

    payrisk bench credit-replay [--home HOME] [--decisions 2000] [--seed 1] [--json]

The home is that of a demo (`payrisk demo`): its company is made up once more, and its truth told.
Asked are orders of known customers (a half to four times their usual), reviews of their limits,
and the applications of all who ever applied, the refused ones too; each on the demo's morning.
The bands are those of the policy: by the true chance to stop paying within 365 days, and by the
chance of default that the house told of its customers, which is all that a decision can go by.

unverified_taken: newcomers taken and limits raised on a score that no outcome stands behind; the
promise is none.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from _tables import printed

from payrisk.answers import Answers, read_answers
from payrisk.credit import CreditApplication, CreditDecision, CreditRequest, Order
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.settings import Settings
from payrisk.simulate import simulate
from payrisk_pipelines import demo

SIZES = (0.5, 1.0, 2.0, 4.0)
EDGES = (0.01, 0.04, 0.10, 0.25)


def truth_of(home: Path) -> Any:
    """The made-up company of a demo's home. Raises SystemExit where the home holds another."""
    made = simulate(demo.CUSTOMERS, demo.MONTHS, demo.SEED, world=demo.WORLD)
    ledger = Ledger.from_tables(made.tables)[0]
    if len(storage.load(home).tables["invoices"]) != len(ledger.tables["invoices"]):
        raise SystemExit(f"{home} is no home of today's demo; run 'payrisk --home {home} demo'.")
    return made


def requests_of(answers: Answers, made: Any) -> list[tuple[CreditRequest, float]]:
    """Every question there is with the true chance of who asks."""
    as_of = answers.default_as_of
    customers = made.customers_truth.dropna(subset=["probability_default_365"])
    chance = dict(zip(customers["customer_id"], customers["probability_default_365"], strict=True))
    invoices = answers.history(as_of).invoices()
    asked: list[tuple[CreditRequest, float]] = []
    for customer, own in invoices[invoices["amount"] > 0].groupby("customer_id"):
        if customer not in chance:
            continue
        usual, currency = float(own["amount"].median()), str(own["currency"].mode()[0])
        orders = [Order(max(1, round(size * usual)), currency) for size in SIZES]
        asked += [
            (CreditRequest(customer_id=str(customer), order=order), chance[customer])
            for order in orders
        ]
        asked.append((CreditRequest(customer_id=str(customer)), chance[customer]))
    true = made.applications_truth.set_index("application_id")["probability_default_365"]
    for row in made.tables["applications"].to_dict("records"):
        fields, name = json.loads(row["fields"]), str(row["application_id"])
        application = CreditApplication.of_fields(fields, as_of, name)
        asked.append((CreditRequest(application=application), float(true[name])))
    return asked


def is_taken_unverified(decision: CreditDecision) -> bool:
    """Whether a newcomer was taken or a limit raised on a score without outcomes."""
    if not decision.unverified or not decision.outcome.startswith("approve"):
        return False
    granted, before = decision.limit.granted or 0, decision.limit.previous or 0
    return decision.kind == "onboarding" or granted > before


def replay(answers: Answers, made: Any, n: int, seed: int) -> pd.DataFrame:
    """A row a decision: kind, true chance, outcome, and whether it broke the promise."""
    asked = requests_of(answers, made)
    chosen = np.random.default_rng(seed).choice(len(asked), n, replace=n > len(asked))
    rows = []
    for place in chosen:
        request, chance = asked[int(place)]
        prepared = answers.prepare_decision(request, as_of=answers.default_as_of)
        decision = prepared.decide(with_counterfactuals=False)
        rows.append(
            {
                "kind": decision.kind,
                "customer": str(decision.customer_id or request.application),
                "chance": chance,
                "told": np.nan if decision.risk is None else decision.risk.probability,
                "outcome": decision.outcome,
                "is_verified": not decision.unverified,
                "unverified_taken": is_taken_unverified(decision),
            }
        )
    return pd.DataFrame(rows)


def shares(rows: pd.DataFrame, by: str = "chance") -> list[dict[str, Any]]:
    """Shares of approve, refer and decline by kind and band of the true chance, or the told."""
    rows = rows[rows[by].notna()]
    low = [0.0, *EDGES]
    names = [f"{a:.0%} to {b:.0%}" for a, b in zip(low, [*EDGES, 1.0], strict=True)]
    band = np.searchsorted(EDGES, rows[by].to_numpy(), side="right")
    approved = rows["outcome"].str.startswith("approve")
    table = []
    for (kind, place), group in rows.groupby(["kind", band]):
        table.append(
            {
                "kind": kind,
                "true_chance" if by == "chance" else "told_chance": names[int(place)],
                "n": len(group),
                "companies": int(group["customer"].nunique()),
                "mean_true": float(group["chance"].mean()),
                "approve": float(approved[group.index].mean()),
                "refer": float((group["outcome"] == "refer").mean()),
                "decline": float((group["outcome"] == "decline").mean()),
                "verified": float(group["is_verified"].mean()),
                "unverified_taken": int(group["unverified_taken"].sum()),
            }
        )
    return table


def main() -> None:
    """Print the shares, or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, help="of a demo; default: the house's own")
    parser.add_argument("--decisions", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    home = given.home or Settings.read().home
    rows = replay(read_answers(home), truth_of(home), given.decisions, given.seed)
    table, told = shares(rows), shares(rows[rows["kind"] != "onboarding"], "told")
    if given.json:
        print(json.dumps({"by_true_chance": table, "by_told_chance": told}))
        return
    printed(f"{len(rows):,} decisions by the true chance of who asked", table)
    printed("decisions on known customers by the chance that they were told to have", told)
    taken = int(rows["unverified_taken"].sum())
    print(f"\nnewcomers taken and limits raised on a score without outcomes: {taken}")


if __name__ == "__main__":
    main()
