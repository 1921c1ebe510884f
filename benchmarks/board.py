"""Everyone on every set: our days-to-pay, its baselines and strong models of other houses.

    payrisk bench board [--json] [--companies 10] [--rows 1500] [--seconds 240] [--home HOME]

Sets: made-up companies of fixed seeds, the ledger of a home where one is named, and HighRadius
where PAYRISK_REAL_DATA names the folder that has it. Each set is cut at one morning, 120 days
before its books end: what was known then is learnt from, and invoices issued in the 45 days from
it are judged, each asked on the morning of its issue. Outsiders (each in an environment of its
own under --folder, made on the first run) learn from the same inputs as our trees, as they were
at issue, from the latest invoices alone (--learn), within --seconds of CPU.

One row a set and model: `crps` in days, each row alike; `ratio` to ours with its 95 % interval
(customers and weeks drawn anew), above 1 where ours is better; `verdict`: "better" or "worse"
than ours where the interval leaves 1 out, else "not sure"; `cpu_s` of learning and asking. The
last rows are the companies together: mean ratio and its interval over companies (t).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _environments import python_with
from _running import HERE, SETTING, say
from _tables import Table, printed
from scipy import stats

from payrisk.calendar import day_of
from payrisk.features import LedgerStreams, Moments, build
from payrisk.learning.days_to_pay.baselines import BASELINES
from payrisk.learning.days_to_pay.fit_hazard import STATIC, fit_daily_hazard
from payrisk.learning.measuring.bootstrap import Cells
from payrisk.learning.measuring.curve_metrics import JudgedCurves, crps
from payrisk.learning.measuring.replay import ReplayedRows, rows_at_issue, sample
from payrisk.ledger import Ledger
from payrisk.ledger.importing.reading import load_preset, read_source
from payrisk.ledger.stored import storage
from payrisk.predictions import PaymentCurves
from payrisk.scoring.days_to_pay.curve import n_days
from payrisk.simulate import simulate

OURS = "days-to-pay"
OUTSIDERS = {
    "survival-boost": ("hazardous==0.2.0",),
    "survival-forest": ("scikit-survival==0.28.0",),
    "boosted-cox": ("scikit-survival==0.28.0",),
    "quantile-forest": ("quantile-forest==1.4.2",),
}
"""Model of another house → what its environment holds."""
FIRST_SEED, CUSTOMERS, MONTHS = 8_801, 120, 24
ISSUED_DAYS, FOLLOWED_DAYS, DRAWS = 45, 120, 500
HIGHRADIUS, BOOKS_UNTIL = "highradius_asof_2019-09-30.parquet", day_of("2019-10-01")


@dataclass(frozen=True)
class Contest:
    """A ledger cut at a morning, and the invoices issued from then on that are judged."""

    name: str
    ledger: Ledger
    morning: int
    asked: ReplayedRows

    @classmethod
    def of(cls, name: str, ledger: Ledger, most_rows: int) -> Contest:
        """The contest of a ledger; raises LedgerError where it is too young."""
        end = ledger.last_day + 1
        morning = end - FOLLOWED_DAYS
        asked = rows_at_issue(ledger, morning, morning + ISSUED_DAYS - 1, end)
        return cls(name, ledger, morning, sample(asked, most_rows, seed=0))

    def scores(self, curves: PaymentCurves) -> np.ndarray[Any, Any]:
        """(n,) CRPS in days of curves of the rows that are asked."""
        return np.asarray(crps(JudgedCurves.of(curves, self.asked.rows)))


def contests(given: argparse.Namespace) -> Iterator[Contest]:
    """Every set there is to judge on."""
    for number in range(given.companies):
        ledger = Ledger.from_tables(simulate(CUSTOMERS, MONTHS, FIRST_SEED + number).tables)[0]
        yield Contest.of(f"company {number + 1}", ledger, given.rows)
    if given.home:
        yield Contest.of("home", storage.load(given.home), given.rows)
    real = Path(os.environ.get("PAYRISK_REAL_DATA", ""), HIGHRADIUS)
    if "PAYRISK_REAL_DATA" in os.environ and real.is_file():
        reading = read_source(real, load_preset("highradius"), imported_on=BOOKS_UNTIL)
        yield Contest.of("highradius", Ledger.from_tables(reading.tables)[0], given.rows)


def of_this_house(contest: Contest) -> Iterator[tuple[str, PaymentCurves, float]]:
    """Our model's and each baseline's curves, with the CPU seconds they took."""
    history = contest.ledger.as_of(contest.morning)
    for name, fit in {OURS: fit_daily_hazard, **BASELINES}.items():
        begin = time.process_time()
        curves = contest.asked.curves(fit(history))
        yield name, curves, time.process_time() - begin


def numbers_for_outsiders(contest: Contest, most: int) -> dict[str, Any]:
    """What an outsider learns from and is asked, see `_outsiders.py`: the latest invoices."""
    rows = contest.ledger.as_of(contest.morning).invoices()
    rows = rows[(rows["issued_on"] < contest.morning).to_numpy()]
    rows = rows.sort_values(["issued_on", "invoice_id", "instalment"], kind="stable")[-most:]
    issued, paid, closed = (
        rows[name].to_numpy(dtype=np.int64) for name in ("issued_on", "paid_on", "closed_on")
    )
    is_paid = paid < contest.morning
    last = np.where(is_paid, paid, np.minimum(closed, contest.morning - 1))
    rows = rows.drop(columns="residual")  # of which nothing was paid at issue
    streams, asked = LedgerStreams.of(contest.ledger), contest.asked.rows
    return {
        "learn": _inputs(streams, Moments.of(contest.ledger, rows, issued)),
        "ask": _inputs(
            streams, Moments.of(contest.ledger, asked, asked["as_of"].to_numpy(dtype=np.int64))
        ),
        "days": np.maximum(last - issued, 0) + 1,
        "is_paid": is_paid.astype(np.int64),
        "width": np.array(int(_lengths(contest).max())),
    }


def _inputs(streams: LedgerStreams, moments: Moments) -> np.ndarray[Any, Any]:
    """(n, k) inputs of the moments, those that say nothing of any row left as zeros."""
    values = build(streams, moments, STATIC).values.T.astype(np.float64)
    values[:, np.isnan(values).all(axis=0)] = 0.0
    return values


def _lengths(contest: Contest) -> np.ndarray[Any, Any]:
    as_of, due = (contest.asked.rows[c].to_numpy(dtype=np.int64) for c in ("as_of", "due_on"))
    return n_days(as_of, due)


def of_an_outsider(
    name: str, contest: Contest, numbers: dict[str, Any], given: argparse.Namespace
) -> tuple[PaymentCurves, float] | None:
    """An outsider's curves and its CPU seconds; None where it took more than it may."""
    packages = OUTSIDERS[name]
    folder = given.folder / "-".join(packages).replace("=", "-")
    python = python_with(packages, folder)
    paths = [given.folder / "numbers.npz", given.folder / "curves.npy"]
    np.savez(paths[0], **numbers)
    paths[1].unlink(missing_ok=True)
    begin = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = [python, HERE / "_outsiders.py", name, *paths, given.seconds]
    with (given.folder / f"{name}.log").open("w") as log:
        subprocess.run(
            [str(word) for word in program], env=os.environ | SETTING, stdout=log, stderr=log,
            check=False,
        )  # fmt: skip
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not paths[1].is_file():
        say(f"  {name} gave no curves: {log.name}")
        return None
    as_of = contest.asked.rows["as_of"].to_numpy(dtype=np.int64)
    curves = PaymentCurves(as_of, np.load(paths[1]).astype(np.float64), _lengths(contest))
    return curves, end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime


def verdict(low: float, high: float) -> str:
    """What an interval of a ratio to ours says of the other model."""
    return "worse" if low > 1 else "better" if high < 1 else "not sure"


def judged(contest: Contest, given: argparse.Namespace) -> Table:
    """One row a model of the set."""
    answers = {name: (curves, cpu) for name, curves, cpu in of_this_house(contest)}
    numbers = numbers_for_outsiders(contest, given.learn)
    for name in given.outsiders:
        answer = of_an_outsider(name, contest, numbers, given)
        if answer is not None:
            answers[name] = answer
    rows = contest.asked.rows
    cells = Cells.of(
        np.unique(rows["customer_id"].astype(str), return_inverse=True)[1],
        rows["as_of"].to_numpy(dtype=np.int64),
    )
    drawn = np.concatenate(list(cells.weights(DRAWS, seed=0)))
    scores = {name: contest.scores(curves) for name, (curves, _) in answers.items()}
    ours = (drawn * cells.sums(scores[OURS])).sum(axis=1)
    table: Table = []
    for name, score in scores.items():
        ratios = (drawn * cells.sums(score)).sum(axis=1) / ours
        low, high = np.quantile(ratios[np.isfinite(ratios)], [0.025, 0.975])
        table.append(
            {
                "set": contest.name,
                "model": name,
                "rows": len(rows),
                "crps": float(score.mean()),
                "ratio": float(score.mean() / scores[OURS].mean()),
                "low": float(low),
                "high": float(high),
                "verdict": "" if name == OURS else verdict(low, high),
                "cpu_s": answers[name][1],
            }
        )
    return table


def together(table: Table) -> Table:
    """One row a model over the made-up companies: the mean ratio and its interval."""
    rows: Table = []
    for name in dict.fromkeys(row["model"] for row in table):
        own = [r for r in table if r["model"] == name and r["set"].startswith("company")]
        ratios = np.array([row["ratio"] for row in own])
        if name == OURS or len(ratios) < 2:
            continue
        half = stats.sem(ratios) * stats.t.ppf(0.975, len(ratios) - 1)
        low, high = float(ratios.mean() - half), float(ratios.mean() + half)
        rows.append(
            {
                "set": f"{len(ratios)} companies",
                "model": name,
                "rows": sum(row["rows"] for row in own),
                "crps": float(np.mean([row["crps"] for row in own])),
                "ratio": float(ratios.mean()),
                "low": low,
                "high": high,
                "verdict": verdict(low, high),
                "cpu_s": float(np.sum([row["cpu_s"] for row in own])),
            }
        )
    return rows


def main() -> None:
    """Print the board."""
    home = Path(os.environ.get("PAYRISK_HOME") or ".")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--companies", type=int, default=10)
    parser.add_argument("--rows", type=int, default=1_500, help="judged of a set")
    parser.add_argument("--learn", type=int, default=4_000, help="invoices an outsider learns")
    parser.add_argument("--seconds", type=int, default=240, help="CPU of an outsider on a set")
    parser.add_argument("--home", type=Path, help="a home whose ledger is a set, too")
    parser.add_argument("--folder", type=Path, default=home / "benchmarks" / "board")
    parser.add_argument("--outsiders", nargs="*", choices=OUTSIDERS, default=list(OUTSIDERS))
    given = parser.parse_args()
    given.folder = given.folder.absolute()
    given.folder.mkdir(parents=True, exist_ok=True)
    table: Table = []
    for contest in contests(given):
        say(f"{contest.name}: {len(contest.asked.rows):,} invoices ...")
        rows = judged(contest, given)
        table += rows
        if not given.json:
            printed(contest.name, rows)
    table += together(table)
    if given.json:
        print(json.dumps(table, indent=1))
    elif given.companies > 1:
        printed("the companies together", together(table))


if __name__ == "__main__":
    main()
