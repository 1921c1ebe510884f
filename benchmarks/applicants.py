"""How well applicants are told apart on public tables, beside a WOE scorecard and a logistic.

    payrisk bench applicants [--json] [--only sba years leaks polish nuclea] [--splits N]

Needs PAYRISK_REAL_DATA, which names the folder that has the tables; nothing of them is kept. Each
table is read by a mapping written to a folder that is thrown away, as `payrisk backtest
new-customer` reads it, and every split is fitted anew. One row a model, means over the splits:
auc, gini, ks, brier, log_loss, ece (ten bins of equally many), slope, level (seen over said);
`better_by`: what new-customer is better by than the baseline over all splits, with the 95 %
interval of drawing whole rows (sba, polish) or payers (nuclea) anew, the same for both models.

sba: fiscal year 2004 alone, seven tenths at random against three, splits 0 to 4. years: up to 2003
against 2004, a documented negative: the rate of bad loans moved. leaks: what is suspected when the
columns written after the decision are among the inputs. polish: exact duplicates dropped first,
splits 0 to 9. nuclea: three tenths of the payers, splits 0 to 9; bad = sent to protest, lapsed,
removed by the bank, open, or paid more than 30 days late; withdrawn by the supplier (5) has no
outcome and is dropped. `nuclea-hindsight` adds two columns that may be after the fact.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _applicant_tables import nuclea, polish, sba
from _running import say
from _tables import Table, printed

from payrisk.arrays import Ints
from payrisk.calendar import day_of
from payrisk.learning.measuring.bootstrap_risk import paired_risk
from payrisk.learning.measuring.risk_metrics import risk_metrics
from payrisk.learning.new_customer.applications import (
    ApplicationTable,
)
from payrisk.learning.new_customer.leaks import suspects
from payrisk_pipelines.backtests.applicants import NAME, backtest_on_split

TEST_SHARE = 0.3
FIGURES = ("auc", "gini", "ks", "brier", "log_loss", "ece", "slope", "level")
Split = Callable[[ApplicationTable, int], tuple[Ints, Ints]]


# -- splits --------------------------------------------------------------------------------------


def by_row(table: ApplicationTable, seed: int) -> tuple[Ints, Ints]:
    """Three tenths of the rows at random."""
    order = np.random.default_rng(seed).permutation(len(table))
    n_test = round(TEST_SHARE * len(table))
    return order[n_test:], order[:n_test]


def by_group(table: ApplicationTable, seed: int) -> tuple[Ints, Ints]:
    """Three tenths of the groups at random."""
    groups = np.unique(table.group.astype(str))
    np.random.default_rng(seed).shuffle(groups)
    held = np.isin(table.group.astype(str), groups[: round(TEST_SHARE * len(groups))])
    return np.flatnonzero(~held), np.flatnonzero(held)


def before_2004(table: ApplicationTable, _: int) -> tuple[Ints, Ints]:
    """Fiscal years up to 2003, and fiscal 2004: approved from 2003-10-01 on."""
    is_late = table.dated_on >= day_of("2003-10-01")
    return np.flatnonzero(~is_late), np.flatnonzero(is_late)


def over_splits(
    title: str, table: ApplicationTable, split: Split, seeds: Iterable[int]
) -> dict[str, Any]:
    """Means over the splits of one table, and what new-customer is better by over all of them."""
    say(f"{title}: {len(table):,} rows, {table.n_bad:,} bad ...")
    each: list[dict[str, dict[str, float]]] = []
    said: dict[str, list[Any]] = {}
    bad, who = [], []
    for seed in seeds:
        train, test = split(table, seed)
        found = backtest_on_split(table.take(train), table.take(test), 0)
        each.append({name: risk_metrics(p, found.outcome) for name, p in found.chances.items()})
        for name, p in found.chances.items():
            said.setdefault(name, []).append(p)
        bad.append(found.outcome)
        alone = np.array([f"row {row}" for row in found.row], dtype=object)
        who.append(np.where(found.group == "", alone, found.group))
        say(f"  split {seed}: auc {each[-1][NAME]['auc']:.4f}")
    models = [
        {"model": name}
        | {figure: float(np.mean([one[name][figure] for one in each])) for figure in FIGURES}
        for name in said
    ]
    return {
        "rows": len(table),
        "bad": table.n_bad,
        "auc_of_each_split": [one[NAME]["auc"] for one in each],
        "models": models,
        "better_by": _better(said, bad, who),
    }


def _better(said: dict[str, list[Any]], bad: list[Any], who: list[Any]) -> Table:
    outcome, group = np.concatenate(bad), np.concatenate(who)
    joined = {name: np.concatenate(parts) for name, parts in said.items()}
    found: Table = []
    for name, other in joined.items():
        if name != NAME:
            rows = paired_risk(joined[NAME], other, outcome, group)
            found += [{"beside": name} | row for row in rows.to_dict("records")]
    return found


# -- the whole -----------------------------------------------------------------------------------


def measured(folder: Path, only: Sequence[str], splits: int) -> dict[str, Any]:
    """Every part asked for, by name."""
    found: dict[str, Any] = {}
    if "sba" in only:
        table = sba(folder, lambda year: year == 2004)
        found["sba"] = over_splits("sba", table, by_row, range(min(splits, 5)))
    if "years" in only:
        found["years"] = over_splits("years", sba(folder, lambda _: True), before_2004, (0,))
    if "leaks" in only:
        found["leaks"] = leaks(folder)
    if "polish" in only:
        found["polish"] = over_splits("polish", polish(folder), by_row, range(min(splits, 10)))
    if "nuclea" in only:
        seeds = range(min(splits, 10))
        found["nuclea"] = over_splits("nuclea", nuclea(folder), by_group, seeds)
        more = ', "media_atraso_dias", "share_vl_inad_pag_bol_6_a_15d"'
        late = nuclea(folder, more)
        found["nuclea-hindsight"] = over_splits("nuclea-hindsight", late, by_group, seeds)
    return found


def leaks(folder: Path) -> Table:
    """What is suspected of the columns that were written after the decision."""
    found: Table = []
    for title, years, more, words in (
        ("2004, with Term", lambda year: year == 2004, '"Term", ', ""),
        ("up to 2003, with Term", lambda year: year <= 2003, '"Term", ', ""),
        (
            "2004, with all that came later",
            lambda year: year == 2004,
            '"Term", "ChgOffPrinGr", ',
            ', "ChgOffDate"',
        ),
        ("2004, without", lambda year: year == 2004, "", ""),
    ):
        seen = suspects(sba(folder, years, more, words))
        rows = [{"column": one.name, "auc_alone": one.alone, "auc_rest": one.rest} for one in seen]
        found += [{"inputs": title} | row for row in rows] or [
            {"inputs": title, "column": "none", "auc_alone": 0.0, "auc_rest": 0.0}
        ]
    return found


def main() -> None:
    """Run the parts asked for and print them."""
    parts = ("sba", "years", "leaks", "polish", "nuclea")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    parser.add_argument("--splits", type=int, default=10, help="At most so many of each table.")
    given = parser.parse_args()
    folder = os.environ.get("PAYRISK_REAL_DATA", "")
    if not folder:
        raise SystemExit("PAYRISK_REAL_DATA names no folder of real tables; nothing was measured.")
    found = measured(Path(folder), given.only, given.splits)
    if given.json:
        print(json.dumps(found))
        return
    for name, part in found.items():
        if isinstance(part, list):
            printed(name, part)
            continue
        printed(f"{name}: {part['rows']:,} rows, {part['bad']:,} bad", part["models"])
        printed("new-customer is better by", part["better_by"])


if __name__ == "__main__":
    main()
