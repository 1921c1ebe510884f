"""Invented futures: whatever else is recorded from a morning on moves no bit of it."""

from __future__ import annotations

from payrisk.ledger import Ledger
from payrisk.ledger.facts.completing import with_defaults
from proofs.probing import Probe, ProofRun, Tally
from support.ledgers.messier import messier_tables
from support.oracle.guarding import FUTURES, IDS, bills_of, days_to_try, said, up_to

INVOICES = 24


def _compared(run: ProofRun, lateness: int) -> Tally:
    """Features of mornings when facts change from `lateness` days before them on."""
    n_compared = n_moved = n_futures = 0
    seed = run.seed * 1_000_003
    while n_compared < run.count:
        tables = with_defaults(messier_tables(seed, INVOICES))
        books, _ = Ledger.from_tables(tables)
        for day in days_to_try(tables):
            morning = day + lateness
            bills = bills_of(books, morning)
            asked = up_to(books, bills, IDS, morning)
            expected = said(books, asked)
            for change in FUTURES.values():
                if n_compared >= run.count:
                    break
                changed = change(tables, day, seed)
                if not len(changed["invoices"]):
                    continue
                other, _ = Ledger.from_tables(changed)
                found = said(other, up_to(other, bills, IDS, morning))
                n_moved += sum(found[name] != expected[name] for name in found)
                n_compared += len(asked.as_of)
                n_futures += 1
        seed += 1
    return Tally(
        n_compared,
        n_moved,
        f"{n_compared:,} comparisons in {n_futures:,} futures, every feature: {n_moved} moved",
    )


def travel(run: ProofRun) -> Tally:
    """Change what is recorded from the morning itself on."""
    return _compared(run, 0)


def travel_leaking(run: ProofRun) -> Tally:
    """The same for a reading that takes the day itself for known."""
    return _compared(run, 1)


TIMETRAVEL = Probe(
    "timetravel", 200_000, 1_000, travel, travel_leaking, "the day itself taken for known",
    twin_count=90, ci=90,
)  # fmt: skip
