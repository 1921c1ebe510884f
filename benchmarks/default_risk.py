"""Blended default risk against behaviour alone and application alone, on made-up companies."""

from __future__ import annotations

import argparse
import json

import numpy as np
import pandas as pd
from _running import say
from _tables import printed
from scipy.special import logit

from payrisk.learning.default_risk.fit import fit_default_risk
from payrisk.learning.judging.judge_default import landmarks_on, score_landmark
from payrisk.learning.measuring.bootstrap_risk import paired_risk
from payrisk.learning.measuring.risk_metrics import risk_metrics
from payrisk.ledger import Ledger
from payrisk.simulate import simulate
from payrisk.simulate.world.world import World
from payrisk_models import spec

MODELS = ("default-risk", "behaviour", "application", "base-rate")
BANDS = {"1-10 invoices": (1, 10), "11-50": (11, 50), "more": (51, 10**9), "all": (1, 10**9)}
TESTS, PAST = 3, 5


def company(customers: int, months: int, seed: int, onset_rate: float) -> pd.DataFrame:
    """What the models say of one company's customers on three mornings, and what happened."""
    chosen, recipe = spec("default-risk"), spec("days-to-pay")
    horizon = chosen.horizon_days
    made = simulate(customers, months, seed, world=World(onset_rate=onset_rate))
    books = Ledger.from_tables(made.tables)[0]
    later = books.as_of(books.default_as_of)
    tests = [later.as_of - horizon - 60 * i for i in range(TESTS)]
    days = [tests[-1] - horizon - 45 * i for i in range(PAST)]
    past = landmarks_on(chosen, recipe, books, days)
    found = []
    for then in landmarks_on(chosen, recipe, books, tests):
        matured = [one for one in past if one.as_of + horizon <= then.as_of]
        model = fit_default_risk(then.history, matured, then.curves, chosen.rule, horizon)
        found.append(score_landmark(model.bind(then.curves, then.applicants), then, later))
        n, bad = len(found[-1]), int(found[-1]["outcome"].sum())
        say(f"  seed {seed}: {n:,} customers, {bad} defaults")
        say(f"  {json.dumps(model.parameters)}")
    return pd.concat(found, ignore_index=True).assign(seed=seed)


def main() -> None:
    """Print the tables."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--companies", type=int, default=6)
    ask.add_argument("--customers", type=int, default=1_500)
    ask.add_argument("--months", type=int, default=30)
    ask.add_argument("--onset-rate", type=float, default=0.012, help="Trouble a month.")
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--json", action="store_true")
    said = ask.parse_args()
    seeds = range(said.seed, said.seed + said.companies)
    rows = pd.concat(
        [company(said.customers, said.months, seed, said.onset_rate) for seed in seeds],
        ignore_index=True,
    )
    rows["application"] = rows["application"].fillna(rows["base-rate"])
    tables = {}
    for name, (least, most) in BANDS.items():
        own = rows[rows["n_invoices"].between(least, most)]
        outcome = own["outcome"].to_numpy(dtype=bool)
        tables[name] = [
            {"model": model} | risk_metrics(own[model].to_numpy(), outcome) for model in MODELS
        ]
        group = (own["seed"].astype(str) + own["customer_id"]).to_numpy(dtype=object)
        tables[f"{name}: better by, 95 % of paired draws of customers"] = [
            {"beside": model} | one
            for model in MODELS[1:]
            for one in paired_risk(
                own["default-risk"].to_numpy(), own[model].to_numpy(), outcome, group
            ).to_dict("records")
        ]
    score = logit(rows["default-risk"].clip(1e-9, 1 - 1e-9))
    tenth = pd.qcut(score.rank(method="first"), 10, labels=False)
    tables["said and happened, by tenths of what was said"] = [
        {
            "tenth": int(at),
            "n": len(part),
            "said": float(part["default-risk"].mean()),
            "happened": float(part["outcome"].mean()),
            "standard_error": float(np.sqrt(part["default-risk"].mean() / len(part))),
        }
        for at, part in rows.groupby(tenth)
    ]
    if said.json:
        print(json.dumps(tables))
        return
    for title, table in tables.items():
        printed(title, table)


if __name__ == "__main__":
    main()
