"""Released orders that were never paid, beside the house rule "within the limit, 30 days late"."""

from __future__ import annotations

import argparse
import json

import numpy as np
import pandas as pd
from _order_questions import Company, asked
from _running import say
from _tables import printed

from payrisk.simulate import World

DRAWS = 1_000
EURO = {"EUR": 1.0, "USD": 0.9, "GBP": 1.16, "PLN": 0.23, "INR": 0.011}
"""About what one unit is worth in EUR, to add up the money of five currencies."""


def compared(rows: pd.DataFrame) -> dict[str, float]:
    """Shares of released orders and of their money that never came: ours and the rule's.

    The rule releases as many orders (as much money) as we do, those that it likes best: an order's
    severity is the larger of its use of the limit and its oldest overdue in 30 days. Of an order
    let go in part the part counts. Orders that only a person may decide are in neither.
    """
    rows = rows[~rows["is_for_a_person"]]
    euro = rows["currency"].map(EURO).to_numpy() / 100
    amount = rows["amount"].to_numpy() * euro
    let_go = rows["released"].to_numpy() * euro
    lost = rows["lost"].to_numpy() / np.maximum(rows["amount"].to_numpy(), 1)
    by_rule = rows["severity"].to_numpy() <= 1
    best_first = np.argsort(rows["severity"].to_numpy(), kind="stable")
    found = {}
    for name, weight, ours in (
        ("orders", np.ones(len(rows)), let_go / amount),
        ("money", amount, let_go),
    ):
        upto = np.cumsum(weight[best_first])
        share = np.clip((ours.sum() - (upto - weight[best_first])) / weight[best_first], 0, 1)
        rule = np.zeros(len(rows))
        rule[best_first] = share * weight[best_first]
        found[f"{name} released, ours"] = ours.sum() / weight.sum()
        found[f"{name} released, rule by itself"] = weight[by_rule].sum() / weight.sum()
        for who, taken in (("ours", ours), ("rule", rule), ("all", weight)):
            found[f"{name} never paid, {who}"] = (lost * taken).sum() / max(taken.sum(), 1e-9)
        itself = weight * by_rule
        found[f"{name} never paid, rule by itself"] = (lost * itself).sum() / itself.sum()
    return {name: float(value) for name, value in found.items()}


def with_intervals(rows: pd.DataFrame, seed: int) -> list[dict[str, object]]:
    """Ours less the rule's, with 95 % of draws of whole customers."""
    places = list(rows.reset_index(drop=True).groupby(["seed", "customer"]).indices.values())
    rng, n = np.random.default_rng(seed), len(places)
    drawn = [
        compared(rows.iloc[np.concatenate([places[i] for i in rng.integers(0, n, n)])])
        for _ in range(DRAWS)
    ]
    table: list[dict[str, object]] = []
    point = compared(rows)
    for name in ("orders never paid", "money never paid"):
        apart = np.array([one[f"{name}, ours"] - one[f"{name}, rule"] for one in drawn])
        table.append(
            {
                "measure": name,
                "ours": point[f"{name}, ours"],
                "rule": point[f"{name}, rule"],
                "rule by itself": point[f"{name}, rule by itself"],
                "all": point[f"{name}, all"],
                "ours less rule": point[f"{name}, ours"] - point[f"{name}, rule"],
                "from": float(np.quantile(apart, 0.025)),
                "to": float(np.quantile(apart, 0.975)),
            }
        )
    return table


def never(rows: pd.DataFrame) -> list[dict[str, object]]:
    """Of customers to whom nothing may be released: how many orders were asked, and released."""
    return [
        {
            "customers": name,
            "asked": int(rows[column].sum()),
            "released": int((rows.loc[rows[column], "released"] > 0).sum()),
        }
        for name, column in (
            ("insolvent", "is_insolvent"),
            ("in default", "is_in_default"),
            ("over the limit before", "is_over_limit"),
            ("over the limit by it", "is_beyond_limit"),
        )
    ]


def main() -> None:
    """Print the tables."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--companies", type=int, default=6)
    ask.add_argument("--customers", type=int, default=500)
    ask.add_argument("--months", type=int, default=30)
    ask.add_argument("--mornings", type=int, default=12)
    ask.add_argument("--onset-rate", type=float, default=0.012, help="Trouble a month.")
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--json", action="store_true")
    said = ask.parse_args()
    frames = []
    for seed in range(said.seed, said.seed + said.companies):
        say(f"company {seed} ...")
        company = Company.of(said.customers, said.months, seed, World(onset_rate=said.onset_rate))
        frames.append(asked(company, said.mornings).assign(seed=seed))
    rows = pd.concat(frames, ignore_index=True)
    real = rows[~rows["is_asked_by_us"]]
    tables = {
        "released": [
            {"measure": name, "share": share}
            for name, share in compared(real).items()
            if "never" not in name
        ],
        "of what is released, at an equal rate": with_intervals(real, said.seed),
        "to whom nothing may be released": never(rows),
        "why orders are held": [
            {"reason": str(code), "orders": int(n)}
            for code, n in real.loc[real["released"] == 0, "why"].value_counts().items()
        ],
    }
    if said.json:
        print(json.dumps(tables))
        return
    print(f"{len(real):,} orders of {said.companies} companies")
    for title, table in tables.items():
        printed(title, table)


if __name__ == "__main__":
    main()
