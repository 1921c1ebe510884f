"""How few invoices are enough: days-to-pay beside every baseline on ledgers of growing size.

    payrisk bench ladder [--json] [--sizes 0 30 100 300 1000] [--companies 8] [--first-seed 601]

Each ledger is a made-up company on the first morning on which so many of its invoices are settled.
Asked about that morning: what is open, and what is billed in the next four weeks; what came of it
is read from the whole ledger. One row a size and baseline: `crps` of ours and `baseline`, in days,
the mean over companies, and `ratio`. `worse_p`: the one-sided p of a t-test over companies that
ours is worse than the baseline by MARGIN or more, `holm` the same held to all rows together: below
.05 the answer is "shown", else "not shown", never a pass. Of fewer than 50 settled invoices ours
is the shrunk ECDF over published payment practice (ADR 0064).
"""

from __future__ import annotations

import argparse
import json
from bisect import bisect_left
from collections.abc import Mapping

import numpy as np
import pandas as pd
from _running import say
from _tables import printed
from scipy import stats

from payrisk.calendar import NEVER
from payrisk.learning.days_to_pay.baselines import BASELINES
from payrisk.learning.days_to_pay.fit_hazard import fit_daily_hazard
from payrisk.learning.measuring.curve_metrics import JudgedCurves, crps
from payrisk.ledger import History, Ledger
from payrisk.receivables.days_late import SettlementHistory
from payrisk.simulate import simulate

OURS = "days-to-pay"
MARGIN = 1.02
"""How much worse than a baseline would be worse; fixed before anything was measured."""
SURE = 0.05
DAYS_AHEAD, DAYS_BACK = 28, 30
COMPANIES = {300: (60, 10), 1_000: (150, 14), 3_000: (300, 20), 10_000: (600, 30)}
"""Up to which size → customers and months of the company that is cut to it."""


def morning_of(ledger: Ledger, n_settled: int) -> History:
    """The first morning on which so many invoices are settled by cash."""
    days = range(ledger.first_day + 1, ledger.last_day + 2)
    place = bisect_left(days, n_settled, key=lambda day: _n_settled(ledger, day))
    if place == len(days):
        raise SystemExit(
            f"The company settles fewer than {n_settled} invoices; take a larger one."
        )
    return ledger.as_of(days[place])


def _n_settled(ledger: Ledger, day: int) -> int:
    return SettlementHistory.of(ledger.as_of(day)).n_paid


def judged_rows(ledger: Ledger, history: History) -> pd.DataFrame:
    """What is asked about on the morning, and what came of it by the end of the ledger."""
    rows = ledger.as_of(ledger.last_day + 1).invoices()
    as_of = history.as_of
    is_asked = (rows["recorded_on"] < as_of + DAYS_AHEAD) & (
        rows["issued_on"] < as_of + DAYS_AHEAD
    )
    is_asked &= (rows["paid_on"] >= as_of) & (rows["due_on"] > as_of - DAYS_BACK)
    rows = rows[is_asked].reset_index(drop=True)
    last = np.where(rows["paid_on"] < NEVER, NEVER, ledger.last_day)
    return rows.assign(as_of=as_of, last_known_on=last)


def scores_of(n_settled: int, seed: int) -> dict[str, float]:
    """Model → mean CRPS on one company cut to the size."""
    customers, months = next(c for most, c in COMPANIES.items() if n_settled <= most)
    ledger = Ledger.from_tables(simulate(customers, months, seed).tables)[0]
    history = morning_of(ledger, n_settled)
    rows = judged_rows(ledger, history)
    ours = fit_daily_hazard(history, seeds=1, has_money=False)
    models = {OURS: ours} | {name: fit(history) for name, fit in BASELINES.items()}
    return {
        name: float(crps(JudgedCurves.of(model.curves(history, rows), rows)).mean())
        for name, model in models.items()
    }


def comparisons(n_settled: int, scores: pd.DataFrame) -> list[dict[str, object]]:
    """One row a baseline: means over companies, their ratio, and the p of being worse."""
    rows = []
    for name in BASELINES:
        worse = stats.ttest_1samp(scores[OURS] - MARGIN * scores[name], 0.0, alternative="less")
        ours, baseline = float(scores[OURS].mean()), float(scores[name].mean())
        rows.append(
            {
                "settled": n_settled,
                "against": name,
                "companies": len(scores),
                "crps": ours,
                "baseline": baseline,
                "ratio": ours / baseline,
                "worse_p": float(worse.pvalue),
            }
        )
    return rows


def held_together(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """The rows with Holm's step-down p over all of them (Holm 1979)."""
    p = np.array([row["worse_p"] for row in rows], dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    holm = np.empty(len(p))
    holm[order] = np.minimum(stepped, 1.0)
    words: Mapping[bool, str] = {True: "shown", False: "not shown"}
    return [
        row | {"holm": float(held), "not_worse": words[bool(held < SURE)]}
        for row, held in zip(rows, holm, strict=True)
    ]


def main() -> None:
    """Print the ladder."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=[0, 30, 100, 300, 1_000])
    parser.add_argument("--companies", type=int, default=8)
    parser.add_argument("--first-seed", type=int, default=601)
    given = parser.parse_args()
    rows: list[dict[str, object]] = []
    for n_settled in given.sizes:
        say(f"{n_settled} settled invoices, {given.companies} companies ...")
        seeds = range(given.first_seed, given.first_seed + given.companies)
        rows += comparisons(n_settled, pd.DataFrame([scores_of(n_settled, s) for s in seeds]))
    table = held_together(rows)
    if given.json:
        print(json.dumps(table, indent=1))
    else:
        printed("days-to-pay on ledgers of growing size", table)


if __name__ == "__main__":
    main()
