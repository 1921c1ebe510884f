"""What attributes tell of customers hardly known: days-to-pay with and without them.

    payrisk bench cold-start [--json] [--folds 0 1 2 3 4] [--customers 1500] [--seeds 3] [--quick]

One row a model: `crps` in days of invoices asked about on the morning of their issue, each
customer alike, `ratio` to the daily hazard without attributes, and `low` and `high`, the 95 %
interval of the difference to it, from drawing customers anew: below 0 is surely better.

matters, does-not: a made-up company (`_attributed_company.py`) in which sector, score and payment
method decide when and whether invoices are paid, or have no part in it; judged are invoices of
customers with none to three settled ones.

nuclea: five folds of payers, drawn once. The hazard learns from four of them; the days of the
fifth are moved by 364, so that its payers are new and all that became of them is known: what was
never paid counts as unpaid up to the horizon. Its attributes carry no dates and are allowed by
name, but for the two that were worked out afterwards. Needs PAYRISK_REAL_DATA, which names the
folder that has it; nothing of it is kept.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from _attributed_company import FIRST_DAY, attributed_company
from _running import say
from _tables import Table, printed

from payrisk.arrays import Floats
from payrisk.calendar import NEVER, day_of
from payrisk.learning.days_to_pay.attributes.fit_attributed import with_prior
from payrisk.learning.days_to_pay.baselines import BASELINES
from payrisk.learning.days_to_pay.fit_hazard import fit_daily_hazard
from payrisk.learning.measuring.curve_metrics import JudgedCurves, crps
from payrisk.learning.measuring.replay import ReplayedRows, rows_at_issue
from payrisk.ledger import History, Ledger
from payrisk.ledger.facts.tables import Tables
from payrisk.ledger.importing.reading import load_preset, read_source
from payrisk.receivables.days_late import SettlementHistory
from payrisk.scoring import CurveModel
from payrisk.scoring.days_to_pay.daily_hazard import DailyHazard

OURS, BEFORE = "days-to-pay, attributes", "days-to-pay"
BOLETOS = "nuclea_boletos_dev.csv.gz"
ALLOWED = (
    "sector",
    "state",
    "sacado_indice_liquidez_1m",
    "cedente_indice_liquidez_1m",
    "score_materialidade_evolucao",
    "indicador_liquidez_quantitativo_3m",
    "score_quantidade_v2",
    "score_materialidade_v2",
)
FOLDS, MOVED_DAYS = 5, 364
TRAIN_ON, IMPORTED_ON, KNOWN_ON = day_of("2024-12-07"), day_of("2024-12-31"), day_of("2026-06-01")
FEW_SETTLED = 3
DRAWS = 2_000


@dataclass(frozen=True)
class JudgedCustomers:
    """Model → (customers,) mean CRPS of each customer's invoices."""

    scores: Mapping[str, Floats]

    @classmethod
    def joined(cls, parts: Sequence[JudgedCustomers]) -> JudgedCustomers:
        """The customers of several parts together."""
        names = parts[0].scores
        return cls({name: np.concatenate([part.scores[name] for part in parts]) for name in names})

    def table(self) -> Table:
        """One row a model, with the interval of its difference to the hazard alone."""
        before = self.scores[BEFORE]
        rng = np.random.default_rng(0)
        drawn = rng.multinomial(len(before), np.full(len(before), 1 / len(before)), DRAWS)
        rows = []
        for name, own in self.scores.items():
            means = (drawn * (own - before)).sum(axis=1) / len(before)
            low, high = np.quantile(means, (0.025, 0.975))
            rows.append(
                {
                    "model": name,
                    "customers": len(own),
                    "crps": float(own.mean()),
                    "ratio": float(own.mean() / before.mean()),
                    "low": float(low),
                    "high": float(high),
                }
            )
        return rows


def models_of(
    history: History, allowed: Sequence[str], given: argparse.Namespace
) -> dict[str, CurveModel]:
    """The hazard with and without attributes, and the baselines."""
    sampling = {"issues": 500, "snapshots": 200} if given.quick else None
    base = fit_daily_hazard(
        history,
        seeds=given.seeds,
        rounds=5 if given.quick else None,
        sampling=sampling,
        has_money=False,
    )
    if not isinstance(base, DailyHazard):
        raise SystemExit("The ledger is too young to train on; take more customers.")
    ours = with_prior(base, history, backdated=allowed, seeds=given.seeds)
    if ours is base:
        say("  attributes were not surely better: the hazard alone answers")
    others = {name: fit(history) for name, fit in BASELINES.items()}
    return {OURS: ours, BEFORE: base, **others}


def judged(moments: ReplayedRows, models: Mapping[str, CurveModel], most: int) -> JudgedCustomers:
    """The rows of customers with at most so many settled invoices, each customer alike."""
    n_settled = [
        SettlementHistory.of(moments.histories[int(day)]).n_paid_of(pd.Index(rows["customer_id"]))
        for day, rows in moments.rows.groupby("as_of", sort=True)
    ]
    few = np.concatenate(n_settled) <= most
    moments = ReplayedRows(moments.rows[few].reset_index(drop=True), moments.histories, 0)
    whose = moments.rows["customer_id"].to_numpy()
    found = {}
    for name, model in models.items():
        scores = crps(JudgedCurves.of(moments.curves(model), moments.rows))
        found[name] = pd.Series(scores).groupby(whose, sort=True).mean().to_numpy()
    return JudgedCustomers(found)


def of_company(given: argparse.Namespace, *, matters: bool) -> Table:
    """The made-up company, trained before its last month and asked about from then on."""
    ledger = attributed_company(given.customers, given.seed, matters=matters)
    history = ledger.as_of(FIRST_DAY + 330)
    models = models_of(history, (), given)
    moments = rows_at_issue(ledger, history.as_of, history.as_of + 60, FIRST_DAY + 900)
    return judged(moments, models, FEW_SETTLED).table()


# -- payers never seen ---------------------------------------------------------------------------


def of_nuclea(folder: Path, given: argparse.Namespace) -> tuple[Table, Table]:
    """All folds together, and the ratio of each."""
    reading = read_source(folder / BOLETOS, load_preset("nuclea"), imported_on=IMPORTED_ON)
    payers = np.unique(reading.tables["invoices"]["customer_id"].astype(str))
    order = np.random.default_rng(0).permutation(len(payers))
    parts, folds = [], []
    for fold in given.folds:
        held = set(payers[order][np.arange(len(payers)) % FOLDS == fold])
        train, whole = without(reading.tables, held), moved(reading.tables, held)
        models = models_of(train.as_of(TRAIN_ON), ALLOWED, given)
        moments = rows_at_issue(whole, TRAIN_ON, KNOWN_ON, KNOWN_ON)
        part = judged(moments, models, most=10**6)
        rows = {row["model"]: row for row in part.table()}
        folds.append({"fold": fold, **{name: row["crps"] for name, row in rows.items()}})
        say(f"  fold {fold}: {rows[OURS]['ratio']:.3f} of the hazard without attributes")
        parts.append(part)
    return JudgedCustomers.joined(parts).table(), folds


def _is_of(tables: Tables, name: str, payers: set[str]) -> pd.Series:
    """Rows of a table that are of some payers' invoices."""
    invoices = tables["invoices"]
    ids = set(invoices.loc[invoices["customer_id"].isin(payers), "invoice_id"])
    keys = {
        "invoices": ("customer_id", payers),
        "credits": ("customer_id", payers),
        "allocations": ("invoice_id", ids),
        "events": ("subject", ids),
    }
    if name not in keys:
        return pd.Series(data=False, index=tables[name].index)
    column, members = keys[name]
    return tables[name][column].isin(members)


def without(tables: Tables, payers: set[str]) -> Ledger:
    """The ledger without what is of some payers."""
    kept = {name: rows[~_is_of(tables, name, payers)] for name, rows in tables.items()}
    return Ledger.from_tables({name: rows.copy() for name, rows in kept.items()})[0]


def moved(tables: Tables, payers: set[str]) -> Ledger:
    """The ledger with all days of some payers' invoices later."""
    later = {}
    for name, rows in tables.items():
        is_theirs = _is_of(tables, name, payers).to_numpy()
        columns = {}
        for column in rows.columns[rows.columns.str.endswith("_on")]:
            days = rows[column].to_numpy(dtype=np.int64)
            columns[column] = np.where(is_theirs & (days < NEVER), days + MOVED_DAYS, days)
        later[name] = rows.assign(**columns)
    return Ledger.from_tables(later)[0]


def main() -> None:
    """Print tables, or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folds", type=int, nargs="*", default=list(range(FOLDS)))
    parser.add_argument("--customers", type=int, help="of the made-up company; default 1500")
    parser.add_argument("--seeds", type=int, default=3, help="boosters averaged")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="a small run that proves nothing")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    given.customers = given.customers or (150 if given.quick else 1_500)
    found: dict[str, Any] = {}
    for name, matters in (("matters", True), ("does-not", False)):
        say(f"a made-up company of {given.customers:,} customers: {name} ...")
        found[name] = of_company(given, matters=matters)
    real = os.environ.get("PAYRISK_REAL_DATA")
    if real and (Path(real) / BOLETOS).exists() and given.folds:
        say("Brazilian payers never seen ...")
        found["nuclea"], found["nuclea_folds"] = of_nuclea(Path(real), given)
    if given.json:
        print(json.dumps(found))
        return
    for name, rows in found.items():
        printed(name, rows)


if __name__ == "__main__":
    main()
