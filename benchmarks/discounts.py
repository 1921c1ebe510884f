"""Discounts for paying early: is the chance that one is taken right, and what of the curve then.

    payrisk bench discounts [--json] [--seeds 7201 7202 ...] [--customers 300] [--curves ecdf]

Made-up companies; every invoice that offers a discount, asked about on the morning of its issue as
a quote that states it, on twenty issue days after the model was fitted.

chances: said of each offer that it is taken: learnt (as it ships), usual (the share of all past
offers that were), curve (what the model's curve without it says by the discount's last day),
oracle (the true chance). Brier score, its difference to `usual` with the 95 % interval from
drawing companies anew, calibration error in tenths. reliability: what was said and what came.

curves: CRPS over 91 days: model without and with the spike, its ratio with intervals as above;
`few` of customers with less than four past offers; true the true curve.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
import pandas as pd
from _over_companies import ece, ratio
from _running import say
from _tables import printed

from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.ledger import Ledger
from payrisk.receivables.agreements.discount_taking import DiscountTaking
from payrisk.simulate import simulate, true_curves
from payrisk_models import spec

SEEDS = tuple(range(7201, 7213))
"""Not among those looked at while building (41-44)."""
MONTHS, DAYS, HORIZON, FEW = 24, 20, 91, 4
WITHOUT_CASH = ("offset", "credited")


def company(seed: int, customers: int, curves: str) -> pd.DataFrame:
    """A line an offer."""
    made = simulate(customers, MONTHS, seed)
    ledger = Ledger.from_tables(made.tables)[0]
    first = ledger.last_day - HORIZON - 90
    history = ledger.as_of(first)
    model = (
        fit_shrunk_ecdf(history) if curves == "ecdf" else spec("days-to-pay").fit_sketch(history)
    )
    truth = made.truth[made.truth["in_ledger"] & (made.truth["discount_days"] > 0)]
    truth = truth[(truth["discount_rate"] > 0).to_numpy()]
    truth = truth[truth["issued_on"].between(first + 1, first + 80).to_numpy()]
    days = np.unique(truth["issued_on"])
    days = days[np.unique(np.linspace(0, len(days) - 1, DAYS).astype(int))]
    lines = []
    for as_of in days.tolist():
        asked = truth[(truth["issued_on"] == as_of).to_numpy()].reset_index(drop=True)
        history = ledger.as_of(as_of)
        known = history.customers().drop_duplicates("customer_id", keep="last")
        country = asked["customer_id"].map(known.set_index("customer_id")["country"])
        names = ["invoice_id", "instalment", "customer_id", "issued_on", "due_on", "amount",
                 "currency"]  # fmt: skip
        rows = asked[names].assign(country=country, as_of=as_of, residual=asked["amount"])
        rows["entity_id"] = "DE01"
        taking = DiscountTaking.of(history)
        issued = asked["issued_on"].to_numpy()
        last = issued + asked["discount_days"].to_numpy()
        before = model.curves(history, rows, "settled")
        after = taking.with_discounts(before, asked["customer_id"], issued, last)
        true = true_curves(asked, made.customers_truth)
        place = (np.arange(len(asked)), asked["discount_days"].to_numpy())
        is_cash = ~asked["cause"].isin(WITHOUT_CASH).to_numpy()
        came = np.arange(HORIZON) >= (asked["paid_on"].to_numpy() - as_of)[:, None]
        own = taking.own["n"].reindex(asked["customer_id"]).fillna(0.0)
        line: dict[str, Any] = {
            "seed": seed,
            "is_few": (own < FEW).to_numpy(),
            "taken": is_cash & (asked["paid_on"].to_numpy() <= last),
            "learnt": taking.probability(asked["customer_id"]),
            "usual": taking.n_taken / max(taking.n, 1),
            "curve": before.matrix[place],
            "oracle": true.matrix[place],
        }
        for name, block in (("model", before), ("spike", after), ("true", true)):
            whole = np.pad(block.matrix, ((0, 0), (0, HORIZON)), mode="edge")[:, :HORIZON]
            line[f"crps {name}"] = ((whole - came) ** 2).sum(axis=1)
        lines.append(pd.DataFrame(line))
    return pd.concat(lines, ignore_index=True)


def tables(lines: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """The three tables of the docstring."""
    came = lines["taken"].to_numpy(float)
    n = lines.groupby("seed").size().to_numpy(float)
    losses = {
        name: ((lines[name] - came) ** 2).groupby(lines["seed"]).sum().to_numpy()
        for name in ("learnt", "usual", "curve", "oracle")
    }
    chances = []
    for name, loss in losses.items():
        middle, low, high = ratio(loss - losses["usual"], n)
        row = {"said": name, "n": len(lines), "mean": float(lines[name].mean()),
               "came": float(came.mean()), "brier": loss.sum() / n.sum(),
               "against_usual": middle, "low": low, "high": high,
               "ece": ece(lines[name].to_numpy(), came)}  # fmt: skip
        chances.append(row)
    reliability = [
        {"tenth": f"{10 * k}-{10 * k + 10} %", "n": len(of), "said": of["learnt"].mean(),
         "came": of["taken"].mean()}
        for k, of in lines.groupby(np.minimum((lines["learnt"] * 10).astype(int), 9))
    ]  # fmt: skip
    made = []
    for which, part in (("all", lines), ("few", lines[lines["is_few"].to_numpy()])):
        sums = part.groupby("seed")[[f"crps {name}" for name in ("model", "spike", "true")]].sum()
        middle, low, high = ratio(sums["crps spike"].to_numpy(), sums["crps model"].to_numpy())
        row = {name: sums[f"crps {name}"].sum() / len(part) for name in ("model", "spike", "true")}
        made.append({"offers": which, "n": len(part), **row, "ratio": middle, "low": low,
                     "high": high})  # fmt: skip
    return {"chances": chances, "reliability": reliability, "curves": made}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--customers", type=int, default=300)
    parser.add_argument("--curves", choices=("ecdf", "hazard"), default="hazard")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    parts = []
    for seed in asked.seeds:
        say(f"company {seed}")
        parts.append(company(seed, asked.customers, asked.curves))
    made = tables(pd.concat(parts, ignore_index=True))
    if asked.json:
        print(json.dumps(made, indent=2))
    else:
        for title, rows in made.items():
            printed(title, rows)


if __name__ == "__main__":
    main()
