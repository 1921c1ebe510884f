"""Cash by the currency that arrives, of customers billed in zloty who pay in euros now and then.

    payrisk bench payment-currency [--companies 12] [--first-seed 301] [--json]

Made-up companies of 160 customers and 30 months whose zloty customers pay each document in euros
with a chance of their own (`World.has_mixed_payers`). On four mornings four weeks apart, the cash
of the zloty invoices then open, by week (8) and by the currency that came, in cents of the
invoices. Days by the shrunk ECDF, fitted each morning: the same for all three, which differ in the
currency alone. invoice: all comes in the currency of the invoice. learned: shares learned from
receipts before the morning. oracle: each customer's true chance. WAPE = Σ|miss| ÷ Σ came; low and
high: 95 % of 2,000 bootstraps over companies.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np
import pandas as pd
from _running import say
from _tables import printed

from payrisk.arrays import Floats
from payrisk.cash.currencies.arriving import ConversionRate, arriving_cash
from payrisk.cash.currencies.payment_currency import PaymentCurrencies, payment_currencies
from payrisk.cash.forecasting.preparing import forecast
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.ledger import Ledger
from payrisk.simulate import Simulation, World, simulate

CUSTOMERS, MONTHS, MORNINGS, APART, WEEKS = 160, 30, 4, 28, 8
INVOICED, OTHER = "PLN", "EUR"
PAR = {(INVOICED, OTHER): ConversionRate(1.0, 1.0, "par", 0)}
WAYS = ("invoice", "learned", "oracle")


def misses(made: Simulation, ledger: Ledger, morning: int) -> dict[str, Floats]:
    """(ways × 2, weeks) absolute misses by way, and what came as `came`: cents of the invoices."""
    history = ledger.as_of(morning)
    open_ = history.open_invoices()
    open_ = open_[(open_["currency"] == INVOICED).to_numpy()].reset_index(drop=True)
    model = fit_shrunk_ecdf(history)
    cash = forecast(
        open_,
        model.curves(history, open_, "money"),
        history.credit_balances(),
        as_of=morning,
        generator=np.random.default_rng(0),
        horizon_days=7 * WEEKS,
        n_draws=20,
    )
    came = _came(ledger, open_, morning)
    learned = payment_currencies(history)
    truth = made.customers_truth.set_index("customer_id")["euro_chance"]
    chances = {
        (str(name), INVOICED): np.array([chance, 1.0 - chance]) for name, chance in truth.items()
    }
    both = (OTHER, INVOICED)
    oracle = PaymentCurrencies(both, {INVOICED: np.array([0.0, 1.0])}, chances, 0.0, {}, {})
    nothing = PaymentCurrencies(both, {}, {}, 0.0, {}, {})
    told = {"came": came}
    for way, known in zip(WAYS, (nothing, learned, oracle), strict=True):
        arriving = arriving_cash(cash, known, PAR, {})
        expected = np.stack(
            [
                arriving.expected[(arriving.invoices["currency"] == name).to_numpy()]
                .sum(axis=0)[: 7 * WEEKS]
                .reshape(WEEKS, 7)
                .sum(axis=1)
                for name in both
            ]
        )
        told[way] = np.abs(expected - came)
    return told


def _came(ledger: Ledger, open_: pd.DataFrame, morning: int) -> Floats:
    """(2, weeks) cents of these invoices that came in euros and in zloty, from the raw tables."""
    links, credits = ledger.tables["allocations"], ledger.tables["credits"]
    paid = credits[credits["kind"].isin(["payment", "recovery"])].set_index("credit_id")
    links = links[links["credit_id"].isin(paid.index)]
    keys = pd.MultiIndex.from_frame(open_[["invoice_id", "instalment"]])
    mine = pd.MultiIndex.from_frame(links[["invoice_id", "instalment"]]).isin(keys)
    links = links[mine]
    day = links["credit_id"].map(paid["happened_on"]).to_numpy(np.int64) - morning
    currency = links["credit_id"].map(paid["currency"]).astype(str).to_numpy()
    out = np.zeros((2, WEEKS))
    inside = (day >= 0) & (day < 7 * WEEKS)
    place = (currency != OTHER).astype(np.int64)
    np.add.at(out, (place[inside], day[inside] // 7), links["amount"].to_numpy()[inside])
    return out


def company(seed: int) -> list[dict[str, Any]]:
    """A row a morning of one made-up company: Σ|miss| by way and Σ came."""
    made = simulate(CUSTOMERS, MONTHS, seed, world=World(has_mixed_payers=True))
    ledger = Ledger.from_tables(made.tables)[0]
    last = ledger.default_as_of - 7 * WEEKS
    rows = []
    for number in range(MORNINGS):
        told = misses(made, ledger, last - APART * number)
        rows.append({"seed": seed, **{name: float(each.sum()) for name, each in told.items()}})
    return rows


def measured(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """A row a way: its WAPE, by invoice currency's and by the oracle's, with intervals."""
    by_company = rows.groupby("seed")[["came", *WAYS]].sum()
    drawn = np.random.default_rng(1).integers(0, len(by_company), (2000, len(by_company)))
    sums = by_company.to_numpy()[drawn].sum(axis=1)
    names = list(by_company.columns)
    whole = by_company.sum()
    table = []
    for way in WAYS:
        row: dict[str, Any] = {"way": way, "wape": whole[way] / whole["came"]}
        for against in ("came", "invoice", "oracle"):
            ratio = sums[:, names.index(way)] / sums[:, names.index(against)]
            low, high = np.quantile(ratio, [0.025, 0.975])
            label = "wape" if against == "came" else f"by_{against}"
            row |= {label: whole[way] / whole[against], f"{label}_low": low, f"{label}_high": high}
        table.append(row)
    return table


def main() -> None:
    """Measure the companies that were asked for."""
    parser = argparse.ArgumentParser(prog="payrisk bench payment-currency")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--companies", type=int, default=12)
    parser.add_argument("--first-seed", type=int, default=301)
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for seed in range(given.first_seed, given.first_seed + given.companies):
        began = time.process_time()
        rows += company(seed)
        say(f"company {seed}: {time.process_time() - began:.1f} s")
    table = measured(pd.DataFrame(rows))
    if given.json:
        print(json.dumps(table, indent=2))
        return
    printed(f"{given.companies} companies, {len(rows)} mornings", table)


if __name__ == "__main__":
    main()
