"""What the days-to-pay model costs to train and to ask, and what each shortcut costs in CRPS.

    payrisk bench days-to-pay [--json] [--folder CACHE] [--sizes 25000 100000 1000000] [--quick]

Every measurement works in a process of its own on one thread; seconds are CPU seconds. The
made-up companies are made beforehand into CACHE and kept there.

training: one row a size, on the last morning of a ledger: `ledger_cpu_s` resolves it, after that
`features_cpu_s` makes the streams of the features, `fit_cpu_s` is `fit_daily_hazard`, and
`cpu_s` all three. `ledger_peak_gb` and `features_peak_gb` are what the process had needed so far
and `peak_gb` at its end, reading included. invoices: in the ledger.

company, highradius: one row a model, trained half a year before the books end and on 2019-07-01.
`open_per_cpu_s` and `quotes_per_cpu_s` are full curves a CPU second of the invoices open on that
morning and of those that came later asked as its quotes: the median of turns after the first,
which reads the morning. `at_issue_*` judge the invoices issued in the 45 days from then on, each
as of its own issue, and `open_*` those open on one morning of each week: crps in days, nll,
pit (its deviation from uniform), and `crps_cost`, the CRPS less that of `every-day`, with
`crps_cost_se` its standard error from drawing customers and weeks anew. highradius needs
PAYRISK_REAL_DATA, which names the folder that has it; nothing of it is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from _running import child, company, say
from _tables import printed

from payrisk.calendar import day_of
from payrisk.features import FrozenMoments, LedgerStreams, build
from payrisk.features import Moments as QuoteMoments
from payrisk.learning.days_to_pay.baselines import BASELINES
from payrisk.learning.days_to_pay.fit_hazard import STATIC, fit_daily_hazard
from payrisk.learning.measuring.bootstrap import Cells
from payrisk.learning.measuring.curve_metrics import CurveScores, JudgedCurves, row_order
from payrisk.learning.measuring.replay import ReplayedRows, rows_at_issue, rows_open_at, sample
from payrisk.ledger import History, Ledger
from payrisk.ledger.importing.reading import load_preset, read_source
from payrisk.ledger.stored.partitions import read_part
from payrisk.scoring import CurveModel
from payrisk.scoring.days_to_pay.daily_hazard import DailyHazard

DAYS_BEFORE_END = 180
"""How long before the books end the judged model is trained, so that outcomes are known."""
ISSUED_DAYS = 45
WEEKS = 9
BESIDE = ("customer-ecdf", "l1-boosting", "due-plus-mean")
EXACT = "every-day"
"""The model without the shortcut of days that share an answer."""
HIGHRADIUS = "highradius_asof_2019-09-30.parquet"
TRAIN_ON, BOOKS_UNTIL = day_of("2019-07-01"), day_of("2019-10-01")
DRAWS = 200


def peak_gb() -> float:
    """What this process has needed so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


# -- in a process of its own ---------------------------------------------------------------------


def training(folder: Path) -> dict[str, float]:
    """CPU seconds and memory of the ledger, the feature streams and the fit."""
    ledger = read_part(folder, 0)
    begin = time.process_time()
    history = ledger.as_of(ledger.default_as_of)
    n_open = len(history.open_invoices())
    assert len(ledger.timeline.invoice)
    resolved, ledger_peak = time.process_time(), peak_gb()
    say(f"  ledger resolved: {resolved - begin:,.1f} CPU s, {ledger_peak:.2f} GB")
    known, one = LedgerStreams.of(ledger), QuoteMoments.at_issue(ledger).take(np.arange(1))
    build(known, one, STATIC)
    FrozenMoments.of(known, one)
    streamed, features_peak = time.process_time(), peak_gb()
    say(f"  streams made: {streamed - resolved:,.1f} CPU s, {features_peak:.2f} GB; fitting ...")
    assert isinstance(fit_daily_hazard(history), DailyHazard)
    fitted = time.process_time()
    return {
        "invoices": len(ledger.tables["invoices"]),
        "open": n_open,
        "ledger_cpu_s": resolved - begin,
        "features_cpu_s": streamed - resolved,
        "fit_cpu_s": fitted - streamed,
        "cpu_s": fitted - begin,
        "ledger_peak_gb": ledger_peak,
        "features_peak_gb": features_peak,
        "peak_gb": peak_gb(),
    }


def variants(history: History) -> dict[str, CurveModel]:
    """The model as shipped, without its shortcut, cut down, and the baselines."""
    model = fit_daily_hazard(history)
    if not isinstance(model, DailyHazard):
        raise SystemExit("The ledger is too young to train on; take a larger size.")
    return {
        "as-shipped": model,
        EXACT: replace(model, is_quick=False),
        "one-booster": replace(model, boosters=model.boosters[:1], money=model.money[:1]),
        "trees-alone": replace(model, weight=1.0),
        **{name: BASELINES[name](history) for name in BESIDE},
    }


def per_cpu_s(model: CurveModel, history: History, rows: pd.DataFrame, turns: int) -> float:
    """Curves a CPU second: the median of the turns after the first."""
    took = []
    for _ in range(turns + 1):
        begin = time.process_time()
        assert len(model.curves(history, rows).as_of) == len(rows)
        took.append(time.process_time() - begin)
    return len(rows) / median(took[1:])


def quotes(rows: pd.DataFrame, day: int) -> pd.DataFrame:
    """Later invoices as if they were asked about on one morning, before they are issued."""
    shift = day - rows["issued_on"]
    moved = rows.assign(issued_on=day, due_on=rows["due_on"] + shift)
    return moved[["customer_id", "issued_on", "due_on", "amount", "currency"]]


def scores(moments: ReplayedRows, models: dict[str, CurveModel]) -> dict[str, CurveScores]:
    """What each row scored, morning by morning for all models together."""
    order = pd.Series(row_order(moments.rows), moments.rows.index)
    found: dict[str, list[CurveScores]] = {name: [] for name in models}
    for part in moments.parts():
        for name, model in models.items():
            place = order.loc[part.rows.index].to_numpy()
            found[name].append(
                CurveScores.of(JudgedCurves.of(part.curves(model), part.rows, place))
            )
    return {name: CurveScores.joined(parts) for name, parts in found.items()}


def judged(
    moments: ReplayedRows, models: dict[str, CurveModel], way: str
) -> dict[str, dict[str, Any]]:
    """CRPS, NLL and PIT deviation of each model, and what it costs beside the exact one."""
    rows, found = moments.rows, scores(moments, models)
    cells = Cells.of(pd.factorize(rows["customer_id"])[0], rows["as_of"].to_numpy())
    drawn = np.concatenate(list(cells.weights(DRAWS, seed=0)))
    per_draw = np.maximum(drawn @ cells.sums(np.ones(len(rows))), 1.0)
    table: dict[str, dict[str, Any]] = {}
    for name, own in found.items():
        metrics, cost = own.metrics(), own.crps - found[EXACT].crps
        table[name] = {
            f"{way}_n": len(own),
            f"{way}_crps": metrics["crps"],
            f"{way}_nll": metrics["nll"],
            f"{way}_pit": metrics["pit_deviation"],
            f"{way}_crps_cost": float(cost.mean()),
            f"{way}_crps_cost_se": float(np.std(drawn @ cells.sums(cost) / per_draw)),
        }
    return table


def asking(ledger: Ledger, day: int, known: int, given: argparse.Namespace) -> dict[str, Any]:
    """Every variant's speed on the morning `day`, and how good it is from then on."""
    history = ledger.as_of(day)
    models = variants(history)
    later = rows_at_issue(ledger, day, day + ISSUED_DAYS, known)
    is_open = history.open_invoices()
    asked = {
        "open": is_open.iloc[:: max(1, len(is_open) // given.rows)].iloc[: given.rows],
        "quotes": quotes(later.rows, day).iloc[: given.rows],
    }
    found: dict[str, dict[str, Any]] = {name: {"model": name} for name in models}
    for name, model in models.items():
        for way, rows in asked.items():
            found[name][f"{way}_per_cpu_s"] = per_cpu_s(model, history, rows, given.turns)
        say(f"  {name}: {found[name]['open_per_cpu_s']:,.0f} open curves a CPU second")
    weekly = rows_open_at(ledger, [day + 7 * week for week in range(WEEKS)], known)
    for way, moments in (("at_issue", later), ("open", weekly)):
        say(f"  judging {way} ...")
        some = sample(moments, given.judged, seed=0)
        for name, row in judged(some, models, way).items():
            found[name] |= row
    return {
        "asked": {way: len(rows) for way, rows in asked.items()},
        "models": list(found.values()),
        "peak_gb": peak_gb(),
    }


def of_company(given: argparse.Namespace) -> dict[str, Any]:
    """The variants on a made-up company."""
    ledger = read_part(given.company, 0)
    known = ledger.default_as_of
    found = asking(ledger, known - DAYS_BEFORE_END, known, given)
    return found | {"invoices": len(ledger.tables["invoices"])}


def of_highradius(given: argparse.Namespace) -> dict[str, Any]:
    """The variants on the real ledger, all of its rows judged."""
    source = given.company / HIGHRADIUS
    reading = read_source(source, load_preset("highradius"), imported_on=BOOKS_UNTIL)
    ledger, _ = Ledger.from_tables(reading.tables)
    given.judged = len(ledger.tables["invoices"])
    found = asking(ledger, TRAIN_ON, BOOKS_UNTIL, given)
    return found | {"invoices": given.judged}


PARTS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "training": lambda given: training(given.company),
    "company": of_company,
    "highradius": of_highradius,
}
"""What is measured in a process of its own."""


# -- all together --------------------------------------------------------------------------------


def measured(given: argparse.Namespace) -> dict[str, Any]:
    """Everything that is printed."""
    found: dict[str, Any] = {"training": [], "company": None, "highradius": None}
    words = ("--rows", given.rows, "--turns", given.turns, "--judged", given.judged)
    for size in given.sizes:
        made = company(given.folder, size, given.seed, blocks=10**6)
        say(f"training on about {size:,} invoices ...")
        found["training"].append(child("days_to_pay.py", "--part", "training", made))
        one = found["training"][-1]
        say(f"  {one['cpu_s']:,.1f} CPU s, {one['peak_gb']:.2f} GB")
    made = company(given.folder, given.asked, given.seed, blocks=10**6)
    say(f"asking about the invoices of a company of about {given.asked:,} ...")
    found["company"] = child("days_to_pay.py", "--part", "company", made, *words)
    real = os.environ.get("PAYRISK_REAL_DATA")
    if real and (Path(real) / HIGHRADIUS).exists():
        say("asking about the invoices of the HighRadius ledger ...")
        found["highradius"] = child("days_to_pay.py", "--part", "highradius", real, *words)
    return found


def printed_models(name: str, found: dict[str, Any]) -> None:
    """How fast, how good at issue and how good of open invoices, each as a table."""
    of = f"{name}, {found['invoices']:,} invoices"
    rows = found["models"]
    speeds = [key for key in rows[0] if key.endswith("_per_cpu_s")]
    for title, start in (("speed", None), ("at issue", "at_issue_"), ("open", "open_")):
        others = [key for key in rows[0] if start and key.startswith(start)]
        keys = [key for key in others if key not in speeds] if start else speeds
        printed(f"{of}: {title}", [{key: row[key] for key in ("model", *keys)} for row in rows])


def main() -> None:
    """Print tables, or JSON."""
    home = Path(os.environ.get("PAYRISK_HOME") or tempfile.gettempdir())
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("company", type=Path, nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, default=home / "benchmarks", help="cache")
    parser.add_argument("--sizes", type=int, nargs="+", help="invoices to train on")
    parser.add_argument("--asked", type=int, help="invoices of the company that is asked")
    parser.add_argument("--rows", type=int, help="curves of a turn; default 4096")
    parser.add_argument("--turns", type=int, help="turns that count; default 3")
    parser.add_argument("--judged", type=int, help="rows judged of a kind; default 5000")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="a small run that proves nothing")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    quick = given.quick
    given.sizes = given.sizes or ([1_000] if quick else [25_000, 100_000, 1_000_000])
    given.asked = given.asked or (1_000 if quick else 100_000)
    given.rows = given.rows or (64 if quick else 4_096)
    given.turns = given.turns or (1 if quick else 3)
    given.judged = given.judged or (100 if quick else 5_000)
    if given.part:
        print(json.dumps(PARTS[given.part](given)))
        return
    given.folder.mkdir(parents=True, exist_ok=True)
    found = measured(given)
    if given.json:
        print(json.dumps(found))
        return
    printed("training", found["training"])
    for name in ("company", "highradius"):
        if found[name]:
            printed_models(name, found[name])


if __name__ == "__main__":
    main()
