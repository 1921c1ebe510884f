"""Receipts in all and the band of invoices not yet issued, against rivals with intervals.

    payrisk bench cash-band [--part companies|series|both] [--companies 50] [--first-seed 101]
                            [--series 10000] [--first-series 11] [--processes 1] [--json]

companies: made-up ones of 60 customers and 40 months, three mornings ten weeks apart, every
currency, weeks 1 to 13 and totals of 4, 8 and 13. They grow by 3 % a year, have seasons by sector,
customers that come and go, and currencies with three to five customers. Open invoices by the
shrunk ECDF, fitted each twelve weeks; receipts in all as wide as they were missed on the mornings
before (one each two weeks), the band alone as it missed. cover_80_low, cover_80_high and those of
95: 95 %, clustered by company. crps and width are of the cash of each currency of each company,
and the median of these. crps_ratio: a rival's CRPS by ours, median of a company's currencies, then
the geometric mean of companies with 95 %; above 1 the rival is worse.

series: weekly, 78 weeks, then 13 that are forecast: a shift eight weeks ago, the same and
intermittent, growing or shrinking, lumpy. Against an ensemble of mean of 4, mean of 13,
exponential smoothing and damped trend with its own past errors. worst: the largest week drawn by
the largest ever billed.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
from _running import say
from _series import ensemble, made_series
from _tables import printed

from payrisk.arrays import Floats
from payrisk.cash.intervals.landmarks import PastWeeks
from payrisk.cash.intervals.measures import crps
from payrisk.cash.intervals.receipts_spread import draw_multipliers
from payrisk.cash.intervals.rivals import rival_draws
from payrisk.cash.layers.levels import fit_levels
from payrisk.cash.layers.unbilled import weeks_of
from payrisk.cash.layers.weekly_paths import weekly_paths
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.ledger import Ledger
from payrisk.predictions import Dependence
from payrisk.simulate import World, simulate
from payrisk_pipelines.backtests.cash_replay import N_DRAWS, Arrivals, ReplayedWeek

CUSTOMERS, MONTHS, WEEKS = 60, 40, 13
MORNINGS, APART, HISTORY, EVERY, REFIT = 3, 70, 210, 14, 6
CELLS = {f"week {n + 1}": (n, n + 1) for n in range(WEEKS)} | {
    f"{n} weeks": (0, n) for n in (4, 8, 13)
}
OURS = "payrisk"


def cells(weekly: Floats, expected: Floats, actual: Floats, **named: Any) -> list[dict[str, Any]]:
    """A row a week and total: (n_draws, w) draws and (w,) expected against (w,) actual."""
    rows = []
    for cell, (first, until) in CELLS.items():
        drawn, came = weekly[:, first:until].sum(axis=1), actual[first:until].sum()
        low95, low80, high80, high95 = np.quantile(drawn, [0.025, 0.1, 0.9, 0.975])
        rows.append(
            named
            | {
                "cell": cell,
                "in_80": low80 <= came <= high80,
                "in_95": low95 <= came <= high95,
                "below_p10": came < low80,
                "above_p90": came > high80,
                "width": high80 - low80,
                "crps": float(crps(drawn[:, None], np.array([came]))[0]),
                "error": expected[first:until].sum() - came,
                "actual": came,
            }
        )
    return rows


def company(seed: int) -> list[dict[str, Any]]:
    """Every week and total of one made-up company, from its mornings."""
    began = time.process_time()
    ledger, _ = Ledger.from_tables(simulate(CUSTOMERS, MONTHS, seed, world=World()).tables)
    arrivals = Arrivals.of_history(ledger.as_of(ledger.default_as_of))
    last = ledger.default_as_of - arrivals.lag - 7 * WEEKS
    tests = [last - APART * back for back in range(MORNINGS)]
    marks = sorted({*range(min(tests) - HISTORY, last + 1, EVERY), *tests})
    rule, model, held, rows = Dependence(), None, PastWeeks(), []
    for number, morning in enumerate(marks):
        then = ledger.as_of(morning)
        if model is None or number % REFIT == 0:
            model = fit_shrunk_ecdf(then)
        one = ReplayedWeek.at(then, model, arrivals, WEEKS, shares={}, dependence=rule)
        if morning in tests:
            rows += _judged(
                ledger, one, arrivals, held.closed_before(morning - arrivals.lag), seed
            )
        held = held.with_more(one.past_weeks(one.draws(rule, N_DRAWS // 2, number)))
    say(f"company {seed}: {time.process_time() - began:.1f} s")
    return rows


def _judged(
    ledger: Ledger, one: ReplayedWeek, arrivals: Arrivals, held: PastWeeks, seed: int
) -> list[dict[str, Any]]:
    morning, layer = one.ready.as_of, one.layer
    assert layer is not None
    cash = one.ready.forecast(
        one.ready.landing_columns(Dependence(), N_DRAWS, np.random.default_rng(0))
    )
    groups, drawn = cash.draws("day")
    band, rows = layer.widened_by(held), []
    first = int(ledger.as_of(morning).known_rows("credits")["happened_on"].min())
    before = arrivals.total(layer.currencies, first, morning - first)
    total = weeks_of(arrivals.total(layer.currencies, morning, 7 * WEEKS))
    for position, currency in enumerate(layer.currencies):
        named = {"seed": seed, "currency": currency}
        draws, told = weeks_of(band.draws[:, position]), weeks_of(band.expected[position])
        rest = one.layer_actual[position]
        rows += cells(draws, told, rest, model=OURS, layer="not yet issued", **named)
        if currency in one.currencies:
            place = groups["currency"].tolist().index(currency)
            draws = draws + weeks_of(drawn[:, place])
            told = told + one.expected[one.currencies.index(currency)]
        draws = draws * draw_multipliers(held, currency, draws, told)
        named["layer"] = "receipts in all"
        rows += cells(draws, told, total[position], model=OURS, **named)
        for name, (expected, by_day) in rival_draws(before[position], 7 * WEEKS, morning).items():
            rows += cells(
                weeks_of(by_day), weeks_of(expected), total[position], model=name, **named
            )
    return rows


def covered(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a layer, model and span: coverage clustered by company, sides, width and CRPS."""
    week = pd.to_numeric(rows["cell"].str.removeprefix("week "), errors="coerce")
    named = pd.cut(week, [0, 4, 8, 13], labels=["weeks 1-4", "weeks 5-8", "weeks 9-13"])
    rows = rows.assign(span=named.astype(object).where(week.notna(), rows["cell"]))
    keys = ["layer", "model", "span"]
    cash = rows.groupby([*keys, "seed", "currency"])[["width", "crps", "actual"]].sum()
    cash = cash[cash["actual"] > 0]
    shares = cash["crps"] / cash["actual"]
    table = []
    for key, part in rows.groupby(keys, sort=False):
        measured: dict[str, Any] = dict(zip(keys, key, strict=True)) | {"n": len(part)}
        for level in ("80", "95"):
            by_company = part.groupby("seed")[f"in_{level}"].mean()
            half, mean = half_width(by_company), float(part[f"in_{level}"].mean())
            measured |= {
                f"cover_{level}": mean,
                f"cover_{level}_low": mean - half,
                f"cover_{level}_high": mean + half,
            }
        ratio = np.log(shares.loc[key] / shares.loc[(key[0], OURS, key[2])])
        by_company = ratio.groupby("seed").median()
        mean, half = float(by_company.mean()), half_width(by_company)
        own = cash.loc[key]
        table.append(
            measured
            | {
                "below_p10": float(part["below_p10"].mean()),
                "above_p90": float(part["above_p90"].mean()),
                "width_80": float((own["width"] / own["actual"]).median()),
                "crps": float((own["crps"] / own["actual"]).median()),
                "crps_ratio": float(np.exp(mean)),
                "crps_ratio_low": float(np.exp(mean - half)),
                "crps_ratio_high": float(np.exp(mean + half)),
            }
        )
    return pd.DataFrame(table)


def half_width(by_company: pd.Series) -> float:
    """Half of the 95 % of a mean over companies."""
    return float(1.96 * by_company.std(ddof=1) / len(by_company) ** 0.5)


def series(n: int, *, seed: int = 11, at_once: int = 500) -> list[dict[str, Any]]:
    """Ours and the ensemble over n made-up series, by kind and in all."""
    table: list[dict[str, Any]] = []
    parts: list[pd.DataFrame] = []
    for block in range(0, n, at_once):
        past, came, kind = made_series(min(at_once, n - block), [seed, block])
        scale = np.concatenate([past, came], axis=1).mean(axis=1)
        largest = np.maximum(past.max(axis=1), 1e-9)
        ours = weekly_paths(fit_levels(past), 13, 200, np.random.default_rng(block)).paths
        for name, paths in ((OURS, ours), ("statistical-ensemble", ensemble(past, 13))):
            for cell, (first, until) in CELLS.items():
                drawn, actual = paths[..., first:until].sum(2), came[:, first:until].sum(1)
                low, high = np.quantile(drawn, [0.1, 0.9], axis=0)
                parts.append(
                    pd.DataFrame(
                        {
                            "model": name,
                            "kind": kind,
                            "cell": cell,
                            "in_80": (low <= actual) & (actual <= high),
                            "below_p10": actual < low,
                            "crps": crps(drawn, actual) / scale / (until - first),
                            "worst": drawn.max(axis=0) / largest / (until - first),
                        }
                    )
                )
    rows = pd.concat(parts)
    rows = rows[rows["cell"].isin(["week 1", "week 8", "4 weeks", "8 weeks", "13 weeks"])]
    for kind, of_kind in [("all", rows), *rows.groupby("kind")]:
        for (cell, model), part in of_kind.groupby(["cell", "model"]):
            named = {"kind": str(kind), "cell": cell, "model": model, "n": len(part)}
            means = part[["in_80", "below_p10", "crps"]].mean().to_dict()
            table.append(named | means | {"worst": float(part["worst"].max())})
    return table


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(prog="payrisk bench cash-band")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--part", choices=("companies", "series", "both"), default="both")
    parser.add_argument("--companies", type=int, default=50)
    parser.add_argument("--first-seed", type=int, default=101)
    parser.add_argument("--series", type=int, default=10_000)
    parser.add_argument("--first-series", type=int, default=11, help="seed of the series")
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    found: dict[str, Any] = {}
    if given.part != "companies":
        found["series"] = series(given.series, seed=given.first_series)
    if given.part != "series":
        seeds = range(given.first_seed, given.first_seed + given.companies)
        with ProcessPoolExecutor(given.processes) as pool:
            rows = [row for of_company in pool.map(company, seeds) for row in of_company]
        found["companies"] = covered(pd.DataFrame(rows)).to_dict("records")
    if given.json:
        print(json.dumps(found, indent=2))
        return
    for name, records in found.items():
        printed(name, records)


if __name__ == "__main__":
    main()
