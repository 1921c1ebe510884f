"""How fast the ledger is checked and read, on a simulated company: python benchmarks/ledger.py."""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from typing import Any

from payrisk.ledger import Ledger
from payrisk.simulate import simulate

INVOICES_A_CUSTOMER = 70
"""What a simulated customer is billed in 24 months, on average."""


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What the work returned, and the CPU seconds it took."""
    start = time.process_time()
    done = work()
    return done, time.process_time() - start


def measure(n_invoices: int, seed: int) -> dict[str, float]:
    """CPU seconds of each step and invoices a second, at about n_invoices."""
    customers = max(2, n_invoices // INVOICES_A_CUSTOMER)
    company, simulated = timed(lambda: simulate(customers, 24, seed))
    (ledger, _), checked = timed(lambda: Ledger.from_tables(company.tables))
    history, known = timed(lambda: ledger.as_of(ledger.default_as_of))
    frame, framed = timed(history.invoices)
    again, second = timed(lambda: ledger.as_of(ledger.last_day - 90).open_invoices())
    spells, defaulted = timed(history.defaults)
    n = len(ledger.tables["invoices"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {
        "invoices": n,
        "simulate_cpu_s": simulated,
        "check_cpu_s": checked,
        "first_as_of_cpu_s": known + framed,
        "later_as_of_cpu_s": second,
        "defaults_cpu_s": defaulted,
        "simulated_invoices_per_cpu_s": n / simulated,
        "checked_invoices_per_cpu_s": n / checked,
        "peak_gb": peak,
        "rows": len(frame) + len(again) + len(spells),
    }


def main() -> None:
    """Print one line a size, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = [measure(n, given.seed) for n in given.invoices]
    if given.json:
        print(json.dumps(found))
        return
    names = [name for name in found[0] if name != "rows"]
    print("  ".join(f"{name:>{max(len(name), 9)}}" for name in names))
    for one in found:
        print("  ".join(f"{one[name]:>{max(len(name), 9)},.2f}" for name in names))


if __name__ == "__main__":
    main()
