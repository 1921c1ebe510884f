"""How many bust-outs the red flag sees in time, and how many honest young customers it accuses.

    payrisk bench bust-outs [--json] [--seeds 201 202 ...] [--customers 300] [--months 24]

Each made-up company has customers that joined while its books were kept. Some mean to buy ever
more, pay nothing and vanish; of the honest ones a quarter have a season of two to five times as
much, and a quarter double every two to five months. Every second week each account younger than a
year is asked for its flag, as a decision on its limit would be, until it is in default.

recall: of the bust-outs that came to default before the books end, those flagged at least 60 days
before. flagged_a_year: honest customers flagged, over the years they were watched. precision: of
the customers flagged, the bust-outs. With 95 % intervals of shares (Wilson). The rule's ratios
were chosen on the seeds 101 to 108, which are not among those judged on.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import pandas as pd
from _running import say
from _tables import printed

from payrisk.credit import CreditPolicy, CustomerAccounts, account_flags
from payrisk.credit.weighing.bust_out import BUST_OUT
from payrisk.ledger import DefaultRule, Ledger
from payrisk.simulate import World, simulate

SEEDS = tuple(range(201, 213))
WORLD = World(young_seasonal_share=0.25, young_growth_share=0.25, bust_out_share=0.026)
"""Twice as many bust-outs as in other companies, so that their share is known well enough."""
EVERY_DAYS, AHEAD_DAYS, FIRST_DAYS = 14, 60, 60
TARGET_RECALL, TARGET_FLAGGED = 0.6, 0.05


def watched(customers: int, months: int, seed: int, world: World = WORLD) -> pd.DataFrame:
    """A row a young customer of one company: what it is, how long it was watched, when flagged.

    Columns: is_bust_out, pattern, years (watched), default_on, flagged_on (days, missing = never).
    """
    made = simulate(customers, months, seed, world=world)
    ledger = Ledger.from_tables(made.tables)[0]
    policy = CreditPolicy.read()
    truth = made.customers_truth.set_index("customer_id")
    end, days = ledger.default_as_of, policy.flags[BUST_OUT].days
    joined = truth["onboarded_on"]
    young = truth[(joined > ledger.first_day + 30) & (joined < end)]
    spells = ledger.as_of(end).defaults(DefaultRule())
    began = spells.groupby("customer_id")["default_on"].min().reindex(young.index)
    until = (young["onboarded_on"] + days).clip(upper=end)
    until = until.where(began.isna() | (began > until), began)
    flagged: dict[str, int] = {}
    for morning in range(ledger.first_day + FIRST_DAYS, end, EVERY_DAYS):
        is_watched = (young["onboarded_on"] < morning) & (until > morning)
        asked = [one for one in young.index[is_watched] if one not in flagged]
        if not asked:
            continue
        accounts = CustomerAccounts(ledger.as_of(morning), grace_days=policy.overdue_grace_days)
        for one in asked:
            if one not in accounts:
                continue
            account = accounts.account_of(one, accounts.currency_of(one))
            rate = accounts.rates.rate(policy.house, account.currency)
            if account_flags(account.with_house_rate(rate), morning, policy.flags):
                flagged[one] = morning
    return pd.DataFrame(
        {
            "seed": seed,
            "is_bust_out": young["is_bust_out"],
            "pattern": young["pattern"],
            "years": (until - young["onboarded_on"]).clip(lower=0) / days,
            "default_on": began,
            "flagged_on": pd.Series(flagged, dtype="float64").reindex(young.index),
        }
    )


def figures(rows: pd.DataFrame) -> dict[str, Any]:
    """Recall, honest customers flagged a year and precision, with their counts and intervals."""
    bust, is_flagged = rows["is_bust_out"], rows["flagged_on"].notna()
    came = rows[bust & rows["default_on"].notna()]
    in_time = came["flagged_on"] <= came["default_on"] - AHEAD_DAYS
    honest = rows[~bust]
    years = {
        name: (int(group["flagged_on"].notna().sum()), round(float(group["years"].sum()), 1))
        for name, group in [("all", honest), *honest.groupby("pattern")]
    }
    return {
        "bust_outs": len(came),
        "recall": _share(int(in_time.sum()), len(came)),
        "honest_customers": len(honest),
        "flagged_a_year": {name: _share(n, of) for name, (n, of) in years.items()},
        "precision": _share(int((bust & is_flagged).sum()), int(is_flagged.sum())),
    }


def _share(n: int, of: float) -> dict[str, float]:
    """A share with its interval; of: how many, or years, each counted as one trial."""
    if not of:
        return {"n": n, "of": of, "share": float("nan"), "low": 0.0, "high": 1.0}
    z, p = 1.959964, n / of
    centre, half = (
        p + z * z / (2 * of),
        z * (p * max(1 - p, 0.0) / of + z * z / (4 * of * of)) ** 0.5,
    )
    low, high = ((centre + side * half) / (1 + z * z / of) for side in (-1, 1))
    return {"n": n, "of": of, "share": round(p, 4), "low": round(low, 4), "high": round(high, 4)}


def main() -> None:
    """Print the figures, or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--customers", type=int, default=300)
    parser.add_argument("--months", type=int, default=24)
    given = parser.parse_args()
    parts = []
    for seed in given.seeds:
        parts.append(watched(given.customers, given.months, seed))
        say(f"seed {seed}: {len(parts[-1])} young customers")
    found = figures(pd.concat(parts))
    if given.json:
        print(json.dumps(found))
        return
    print(
        f"{len(given.seeds)} companies, {found['bust_outs']} bust-outs that came to default,"
        f" {found['honest_customers']} honest young customers"
    )
    shares = {
        f"recall, {AHEAD_DAYS} days ahead (at least {TARGET_RECALL})": found["recall"],
        **{
            f"honest flagged a year, {name}"
            + (f" (at most {TARGET_FLAGGED})" if name == "all" else ""): share
            for name, share in found["flagged_a_year"].items()
        },
        "precision": found["precision"],
    }
    title = "share of what, with its 95 % interval (of: customers, or years of them)"
    printed(title, [{"what": name, **share} for name, share in shares.items()])


if __name__ == "__main__":
    main()
