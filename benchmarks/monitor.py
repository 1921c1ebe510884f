"""Whether the monitor is silent while nothing changes, and speaks when something does.

    payrisk bench monitor [--json] [--companies 40] [--resamples 5] [--shifted 20] [--old 20]
                          [--risks 20] [--seed 0]

Each made-up company (250 customers, 36 months: about 25,000 invoices) ends on a month of its own,
so that all seasons are seen; its champion is the sketch of days-to-pay, trained 28 days earlier.
nothing changed: the report of each company, which is of a future that its champion never saw. two
in three of the customers: the same with random customers only, `--resamples` times a company. a
champion half a year old: the report of one trained 182 days earlier, of `--old` companies.
default-risk: the roll-up over the champion's curves, without trees, of `--risks` companies.
Then the shifts of `_shifts`, from the day of training on, each with a report 28 days later. An
alarm is a report with any alarm in it; low, high: 95 % Clopper-Pearson. Seconds are of one report.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
from _running import say
from _shifts import SHIFTS
from _tables import printed
from scipy.stats import beta

from payrisk.learning.default_risk.fit import fit_default_risk
from payrisk.ledger import History, Ledger
from payrisk.monitoring.drift import WatchedColumns
from payrisk.monitoring.verdict import FAMILIES, MonitorReport
from payrisk.monitoring.watching import (
    WARM_UP_DAYS,
    CurveObservations,
    WatchedVersion,
    compare_observations,
    observe_curves,
    watch_curves,
    watch_risk,
)
from payrisk.monitoring.windows import Windows
from payrisk.predictions import PaymentCurves
from payrisk.receivables.booking_lag import FOR_WATCHING, booking_lag
from payrisk.simulate import ENDS_ON, simulate
from payrisk_models import spec

DAYS, SEASONS = 28, 13
OLD_DAYS = 182
KEPT = 2.0 / 3.0
NULLS = {
    "nulls": "nothing changed",
    "resamples": "nothing changed, two in three of the customers",
    "old": "nothing changed, a champion half a year old",
    "risks": "nothing changed, default-risk",
}


def company(
    seed: int, sizes: tuple[int, int], resamples: int, *, shifted: bool, old: bool, risk: bool
) -> dict[str, Any]:
    """The reports of a company (customers, months): what alarmed in each, and seconds of some."""
    end = ENDS_ON - DAYS * (seed % SEASONS)
    made = simulate(*sizes, seed, ends_on=end)
    now = end + 1
    ledger = Ledger.from_tables(made.tables)[0]
    recipe = spec("days-to-pay")
    found: dict[str, Any] = {
        "seed": seed,
        "nulls": [],
        "resamples": [],
        "old": [],
        "risks": [],
        "shifts": {},
        "seconds": [],
    }

    def watched(books: Ledger, model: Any, trained: int) -> dict[str, Any]:
        started = time.perf_counter()
        report = watch_curves(books, WatchedVersion("days-to-pay", "1", model, trained), now=now)
        found["seconds"].append(time.perf_counter() - started)
        return told(report)

    champion = Remembering(recipe.fit_sketch(ledger.as_of(now - DAYS)), now - DAYS)
    found["nulls"].append(watched(ledger, champion, now - DAYS))
    rng = np.random.default_rng(seed)
    lag = booking_lag(ledger.tables["credits"], now - DAYS, FOR_WATCHING)
    windows = Windows.of(now, now - DAYS, ledger.first_day + WARM_UP_DAYS, lag=lag)
    seen = observe_curves(ledger, champion, windows)
    for _ in range(resamples):
        own = compare_observations(some_customers(seen, rng), windows)
        found["resamples"].append(told(own.report("days-to-pay", "1", windows)))
    if old:
        then = now - OLD_DAYS
        found["old"].append(watched(ledger, recipe.fit_sketch(ledger.as_of(then)), then))
    if risk:
        since = now - DAYS
        told_of = spec("default-risk")
        risk_model = fit_default_risk(
            ledger.as_of(since), [], champion.model, told_of.rule, told_of.horizon_days
        )
        bound = risk_model.bind(champion.model)
        risk_watched = WatchedVersion("default-risk", "1", bound, since)
        found["risks"].append(told(watch_risk(ledger, risk_watched, now=now)))
    if shifted:
        for name, shift in SHIFTS.items():
            books = Ledger.from_tables(shift(made.tables, now - DAYS, end))[0]
            found["shifts"][name] = watched(books, champion, now - DAYS)
    return found


class Remembering:
    """A champion that says the same of the same invoices, on a morning before the shifts, once."""

    def __init__(self, model: Any, until: int) -> None:
        """Remember what the model says up to a morning."""
        self.model, self.until, self.inputs = model, until, model.inputs
        self.said: dict[tuple[int, tuple[str, ...]], PaymentCurves] = {}

    def curves(self, history: History, rows: pd.DataFrame) -> PaymentCurves:
        """As the model's own."""
        key = (history.as_of, tuple(rows["invoice_id"]))
        if history.as_of > self.until:
            curves: PaymentCurves = self.model.curves(history, rows)
            return curves
        if key not in self.said:
            self.said[key] = self.model.curves(history, rows)
        return self.said[key]


def some_customers(seen: CurveObservations, rng: np.random.Generator) -> CurveObservations:
    """What is seen of two in three customers."""

    def some(columns: WatchedColumns) -> WatchedColumns:
        return columns.take(chosen(columns.customer))

    def chosen(customer: Any) -> Any:
        return (rng.random(int(customer.max()) + 1) < KEPT)[customer]

    booked = {name: some(columns) for name, columns in seen.booking.items()}
    rows = seen.rows.take(chosen(seen.rows.customer))
    return CurveObservations(seen.fresh, some(seen.inputs), booked, rows)


def told(report: MonitorReport) -> dict[str, Any]:
    """What of a report is counted."""
    return {
        "advice": report.advice,
        "alarms": [f"{one.family}: {one.what}" for one in report.alarms],
        "strongest": {
            family: max((f.strength for f in report.findings if f.family == family), default=0.0)
            for family in FAMILIES
        },
    }


def row(name: str, reports: list[dict[str, Any]]) -> dict[str, Any]:
    """One line: how many reports, how many with an alarm, and of which families."""
    n = len(reports)
    hits = sum(bool(one["alarms"]) for one in reports)
    low = float(beta.ppf(0.025, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, n - hits)) if hits < n else 1.0
    by = {
        family: sum(any(a.startswith(family) for a in one["alarms"]) for one in reports)
        for family in FAMILIES
    }
    line = {"what": name, "reports": n, "alarms": hits, "share": hits / n, "low": low}
    return line | {"high": high} | by


def main() -> None:
    """Print the tables."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--companies", type=int, default=40)
    ask.add_argument("--resamples", type=int, default=5, help="Of the customers, a company.")
    ask.add_argument("--shifted", type=int, default=20, help="Companies shifted as well.")
    ask.add_argument("--old", type=int, default=20, help="Of them also with an old champion.")
    ask.add_argument("--risks", type=int, default=20, help="Of them also with default-risk.")
    ask.add_argument("--customers", type=int, default=250)
    ask.add_argument("--months", type=int, default=36)
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--json", action="store_true")
    said = ask.parse_args()
    found = []
    for at in range(said.companies):
        one = company(
            said.seed + at,
            (said.customers, said.months),
            said.resamples,
            shifted=at < said.shifted,
            old=at < said.old,
            risk=at < said.risks,
        )
        found.append(one)
        silent = [null for kind in NULLS for null in one[kind]]
        heard = sum(bool(null["alarms"]) for null in silent)
        missed = [name for name, shift in one["shifts"].items() if not shift["alarms"]]
        say(f"  company {said.seed + at}: {heard} false alarms; missed: {missed or 'none'}")
    by: dict[str, list[Any]] = defaultdict(list)
    for one in found:
        for kind, name in NULLS.items():
            by[name] += one[kind]
        for name, shift in one["shifts"].items():
            by[name].append(shift)
    seconds = sorted(second for one in found for second in one["seconds"])
    cost = [
        {
            "reports": len(seconds),
            "median_seconds": seconds[len(seconds) // 2],
            "slowest": seconds[-1],
            "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        }
    ]
    tables = {
        "reports with an alarm": [row(name, reports) for name, reports in by.items() if reports],
        "cost": cost,
    }
    if said.json:
        print(json.dumps(tables | {"companies": found}))
        return
    for title, table in tables.items():
        printed(title, table)


if __name__ == "__main__":
    main()
