"""What a cash forecast costs, and whether its intervals cover where common shocks are planted.

    payrisk bench cash [--json] [--part speed|coverage|both|again] [--ledgers 52]
                       [--first-seed 101] [--customers 120] [--months 24]

speed: `--invoices` open invoices of made-up curves, 600 joint draws, 26 weeks: split to the cent,
drawn, stretched by past weeks, quantiles by week, by day and by week and entity, and the band of
invoices not yet issued, learnt from two years of billing. Seconds are CPU seconds of one thread,
all_s without making up the billing, all_wall_s those of the clock with it; peak_gb is all the
process ever needed.

again: what the same question costs a second time, of the service and of the command, on a made-up
company of `--customers` and `--months`; CPU of the service's own process, at most 20 ms asked.

coverage: weekly totals of open invoices in EUR, weeks 1 to 4, at 14 landmarks four weeks apart (so
that their windows do not overlap) of each of 52 made-up companies of 60 customers and 40 months,
seeds 101 to 152, with the shocks that `World` plants: common to a month, to a customer's month
and to a customer's date. Curves are the shrunk ECDF, fitted anew each 13 weeks on what was known
then; the dependence is fitted before the first landmark, every width on landmarks closed by then.
independent: each invoice drawn for itself. dependence: the joint draws. payrisk: the joint draws
stretched by past weeks. se: of the coverage, from ledger to ledger.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from _asked_again import asked_again
from _running import child, say
from _tables import printed

from payrisk.calendar import NEVER
from payrisk.cash.forecasting.forecast import widened_by_past_weeks
from payrisk.cash.forecasting.preparing import forecast
from payrisk.cash.intervals.dependence import INDEPENDENT
from payrisk.cash.intervals.landmarks import OPEN, PastWeeks, past_weeks
from payrisk.cash.layers.unbilled import forecast_unbilled
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.ledger import Ledger
from payrisk.predictions import PaymentCurves
from payrisk.simulate import World, simulate
from payrisk_pipelines.backtests.cash_replay import Arrivals, ReplayedWeek, fit_dependence

DRAWS, WEEKS_AHEAD = 600, 26
CUSTOMERS, MONTHS, LANDMARKS, WEEKS, HISTORY, REFIT = 60, 40, 14, 4, 30, 13
CURRENCY = "EUR"
MODELS = ("independent", "dependence", "payrisk")
QUANTILES = (0.025, 0.1, 0.9, 0.975)


def speed(n: int) -> dict[str, Any]:
    """One forecast of n open invoices, step by step."""
    g = np.random.default_rng(0)
    as_of, days = 20_000, 7 * WEEKS_AHEAD
    customer = np.sort(g.integers(0, n // 20, n))
    invoices = pd.DataFrame(
        {
            "invoice_id": pd.Series(np.arange(n).astype(str), dtype="str"),
            "instalment": 1,
            "customer_id": pd.Series(customer.astype(str), dtype="str"),
            "parent_id": pd.Series(customer.astype(str), dtype="str"),
            "country": g.choice(["DE", "FR"], n),
            "entity_id": g.choice(["north", "south", "west"], n),
            "due_on": as_of + g.integers(-60, 60, n),
            "currency": g.choice(["EUR", "USD"], n, p=[0.8, 0.2]),
            "residual": g.lognormal(12, 1.5, n).astype(np.int64) + 1,
        }
    )
    mass = g.random((n, days), dtype=np.float32) ** 8
    matrix = np.cumsum(mass, axis=1, dtype=np.float64)
    matrix *= 0.97 / matrix[:, -1:]
    curves = PaymentCurves(np.full(n, as_of), matrix, np.full(n, days), np.full(n, 0.02))
    credits = pd.DataFrame(columns=["customer_id", "entity_id", "currency", "unapplied"])
    past = []
    for back in range(WEEKS_AHEAD, WEEKS_AHEAD + 30):
        for name in ("EUR", "USD"):
            expected, sd, actual = np.abs(g.normal(1e9, 2e8, (3, WEEKS_AHEAD)))
            past.append(past_weeks(as_of - 7 * back, name, OPEN, expected, sd, actual, 1e11))
    told, started = {}, (time.perf_counter(), time.process_time())
    spent = started[1]

    def lap(name: str) -> None:
        nonlocal spent
        told[f"{name}_s"] = round(time.process_time() - spent, 2)
        spent = time.process_time()

    cash = forecast(
        invoices, curves, credits, as_of=as_of, horizon_days=days, n_draws=DRAWS, generator=g
    )
    lap("drawn_and_split")
    cash = widened_by_past_weeks(cash, PastWeeks().with_more(past))
    lap("stretched")
    cash.by_week()
    lap("by_week")
    cash.by_day()
    lap("by_day")
    cash.by_week("entity_id")
    lap("by_week_and_entity")
    issued = as_of - 1 - g.integers(0, 728, 12 * n)
    closed = issued + g.integers(20, 60, 12 * n)
    billed = pd.DataFrame(
        {
            "customer_id": pd.Series(g.integers(0, n // 20, 12 * n).astype(str), dtype="str"),
            "currency": g.choice(["EUR", "USD"], 12 * n, p=[0.8, 0.2]),
            "issued_on": issued,
            "recorded_on": issued,
            "amount": g.lognormal(12, 1.5, 12 * n).astype(np.int64) + 1,
            "closed_on": np.where(closed < as_of, closed, NEVER),
        }
    )
    billed["cash"] = billed["amount"].where(billed["closed_on"] < NEVER, 0)
    lap("made_up_billing")
    band = forecast_unbilled(
        billed, as_of=as_of, horizon_days=days, n_draws=DRAWS, generator=g, country="DE", shares={}
    )
    band.by("week")
    lap("band")
    return {
        "invoices": n,
        "draws": DRAWS,
        "weeks": WEEKS_AHEAD,
        **told,
        "forecast_by_week_s": round(
            told["drawn_and_split_s"] + told["stretched_s"] + told["by_week_s"], 2
        ),
        "all_wall_s": round(time.perf_counter() - started[0], 2),
        "all_s": round(time.process_time() - started[1] - told["made_up_billing_s"], 2),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
    }


def ledger_windows(seed: int) -> list[dict[str, Any]]:
    """Every weekly total of one made-up company: what each way of drawing said, and what came."""
    ledger, _ = Ledger.from_tables(simulate(CUSTOMERS, MONTHS, seed, world=World()).tables)
    end = ledger.default_as_of
    arrivals = Arrivals.of_history(ledger.as_of(end))
    span = 7 * WEEKS
    last = end - arrivals.lag - span
    tests = [last - span * back for back in range(LANDMARKS)][::-1]
    marks = range(tests[0] - 7 * HISTORY, last + 1, 7)
    before: list[ReplayedWeek] = []
    held, rule, rows = PastWeeks(), None, []
    model = None
    for number, morning in enumerate(marks):
        then = ledger.as_of(morning)
        if model is None or number % REFIT == 0:
            model = fit_shrunk_ecdf(then)
        one = ReplayedWeek.at(then, model, arrivals, WEEKS, with_layer=False)
        if morning < tests[0]:
            before.append(one)
            continue
        if rule is None:
            closed = [b for b in before if b.ready.as_of + span + arrivals.lag <= morning]
            rule, _ = fit_dependence(closed, 0)
            for earlier in before:
                held = held.with_more(earlier.past_weeks(earlier.draws(rule, DRAWS // 2, 0)))
        if morning in tests:
            rows += _totals(one, rule, held.closed_before(morning - arrivals.lag), seed, number)
        held = held.with_more(one.past_weeks(one.draws(rule, DRAWS // 2, number)))
    return rows


def _totals(
    one: ReplayedWeek, rule: Any, known: PastWeeks, seed: int, number: int
) -> list[dict[str, Any]]:
    at = one.currencies.index(CURRENCY)
    cash = one.ready.forecast(
        one.ready.landing_columns(rule, DRAWS, np.random.default_rng([seed, number]))
    )
    groups, stretched = widened_by_past_weeks(cash, known).draws("day")
    own = groups["currency"].tolist().index(CURRENCY)
    drawn = {
        "independent": one.draws(INDEPENDENT, DRAWS, number)[:, at],
        "dependence": one.draws(rule, DRAWS, number)[:, at],
        "payrisk": stretched[:, own].reshape(DRAWS, WEEKS, 7).sum(axis=2),
    }
    rows = []
    for name, draws in drawn.items():
        low95, low80, high80, high95 = np.quantile(draws, QUANTILES, axis=0)
        for week in range(WEEKS):
            came = float(one.actual[at, week])
            rows.append(
                {
                    "seed": seed,
                    "model": name,
                    "week": week + 1,
                    "in_80": bool(low80[week] <= came <= high80[week]),
                    "in_95": bool(low95[week] <= came <= high95[week]),
                    "width_80": float(high80[week] - low80[week]),
                    "expected": float(one.expected[at, week]),
                    "actual": came,
                }
            )
    return rows


def covered(rows: pd.DataFrame) -> pd.DataFrame:
    """Coverage of each model over all weekly totals, and its standard error over ledgers."""
    told = []
    for name in MODELS:
        own = rows[rows["model"] == name]
        one: dict[str, Any] = {"model": name}
        for level in (80, 95):
            mean = float(own[f"in_{level}"].mean())
            by_ledger = own.groupby("seed")[f"in_{level}"].mean()
            se = float(by_ledger.std(ddof=1) / len(by_ledger) ** 0.5)
            one |= {
                f"cover_{level}": round(mean, 4),
                f"se_{level}": round(se, 4),
                f"misses_by_se_{level}": round((mean - level / 100) / se, 1),
            }
        one["width_80_of_cash"] = round(float(own["width_80"].sum() / own["actual"].sum()), 3)
        one |= {
            f"cover_80_week_{week}": round(float(own.loc[own["week"] == week, "in_80"].mean()), 3)
            for week in range(1, WEEKS + 1)
        }
        told.append(one)
    return pd.DataFrame(told)


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(prog="payrisk bench cash")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--part", choices=("speed", "coverage", "both", "again"), default="both")
    parser.add_argument("--customers", type=int, default=120)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--invoices", type=int, default=100_000)
    parser.add_argument("--ledgers", type=int, default=52)
    parser.add_argument("--first-seed", type=int, default=101)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(speed(given.invoices)))
        return
    found: dict[str, Any] = {}
    if given.part == "again":
        found["asked again"] = asked_again(given.customers, given.months)
    if given.part in ("speed", "both"):
        found["speed"] = [child(Path(__file__).name, "--child", "--invoices", given.invoices)]
    if given.part in ("coverage", "both"):
        rows: list[dict[str, Any]] = []
        for seed in range(given.first_seed, given.first_seed + given.ledgers):
            began = time.perf_counter()
            rows += ledger_windows(seed)
            say(f"company {seed}: {time.perf_counter() - began:.1f} s")
        table = pd.DataFrame(rows)
        found["coverage"] = covered(table).to_dict("records")
        n_totals = len(table) // len(MODELS)
        found["windows"] = [{"landmarks": n_totals // WEEKS, "weekly_totals": n_totals}]
    if given.json:
        print(json.dumps(found, indent=2))
        return
    for name, records in found.items():
        printed(name, records)


if __name__ == "__main__":
    main()
