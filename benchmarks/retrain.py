"""What a month costs: payrisk retrain, from a stored ledger to registered candidates.

    payrisk bench retrain [--sizes 25000 100000 1000000] [--models ...] [--json] [--folder F]
                          [--months 24] [--whole-until 250000]

A made-up company of each size is imported once (kept in --folder). Then `retrain` runs in a fresh
home and process: ledger, quality, each spec judged at 2 past origins (1 seed, at most 20,000 rows)
beside its baselines, the canaries, what ships (3 seeds), its past cash, card, bundle and MLflow.
Seconds are wall and CPU; peak_gb is all the process ever needed.

Above 250,000 invoices only some customers, by the hash of their ids, are learnt from, at most two
million rows. What that costs is printed, too: CRPS of the recipe at the latest origin on the same
rows, learnt from the sample and from everybody. --whole-until lets this last part, not the
retraining, sample from fewer invoices on.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from _running import child, say
from _tables import printed

from payrisk.learning.days_to_pay.sampling import Sampling
from payrisk.learning.judging.judge_curves import MOST_ISSUE_DAYS, MOST_JUDGED_ROWS
from payrisk.learning.measuring.curve_metrics import CURVE_METRICS
from payrisk.learning.measuring.replay import rows_at_issue, sample
from payrisk.learning.measuring.splits import origins
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.settings import Settings
from payrisk.simulate import simulate
from payrisk_models import spec

INVOICES_A_CUSTOMER, MONTHS = 70, 24
FEWEST_CUSTOMERS = 8
SIZES = (25_000, 100_000, 1_000_000)
EVERYBODY = 1_000_000_000


def company(folder: Path, invoices: int, seed: int, months: int) -> Path:
    """The home that holds a ledger of about so many invoices, made if need be."""
    home = folder / f"ledger-{invoices}-{seed}-{months}"
    if not (home / "ledger").exists():
        a_customer = INVOICES_A_CUSTOMER * months / MONTHS
        customers = max(FEWEST_CUSTOMERS, int(invoices / a_customer))
        say(f"company of {customers:,} customers over {months} months ...")
        ledger, _ = Ledger.from_tables(simulate(customers, months, seed).tables)
        storage.save(ledger, home)
    return home


def month(stored: Path, models: Sequence[str]) -> dict[str, Any]:
    """One retraining in a home of its own."""
    # the other processes need none of what it brings with it
    from payrisk_pipelines.training.retrain import retrain
    from payrisk_pipelines.training.stages import peak_gb

    with tempfile.TemporaryDirectory(dir=stored.parent) as aside:
        home = Path(aside)
        shutil.copytree(stored / "ledgers", home / "ledgers")
        shutil.copy(stored / "ledger", home / "ledger")
        began, cpu = time.perf_counter(), time.process_time()
        found = retrain(Settings(home=home), models, tell=_tell)
        seconds, spent = time.perf_counter() - began, time.process_time() - cpu
    return {
        "total": {
            "invoices": found.quality["invoices"],
            "seconds": round(seconds, 1),
            "cpu_s": round(spent, 1),
            "peak_gb": peak_gb(),
            **{one.name: one.gate for one in found.outcomes},
        },
        "failed": [one.failed for one in found.outcomes if one.failed],
        "steps": found.table().to_dict("records"),
    }


def cost(stored: Path, whole_until: int) -> dict[str, Any]:
    """CRPS learnt from some customers and from all, at the latest origin, on the same rows."""
    ledger = storage.load(stored)
    history = ledger.as_of(ledger.default_as_of)
    split = origins(history, 1)[0]
    train = ledger.as_of(split.train_as_of)
    moments = rows_at_issue(
        ledger, split.issued_from, split.issued_to, split.as_of, most_days=MOST_ISSUE_DAYS
    )
    moments = sample(moments, MOST_JUDGED_ROWS // 2, 0)
    chosen = spec("days-to-pay")
    told: dict[str, Any] = {"invoices": len(history.invoices()), "rows": len(moments.rows)}
    for name, most in (("sample", whole_until), ("everybody", EVERYBODY)):
        one = replace(chosen, settings={**chosen.settings, "sampling": {"whole_until": most}})
        began = time.perf_counter()
        model = one.fit_for_gate(train)
        told[f"{name}_fit_s"] = round(time.perf_counter() - began, 1)
        metrics = moments.judge(model)
        told |= {f"{name}_{key}": round(metrics[key], 4) for key in CURVE_METRICS[:2]}
    told["crps_cost"] = round(told["sample_crps"] / told["everybody_crps"] - 1.0, 4)
    return told


def _tell(model: str, step: str, how: str, seconds: float, peak_gb: float) -> None:
    if how == "done":
        say(f"  {model}: {step}  {seconds:.1f} s, {peak_gb:.1f} GB")


def main() -> None:
    """Run every size that was asked for, each in a process of its own."""
    parser = argparse.ArgumentParser(prog="payrisk bench retrain")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--models", nargs="+", default=[])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--months", type=int, default=MONTHS, help="of the company's past")
    parser.add_argument(
        "--whole-until",
        type=int,
        default=Sampling().whole_until,
        help="invoices above which what sampling costs is measured",
    )
    parser.add_argument("--folder", type=Path, help="where made-up ledgers are kept")
    parser.add_argument("--child", choices=("company", "month", "cost"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as aside:
        folder = given.folder or Path(aside)
        if given.child:
            stored = company(folder, given.sizes[0], given.seed, given.months)
            asked: dict[str, Callable[[], dict[str, Any]]] = {
                "company": dict,
                "month": lambda: month(stored, given.models),
                "cost": lambda: cost(stored, given.whole_until),
            }
            print(json.dumps(asked[given.child]()))
            return
        found: dict[str, list[dict[str, Any]]] = {"retrain": [], "steps": [], "sampling": []}
        for size in given.sizes:
            made = ("--sizes", size, "--seed", given.seed, "--months", given.months)
            words = (*made, "--folder", folder, "--whole-until", given.whole_until)
            child(Path(__file__).name, "--child", "company", *words)
            say(f"retrain of about {size:,} invoices")
            models = ("--models", *given.models) if given.models else ()
            one = child(Path(__file__).name, "--child", "month", *words, *models)
            for sentence in one["failed"]:
                say(f"  {sentence}")
            found["retrain"].append(one["total"])
            found["steps"] += [{"invoices": size, **step} for step in one["steps"]]
            if size > given.whole_until:
                found["sampling"].append(child(Path(__file__).name, "--child", "cost", *words))
    if given.json:
        print(json.dumps(found, indent=2))
        return
    for name, records in found.items():
        if records:
            printed(name, records)


if __name__ == "__main__":
    main()
