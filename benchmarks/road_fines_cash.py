"""Receipts of road fines by day, a model a year: ours beside seasonal naive and recent weeks.

    payrisk bench road-fines-cash [HOME] [--years 2003 2004 ...] [--recipe sketch|fit]
                                  [--whole-year] [--seed 0] [--json]

HOME is one into which `payrisk bench road-fines OUT` and `payrisk import OUT --preset generic` put
the log; by default the home of the command. On each 1 January days-to-pay is trained on what was
known that morning; with it receipts in all, from open fines and from those not yet issued, are
forecast by day for the 13 weeks from that morning and from each quarter's (or, --whole-year, for
the 52 weeks from 1 January). seasonal-naive: the same weekday 364 days earlier, known by then.
mean-of-last-4-weeks: each weekday as lately. WAPE is Σ|miss| / Σ|actual| over days and over weeks,
daily_mae in currency units, bias above 0 = too much promised; wape_less = the baseline's WAPE less
ours, with the 95 % interval of paired draws of blocks of one week and of whole landmarks.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from _running import say
from _tables import printed
from _yearly_receipts import YEAR_DAYS, yearly_receipts

from payrisk.errors import PayriskError
from payrisk.ledger import Ledger
from payrisk.ledger.stored.storage import load
from payrisk_models import spec

YEARS = (2003, 2004, 2005, 2006, 2007)
QUARTER, WEEKS, ALL_WEEKS = 91, 13, 52


def ledger_of(home: Path) -> Ledger | None:
    """The ledger of a home, None where there is none or none of fines handed over."""
    try:
        found = load(home)
    except PayriskError:
        return None
    return found if (found.tables["events"]["kind"] == "handed_over").any() else None


def measured(ledger: Ledger, given: argparse.Namespace) -> dict[str, Any]:
    """Every table, as plain rows."""
    every, weeks = (YEAR_DAYS, ALL_WEEKS) if given.whole_year else (QUARTER, WEEKS)
    chosen = spec("days-to-pay")
    fit = chosen.fit_sketch if given.recipe == "sketch" else chosen.fit
    found = yearly_receipts(ledger, given.years, fit, every=every, weeks=weeks, say=say)
    better = {
        "better by, paired draws of weeks": found.better(seed=given.seed),
        "better by, paired draws of landmarks": found.better(weeks=weeks, seed=given.seed),
    }
    tables = {"receipts in all": found.table(), **better, "ours by layer": found.layers()}
    return {name: table.to_dict("records") for name, table in tables.items()}


def main() -> None:
    """Print the tables, or why there are none."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("home", type=Path, nargs="?", help="home that has the fines as its ledger")
    ask.add_argument("--years", type=int, nargs="+", default=list(YEARS))
    ask.add_argument("--recipe", choices=("sketch", "fit"), default="sketch")
    ask.add_argument("--whole-year", action="store_true", help="52 weeks from each 1 January")
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--json", action="store_true")
    given = ask.parse_args()
    home = given.home or Path(os.environ.get("PAYRISK_HOME", "~/.payrisk")).expanduser()
    ledger = ledger_of(home)
    if ledger is None:
        reason = (
            f"Skipped: '{home}' has no ledger of road fines; make it with"
            " 'payrisk bench road-fines OUT' and 'payrisk import OUT --preset generic',"
            " then name its home."
        )
        print(json.dumps({"skipped": reason}) if given.json else reason)
        return
    try:
        tables = measured(ledger, given)
    except PayriskError as error:
        raise SystemExit(str(error)) from None
    if given.json:
        print(json.dumps(tables, indent=2))
        return
    for title, table in tables.items():
        printed(title, table)


if __name__ == "__main__":
    main()
