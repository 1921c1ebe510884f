"""The made-up companies that `payrisk bench features` runs on, kept in parts; prints JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger import Ledger
from payrisk.ledger.books.settling import BY_CASH
from payrisk.ledger.facts.completing import empty_tables
from payrisk.ledger.facts.tables import Tables
from payrisk.ledger.stored.partitions import part_numbers, read_part, split_ledger, write_part
from payrisk.simulate import simulate_parts

SHARED = ("entities", "rates")


def gathered(blocks: Iterator[Tables], n: int) -> Iterator[Tables]:
    """Tables of n blocks at a time, each with what the first block tells for all."""
    shared: Tables = {}
    held: list[Tables] = []
    for tables in blocks:
        shared = shared or {name: tables[name] for name in SHARED}
        held.append(tables)
        if len(held) == n:
            yield joined(held) | shared
            held = []
    if held:
        yield joined(held) | shared


def joined(held: list[Tables]) -> Tables:
    """Tables one below the other."""
    return {name: pd.concat([one[name] for one in held], ignore_index=True) for name in held[0]}


def company(folder: Path, customers: int, months: int, seed: int, blocks: int, cut: int) -> int:
    """Write a company of so many customers, `blocks` of its blocks together, each cut in parts.

    Returns its invoices.
    """
    each = (one.tables for one in simulate_parts(customers, months, seed))
    number = n = 0
    for tables in gathered(each, blocks):
        ledger, _ = Ledger.from_tables(tables)
        for part in [ledger.tables] if cut == 1 else split_ledger(ledger, cut):
            write_part(part, folder, number)
            number, n = number + 1, n + len(part["invoices"])
    return n


def plain(ledger: Ledger) -> Ledger:
    """The ledger with nothing in it that the inputs below could not say.

    One currency, no events, no mergers, and no invoice that was settled twice or told of late.
    """
    tables = dict(ledger.tables) | {name: empty_tables()[name] for name in ("aliases", "events")}
    for name in ("invoices", "credits"):
        tables[name] = tables[name].assign(currency=tables[name]["currency"].iloc[0])
        tables[name] = tables[name].astype(ledger.tables[name].dtypes.to_dict())
    cents = pd.array([None] * len(tables["allocations"]), dtype="Int64")
    tables["allocations"] = tables["allocations"].assign(credit_amount=cents)
    t = Ledger(tables).timeline
    settled = np.flatnonzero(t.settled_on < NEVER)
    again = np.flatnonzero((t.settled_on[:-1] < NEVER) & (t.invoice[1:] == t.invoice[:-1]))
    moved = ("settled_on", "closed_by", "closing_recorded_on")
    differs = np.any([getattr(t, c)[again] != getattr(t, c)[again + 1] for c in moved], axis=0)
    odd = set(t.invoice[again[differs]])
    new = settled[np.append(True, t.invoice[settled][1:] != t.invoice[settled][:-1])]
    told = np.maximum(t.settled_on[new], t.closing_recorded_on[new])
    odd |= set(t.invoice[new[told != t.since[new]]])
    keep = ~np.isin(np.arange(len(tables["invoices"])), list(odd))
    return Ledger(tables | {"invoices": tables["invoices"][keep].reset_index(drop=True)})


def inputs(ledger: Ledger) -> dict[str, pd.DataFrame]:
    """What every contender reads, days known and cents: settled, issued, changes, moments."""
    t, table = ledger.timeline, ledger.tables["invoices"]
    cash = np.flatnonzero(t.closed_by == BY_CASH)
    cash = cash[np.append(True, t.invoice[cash][1:] != t.invoice[cash][:-1])]
    owing = np.flatnonzero(t.settled_on == NEVER)
    gone = owing[t.until[owing] < NEVER]
    born = np.append(True, t.invoice[1:] != t.invoice[:-1])
    return {
        "settled": pd.DataFrame(
            {
                "customer": t.customer[cash],
                "day": t.since[cash],
                "days_late": np.clip(t.settled_on[cash] - t.due_on[cash], -3660, 3660),
            }
        ),
        "issued": pd.DataFrame(
            {
                "customer": t.customer[born],
                "day": np.maximum(t.issued_on[born], t.since[born]),
                "amount": t.amount[born],
            }
        ),
        "changes": pd.DataFrame(
            {
                "customer": np.append(t.customer[owing], t.customer[gone]),
                "day": np.append(t.since[owing], t.until[gone]),
                "cents": np.append(t.residual[owing], -t.residual[gone]),
            }
        ),
        "moments": pd.DataFrame(
            {"customer": t.customer[born], "as_of": table["issued_on"].to_numpy()}
        ),
    }


def main() -> None:
    """Make what is asked for, unless it is there, and say how many invoices it has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int)
    parser.add_argument("--months", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--blocks", type=int, default=1)
    parser.add_argument("--cut", type=int, default=1)
    parser.add_argument("--plain", type=Path, help="make the contenders' inputs of this company")
    given = parser.parse_args()
    done = given.folder / "done.json"
    if not done.exists():
        if given.plain:
            whole = read_part(given.plain, 0)
            ledger = plain(whole)
            write_part(ledger.tables, given.folder, 0)
            for name, frame in inputs(ledger).items():
                frame.to_parquet(given.folder / f"{name}.parquet")
            n, left_out = len(ledger.tables["invoices"]), len(whole.tables["invoices"])
            said = {"invoices": n, "left_out": left_out - n}
        else:
            n = company(
                given.folder,
                given.customers,
                given.months,
                given.seed,
                given.blocks,
                given.cut,
            )
            said = {"invoices": n}
        done.write_text(json.dumps(said | {"parts": len(part_numbers(given.folder))}))
    print(done.read_text())


if __name__ == "__main__":
    main()
