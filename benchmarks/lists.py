"""What is lost where only lists of open items tell of payments: models learnt from lists alone.

    payrisk bench lists [--json] [--folder CACHE] [--seeds 1 2 3 4 5 6 7 8] [--customers 40]
        [--spacings weekly monthly] [--models NAME ...] [--quick]

Each made-up company of 24 months is known in two ways: by its own books (`exact`), and by lists
of what was open every Friday or on the last day of each month, imported one after the other. All
models are fitted about half a year before the books end, and asked about each invoice issued in
the 60 days from then on (on 20 of these, or more for 1,000 invoices), on the morning of its
issue, by what their own ledger knew that morning. All are
judged by the exact day of payment, which only the exact books know.

exact: the model of days-to-pay on exact dates. lists: the same on lists, as shipped.
list-days, midpoints: the same where a payment counts as made on the evening of the list that lacks
it, or halfway between the two. blurred: the same on the exact books, in which the day of each
payment is known to the calendar month only, and what was issued and paid within a month is known,
too. The others are the baselines, fitted on the same lists.

crps, nll: means over the rows of all companies. crps_ratio, nll_ratio: to `exact`, mean over the
companies of the ratio of means, and the 95 % interval of that mean by the t distribution.
crps_listed: the same over the invoices of customers half of whose invoices were on a list: who
pays at once is on none, and no list can tell of it. Nothing of the recipe was chosen on the seeds
1 to 8. Fits have one booster instead of three.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from _lists import SPACINGS, blurred, exact_company, listed_company, on_list_days, on_midpoints
from _running import say
from _tables import printed
from scipy import stats

from payrisk.arrays import Flags
from payrisk.calendar import month_end
from payrisk.learning.days_to_pay.baselines import BASELINES
from payrisk.learning.days_to_pay.fit_hazard import fit_daily_hazard
from payrisk.learning.measuring.curve_metrics import CurveScores, JudgedCurves, row_order
from payrisk.learning.measuring.replay import Mornings, ReplayedRows, rows_at_issue
from payrisk.ledger import Ledger

DAYS_BEFORE_END, ISSUED_DAYS, MOST_DAYS = 180, 60, 20
EXACT = "exact"
LISTED_FROM = 0.5
"""Share of a customer's invoices on some list from which on the lists tell how it pays."""
FIT = partial(fit_daily_hazard, has_money=False, seeds=1)

Fit = Callable[..., Any]
READ: dict[str, Callable[[Ledger], Ledger]] = {
    "list-days": on_list_days,
    "midpoints": on_midpoints,
}
"""The recipe on the lists, their payments dated otherwise."""
MODELS = ("lists", *READ, "blurred", *BASELINES)


def scored(
    ledger: Ledger, fits: dict[str, Fit], morning: int, rows: pd.DataFrame
) -> dict[str, CurveScores]:
    """What models fitted on the ledger score on rows, each asked on its own morning."""
    known = Mornings(ledger, [int(day) for day in np.unique(rows["as_of"])])
    moments, history = ReplayedRows(rows, known, 0), ledger.as_of(morning)
    found = {}
    for name, fit in fits.items():
        curves = moments.curves(fit(history))
        found[name] = CurveScores.of(JudgedCurves.of(curves, rows, row_order(rows)))
        say(f"  {name}: {found[name].crps.mean():.3f}")
    return found


def company(
    folder: Path, customers: int, seed: int, spacing: str, models: list[str]
) -> dict[str, dict[str, float]]:
    """Model → n, crps, nll and pit of one company."""
    exact = exact_company(folder, customers, seed)
    listed = listed_company(folder, customers, seed, spacing)
    say(f"company {seed}, {spacing} lists")
    morning = int(month_end(exact.last_day - DAYS_BEFORE_END)) + 1
    last = morning + ISSUED_DAYS - 1
    rows = rows_at_issue(exact, morning, last, exact.default_as_of, MOST_DAYS).rows
    found = scored(exact, {EXACT: FIT}, morning, rows)
    on_lists: dict[str, Fit] = {"lists": FIT, **BASELINES}
    some = {name: fit for name, fit in on_lists.items() if name in models}
    found |= scored(listed, some, morning, rows)
    for name, read in READ.items():
        if name in models:
            found |= scored(read(listed), {name: FIT}, morning, rows)
    if "blurred" in models and spacing == "monthly":
        found |= scored(blurred(exact), {"blurred": FIT}, morning, rows)
    seen = is_mostly_listed(exact, listed, morning, rows)
    return {
        name: {
            "n": len(one),
            "crps": float(one.crps.mean()),
            "nll": float(one.nll.mean()),
            "pit": one.metrics()["pit_deviation"],
            "n_listed": int(seen.sum()),
            "crps_listed": float(one.crps[seen].mean()),
        }
        for name, one in found.items()
    }


def is_mostly_listed(exact: Ledger, listed: Ledger, morning: int, rows: pd.DataFrame) -> Flags:
    """(n,) rows of customers of whose invoices before the morning the lists hold at least half."""
    known = [
        one.as_of(morning).invoices().groupby("customer_id").size() for one in (exact, listed)
    ]
    share = known[1].reindex(known[0].index).fillna(0) / known[0]
    return np.asarray(share.reindex(rows["customer_id"]).fillna(1.0) >= LISTED_FROM)


def summary(companies: list[dict[str, dict[str, float]]]) -> list[dict[str, Any]]:
    """A row a model: means, and the ratio to `exact` with the interval of its mean."""
    out = []
    for name in companies[0]:
        n = np.array([one[name]["n"] for one in companies], dtype=float)
        row: dict[str, Any] = {"model": name}
        for metric in ("crps", "nll", "pit", "crps_listed"):
            row[metric] = float(np.average([one[name][metric] for one in companies], weights=n))
        for metric in ("crps", "nll", "crps_listed"):
            ratio = np.array([one[name][metric] / one[EXACT][metric] for one in companies])
            row[f"{metric}_ratio"] = float(ratio.mean())
            k = len(ratio)
            half = stats.t.ppf(0.975, k - 1) * ratio.std(ddof=1) / k**0.5 if k > 1 else np.nan
            row[f"{metric}_low"], row[f"{metric}_high"] = (
                float(ratio.mean() - half),
                float(ratio.mean() + half),
            )
        out.append(row)
    return out


def main() -> None:
    """Print a table a spacing, or JSON."""
    home = Path(os.environ.get("PAYRISK_HOME") or tempfile.gettempdir())
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=home / "benchmarks", help="cache")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(1, 9)))
    parser.add_argument("--customers", type=int, help="of each company; default 40")
    parser.add_argument("--spacings", choices=SPACINGS, nargs="+", default=list(SPACINGS))
    parser.add_argument("--models", choices=MODELS, nargs="+")
    parser.add_argument("--quick", action="store_true", help="a small run that proves nothing")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    models = given.models or list(MODELS)
    customers, seeds = given.customers or 40, given.seeds
    if given.quick:
        customers, seeds, models = given.customers or 12, seeds[:1], given.models or ["lists"]
    given.folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, dict[str, Any]] = {}
    for spacing in given.spacings:
        each = [company(given.folder, customers, seed, spacing, models) for seed in seeds]
        found[spacing] = {
            "companies": dict(zip(map(str, seeds), each, strict=True)),
            "summary": summary(each),
        }
    if given.json:
        print(json.dumps(found))
        return
    for spacing, judged in found.items():
        printed(f"{spacing}, {len(seeds)} companies", judged["summary"])


if __name__ == "__main__":
    main()
